"""Tables as they are set: rows of text, what is folded, and the picture beside them."""

import re
from dataclasses import dataclass

from pipelines.pages.charts import draw
from pipelines.pages.numbers import NOTHING, written
from pipelines.pages.scales import text_width
from pipelines.pages.series import called, kind_of
from pipelines.pages.words import Words
from risk.report.document import Cell, Kind, Light, Table

_MANY, _FIRST = 15, 12
"""Rows above which a table is folded, and how many of it stay in sight."""
_HALF, _RIGHT, _BETWEEN, _SHORT = 29.0, 27.0, 1.3, 6.0
"""In ems: half of a printed page, the room at the right of a chart on a screen that is wide, the
gap between two columns, and a text that stays in one line."""
_LONG_WORD = 32
"""Letters of a word, such as a digest, that is broken rather than set past the edge of a page."""
_LATIN = re.compile("[!-\u024f]+")
_NUMERIC: frozenset[Kind] = frozenset({"count", "share", "number", "index", "points", "p"})
FOUND: tuple[Light, ...] = ("red", "amber")
"""Lights that a reader is told of first."""


@dataclass(frozen=True)
class Set:
    """A cell as it is set.

    Attributes:
        text: What it says.
        look: How it is set: `number` at the right, under other numbers; `because` in place of a
            number; `blank` where it is to be filled in; empty for text.
        light: The light that it shows; empty where it shows none.
        notes: What stands smaller below, line by line.
        span: Columns that it takes.
    """

    text: str
    look: str = ""
    light: str = ""
    notes: tuple[str, ...] = ()
    span: int = 1

    @property
    def classes(self) -> str:
        """Its look, and whether it stays in one line, or may break within a word."""
        short = "short" if text_width(self.text, 1) <= _SHORT else ""
        long = "long" if any(len(word) > _LONG_WORD for word in self.text.split()) else ""
        return " ".join(filter(None, (self.look, short, long)))


@dataclass(frozen=True)
class Row:
    """A row, named by the first of its cells."""

    cells: tuple[Set, ...]
    light: Light = "none"
    anchor: str = ""


@dataclass(frozen=True)
class Grid:
    """A table as it is set.

    Attributes:
        anchor: Where links find it.
        title: What it shows.
        heads: Names of its columns.
        rows: Rows in sight.
        folded: Rows, maybe all, that open on demand and are always printed.
        fold: What opens them.
        left_out: That rows are not there at all; empty where all are.
        chart: Its picture as SVG; empty where it has none.
    """

    anchor: str
    title: str
    heads: tuple[Set, ...]
    rows: tuple[Row, ...]
    folded: tuple[Row, ...] = ()
    fold: str = ""
    left_out: str = ""
    chart: str = ""

    @property
    def beside(self) -> bool:
        """Whether it has room beside its chart."""
        return bool(self.chart) and not self.folded and self._width <= _RIGHT

    @property
    def twice(self) -> bool:
        """Whether what is folded fits twice beside itself on a page."""
        return self._width <= _HALF

    @property
    def _width(self) -> float:
        """How wide it is set at least, in ems."""
        lines = [row.cells for row in (*self.rows, *self.folded)]
        widths = (
            max(_head_width(head), *(text_width(each.text, 1) for each in column))
            for head, *column in zip(self.heads, *lines, strict=True)
        )
        return sum(width + _BETWEEN for width in widths)

    @property
    def found(self) -> bool:
        """Whether anything that is folded needs attention."""
        return any(row.light in FOUND for row in self.folded)

    @property
    def tight(self) -> int:
        """How tightly it has to be set to fit a page: 0, 1 or 2."""
        return (len(self.heads) > 8) + (len(self.heads) > 11)


def _head_width(head: Set) -> float:
    """A head that is not short takes two lines where it has to; a Latin word stays whole."""
    width = text_width(head.text, 1)
    words = (text_width(word, 1) for word in _LATIN.findall(head.text))
    return width if width <= _SHORT else max(width / 2, *words, 0.0)


def grid(table: Table, anchor: str, words: Words) -> Grid:
    """A table of a report, with its chart.

    Raises:
        DataError: It names something for which the catalogue has no text.
    """
    heads, rows = _spread(table, words) or (_heads(table, words), _rows(table, words))
    chart = draw(table, words.language)
    seen = len(rows) if len(rows) <= _MANY else 0 if chart else _FIRST
    said = words.frame("rest" if seen else "all_rows", n=written(len(rows) - seen, "count"))
    left_out = words.frame("left_out", n=written(table.left_out, "count"))
    return Grid(
        anchor=anchor,
        title=words.table(table),
        heads=heads,
        rows=rows[:seen],
        folded=rows[seen:],
        fold=said,
        left_out=left_out if table.left_out else "",
        chart=chart,
    )


def shown(cell: Cell, kind: Kind, words: Words) -> Set:
    """A cell of a table."""
    look = "blank" if cell == "" else _look(kind)
    light = cell if kind == "light" and isinstance(cell, str) else ""
    return Set(words.cell(cell, kind), look, light)


def lit(light: Light, words: Words, notes: tuple[str, ...] = ()) -> Set:
    """A cell that shows a light; a dash where nothing was judged."""
    return Set(NOTHING) if light == "none" else Set(words.light(light), light=light, notes=notes)


def label(table: Table, row: int, words: Words) -> str:
    """What a row is called: its first words, before any number."""
    named: list[str] = []
    for cell, column in zip(table.rows[row], table.columns, strict=True):
        if column.kind in _NUMERIC and named:
            break
        named.append(words.cell(cell, column.kind))
    return " / ".join(named[:2])


def _look(kind: Kind) -> str:
    return "number" if kind in _NUMERIC else ""


def _heads(table: Table, words: Words) -> tuple[Set, ...]:
    heads = [Set(words.column(column), _look(column.kind)) for column in table.columns]
    return (*heads, Set(words.frame("light"))) if table.lights else tuple(heads)


def _rows(table: Table, words: Words) -> tuple[Row, ...]:
    kinds = [column.kind for column in table.columns]
    made = []
    for n, cells in enumerate(table.rows):
        row = [shown(cell, kind, words) for cell, kind in zip(cells, kinds, strict=True)]
        light = table.lights[n] if table.lights else "none"
        made.append(Row((*row, lit(light, words)) if table.lights else tuple(row), light))
    return tuple(made)


def _spread(table: Table, words: Words) -> tuple[tuple[Set, ...], tuple[Row, ...]] | None:
    """Curves that share their x, a column each; None for any other table."""
    chart = table.chart
    if chart is None or chart.kind != "curve" or not chart.by or len(table.columns) != 3:
        return None
    x, y, by = chart.label, chart.values[0], chart.by
    lines, places = (tuple(dict.fromkeys(table.column(key))) for key in (by, x))
    found = dict(
        zip(zip(table.column(by), table.column(x), strict=True), table.column(y), strict=True)
    )
    if table.lights or not len(found) == len(lines) * len(places) == len(table.rows):
        return None
    across, up, line = (kind_of(table, key) for key in (x, y, by))
    heads = [
        words.frame("about", title=called(table, y, words), subject=words.cell(each, line))
        for each in lines
    ]
    rows = (
        (shown(place, across, words), *(shown(found[each, place], up, words) for each in lines))
        for place in places
    )
    first = Set(called(table, x, words), "number")
    return (first, *(Set(head, "number") for head in heads)), tuple(map(Row, rows))
