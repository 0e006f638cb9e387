"""The way to a score as a drawing: a bar for each reason, from where all others left it."""

from pipelines.pages.drawing import SIZE, Drawing
from pipelines.pages.scales import Scale, axis, text_width
from pipelines.review.case.given import Voice
from pipelines.review.case.reasons import Bar, Waterfall

_BAND, _THICK, _EDGE = 26.0, 14.0, 8.0
_NAME, _LINE = 236.0, 16.0


def draw_waterfall(fall: Waterfall, voice: Voice, width: float = 620.0) -> str:
    """The way as an `svg` element; empty where there is none.

    Args:
        fall: The way.
        voice: The words.
        width: Width in CSS pixels; below 480 names stand above their bars.
    """
    if not fall.drawable:
        return ""
    above = width < 480
    band = _BAND + (_LINE if above else 0)
    height = band * (len(fall.bars) + 2) + 2 * _EDGE
    drawing = Drawing(width, height, voice.say("waterfall.name"), voice.language)
    room = text_width(signed(-999.9, 1), SIZE) + 6
    left = _EDGE if above else _NAME + _EDGE
    ends = [fall.base, fall.total, *(bar.end for bar in fall.bars)]
    scale = axis(ends, left + room, width - _EDGE - room)
    _Rows(drawing, scale, fall, (band, above)).draw(voice)
    return drawing.svg()


class _Rows:
    """The rows of one drawing."""

    def __init__(
        self, drawing: Drawing, scale: Scale, fall: Waterfall, rows: tuple[float, bool]
    ) -> None:
        self._drawing, self._scale, self._fall = drawing, scale, fall
        self._band, self._above = rows

    def draw(self, voice: Voice) -> None:
        """First what all others make, then each bar, then the score."""
        last = len(self._fall.bars) + 1
        self._level(0, voice.say("waterfall.base"), self._fall.base)
        for row, bar in enumerate(self._fall.bars, 1):
            self._bar(row, bar)
        self._level(last, voice.say(f"waterfall.total.{self._fall.unit}"), self._fall.total)

    def _middle(self, row: int) -> float:
        """Where the bar of a row lies."""
        return _EDGE + self._band * (row + 1) - _BAND / 2

    def _name(self, row: int, name: str) -> None:
        if self._above:
            room = self._scale.end - _EDGE
            self._drawing.name(name, (_EDGE, self._middle(row) - 20), room, "start")
        else:
            self._drawing.name(name, (_NAME, self._middle(row)), _NAME - _EDGE, "end")

    def _level(self, row: int, name: str, value: float) -> None:
        """A level: a dot, its number, and the line that leads on from it."""
        self._name(row, name)
        at = self._scale(value)
        self._drawing.dot(4, (at, self._middle(row)), name)
        said = f"{value:,.{self._fall.places}f}".replace("-", "−")
        self._number(row, said, (at, at))
        if row == 0:
            self._on(row, at)

    def _bar(self, row: int, bar: Bar) -> None:
        """A bar from where the score stood to where it stands."""
        self._name(row, bar.label)
        start, end = self._scale(bar.start), self._scale(bar.end)
        said = signed(bar.change, self._fall.places)
        look = "fill1" if bar.riskier else "fill2"
        size = (max(abs(end - start), 1.0), _THICK)
        self._drawing.box(
            look, min(start, end), self._middle(row) - _THICK / 2, size, f"{bar.label} {said}"
        )
        self._number(row, said, (start, end))
        self._on(row, end)

    def _number(self, row: int, said: str, ends: tuple[float, float]) -> None:
        """A number on the side to which its bar runs."""
        forward = ends[1] >= ends[0]
        at, anchor = (ends[1] + 7, "start") if forward else (ends[1] - 7, "end")
        self._drawing.text(said, at, self._middle(row), anchor, "ink")

    def _on(self, row: int, at: float) -> None:
        """The thin line down to the next row; it would run through names that stand there."""
        if self._above:
            return
        half = _THICK / 2
        start, end = self._middle(row) + half, self._middle(row + 1) - half
        self._drawing.line("zero", (at, start, at, end))


def signed(value: float, places: int) -> str:
    """A change with its sign.

    Example:
        >>> signed(-12.34, 1), signed(0.5, 2), signed(0.0, 1)
        ('−12.3', '+0.50', '0.0')
    """
    if round(value, places) == 0:
        return f"{0:.{places}f}"
    return f"{value:+,.{places}f}".replace("-", "−")
