"""Calendar days, months and years in a text.

Reads only what has one meaning: 03/05/2024 is left out, since it is March to some and May to
others, and so are days without a year. Days that do not exist (2024-02-30) are no dates.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from features.extraction.folding import fold

_YEAR = "(?P<y>(?:19|20)[0-9]{2})"
_LONGEST = 24  # of two dates joined by a dash

# Runs of digits and separators are read whole or not at all, so that no part of a phone number,
# an address of a computer or a document number is taken for a date.
_RUN = re.compile(r"[0-9][0-9/.-]*")
_NUMERIC = re.compile(
    rf"{_YEAR}(?P<sep>[-/.])(?P<m>[0-9]{{1,2}})(?P=sep)(?P<d>[0-9]{{1,2}})"
    r"|(?P<yc>(?:19|20)[0-9]{2})(?P<mc>[0-9]{2})(?P<dc>[0-9]{2})"
    r"|(?P<ym>(?:19|20)[0-9]{2})[-/.](?P<mm>[0-9]{2})"
    r"|(?P<p>[0-9]{1,2})(?P<sepp>[/-])(?P<q>[0-9]{1,2})(?P=sepp)"
    r"(?P<yp>(?:19|20)[0-9]{2}|(?<=/)[0-9]{2})"
)
_PAIR = re.compile(r"(?P<one>[0-9/.]{6,10})-(?P<two>[0-9/.]{6,10})")
_NUMBERED = re.compile(
    r"(?:号码?|编[号码]|电话|手机|[账帐]户|卡|单|人民币|(?<![A-Za-z])(?:no|id|tel|phone|account|acct"
    r"|invoice|ref|reference|contract|order|card|number|rmb|cny|usd))[ :.#]*\Z",
    re.I,
)
_GOES_ON = re.compile(r"(?!T[0-9])[A-Za-z0-9_*%]|:[0-9]| ?[元圆块万亿号件股份人次个室栋楼单期]")
_DOTTED_RANGE = re.compile(r" ?[~—至到-] ?(?:(?:19|20)[0-9]{2}\.[0-9]{2}|今)")

_ZH_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"元": 1}
_ZH = re.compile(
    r"(?P<y>[12一二][09零九][0-9零一二三四五六七八九]{2}) ?年"
    r"(?: ?(?P<m>[0-9]{1,2}|[元零一二三四五六七八九十]{1,3}) ?月"
    r"(?: ?(?P<d>[0-9]{1,2}|[零一二三四五六七八九十]{1,3}) ?[日号])?)?"
)

_ABBREVIATED = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = _ABBREVIATED.split()
_MONTH = (
    "(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_REACH = 16  # of the rest of a date around its month's name
_WORD = re.compile(r"[A-Za-z]+")
_EN_DAY = "(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?"
_EN_END = r"(?![0-9A-Za-z]|[,.][0-9])"
_BEGIN = "(?<![0-9A-Za-z.,/])"
_DAY_FIRST = re.compile(rf"{_BEGIN}{_EN_DAY}(?: of)? {_MONTH}\.?,? {_YEAR}{_EN_END}", re.I)
_DASHED = re.compile(
    rf"{_BEGIN}(?P<d>[0-9]{{1,2}})-{_MONTH}-(?P<y>(?:19|20)?[0-9]{{2}}){_EN_END}", re.I
)
_MONTH_FIRST = re.compile(rf"{_MONTH}(?:\.? {_EN_DAY}(?:, ?| )|\.?,?[ -]){_YEAR}{_EN_END}", re.I)
_SINCE = re.compile(rf"(?<![A-Za-z])since {_YEAR}(?![0-9A-Za-z]|[-/:,.][0-9])", re.I)


class Day(NamedTuple):
    """A day, or the month or year a text names instead.

    Attributes:
        first: The day itself, or the first day of the month or year.
        last: The day itself, or the last day of the month or year.
        start: Offset of its first character, in code points.
        end: Offset just past its last.
    """

    first: date
    last: date
    start: int
    end: int


def days(text: str) -> tuple[Day, ...]:
    """The dates in a text.

    Args:
        text: Any text, unchanged; the time is linear in its length.

    Returns:
        The dates in order of place, without overlap.

    Example:
        >>> text = "2021年8月入职，2024-03-05面签，二〇二四年三月六日放款"
        >>> [(text[day.start : day.end], str(day.last)) for day in days(text)][:2]
        [('2021年8月', '2021-08-31'), ('2024-03-05', '2024-03-05')]
        >>> [str(day.first) for day in days("5 March 2024, since 2019, March 5, 2024; 30 Feb 2024")]
        ['2024-03-05', '2019-01-01', '2024-03-05']
    """
    return tuple(dates(fold(text)))


def dates(text: str) -> list[Day]:
    """The dates in a folded text, in order of place."""
    found = [*_numeric(text), *_chinese(text), *_english(text)]
    return sorted(found, key=lambda day: day.start)


def _numeric(text: str) -> Iterator[Day]:
    for match in _RUN.finditer(text):
        run, start = match.group().rstrip("/.-"), match.start()
        if not 6 <= len(run) <= _LONGEST or _joined(text, start, start + len(run)):
            continue
        pair = _PAIR.fullmatch(run)
        for offset, part in (
            [(0, pair["one"]), (pair.start("two"), pair["two"])] if pair else [(0, run)]
        ):
            read = _NUMERIC.fullmatch(part)
            at = start + offset
            if read and not (
                read["ym"] and "." in part and not _in_range(text, at, at + len(part))
            ):
                yield from _built(*_parts(read), at, at + len(part))


def _joined(text: str, start: int, end: int) -> bool:
    """Whether the run is part of something longer, or is said to be the number of a thing."""
    before = text[max(0, start - 2) : start]
    if before and ((before[-1].isalnum() and before[-1].isascii()) or before[-1] in "_#*$¥€£"):
        return True
    if len(before) == 2 and before[1] in "-/.:" and before[0].isascii() and before[0].isalnum():
        return True
    return bool(_GOES_ON.match(text, end) or _NUMBERED.search(text, max(0, start - 16), start))


def _in_range(text: str, start: int, end: int) -> bool:
    """Whether 2019.05 stands in a range of months; alone it may be any number."""
    before = text[max(0, start - 9) : start].rstrip()[:-1].rstrip()
    return bool(_DOTTED_RANGE.match(text, end)) or bool(_NUMERIC.fullmatch(before[-7:]))


def _parts(read: re.Match[str]) -> tuple[int, int, int | None]:
    """Year, month and day; month 0 where they can be read in two ways."""
    if read["y"]:
        return int(read["y"]), int(read["m"]), int(read["d"])
    if read["yc"]:
        return int(read["yc"]), int(read["mc"]), int(read["dc"])
    if read["ym"]:
        return int(read["ym"]), int(read["mm"]), None
    one, two, year = int(read["p"]), int(read["q"]), int(read["yp"])
    year += 2000 if year < 100 else 0
    if one != two and max(one, two) <= 12:
        return year, 0, None
    return (year, one, two) if two > 12 or one == two else (year, two, one)


def _chinese(text: str) -> Iterator[Day]:
    for match in _ZH.finditer(text):
        year = _year(match["y"])
        before = text[match.start() - 1 : match.start()]
        if year is None or before in _ZH_DIGITS or (before.isascii() and before.isalnum()):
            continue
        if match["m"] is None:
            yield Day(date(year, 1, 1), date(year, 12, 31), *match.span())
            continue
        day = _small(match["d"]) if match["d"] else None
        yield from _built(year, _small(match["m"]), day, *match.span())


def _year(words: str) -> int | None:
    year = int("".join(str(_ZH_DIGITS.get(sign, sign)) for sign in words))
    return year if 1900 <= year < 2100 else None


def _small(words: str) -> int:
    """A number up to 99 in digits or Chinese numerals; 0 where it is none."""
    if words.isascii():
        return int(words)
    tens, ten, units = words.removeprefix("零").partition("十")
    if len(tens) > 1 or len(units) > 1:
        return 0
    if not ten:
        return _ZH_DIGITS.get(tens, 0)
    return 10 * _ZH_DIGITS.get(tens, 1) + _ZH_DIGITS.get(units, 0)


def _english(text: str) -> Iterator[Day]:
    after = 0
    for word in _WORD.finditer(text):
        read = _around(text, after, word) if len(word.group()) >= 3 else None
        if read is None:
            continue
        after, said = read.end(), read.groupdict()
        year = int(said["y"]) + (2000 if len(said["y"]) == 2 else 0)
        if "m" not in said:
            yield Day(date(year, 1, 1), date(year, 12, 31), *read.span("y"))
            continue
        month = _MONTHS.index(said["m"][:3].lower()) + 1
        yield from _built(year, month, int(said["d"]) if said["d"] else None, *read.span())


def _around(text: str, after: int, word: re.Match[str]) -> re.Match[str] | None:
    """The date around a month's name, or "since" with its year."""
    name = word.group().lower()
    if name == "since":
        return _SINCE.match(text, word.start())
    if name[:3] not in _MONTHS:
        return None
    start = max(after, word.start() - _REACH)
    end = min(len(text), word.end() + _REACH)
    return (
        _DAY_FIRST.search(text, start, end)
        or _DASHED.search(text, start, end)
        or _MONTH_FIRST.match(text, word.start(), end)
    )


def _built(year: int, month: int, day: int | None, start: int, end: int) -> Iterator[Day]:
    """The day or month, if there is such a one."""
    if not 1 <= month <= 12:
        return
    length = monthrange(year, month)[1]
    if day is None:
        yield Day(date(year, month, 1), date(year, month, length), start, end)
    elif 1 <= day <= length:
        yield Day(date(year, month, day), date(year, month, day), start, end)
