"""Curves: lines through points of two measured axes, such as a ROC curve."""

from pipelines.pages import frames
from pipelines.pages.drawing import SERIES, SIZE, Drawing
from pipelines.pages.numbers import written
from pipelines.pages.scales import Scale, axis
from pipelines.pages.series import Point, called, curves, kind_of, runs
from pipelines.pages.words import Words
from risk.report.document import Chart, Kind, Table

_FEW = 25
_HEIGHT, _WIDTH = 340.0, 470.0


def curve(table: Table, chart: Chart, words: Words) -> Drawing:
    """A line through x and y for every group of rows."""
    lines = curves(table, chart, words)
    names = list(lines) if chart.by else []
    keys = [frames.line_key(place, name) for place, name in enumerate(names)]
    kinds = kind_of(table, chart.label), kind_of(table, chart.values[0])
    keys += frames.mark_keys(chart, kinds[1], words)
    drawing, x, y = _axes(table, chart, words, keys)
    if chart.diagonal:
        low, high = max(x.low, y.low), min(x.high, y.high)
        if low < high:
            drawing.line("mark", (x(low), y(low), x(high), y(high)))
    for value in frames.marked(chart):
        drawing.line("mark", (x.start, y(value), x.end, y(value)))
    for place, (name, points) in enumerate(lines.items()):
        _line(drawing, (x, y), points, place)
        for point in points:
            if point is not None:
                told = f"{name} · {written(point[0], kinds[0])}, {written(point[1], kinds[1])}"
                drawing.over((x(point[0]), y(point[1])), told)
    return drawing


def _line(drawing: Drawing, scales: tuple[Scale, Scale], points: list[Point], place: int) -> None:
    x, y = scales
    placed = [None if p is None else (x(p[0]), y(p[1])) for p in points]
    for run in runs(placed):
        if len(run) > 1:
            drawing.path(f"line{place % len(SERIES)}", run)
        if len(run) == 1 or len(points) <= _FEW:
            for at in run:
                drawing.dot(place, at)


def _axes(
    table: Table, chart: Chart, words: Words, keys: list[frames.Key]
) -> tuple[Drawing, Scale, Scale]:
    """Two measured axes; with a diagonal both have the same range."""
    points = [p for line in curves(table, chart, words).values() for p in line if p is not None]
    across, up = [p[0] for p in points], [*(p[1] for p in points), *frames.marked(chart)]
    if chart.diagonal:
        across = up = [*across, *up]
    top = frames.legend_height(keys) + 32
    kinds: list[Kind] = [kind_of(table, key) for key in (chart.label, chart.values[0])]
    y = axis(up, top + _HEIGHT, top, whole=kinds[1] == "count")
    left = frames.up_room(y, kinds[1])
    x = axis(across, left, left + _WIDTH, whole=kinds[0] == "count")
    title = frames.chart_name(words.table(table), words)
    drawing = Drawing(frames.WIDTH, top + _HEIGHT + 4 * SIZE, title, words.language)
    frames.draw_legend(drawing, keys)
    frames.across(drawing, x, (top, top + _HEIGHT), kinds[0], called(table, chart.label, words))
    frames.upwards(
        drawing, y, (left, left + _WIDTH), kinds[1], called(table, chart.values[0], words)
    )
    return drawing, x, y
