"""What a chart draws, read from the columns its table names: names and finite numbers."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from features.language import Text
from pipelines.pages.words import Words
from risk.report.document import Cell, Chart, Kind, Light, Table

Values = tuple[float | None, ...]
Point = tuple[float, float] | None
_PERIOD = re.compile(r"\d{4}(-?Q[1-4]|-\d{2}(-\d{2})?)")


@dataclass(frozen=True)
class Series:
    """One colour of a chart, over n categories; None where there is nothing to draw.

    Attributes:
        name: What it is.
        values: One a category.
        low: Lower bounds; all None without any.
        high: Upper bounds.
    """

    name: str
    values: Values
    low: Values
    high: Values

    def drawn(self) -> Iterator[tuple[int, float]]:
        """Categories in which it has a value, with the value."""
        return ((n, value) for n, value in enumerate(self.values) if value is not None)

    def numbers(self) -> Iterator[float]:
        """Every number it draws."""
        for each in (self.values, self.low, self.high):
            yield from (value for value in each if value is not None)


@dataclass(frozen=True)
class Shown:
    """A chart over categories.

    Attributes:
        title: What it shows.
        labels: Names of the categories.
        series: Its colours.
        kind: How its values are written.
        measure: What the axis of the values is called; empty where the series are named.
        timed: Whether the categories are points in time.
    """

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    kind: Kind
    measure: str
    timed: bool

    def numbers(self) -> list[float]:
        """Every number it draws."""
        return [number for each in self.series for number in each.numbers()]


def shown(table: Table, chart: Chart, words: Words) -> Shown:
    """What a chart of bars, lines or intervals draws."""
    cells = table.column(chart.label)
    kind = kind_of(table, chart.label)
    labels = [words.cell(cell, kind) for cell in cells]
    timed = bool(cells) and all(isinstance(c, str) and _PERIOD.fullmatch(c) for c in cells)
    if chart.by:
        labels, series = _by_group(table, chart, labels, words)
    else:
        labels = signed(table, labels, words)
        series = _by_column(table, chart, words)
    return Shown(
        title=words.table(table),
        labels=tuple(labels),
        series=tuple(series),
        kind=kind_of(table, chart.values[0]),
        measure=called(table, chart.values[0], words) if len(chart.values) == 1 else "",
        timed=timed,
    )


def _by_column(table: Table, chart: Chart, words: Words) -> list[Series]:
    """A series a column; the first has the interval."""
    nothing: Values = (None,) * len(table.rows)
    made = []
    for place, key in enumerate(chart.values):
        bounds = (chart.low, chart.high) if place == 0 else ("", "")
        low, high = (_column(table, bound) if bound else nothing for bound in bounds)
        made.append(Series(called(table, key, words), _column(table, key), low, high))
    return made


def _by_group(
    table: Table, chart: Chart, labels: list[str], words: Words
) -> tuple[list[str], list[Series]]:
    """A series a group; rows of one label share their category."""
    names = [words.cell(cell, kind_of(table, chart.by)) for cell in table.column(chart.by)]
    categories = list(dict.fromkeys(labels))
    columns = [
        _column(table, key) if key else (None,) * len(labels)
        for key in (chart.values[0], chart.low, chart.high)
    ]
    made = []
    for group in dict.fromkeys(names):
        row = {labels[n]: n for n, name in enumerate(names) if name == group}
        spread = (
            tuple(column[row[label]] if label in row else None for label in categories)
            for column in columns
        )
        made.append(Series(group, *spread))
    return categories, made


def curves(table: Table, chart: Chart, words: Words) -> dict[str, list[Point]]:
    """The lines of a curve by name, point by point; None where a line breaks."""
    x, y = _column(table, chart.label), _column(table, chart.values[0])
    names = [called(table, chart.values[0], words)] * len(x)
    if chart.by:
        names = [words.cell(cell, kind_of(table, chart.by)) for cell in table.column(chart.by)]
    lines: dict[str, list[Point]] = {name: [] for name in names}
    for name, across, up in zip(names, x, y, strict=True):
        lines[name].append(None if across is None or up is None else (across, up))
    return lines


def finite(cell: Cell) -> float | None:
    """A cell as a number that can be drawn."""
    if cell is None or isinstance(cell, str | Text) or not math.isfinite(cell):
        return None
    return float(cell)


def runs(points: Sequence[Point]) -> Iterator[list[tuple[float, float]]]:
    """The unbroken parts of a line."""
    run: list[tuple[float, float]] = []
    for point in (*points, None):
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []


def _column(table: Table, key: str) -> Values:
    return tuple(finite(cell) for cell in table.column(key))


def kind_of(table: Table, key: str) -> Kind:
    """How a column is written."""
    return next(column.kind for column in table.columns if column.key == key)


def called(table: Table, key: str, words: Words) -> str:
    """What a column is called."""
    return words.column(next(column for column in table.columns if column.key == key))


def signed(table: Table, labels: list[str], words: Words) -> list[str]:
    """The labels of rows, with their sign before those that are amber or red."""
    lights: Iterable[Light] = table.lights or repeat("none", len(labels))
    signs = (f"{words.shape(light)} " if light in ("amber", "red") else "" for light in lights)
    return [sign + label for sign, label in zip(signs, labels, strict=True)]
