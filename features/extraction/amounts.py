"""Sums of money in a text.

A number is a sum where a currency sign or word stands at it, or where a word right before it says
that money is meant (月收入8000, a salary of 8,000). Phone, card and document numbers, counts,
percentages, times and dates are none.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.extraction.currencies import Marks, marks
from features.extraction.days import dates
from features.extraction.folding import fold
from features.extraction.money import means_money, stands_alone
from features.extraction.numerals import Numeral, begins, numerals, padded
from features.extraction.periods import Per, per_after, per_before
from features.extraction.ranges import tied

_MOST_DIGITS = 8  # of a number that only a word makes a sum; longer ones name accounts and phones
_LEAST = 100  # below this a number beside such a word is likely a count
_RATIO = 100  # between the ends of a range; beyond it they are two things
_REACH = 8
_AND = " and "
_YEAR = re.compile(r"(?:19[5-9]|20[0-4])[0-9]")
_BETWEEN = re.compile(r"between \Z", re.I)
_MINUS = re.compile(
    r"(?:余额|利润|净[额利值]|亏损|结余|现金流|变动|(?<![-0-9A-Za-z)一-鿿]))(?P<sign>-)\Z"
    r"|(?P<word>负|minus )\Z",
    re.I,
)
_TIED_AFTER = re.compile(r"[A-Za-z0-9_%‰°*]|[-/.:][0-9]| ?[%‰]")


class Amount(NamedTuple):
    """A sum of money.

    Attributes:
        value: In whole units of the currency (元, not 万元); may be negative.
        currency: ISO code, or "" where none is said. ¥ and 元 are read as CNY, $ as USD.
        per: "day", "month" or "year" where the words at the sum say it, else "".
        start: Offset of its first character, in code points.
        end: Offset just past its last.
    """

    value: float
    currency: str
    per: Per
    start: int
    end: int


class _Candidate(NamedTuple):
    """A number with the marks around it; `named` where a word before it says money is meant."""

    number: Numeral
    marks: Marks
    named: bool


def amounts(text: str) -> tuple[Amount, ...]:
    """The sums of money in a text.

    A range gives both its ends: the first spans its own number, and takes the currency and scale
    it shares with the second. Sums that are not exact (十几万元, 3万多元) are left out.

    Args:
        text: Any text, unchanged; the time is linear in its length.

    Returns:
        The sums in order of place, without overlap.

    Example:
        >>> [(a.value, a.currency, a.per) for a in amounts("月收入8000元，存款3.5万，贷款12期")]
        [(8000.0, 'CNY', 'month'), (35000.0, '', '')]
        >>> text = "earns RMB 96k p.a., lives at No. 5"
        >>> [(text[a.start : a.end], a.value, a.per) for a in amounts(text)]
        [('RMB 96k', 96000.0, 'year')]
    """
    folded = fold(text)
    found: list[_Candidate] = []
    for number in _undated(folded):
        found.append(_candidate(folded, number, found[-1].marks.end if found else 0))
    return tuple(amount for group in _groups(folded, found) for amount in _read(folded, group))


def _undated(text: str) -> Iterator[Numeral]:
    """The numbers that are no part of a date."""
    coming = iter([*dates(text), None])
    date = next(coming)
    for number in numerals(text):
        while date and date.end <= number.start:
            date = next(coming)
        if date is None or number.end <= date.start:
            yield number


def _candidate(text: str, number: Numeral, floor: int) -> _Candidate:
    around = marks(text, number.start, number.end, floor)
    marked = around.before or around.after
    named = not marked and _large(text, number) and means_money(text, number.start)
    return _Candidate(number, around, named)


def _groups(text: str, found: list[_Candidate]) -> Iterator[list[_Candidate]]:
    """Numbers that stand alone, and those that a dash or a word ties into a range."""
    group: list[_Candidate] = []
    for each in found:
        if group and not _joined(text, group[-1], each):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _joined(text: str, one: _Candidate, two: _Candidate) -> bool:
    start, end = one.marks.end, two.marks.start
    if end - start == len(_AND) and text.startswith(_AND, start):
        return _BETWEEN.search(text, max(0, one.marks.start - _REACH), one.marks.start) is not None
    return tied(text, start, end)


def _read(text: str, group: list[_Candidate]) -> Iterator[Amount]:
    if len(group) == 2 and _is_range(text, *group):
        yield from _range(text, *group)
    elif len(group) <= 2:  # three and more are the parts of one number: 138-1234-5678
        for each in group:
            if _is_sum(text, each):
                yield _amount(text, each, _currency(each), _per(text, each, each))


def _is_sum(text: str, each: _Candidate) -> bool:
    if not _begins(text, each) or (
        not each.marks.after and _TIED_AFTER.match(text, each.marks.end)
    ):
        return False
    if each.named:
        return stands_alone(text, each.number.end) and not _is_year(text, each)
    return bool(_currency(each)) and not _is_count(text, each)


def _begins(text: str, each: _Candidate) -> bool:
    return not padded(text, each.number) and (bool(each.marks.before) or begins(text, each.number))


def _large(text: str, number: Numeral) -> bool:
    """Whether a number without currency may be a sum: it is no small count and no account."""
    value, scale, start, end = number
    if scale > 1 or value == 0 or "." in text[start:end]:
        return True
    return value >= _LEAST and (end - start <= _MOST_DIGITS or "," in text[start:end])


def _is_year(text: str, each: _Candidate) -> bool:
    """Whether a number without currency is likely a year: not so in 月收入2013."""
    value, _, start, end = each.number
    year = _YEAR.fullmatch(text, start, end) and value % 50
    return bool(year) and not _per(text, each, each)


def _is_count(text: str, each: _Candidate) -> bool:
    """Whether 块 counts pieces rather than money: 3块 may be batteries."""
    return text[each.number.end : each.marks.end].strip() == "块" and each.number.value < 10


def _is_range(text: str, one: _Candidate, two: _Candidate) -> bool:
    named = one.named and not _is_year(text, one)
    if not (named or _currency(one) or _currency(two)) or not _begins(text, one):
        return False
    low, high = _worth(_scaled(one, two)), _worth(two)
    if not low <= high * _RATIO or not high <= low * _RATIO:
        return False
    if two.marks.after:
        return True
    if _TIED_AFTER.match(text, two.marks.end):
        return False
    clear = two.number.scale > 1 or high >= _LEAST
    return (clear and bool(_currency(one) or two.marks.before)) or stands_alone(text, two.marks.end)


def _scaled(one: _Candidate, two: _Candidate) -> _Candidate:
    """The first end of a range: in 3-5万元 it shares the scale of the second."""
    value, scale = one.number.value, two.number.scale * two.marks.times
    shares = one.number.scale == one.marks.times == 1 and not one.marks.after
    if not shares or value >= two.number.value / two.number.scale:
        return one
    return one._replace(number=one.number._replace(value=value * scale))


def _range(text: str, one: _Candidate, two: _Candidate) -> Iterator[Amount]:
    currency, per = _currency(one) or _currency(two), _per(text, one, two)
    yield _amount(text, _scaled(one, two), currency, per)
    yield _amount(text, two, _currency(two) or currency, per)


def _amount(text: str, each: _Candidate, currency: str, per: Per) -> Amount:
    around = each.marks
    minus = _MINUS.search(text, max(0, around.start - _REACH), around.start)
    start = minus.start("sign" if minus["sign"] else "word") if minus else around.start
    value = -_worth(each) if minus or around.negative else _worth(each)
    return Amount(value, currency, per, start, around.end)


def _worth(each: _Candidate) -> float:
    return round(each.number.value * each.marks.times + each.marks.cents, 6)


def _currency(each: _Candidate) -> str:
    return each.marks.before or each.marks.after


def _per(text: str, one: _Candidate, two: _Candidate) -> Per:
    return per_after(text, two.marks.end) or per_before(text, one.marks.start)
