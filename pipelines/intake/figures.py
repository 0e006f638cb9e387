"""Figures as digits: where one stands in a stretch of text, whole and not cut from a longer one."""

import math
import re

NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d,]*\d)")
MINUS = ("-", "−", "－", "–")
_SCALED = re.compile(r"\s?(?:[万千百十亿%％‰]|[km]\b|thousand|million)", re.IGNORECASE)
# "1.200,00" is not 1, nor "1 200" either of its parts.
_JOINED = r"[.,．'’]"
_SPACE = r"[ \u00a0\u202f]"
_GOES_ON = re.compile(rf"{_JOINED}?\d")
_BEGAN = re.compile(rf"\d{_JOINED}?\Z")
_THOUSANDS = re.compile(rf"{_SPACE}\d{{3}}(?!\d)")
_SHORT = re.compile(rf"(?<!\d)\d{{1,3}}{_SPACE}?\Z")
_THREE = re.compile(r"\d{3}(?!\d)")


def torn(text: str, start: int, end: int) -> bool:
    """Whether what stands at a place is a part of a longer figure.

    Example:
        >>> torn("1.200,00", 0, 1), torn("1 200", 2, 5), torn("8000, 24", 0, 4)
        (True, True, False)
    """
    before, within, after = text[:start], text[start:end], text[end:]
    on = within[-1:].isdigit() and (
        _GOES_ON.match(after) or (_SHORT.search(within) and _THOUSANDS.match(after))
    )
    spaced = before[-1:].isspace() and _SHORT.search(before) and _THREE.match(within)
    return bool(on or (within[:1].isdigit() and (_BEGAN.search(before) or spaced)))


def first_number(text: str) -> tuple[float, int, int] | None:
    """The first figure and its place; none where it is torn, scaled or may be negative."""
    found = NUMBER.search(text)
    if found is None or torn(text, found.start(), found.end()):
        return None
    # "3 万" and "3 %" are not 3.
    if _SCALED.match(text, found.end()) or text[: found.start()].endswith(MINUS):
        return None
    return as_number(found.group()), found.start(), found.end()


def as_number(text: str) -> float:
    """A figure with commas between its thousands."""
    return float(text.replace(",", ""))


def written(value: float) -> str:
    """A number as a table has it, without the noise of a conversion."""
    if not math.isfinite(value):
        return repr(value)
    rounded = float(f"{value:.12g}")
    return str(int(rounded)) if rounded == int(rounded) else repr(rounded)
