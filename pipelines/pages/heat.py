"""A matrix whose cells are coloured by their values: one hue, or two on either side of 0."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.pages import frames
from pipelines.pages.drawing import SIZE, Drawing
from pipelines.pages.numbers import written
from pipelines.pages.scales import shorten, text_width
from pipelines.pages.series import called, finite, kind_of, signed
from pipelines.pages.words import Words
from risk.report.document import Chart, Table

_WHITE, _BLUE, _BROWN = (244, 247, 250), (19, 72, 130), (150, 60, 8)
_DARK, _LIGHT = "#000000", "#ffffff"
_LONGEST = 180.0
_TALL = 640.0


@dataclass(frozen=True)
class _Matrix:
    """Names of rows and columns, and where the cells lie."""

    rows: Sequence[str]
    columns: Sequence[str]

    @property
    def left(self) -> float:
        """Where the cells begin, right of the names of the rows."""
        return 14 + min(_LONGEST, max((text_width(name, SIZE) for name in self.rows), default=0))

    @property
    def top(self) -> float:
        """Where the cells begin, below the names of the columns."""
        longest = max((text_width(name, SIZE) for name in self.columns), default=0)
        return min(_LONGEST, longest + 12) if self.upright else 26.0

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell."""
        room = (frames.WIDTH - self.left - 2) / max(len(self.columns), 1)
        return min(96.0, room), min(26.0, _TALL / max(len(self.rows), 1))

    @property
    def upright(self) -> bool:
        """Whether the names of the columns do not fit side by side."""
        return any(text_width(name, SIZE) > self.cell[0] - 4 for name in self.columns)

    def at(self, row: float, column: float) -> tuple[float, float]:
        """A place in the matrix, a whole number being the upper left corner of a cell."""
        return self.left + column * self.cell[0], self.top + row * self.cell[1]


def heat(table: Table, chart: Chart, words: Words) -> Drawing:
    """The matrix, its numbers written in it where there is room."""
    kind = kind_of(table, chart.label)
    matrix = _Matrix(
        signed(table, [words.cell(cell, kind) for cell in table.column(chart.label)], words),
        [called(table, key, words) for key in chart.values],
    )
    name = frames.chart_name(words.table(table), words)
    height = matrix.at(len(matrix.rows), 0)[1] + 6
    drawing = Drawing(frames.WIDTH, height, name, words.language)
    _names(drawing, matrix)
    cells = [[finite(cell) for cell in table.column(key)] for key in chart.values]
    far = max((abs(v) for column in cells for v in column if v is not None), default=0.0)
    for column, (key, values) in enumerate(zip(chart.values, cells, strict=True)):
        for row, value in enumerate(values):
            if value is not None:
                text = written(value, kind_of(table, key))
                _cell(drawing, matrix, (row, column), (value / far if far else 0.0, text))
    return drawing


def _names(drawing: Drawing, matrix: _Matrix) -> None:
    if matrix.cell[1] >= SIZE:
        for row, name in enumerate(matrix.rows):
            x, y = matrix.at(row + 0.5, 0)
            drawing.name(name, (x - 7, y), matrix.left - 10, "end")
    if matrix.cell[0] < SIZE:
        return
    for column, name in enumerate(matrix.columns):
        x, y = matrix.at(0, column + 0.5)
        if matrix.upright:
            shown = drawing.text(shorten(name, SIZE, matrix.top - 10), 0, 0, "start", "ink")
            shown.set("transform", f"translate({x:.2f} {y - 6:.2f}) rotate(-90)")
        else:
            drawing.text(name, x, y - 12, "middle", "ink")


def _cell(
    drawing: Drawing, matrix: _Matrix, place: tuple[int, int], told: tuple[float, str]
) -> None:
    """A cell with its part of the farthest value, from -1 to 1, and its text."""
    row, column = place
    part, text = told
    colour = _shade(part)
    wide, high = matrix.cell
    x, y = matrix.at(row, column)
    title = f"{matrix.rows[row]} · {matrix.columns[column]}: {text}"
    drawing.cell(f"rgb{colour}", x + 0.5, y + 0.5, (wide - 1, high - 1), title)
    if text_width(text, SIZE) < wide - 4 and high >= SIZE + 3:
        ink = _DARK if _luminance(colour) > 0.179 else _LIGHT
        drawing.text(text, x + wide / 2, y + high / 2, "middle", "cell").set("fill", ink)


def _shade(part: float) -> tuple[int, int, int]:
    """The colour of a value, from white at 0."""
    far = _BLUE if part >= 0 else _BROWN
    red, green, blue = (
        round(near + abs(part) * (end - near)) for near, end in zip(_WHITE, far, strict=True)
    )
    return red, green, blue


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG defines it; from about 0.179 on, dark text is the clearer one."""
    parts = [each / 255 for each in colour]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
