"""Words that say per what a sum or a rate is meant: a day, a month, a year.

Sums by the hour or the week have no period here; theirs is "".
"""

import re
from typing import Literal

Per = Literal["", "day", "month", "year"]

_REACH = 48  # characters of the same clause that are looked at
_CLAUSE_ENDS = re.compile(r"[，。；;！？!?、,\n\r0-9]|\.(?= )")
_FLOW = (
    "(?:净|总|平均|固定|实发|税[前后])?"
    "(?:收入|薪|工资|入|流水|供|还款?|租|支出|开[支销]|消费|领|赚|挣|缴|付|营业额|营收|销售额|利润|进账|均)"
)
_COUNTED = "0-9零一二三四五六七八九十两半几数"
_STOCK = re.compile(r"余额|存款|balance", re.I)  # 日均余额 is no sum a day

_BEFORE = re.compile(
    rf"(?P<day>每[天日]|一天|日均|(?<![今昨明当近每{_COUNTED}])日{_FLOW}"
    r"|\bdaily\b|\b(?:per|each|every) day\b)"
    rf"|(?P<month>每个?月|一个月|按月|(?<![上本当下个近前次每{_COUNTED}])月{_FLOW}"
    r"|\bmonthly\b|\b(?:per|each|every|a) month\b)"
    rf"|(?P<year>每年|一年(?!期)|全年|年度"
    rf"|(?:(?<=[12][09][0-9][0-9])|(?<![今去前近每{_COUNTED}]))年{_FLOW}"
    r"|\bannual(?:ly)?\b|\byearly\b|\b(?:per|each|every|a) (?:year|annum)\b)",
    re.I | re.A,
)
_NET = r"(?: ?\(?(?:net|gross|(?:before|after) tax|税[前后])\)?)?"
_EACH = "(?:/ ?|(?:a|per|each|every|one) )"
_AFTER = re.compile(
    rf"{_NET} ?\(?(?:"
    rf"(?P<day>(?:每|一|/ ?)[天日]|{_EACH}day\b|daily\b)"
    rf"|(?P<month>(?:每个?|一个|/ ?)月(?!份)|{_EACH}(?:month|mth|mo)\b|monthly\b)"
    rf"|(?P<year>(?:每|一|/ ?)年|{_EACH}(?:year|yr|annum)\b|annually\b|yearly\b|p\.?a\b))",
    re.I | re.A,
)


def per_before(text: str, at: int) -> Per:
    """What the words before `at`, in the same clause of a folded text, say.

    Example:
        >>> per_before("月均工资为8000元", 5), per_before("日均余额为8000元", 5)
        ('month', '')
    """
    start = max(0, at - _REACH)
    for end in _CLAUSE_ENDS.finditer(text, start, at):
        start = end.end()
    said: Per = ""
    for match in _BEFORE.finditer(text, start, at):
        said = "" if _STOCK.search(text, match.end(), at) else _named(match)
    return said


def per_after(text: str, at: int) -> Per:
    """What the words right after `at` in a folded text say.

    Example:
        >>> per_after("8000元/月", 5), per_after("96k p.a.", 3), per_after("5000 yuan", 9)
        ('month', 'year', '')
    """
    match = _AFTER.match(text, at)
    return _named(match) if match else ""


def _named(match: re.Match[str]) -> Per:
    if match["day"]:
        return "day"
    return "month" if match["month"] else "year"
