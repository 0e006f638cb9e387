"""Numbers that facts and quotes hold, in units, so that two of them can be compared."""

import re
from collections.abc import Iterator

from risk.reasoning.checks.said import Placed
from risk.redaction import fold

_AMOUNT = re.compile(
    r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(万|千|亿|thousand\b|million\b|k\b|m\b)?", re.I
)
_TIMES = {"万": 1e4, "千": 1e3, "亿": 1e8, "k": 1e3, "thousand": 1e3, "million": 1e6, "m": 1e6}
_MONEY = re.compile(r"元|万|¥|￥|\$|€|£|\b(?:cny|rmb|yuan|usd|twd|hkd|eur|dollars?)\b", re.I)
_DATE = re.compile(r"\d{4}\s*(?:年|[-/.])\s*\d{1,2}(?:\s*(?:月|[-/.])\s*\d{0,2})?日?")


def amounts(text: str) -> Iterator[float]:
    """The numbers in a text, in units.

    Example:
        >>> list(amounts("月薪1.2万元，余额 3,500"))
        [12000.0, 3500.0]
    """
    for match in _AMOUNT.finditer(fold(text)):
        yield float(match[1].replace(",", "")) * _TIMES.get((match[2] or "").lower(), 1.0)


def of_slot(placed: Placed) -> float | None:
    """The one number that a slot brings in; None where there is none, or more than one."""
    if not placed.value or placed.fact is None:
        return None
    if placed.fact.kind in ("form", "association"):
        return placed.fact.value if isinstance(placed.fact.value, float) else None
    text = placed.quote.text if placed.quote else str(placed.fact.value)
    found = list(amounts(_DATE.sub(" ", text)))
    return found[0] if len(found) == 1 else None


def comparable(one: Placed, other: Placed) -> bool:
    """Whether two slots bring in the same sort of number: both money, or both fields."""
    return all(_money(each) for each in (one, other)) or not (one.quote or other.quote)


def _money(placed: Placed) -> bool:
    if placed.fact is None:
        return False
    text = placed.quote.text if placed.quote else placed.fact.display.zh
    return bool(_MONEY.search(text))
