"""Where the cells of a table stand apart on a page, and a text in which they do.

A text as it is shown has one space, a new line or nothing at all between two cells. Only white
space is ever changed, and only where the text is that of the runs.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

GAP = " " * 4
# White space all the same, but no reader of cells takes it for a gap: a cell that is left blank.
BLANK = f"{GAP}\u2003{GAP}"
# In heights of the letters. A wide gap parts two cells. Beside the widest cell of a column it may
# be as narrow as the other, which counts only where a line near it has the same column.
NARROW, WIDE = 0.12, 0.8
# A line that is spread over its column has wider ones after the spaces between its words.
_AFTER_A_SPACE = (0.6, 2.0)
_NEAR = 2
_LEVEL, _BACK = 0.3, 0.1


class Run(NamedTuple):
    """Text that is written on without a gap.

    Attributes:
        text: Its characters; may be empty.
        start: Where the pen begins, in points.
        end: Where the pen stops.
        level: The height of the baseline.
        size: The height of the letters; 0 where nobody knows where the run stands.
    """

    text: str
    start: float
    end: float
    level: float
    size: float


class _Step(NamedTuple):
    """From a cell, or only a word, to the next one of a line.

    Attributes:
        at: How many characters, but white space, stand before it.
        wide: Whether it parts two cells whatever stands near it.
        stop: Where the cell before it stops.
        start: Where the cell after it starts.
        end: Where that ends.
    """

    at: int
    wide: bool
    stop: float
    start: float
    end: float


def with_gaps(text: str, runs: Sequence[Run]) -> str:
    """The text with a wide gap between cells of the same line.

    Args:
        text: What is read of a page.
        runs: What is shown on it, in the same order.

    Returns:
        The text, changed in white space only; unchanged where it is not that of the runs.
    """
    if _letters("".join(run.text for run in runs)) != _letters(text):
        return text
    found = dict(_found([_steps(line) for line in _lines(runs)]))
    parts: list[str] = []
    seen = begin = 0
    for at, character in enumerate(text):
        if character.isspace():
            continue
        if seen in found:
            parts += (text[begin:at].rstrip(), found[seen])
            begin = at
        seen += 1
    return "".join((*parts, text[begin:]))


def _lines(runs: Sequence[Run]) -> Iterator[list[tuple[int, Run]]]:
    """Runs that follow each other from left to right on one baseline, each with its place.

    A run of spaces only is told by a space after the run before it: some writers put it elsewhere.
    """
    line: list[tuple[int, Run]] = []
    at = 0
    for run in runs:
        letters = _letters(run.text)
        if line and run.size > 0 and not letters:
            before, last = line[-1]
            line[-1] = before, last._replace(text=last.text + run.text[:1])
        elif line and not _goes_on(line[-1][1], run):
            yield line
            line = []
        if letters:
            line.append((at, run))
            at += len(letters)
    if line:
        yield line


def _goes_on(run: Run, following: Run) -> bool:
    size = min(run.size, following.size)
    level = abs(following.level - run.level) <= _LEVEL * size
    return level and following.start >= run.end - _BACK * size


def _steps(line: Sequence[tuple[int, Run]]) -> list[_Step]:
    steps: list[_Step] = []
    end = line[-1][1].end
    for (_, run), (at, following) in reversed(list(pairwise(line))):
        size = min(run.size, following.size)
        spaced = run.text[-1:].isspace() or following.text[:1].isspace()
        narrow, wide = _AFTER_A_SPACE if spaced else (NARROW, WIDE)
        gap = following.start - run.end
        if size > 0 and gap >= narrow * size:
            steps.append(_Step(at, gap >= wide * size, run.end, following.start, end))
            end = run.end
    return steps


def _found(lines: Sequence[list[_Step]]) -> Iterator[tuple[int, str]]:
    """The steps between cells: the wide ones, and those at the edges of a column near them."""
    cells = [{step for step in line if step.wide} for line in lines]
    onward = range(len(lines))
    for order in (onward, reversed(onward)):
        for at in order:
            columns = {edge for step in _near(cells, at) for edge in _edges(step, 0)}
            cells[at] |= {step for step in lines[at] if columns & {*_edges(step, 1)}}
    for at in onward:
        near = sorted((step.start, step.end) for step in _near(cells, at))
        for step in cells[at]:
            # A cell of a line near it that fits into the gap has none below or above it here.
            between = bisect_right(near, (step.stop, math.inf))
            blank = between < len(near) and near[between][1] < step.start
            yield step.at, BLANK if blank else GAP


def _near(cells: Sequence[set[_Step]], at: int) -> Iterator[_Step]:
    for each in cells[max(0, at - _NEAR) : at + _NEAR + 1]:
        yield from each


def _edges(step: _Step, about: int) -> Iterator[tuple[str, int]]:
    """Where the cell after a step starts and ends, in half points."""
    for whole in range(-about, about + 1):
        yield "start", round(2 * step.start) + whole
        yield "end", round(2 * step.end) + whole


def _letters(text: str) -> str:
    return "".join(text.split())
