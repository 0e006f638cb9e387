"""Where the labels of a form stand in a paper, and the stretch in which each has its value.

A label followed by a colon, or one that fills a table's cell, has a stretch of its own; a label
in the midst of a sentence only has words after it.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from features.phrases import Phrase, phrases_in
from pipelines.intake.labels import LEADING, LOOSE, NOTE, Known

Way = Literal["colon", "cell", "column", "words"]

REACH = 40
MOST_IN_LINE = 100
_TABLE = re.compile(r"[\t|]")
_CELLS = re.compile(r"[\t|]|[ \u3000]{2,}")
_RULER = re.compile(r"[\s|:\-=+]*")
_COLON = re.compile(NOTE + r"[:：][ *_`]{0,4}")
_NO_COLON = re.compile(NOTE)
_BOUNDARIES = frozenset(" \u3000，,；;、。*_`()（）")
_CLAUSE_ENDS = re.compile(r"[，,；;。]")
_WORD = re.compile(r"[A-Za-z]{2,}|[^\W\d_A-Za-z]")  # one Latin letter only counts the lines
_SENTENCE_ENDS = re.compile(r"[。；;！!？?\t|]")
# A label may be broken over two lines: below such a word it is none of the applicant's, or of now.
_OTHERS = re.compile(
    r"(?:保证人|担保人|抵押人|配偶|丈夫|妻子|爱人|父亲|母亲|父母|子女|亲属|家庭|联系人|共同借款人|共借人|房东|[原前曾])的?\Z"
    r"|(?:^|[^a-z])(?:guarantor|surety|spouse|wife|husband|partner|father|mother|parent|relative"
    r"|family|household|contact|landlord|co-?borrower|co-?applicant|joint|former|previous|prior"
    r"|last|other|total)(?:['’]s|s['’])?\Z",
    re.IGNORECASE,
)


class Place(NamedTuple):
    """A label and the stretch of text that may hold its value.

    Attributes:
        label: The label, as it was asked for.
        start: Where the stretch begins, in code points of the paper's text.
        end: Just past it.
        way: How the two belong together.
        note: What stands in brackets after the label.
        paired: Whether the cells around it are labels and values by turns, as far as can be seen;
            where a blank cell left no trace, titles head their columns, or the table can be read
            both across and down, they are not.
    """

    label: str
    start: int
    end: int
    way: Way
    note: str = ""
    paired: bool = True


class _Cell(NamedTuple):
    start: int
    end: int


class _Line(NamedTuple):
    """A line with labels in it; offsets count from the text's beginning."""

    text: str
    cells: tuple[_Cell, ...]
    hits: tuple[Phrase, ...]
    end: int


def places(text: str, labels: tuple[str, ...], known: Known) -> Iterator[Place]:
    """Every label in a paper with its stretch, in order; blank stretches are left out.

    Args:
        text: The paper's text.
        labels: What to look for; of two in the same place the longer one counts. Of a line the
            first hundred are enough: no form has more.
        known: Tells texts that are labels, of other fields too, and so no cell's value.
    """
    lines = _lines(text)
    for number, (start, end) in enumerate(lines):
        found = phrases_in(text[start:end], labels)
        if not found:
            continue
        hits = tuple(
            Phrase(hit.phrase, hit.start + start, hit.end + start) for hit in found[:MOST_IN_LINE]
        )
        line = _Line(text, _cells(text, start, end, _CELLS), hits, end)
        leads = number > 0 and not text[start : hits[0].start].strip(LOOSE)
        broken = leads and _breaks_off(text[slice(*lines[number - 1])])
        found_here = down = _columns(text, lines, number, hits, known)
        if not (down and down[0].paired):
            found_here = [*_in_line(line, known), *down]
        cells = any(place.way == "cell" for place in found_here)
        titles = cells and (bool(down) or _titles(text, lines, number, labels))
        for place in found_here:
            trimmed = _trimmed(text, place)
            if trimmed.start < trimmed.end:
                titled = titles and place.way == "cell"
                trimmed = trimmed._replace(paired=False) if titled else trimmed
                first = place.start == found_here[0].start and place.label == hits[0].phrase
                yield trimmed._replace(way="words") if broken and first else trimmed


def _breaks_off(line: str) -> bool:
    """Whether a line ends with a label's beginning that tells of another, and with no value."""
    cells = [cell for cell in _CELLS.split(line.strip(LOOSE)) if cell.strip()]
    last = cells[-1] if len(cells) % 2 else ""
    return bool(_OTHERS.search(last)) and not re.search("[:：]", last)


def _in_line(line: _Line, known: Known) -> list[Place]:
    colons = {hit: match for hit in line.hits if (match := _colon(line, hit))}
    begins = sorted(hit.start for hit in colons)
    found: list[Place] = []
    for hit in line.hits:
        cell = _cell_of(line, hit)
        match = colons.get(hit) or _fills(line.text, cell, hit)
        if match is None:
            reach = min(hit.end + REACH, line.end)
            ends = _SENTENCE_ENDS.search(line.text, hit.end, reach)
            found.append(Place(hit.phrase, hit.end, ends.start() if ends else reach, "words"))
            continue
        note = match.group(1) or ""
        end = min([cell.end, *(begin for begin in begins if begin > hit.start)])
        if line.text[match.end() : end].strip(LOOSE):
            found.append(Place(hit.phrase, match.end(), end, "colon", note))
        elif following := _next_cell(line, cell, known):
            found.append(Place(hit.phrase, *following, "cell", note, _paired(line, cell)))
    return found


def _paired(line: _Line, cell: _Cell) -> bool:
    """Whether a label's cell has an even number of filled ones before it, and an odd one after."""
    filled = _filled(line.text, line.cells)
    before = sum(1 for each in filled if each.start < cell.start)
    after = sum(1 for each in filled if each.start >= cell.end)
    return not before % 2 and bool(after % 2)


def _titles(text: str, lines: list[tuple[int, int]], number: int, labels: tuple[str, ...]) -> bool:
    """Whether a line looks like the titles of columns: it begins a table, and labels no row."""
    own = _width(text, lines[number])
    above, below = (
        next((line for line in near if not _RULER.fullmatch(text, *line)), (0, 0))
        for near in (lines[max(0, number - 2) : number][::-1], lines[number + 1 : number + 3])
    )
    continues = _width(text, below) == own and not phrases_in(text[slice(*below)], labels)
    return continues and _width(text, above) != own


def _width(text: str, line: tuple[int, int]) -> int:
    return len(_filled(text, _cells(text, *line, _CELLS)))


def _filled(text: str, cells: tuple[_Cell, ...]) -> list[_Cell]:
    """The cells that are not blank."""
    return [cell for cell in cells if text[cell.start : cell.end].strip(LOOSE)]


def _cell_of(line: _Line, hit: Phrase) -> _Cell:
    """The cell that a label stands in; wide gaps inside the label part no cells."""
    first = next(cell for cell in line.cells if cell.start <= hit.start < cell.end)
    last = next(cell for cell in line.cells if cell.start < hit.end <= cell.end)
    return _Cell(first.start, last.end)


def _colon(line: _Line, hit: Phrase) -> re.Match[str] | None:
    """The colon that follows a label, where nothing before makes it part of a longer one."""
    cell = _cell_of(line, hit)
    leading = LEADING.match(line.text, cell.start, cell.end)
    leads = leading is not None and leading.end() == hit.start
    if not leads:
        *_, clause = _CLAUSE_ENDS.split(line.text[cell.start : hit.start])
        # "Guarantor's monthly income:" is not the applicant's; after "Name: Li" a label may stand.
        longer = _WORD.search(clause) is not None and not re.search("[:：]", clause)
        if longer or line.text[hit.start - 1] not in _BOUNDARIES:
            return None
    return _COLON.match(line.text, hit.end, cell.end)


def _fills(text: str, cell: _Cell, hit: Phrase) -> re.Match[str] | None:
    """What follows a label, where label and note are all that a cell holds."""
    leading = LEADING.match(text, cell.start, cell.end)
    following = _NO_COLON.match(text, hit.end, cell.end)
    fills = leading is not None and leading.end() == hit.start and following is not None
    return (
        following if fills and following and not text[following.end() : cell.end].strip() else None
    )


def _next_cell(line: _Line, cell: _Cell, known: Known) -> _Cell | None:
    """The next cell that is not blank, provided that it holds no label itself."""
    for each in _filled(line.text, line.cells):
        words = line.text[each.start : each.end]
        if each.start >= cell.end:
            labelled = any(each.start <= hit.start < each.end for hit in line.hits)
            return None if labelled or known.is_label(words) else each
    return None


def _columns(
    text: str,
    lines: list[tuple[int, int]],
    number: int,
    hits: tuple[Phrase, ...],
    known: Known,
) -> list[Place]:
    """Labels that head the columns of a table with one row; none where it is no such table."""
    heads = _cells(text, *lines[number], _TABLE)
    titled = [
        (at, hit, match.group(1) or "")
        for at, cell in enumerate(heads)
        for hit in hits
        if cell.start <= hit.start < cell.end and (match := _fills(text, cell, hit))
    ]
    if len(titled) < 2 or len(titled) < sum(1 for c in heads if text[c.start : c.end].strip()) / 2:
        return []
    rows = [cells for each in lines[number + 1 : number + 4] if (cells := _row(text, each))]
    if len(rows) != 1 or len(rows[0]) > len(heads):
        return []
    if any(known.is_label(text[cell.start : cell.end]) for cell in rows[0]):
        return []
    # Where the cell after every label is none, it may as well be the label's value.
    beside = [heads[at + 1] for at, _, _ in titled if at + 1 < len(heads)]
    across = not any(known.is_label(text[cell.start : cell.end]) for cell in beside)
    return [
        Place(hit.phrase, *rows[0][at], "column", note, paired=not across)
        for at, hit, note in titled
        if at < len(rows[0])
    ]


def _row(text: str, line: tuple[int, int]) -> tuple[_Cell, ...]:
    """The cells of a row of a table; none for its ruler and for what is no row."""
    if _RULER.fullmatch(text, *line) or not _TABLE.search(text, *line):
        return ()
    return _cells(text, *line, _TABLE)


def _cells(text: str, start: int, end: int, between: re.Pattern[str]) -> tuple[_Cell, ...]:
    found: list[_Cell] = []
    at = start
    for match in between.finditer(text, start, end):
        found.append(_Cell(at, match.start()))
        at = match.end()
    return (*found, _Cell(at, end))


def _trimmed(text: str, place: Place) -> Place:
    """Without what stands loosely around the value."""
    stretch = text[place.start : place.end]
    start = place.start + len(stretch) - len(stretch.lstrip(LOOSE))
    return place._replace(start=start, end=max(start, place.start + len(stretch.rstrip(LOOSE))))


def _lines(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        found.append((at, at + len(line.splitlines()[0])))
        at += len(line)
    return found
