"""Lengths of time in months and years.

Years of the calendar (2019年, 19年入职), ages (35 years old) and periods of a sum (8000元一个月)
are none; days and weeks are left out.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.extraction.folding import fold
from features.extraction.numerals import Numeral, begins, numerals, padded
from features.extraction.ranges import tied

_MOST_YEARS = 100  # beyond it a number before 年 names a year
_EARLIEST = 10  # from here on 19年 may be short for 2019年
_YEARS = re.compile(
    r"(?P<zh> ?年)(?![级代度化龄底初末薪息])(?P<half>半)?多?"
    r"|(?P<en> and a half)?[ -]?(?:years?|yrs?)(?![A-Za-z]|[ -]olds?\b| of age)",
    re.I | re.A,
)
_MONTHS = re.compile(
    r" ?个(?P<half>半)?月(?!份)"
    r"|(?P<en> and a half)?[ -]?(?:months?|mths?|mos?)(?![A-Za-z]|[ -]olds?\b)",
    re.I | re.A,
)
_MONTHS_AFTER_YEARS = re.compile(r" ?月(?!份)")
_THEN = re.compile(r" ?[零又]? ?|,? and |, ", re.I)
_LONGEST_THEN = 5
_EITHER = re.compile(r"(?:[0-9一-十]、|[0-9A-Za-z] or )\Z", re.I)
_CALENDAR = re.compile(r" ?(?:[0-9]{1,2} ?月|[入毕参开起至春夏秋冬考出])")
_SUM_BEFORE = re.compile(r"(?:[元圆块万千k]|平均|每|大?约) ?\Z", re.I)
_SUM_AFTER = re.compile(r" ?(?:[0-9¥能赚挣约大到]|收入|工资|流水|还)")
_HALF = re.compile(
    r"(?<![上下大小前后多年个月0-9一二两三四五六七八九十])半(?:(?P<year>年)(?!度)|个月)"
    r"|(?<![A-Za-z])(?:(?P<half>half a year)|(?P<more>a year and a half))(?![A-Za-z])",
    re.I,
)


class Duration(NamedTuple):
    """A length of time.

    Attributes:
        months: How long, in months. "3年多" counts its full years only.
        start: Offset of its first character, in code points.
        end: Offset just past its last.
    """

    months: float
    start: int
    end: int


def durations(text: str) -> tuple[Duration, ...]:
    """The lengths of time in a text.

    A range gives both its ends; the first spans its own number alone.

    Args:
        text: Any text, unchanged; the time is linear in its length.

    Returns:
        The durations in order of place, without overlap.

    Example:
        >>> text = "任职2年3个月，此前三年半；two and a half years, 18 months"
        >>> [(text[d.start : d.end], d.months) for d in durations(text)][:2]
        [('2年3个月', 27.0), ('三年半', 42.0)]
        >>> [d.months for d in durations("3-5年, two and a half years; 35 years old since 2019年")]
        [36.0, 60.0, 30.0]
    """
    folded = fold(text)
    found = sorted([*_counted(folded), *_halves(folded)], key=lambda each: (each.start, -each.end))
    return tuple(_apart(found))


def _apart(found: list[Duration]) -> Iterator[Duration]:
    after = 0
    for each in found:
        if each.start >= after:
            after = each.end
            yield each


def _halves(text: str) -> Iterator[Duration]:
    for match in _HALF.finditer(text):
        months = 18.0 if match["more"] else 6.0 if match["year"] or match["half"] else 0.5
        yield Duration(months, *match.span())


def _counted(text: str) -> Iterator[Duration]:
    found, after = numerals(text), 0
    for place, one in enumerate(found):
        if one.start < after or not _may_count(text, one):
            continue
        two, three = [*found[place + 1 : place + 3], None, None][:2]
        for each in _single(text, one, two) or _range(text, one, two, three):
            after = each.end
            yield each


def _may_count(text: str, one: Numeral) -> bool:
    either = _EITHER.search(text, max(0, one.start - 5), one.start)
    return begins(text, one) and not padded(text, one) and not either


def _single(text: str, one: Numeral, two: Numeral | None) -> list[Duration]:
    length = _length(text, one, two)
    return [length] if length and not _of_a_sum(text, length) else []


def _range(text: str, one: Numeral, two: Numeral | None, three: Numeral | None) -> list[Duration]:
    """Both ends where the numbers are those of 3-5年."""
    if two is None or one.value >= two.value or not tied(text, one.end, two.start):
        return []
    longer = _length(text, two, three)
    if longer is None:
        return []
    unit = 12 if _YEARS.match(text, two.end) else 1
    return [Duration(one.value * unit, one.start, one.end), longer]


def _length(text: str, one: Numeral, two: Numeral | None) -> Duration | None:
    """The length of time that begins with `one` and may hold `two` as its months."""
    years = _YEARS.match(text, one.end)
    if years is None:
        months = _MONTHS.match(text, one.end)
        return Duration(one.value + _half(months), one.start, months.end()) if months else None
    if one.value >= _MOST_YEARS or _of_the_calendar(text, one, years):
        return None
    rest, end = _rest(text, years.end(), two) if two else (0.0, years.end())
    return Duration(round(12 * (one.value + _half(years)), 6) + rest, one.start, end)


def _rest(text: str, at: int, two: Numeral) -> tuple[float, int]:
    """The months said after the years that end at `at`, and where they end."""
    near = two.start - at <= _LONGEST_THEN
    if not (0 < two.value < 12 and near and _THEN.fullmatch(text, at, two.start)):
        return 0.0, at
    months = _MONTHS.match(text, two.end)
    if months:
        return two.value + _half(months), months.end()
    after = _MONTHS_AFTER_YEARS.match(text, two.end)
    return (two.value, after.end()) if after and two.start == at else (0.0, at)


def _half(match: re.Match[str]) -> float:
    return 0.5 if match["half"] or match["en"] else 0.0


def _of_the_calendar(text: str, one: Numeral, years: re.Match[str]) -> bool:
    """Whether 19年 is short for 2019年."""
    short = one.value >= _EARLIEST and years["zh"]
    return bool(short) and _CALENDAR.match(text, years.end()) is not None


def _of_a_sum(text: str, found: Duration) -> bool:
    """Whether 一个月 or 一年 says per what a sum is meant."""
    if text[found.start : found.end] not in ("一个月", "一年"):
        return False
    before = _SUM_BEFORE.search(text, max(0, found.start - 4), found.start)
    return bool(before or _SUM_AFTER.match(text, found.end))
