"""Where a value lies on an axis, where its marks stand, and how much room a text takes.

Whatever finite values are given, every place is finite.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FARTHEST = 1e290
_MARKS = 5
_NICE = (1, 2, 2.5, 5, 10)
_WIDE, _NARROW, _BROAD, _USUAL = 1.0, 0.3, 0.75, 0.56
"""Widths of characters in ems, on the safe side for the usual sans serifs."""


@dataclass(frozen=True)
class Scale:
    """A straight axis.

    Attributes:
        low: Value at `start`.
        high: Value at `end`, above `low`.
        start: Place of `low` in user units.
        end: Place of `high`.
        step: Distance of the marks.
    """

    low: float
    high: float
    start: float
    end: float
    step: float

    def __call__(self, value: float) -> float:
        """The place of a value, never outside the axis."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    @property
    def marks(self) -> tuple[float, ...]:
        """Values at which the axis is marked."""
        first, last = math.ceil(self.low / self.step), math.floor(self.high / self.step)
        return tuple(n * self.step for n in range(first, last + 1))


def axis(values: Iterable[float], start: float, end: float, *, whole: bool = False) -> Scale:
    """An axis over all values that begins and ends at a mark.

    Args:
        values: Finite values; 0 to 1 without any.
        start: Place of the least mark.
        end: Place of the greatest.
        whole: Whether only whole numbers are marked.

    Example:
        >>> axis([0.03, 0.47], 0, 100).marks
        (0.0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5)
    """
    low, high = _apart([min(max(value, -_FARTHEST), _FARTHEST) for value in values])
    step = _nice((high - low) / _MARKS)
    if whole:
        step = max(1.0, float(round(step)))
    low, high = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    return Scale(low, max(high, low + step), start, end, step)


def _apart(values: Sequence[float]) -> tuple[float, float]:
    """Least and greatest value, kept apart so that an axis has a length."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    size = max(abs(low), abs(high))
    if size < 1 / _FARTHEST:
        return 0.0, 1.0
    if high - low > 1e-9 * size:
        return low, high
    return low - 0.05 * size, high + 0.05 * size


def _nice(step: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(step))
    return next(nice * power for nice in _NICE if nice * power >= step * (1 - 1e-9))


def text_width(text: str, size: float) -> float:
    """About how wide a text is at a size of font, in the units of the size."""
    return size * sum(_em(character) for character in text)


def shorten(text: str, size: float, room: float) -> str:
    """A text that fits, cut in its middle where it does not: names often differ at their ends.

    Example:
        >>> shorten("balance_of_card_12m", 10, 80)
        'balance_…d_12m'
    """
    if text_width(text, size) <= room:
        return text
    kept = len(text) - 1
    while kept and text_width(cut := _without_middle(text, kept), size) > room:
        kept -= 1
    return cut if kept else "…"


def _without_middle(text: str, kept: int) -> str:
    tail = 2 * kept // 5
    return f"{text[: kept - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    if unicodedata.combining(character):
        return 0.0
    if character in "il.,:;'|![]()ft ":
        return _NARROW
    return _BROAD if character.isupper() or character in "mwMW@%—" else _USUAL
