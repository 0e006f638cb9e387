"""Numbers that a text holds, in units, so that they can be compared with a value."""

import re
from collections.abc import Iterator

from risk.redaction import fold

_AMOUNT = re.compile(
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(万|千|亿|thousand\b|million\b|k\b|m\b)?", re.I
)
_TIMES = {"万": 1e4, "千": 1e3, "亿": 1e8, "k": 1e3, "thousand": 1e3, "million": 1e6, "m": 1e6}


def amounts(text: str) -> Iterator[float]:
    """The numbers in a text, in units.

    Example:
        >>> list(amounts("月薪1.2万元，余额 3,500"))
        [12000.0, 3500.0]
    """
    for match in _AMOUNT.finditer(fold(text)):
        yield float(match[1].replace(",", "")) * _TIMES.get((match[2] or "").lower(), 1.0)
