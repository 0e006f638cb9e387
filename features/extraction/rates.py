"""Rates in a text: percentages, per mille, Chinese fractions, and interest in 分 and 厘."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.extraction.folding import fold
from features.extraction.numerals import Numeral, begins, numerals, padded
from features.extraction.periods import Per, per_after
from features.extraction.ranges import tied

_REACH = 40
_CLAUSE_ENDS = re.compile(r"[，。；;！？!?、,\n\r%‰0-9]")
_OTHER = re.compile(
    r"占比|比[例率重]|首付|负债|折|上[升涨]|下[降跌]|utili[sz]ation|down payment|share", re.I
)
_UNIT = re.compile(r" ?(?:%|‰|percent(?![A-Za-z])|per ?cent(?![A-Za-z])|pct(?![A-Za-z]))", re.I)
_OUT_OF = re.compile(r"(?P<of>[百千万])分之 ?\Z")
_PARTS = {"百": 100, "千": 1000, "万": 10_000}
_MINUS = re.compile(r"(?<![-0-9A-Za-z)%一-鿿])-\Z|负\Z")

_RATE = r"(?:综合|名义|实际)?(?:利率|费率|息|化|利息|回报率|收益率|增长率)"
_EN_RATE = r"(?: (?:interest|percentage|nominal|effective))*(?: rate| interest| yield)"
_BEFORE = re.compile(
    rf"(?P<day>[按每]日|日{_RATE}|\bdaily{_EN_RATE})"
    rf"|(?P<month>[按每]月|月{_RATE}|\bmonthly{_EN_RATE})"
    rf"|(?P<year>[按每]年|年{_RATE}|\b(?:annual(?:i[sz]ed)?|yearly){_EN_RATE}"
    r"|\bapr\b|\bper annum\b)",
    re.I | re.A,
)
_YEARLY_AFTER = re.compile(r" ?\(?(?:APR(?![A-Za-z])|年化|annuali[sz]ed)", re.I)

# One 分 is a tenth a year but a hundredth a month; a 厘 is a tenth of a 分.
_FEN = re.compile(
    r"(?P<per>[月年])(?:息|利息|利率)[为是约]?(?P<words>(?:(?P<fen>[1-9一二两三四五六七八九](?:\.[0-9])?)分"
    r"(?:(?P<rest>[1-9一二三四五六七八九])厘?)?|(?P<li>[1-9一二两三四五六七八九](?:\.[0-9])?)厘))"
)
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)} | {"两": 2}


class Rate(NamedTuple):
    """A rate.

    Attributes:
        value: As a fraction: 0.18 for 18%.
        per: "day", "month" or "year" where the words at the rate say it, else "".
        start: Offset of its first character, in code points.
        end: Offset just past its last.
    """

    value: float
    per: Per
    start: int
    end: int


def rates(text: str) -> tuple[Rate, ...]:
    """The rates in a text.

    A range gives both its ends; the first spans its own number alone.

    Args:
        text: Any text, unchanged; the time is linear in its length.

    Returns:
        The rates in order of place, without overlap.

    Example:
        >>> [(r.value, r.per) for r in rates("年化18%，月息1.5%，日息万分之五，服务费千分之三")]
        [(0.18, 'year'), (0.015, 'month'), (0.0005, 'day'), (0.003, '')]
        >>> [(r.value, r.per) for r in rates("16-32% APR; 月息一分五")]
        [(0.16, 'year'), (0.32, 'year'), (0.015, 'month')]
    """
    folded = fold(text)
    found = [*_numbered(folded), *_fen(folded)]
    return tuple(sorted(found, key=lambda rate: rate.start))


def _numbered(text: str) -> Iterator[Rate]:
    last, before = Rate(0.0, "", 0, 0), None
    for each in numerals(text):
        for rate in _percent(text, before, each) or _fraction(text, each):
            # In 5%-8% a year both ends are meant alike.
            per = rate.per or (last.per if tied(text, last.end, rate.start) else "")
            last = rate._replace(per=per)
            yield last
        before = each


def _fraction(text: str, each: Numeral) -> list[Rate]:
    """The rate of 千分之三."""
    out_of = _OUT_OF.search(text, max(0, each.start - 4), each.start)
    if out_of is None:
        return []
    start, value = out_of.start(), round(each.value / _PARTS[out_of["of"]], 12)
    return [Rate(value, _per(text, start, each.end), start, each.end)]


def _percent(text: str, before: Numeral | None, each: Numeral) -> list[Rate]:
    """The rate of 5%, or both of 5-8%."""
    unit = _UNIT.match(text, each.end)
    first = before if before and _in_range(text, before, each) else None
    if unit is None or padded(text, each) or not begins(text, first or each):
        return []
    parts = 1000 if unit.group().endswith("‰") else 100
    start, value = (first or each).start, round(each.value / parts, 12)
    per = _per(text, start, unit.end())
    if first:
        low = Rate(round(first.value / parts, 12), per, first.start, first.end)
        return [low, Rate(value, per, each.start, unit.end())]
    minus = _MINUS.search(text, max(0, start - 2), start)
    return [
        Rate(-value, per, minus.start(), unit.end())
        if minus
        else Rate(value, per, start, unit.end())
    ]


def _in_range(text: str, one: Numeral, two: Numeral) -> bool:
    """Whether 16 is an end of 16-32%."""
    return one.value < two.value and tied(text, one.end, two.start)


def _per(text: str, start: int, end: int) -> Per:
    if _YEARLY_AFTER.match(text, end):
        return "year"
    return per_after(text, end) or _per_before(text, start)


def _per_before(text: str, at: int) -> Per:
    """What the words before, in the same clause, say."""
    start = max(0, at - _REACH)
    for end in _CLAUSE_ENDS.finditer(text, start, at):
        start = end.end()
    said: Per = ""
    for match in _BEFORE.finditer(text, start, at):
        named: Per = "day" if match["day"] else "month" if match["month"] else "year"
        said = "" if _OTHER.search(text, match.end(), at) else named
    return said


def _fen(text: str) -> Iterator[Rate]:
    for match in _FEN.finditer(text):
        tenths = 10 * _sign(match["fen"]) + _sign(match["rest"]) + _sign(match["li"])
        if match["per"] == "月":
            yield Rate(round(tenths / 1000, 12), "month", *match.span("words"))
        else:
            yield Rate(round(tenths / 100, 12), "year", *match.span("words"))


def _sign(sign: str | None) -> float:
    return float(_DIGITS.get(sign, sign)) if sign else 0.0
