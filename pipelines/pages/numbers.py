"""Numbers as a report writes them; what rounds to nothing keeps two digits, and is no zero."""

import math
from collections.abc import Callable

from risk.display import number
from risk.report.document import Kind

NOTHING = "—"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_HUGE, _TINY = 1e15, 1e-7
_LEAST_P = 1e-4


def written(value: float, kind: Kind) -> str:
    """A number as its kind is written; the same in both languages.

    Example:
        >>> written(0.0312, "share"), written(1234, "count"), written(1e-9, "p")
        ('3.12%', '1,234', '< 0.0001')
        >>> written(-0.00002, "number"), written(float("nan"), "index")
        ('−0.000020', '—')
    """
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return _signed("-∞" if value < 0 else "∞")
    return _signed(_FORMS.get(kind, _general)(value))


def tick(value: float, kind: Kind, step: float) -> str:
    """A number on an axis whose marks lie `step` apart: with no more places than that needs.

    Example:
        >>> tick(0.25, "share", 0.05), tick(0.5, "index", 0.25), tick(20_000, "count", 5000)
        ('25%', '0.50', '20,000')
    """
    scale, unit = (100, "%") if kind == "share" else (1, "")
    shown, apart = value * scale, step * scale
    if max(abs(shown), apart) >= 1e9 or apart < _TINY:
        digits = min(8, max(1, math.ceil(math.log10(max(abs(shown) / apart, 1)))))
        return _signed(_power(shown, digits) if shown else "0") + unit
    places = next((n for n in range(8) if _whole(apart * 10**n)), 8)
    return _signed(f"{shown:,.{places}f}") + unit


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * value


def _signed(text: str) -> str:
    """With a minus as wide as a digit, and none before a zero."""
    if text.startswith("-") and not text.strip("-0.,%"):
        text = text[1:]
    return text.replace("-", "−", 1) if text.startswith("-") else text


def _fixed(places: int, least: float = _TINY) -> Callable[[float], str]:
    def form(value: float) -> str:
        size = abs(value)
        if size >= _HUGE or 0 < size < least:
            return _power(value)
        if 0 < size < 0.5 * 10**-places:
            return f"{value:.{1 - math.floor(math.log10(size))}f}"
        return f"{value:,.{min(places, 1) if size >= 1000 else places}f}"

    return form


def _power(value: float, digits: int = 1) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def _share(value: float) -> str:
    return _power(value) if abs(value) >= _HUGE else f"{_fixed(2, 1e-4)(100 * value)}%"


def _count(value: float) -> str:
    return _fixed(0 if value == int(value) else 1)(value)


def _p(value: float) -> str:
    return "< 0.0001" if value < _LEAST_P else f"{value:.4f}"


def _general(value: float) -> str:
    return number(value) if value == 0 or _TINY <= abs(value) < _HUGE else _power(value)


_FORMS: dict[Kind, Callable[[float], str]] = {
    "share": _share,
    "count": _count,
    "points": _count,
    "number": _fixed(4),
    "index": _fixed(3),
    "p": _p,
}
