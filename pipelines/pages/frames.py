"""The room a chart is drawn in: its axes, grid, names and legend."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.pages.drawing import SERIES, SIZE, Drawing
from pipelines.pages.numbers import tick, written
from pipelines.pages.scales import Scale, axis, shorten, text_width
from pipelines.pages.series import Shown
from pipelines.pages.words import Words
from risk.report.document import Chart, Kind

WIDTH = 640.0
_EDGE, _GAP = 14.0, 8.0
_LONGEST_NAME = 230.0
_LINE = 20.0
_TALL, _FLAT = 640.0, 210.0
"""Height of the rows of a chart at most, and of a chart whose categories lie side by side."""


@dataclass(frozen=True)
class Frame:
    """Axes of which one holds categories.

    Attributes:
        drawing: What is drawn on.
        scale: Axis of the values.
        middles: Place of each category on the other axis.
        band: Room of a category.
        down: Whether the categories are rows, one below the other.
    """

    drawing: Drawing
    scale: Scale
    middles: tuple[float, ...]
    band: float
    down: bool

    def at(self, category: int, value: float, beside: float = 0.0) -> tuple[float, float]:
        """The place of a value, `beside` the middle of its category."""
        middle = self.middles[category] + beside
        return (self.scale(value), middle) if self.down else (middle, self.scale(value))


@dataclass(frozen=True)
class Key:
    """An entry of a legend: how it is drawn at a place, and its name."""

    draw: Callable[[Drawing, float, float], None]
    name: str


def rows(shown: Shown, keys: Sequence[Key], words: Words, values: Sequence[float]) -> Frame:
    """A frame with the categories one below the other, for names of any length and number."""
    left = _EDGE + min(_LONGEST_NAME, max((text_width(t, SIZE) for t in shown.labels), default=0))
    top = legend_height(keys) + _GAP
    count = max(len(shown.labels), 1)
    band = min(14.0 + 9.0 * len(shown.series), _TALL / count)
    end = top + band * count
    scale = axis(values, left + _GAP, WIDTH - 2 * _EDGE, whole=shown.kind == "count")
    bottom = 2 * _LINE if shown.measure else _LINE
    drawing = Drawing(WIDTH, end + bottom + _GAP, chart_name(shown.title, words), words.language)
    draw_legend(drawing, keys)
    across(drawing, scale, (top, end), shown.kind, shown.measure)
    middles = tuple(top + band * (n + 0.5) for n in range(len(shown.labels)))
    for n in range(0, len(middles), math.ceil((SIZE + 2) / band)):
        drawing.name(shown.labels[n], (left, middles[n]), left - _EDGE + 1, "end")
    return Frame(drawing, scale, middles, band, down=True)


def columns(shown: Shown, keys: Sequence[Key], words: Words, values: Sequence[float]) -> Frame:
    """A frame with the categories side by side, in their order."""
    top = legend_height(keys) + (1.6 * _LINE if shown.measure else _GAP)
    scale = axis(values, top + _FLAT, top, whole=shown.kind == "count")
    left, right = up_room(scale, shown.kind), WIDTH - 2 * _EDGE
    drawing = Drawing(
        WIDTH, top + _FLAT + _LINE + _GAP, chart_name(shown.title, words), words.language
    )
    draw_legend(drawing, keys)
    upwards(drawing, scale, (left, right), shown.kind, shown.measure)
    band = (right - left) / max(len(shown.labels), 1)
    middles = tuple(left + band * (n + 0.5) for n in range(len(shown.labels)))
    room = max((text_width(t, SIZE) for t in shown.labels), default=0) + _GAP
    every = math.ceil(min(room, _LONGEST_NAME / 2) / band)
    for n in range(0, len(middles), every):
        place = middles[n], top + _FLAT + _GAP + 4
        drawing.name(shown.labels[n], place, every * band - _GAP, "middle")
    return Frame(drawing, scale, middles, band, down=False)


def chart_name(title: str, words: Words) -> str:
    """What a screen reader calls a chart."""
    return words.frame("chart", title=title)


def across(
    drawing: Drawing, scale: Scale, span: tuple[float, float], kind: Kind, name: str
) -> None:
    """A horizontal axis of values below, with its grid over `span`, and its name."""
    top, end = span
    texts = [tick(mark, kind, scale.step) for mark in scale.marks]
    apart = abs(scale.end - scale.start) / max(len(texts) - 1, 1)
    every = math.ceil((max(text_width(text, SIZE) for text in texts) + _GAP) / apart)
    for n, (mark, text) in enumerate(zip(scale.marks, texts, strict=True)):
        x = scale(mark)
        drawing.line("zero" if mark == 0 else "grid", (x, top, x, end))
        if n % every == 0:
            drawing.text(text, x, end + _GAP + 4, "middle")
    if name:
        drawing.text(name, (scale.start + scale.end) / 2, end + _GAP + 4 + _LINE, "middle")


def upwards(
    drawing: Drawing, scale: Scale, span: tuple[float, float], kind: Kind, name: str
) -> None:
    """A vertical axis of values at the left, with its grid over `span`, and its name on top."""
    left, right = span
    for mark in scale.marks:
        y = scale(mark)
        drawing.line("zero" if mark == 0 else "grid", (left, y, right, y))
        drawing.text(tick(mark, kind, scale.step), left - _GAP, y, "end")
    if name:
        drawing.text(name, _EDGE / 2, scale.end - _LINE)


def up_room(scale: Scale, kind: Kind) -> float:
    """Where a chart begins, right of the numbers of its vertical axis."""
    widest = max(text_width(tick(mark, kind, scale.step), SIZE) for mark in scale.marks)
    return widest + _GAP + _EDGE / 2


def line_key(series: int, name: str) -> Key:
    """Legend of a line."""
    look = f"line{series % len(SERIES)}"
    return Key(lambda d, x, y: d.path(look, [(x, y), (x + 26, y)]), name)


def dot_key(series: int, name: str) -> Key:
    """Legend of a sign."""
    return Key(lambda d, x, y: d.dot(series, (x + 20, y)), name)


def box_key(series: int, name: str) -> Key:
    """Legend of a bar."""
    look = f"fill{series % len(SERIES)}"
    return Key(lambda d, x, y: d.box(look, x + 10, y - 5, (16, 10)), name)


def _mark_key(name: str) -> Key:
    """Legend of a value that is marked."""
    return Key(lambda d, x, y: d.line("mark", (x, y, x + 26, y)), name)


Legend = Callable[[int, str], Key]
"""How the legend of a series is made from its place and name."""


def marked(chart: Chart) -> list[float]:
    """The value that a chart marks, where it marks one that can be drawn."""
    return [] if chart.line is None or not math.isfinite(chart.line) else [chart.line]


def mark_keys(chart: Chart, kind: Kind, words: Words) -> list[Key]:
    """Legends of the marked value and of the diagonal."""
    names = [words.frame("line", value=written(value, kind)) for value in marked(chart)]
    return [
        _mark_key(name) for name in names + ([words.frame("diagonal")] if chart.diagonal else [])
    ]


def legend_height(keys: Sequence[Key]) -> float:
    """Room of a legend above a chart."""
    return _LINE * (1 + max(line for _, line in _places(keys))) if keys else 0.0


def draw_legend(drawing: Drawing, keys: Sequence[Key]) -> None:
    """The legend, in as many lines as it needs."""
    for key, (x, line) in zip(keys, _places(keys), strict=True):
        y = _LINE * (line + 0.5)
        key.draw(drawing, x, y)
        drawing.text(_fitting(key), x + 32, y)


def _places(keys: Sequence[Key]) -> list[tuple[float, int]]:
    places, x, line = [], 0.0, 0
    for key in keys:
        width = 32 + text_width(_fitting(key), SIZE) + 2 * _GAP
        if x and x + width > WIDTH:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += width
    return places


def _fitting(key: Key) -> str:
    return shorten(key.name, SIZE, WIDTH / 2)
