"""The charts of a report as SVG that stands in the page: no script, no file beside it."""

from features.language import Language
from pipelines.pages import frames
from pipelines.pages.curves import curve
from pipelines.pages.drawing import SERIES, Drawing, Place
from pipelines.pages.frames import Frame, Key
from pipelines.pages.heat import heat
from pipelines.pages.numbers import written
from pipelines.pages.series import Series, Shown, runs, shown
from pipelines.pages.words import Words
from risk.report.document import Chart, Table

_FEW = 40


def draw(table: Table, language: Language) -> str:
    """The chart of a table as an `svg` element; empty where the table has none.

    Raises:
        DataError: It names something for which the catalogue has no text.
    """
    if table.chart is None:
        return ""
    words = Words(language)
    if table.chart.kind == "heat":
        return heat(table, table.chart, words).svg()
    if table.chart.kind == "curve":
        return curve(table, table.chart, words).svg()
    return _DRAWN[table.chart.kind](shown(table, table.chart, words), table.chart, words).svg()


def _bars(what: Shown, chart: Chart, words: Words) -> Drawing:
    keys = _keys(what, chart, words, frames.box_key)
    values = [0.0, *what.numbers(), *frames.marked(chart)]
    frame = (frames.columns if what.timed else frames.rows)(what, keys, words, values)
    count = max(len(what.series), 1)
    thick = min(0.7 * frame.band / count, 40.0)
    for place, series in enumerate(what.series):
        beside = thick * (place - (count - 1) / 2)
        for n, value in series.drawn():
            told = _told(what, series, n, words)
            _bar(frame, (frame.at(n, 0, beside), frame.at(n, value, beside)), thick, (place, told))
            _whisker(frame, series, n, ("zero", beside))
    _rule(frame, chart)
    return frame.drawing


def _bar(frame: Frame, ends: tuple[Place, Place], thick: float, named: tuple[int, str]) -> None:
    """A bar between two places, in the colour of a series and with what it tells."""
    (x0, y0), (x1, y1) = ends
    wide, high = (abs(x1 - x0), thick) if frame.down else (thick, abs(y1 - y0))
    x, y = (min(x0, x1), y0 - thick / 2) if frame.down else (x0 - thick / 2, min(y0, y1))
    frame.drawing.box(f"fill{named[0] % len(SERIES)}", x, y, (wide, high), named[1])


def _intervals(what: Shown, chart: Chart, words: Words) -> Drawing:
    keys = _keys(what, chart, words, frames.dot_key)
    values = [*what.numbers(), *frames.marked(chart)]
    frame = (frames.columns if what.timed else frames.rows)(what, keys, words, values)
    _rule(frame, chart)
    count = max(len(what.series), 1)
    apart = min(9.0, 0.8 * frame.band / count)
    for place, series in enumerate(what.series):
        beside = apart * (place - (count - 1) / 2)
        for n in range(len(what.labels)):
            _whisker(frame, series, n, (f"rule{place % len(SERIES)}", beside))
        for n, value in series.drawn():
            frame.drawing.dot(place, frame.at(n, value, beside), _told(what, series, n, words))
    return frame.drawing


def _whisker(frame: Frame, series: Series, category: int, way: tuple[str, float]) -> None:
    """The interval of a category, drawn with a look and `beside` its middle."""
    low, high = series.low[category], series.high[category]
    if low is not None and high is not None:
        look, beside = way
        ends = (*frame.at(category, low, beside), *frame.at(category, high, beside))
        frame.drawing.line(look, ends)


def _lines(what: Shown, chart: Chart, words: Words) -> Drawing:
    keys = _keys(what, chart, words, frames.line_key)
    frame = frames.columns(what, keys, words, [*what.numbers(), *frames.marked(chart)])
    _rule(frame, chart)
    for place, series in enumerate(what.series):
        points = [
            None if value is None else frame.at(n, value) for n, value in enumerate(series.values)
        ]
        for run in runs(points):
            if len(run) > 1:
                frame.drawing.path(f"line{place % len(SERIES)}", run, series.name)
            if len(run) == 1 or len(what.labels) <= _FEW:
                for at in run:
                    frame.drawing.dot(place, at)
        for n, value in series.drawn():
            frame.drawing.over(frame.at(n, value), _told(what, series, n, words))
    return frame.drawing


def _keys(what: Shown, chart: Chart, words: Words, key: frames.Legend) -> list[Key]:
    """What the legend has to tell: the series where there are several, and the marked value."""
    several = what.series if not what.measure or len(what.series) > 1 else ()
    made = [key(place, series.name) for place, series in enumerate(several)]
    return made + frames.mark_keys(chart, what.kind, words)


def _rule(frame: Frame, chart: Chart) -> None:
    """The line at a marked value, over all categories."""
    for value in frames.marked(chart):
        if frame.middles:
            half = frame.band / 2
            ends = (frame.at(0, value, -half), frame.at(len(frame.middles) - 1, value, half))
            frame.drawing.line("mark", (*ends[0], *ends[1]))


def _told(what: Shown, series: Series, category: int, words: Words) -> str:
    """What is drawn at a place, in words and numbers."""
    value, low, high = (each[category] for each in (series.values, series.low, series.high))
    told = f"{what.labels[category]} · {series.name}: {words.cell(value, what.kind)}"
    if low is None or high is None:
        return told
    return f"{told} [{written(low, what.kind)}, {written(high, what.kind)}]"


_DRAWN = {"bars": _bars, "intervals": _intervals, "lines": _lines}
