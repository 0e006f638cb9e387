"""Signs and words of currency around a number: ¥, RMB, 元, 万元, dollars."""

import re
from typing import NamedTuple

_NAMES = {
    "CNY": ("cny", "rmb", "人民币", "renminbi", "yuan", "元", "圆", "块", "块钱", "¥"),
    "USD": ("usd", "us$", "$", "美元", "美金", "dollar", "us dollar", "buck"),
    "HKD": ("hkd", "hk$", "港元", "港币"),
    "EUR": ("eur", "€", "欧元", "euro"),
    "GBP": ("gbp", "£", "英镑"),
    "JPY": ("jpy", "日元"),
    "AUD": ("aud", "a$", "au$", "澳元"),
    "CAD": ("cad", "c$", "ca$", "加元"),
    "SGD": ("sgd", "s$", "新元"),
    "TWD": ("twd", "nt$", "新台币"),
    "KRW": ("krw", "韩元"),
}
_ISO = {name: code for code, names in _NAMES.items() for name in names}
_CODES = ("RMB", *_NAMES)
_CODE = "|".join(_CODES)
_FOREIGN = "美元|美金|港元|港币|欧元|英镑|日元(?!旦)|澳元|加元|新元|新台币|韩元"
_REACH = 16

_BEFORE = re.compile(
    rf"(?P<mark>(?:人民币|{_FOREIGN})(?:\(?大写\)?)?:?"
    rf"|(?<![A-Za-z])(?:{_CODE}) ?[¥$]?|(?<![A-Za-z])(?:US|HK|AU?|CA?|S|NT)?\$|[¥€£])"
    r" ?(?P<inner>-|负)?\Z",
    re.I,
)
_NAME = re.compile(rf"人民币|{_FOREIGN}|(?:{_CODE})|[A-Za-z]*\$|[¥€£]", re.I)
_FORMAL_DIGIT = "一二三四五六七八九壹贰叁肆伍陆柒捌玖1-9"
_TIMES = re.compile(r" ?(mm|mn|m|bn)(?![A-Za-z0-9])", re.I)
_SCALES = {"m": 1e6, "mm": 1e6, "mn": 1e6, "bn": 1e9}
_AFTER = re.compile(
    r" ?(?:(?P<yuan>[元圆](?![旦宵素件器勋桌形圈柱次]|二次|里(?!面)|月[份0-9一二三四五六七八九十]))"
    rf"(?: ?(?P<jiao>[{_FORMAL_DIGIT}])角)?(?:零?(?P<fen>[{_FORMAL_DIGIT}])分(?![钟期行公]))?"
    r"(?:人民币)?(?:整(?![体理个改数修])|正(?![常式好在向当确面]))?"
    rf"|(?P<name>人民币|{_FOREIGN}|块钱|块(?![0-9一-鿿])|\$(?! ?[0-9])"
    rf"|(?:renminbi|yuan|(?:{_CODE})|(?:US )?dollars?|bucks?|euros?)(?![A-Za-z0-9])))",
    re.I,
)
_NUMBER = re.compile(r" ?[0-9]")
_SMALL = {
    sign: value % 9 + 1
    for value, sign in enumerate("一二三四五六七八九壹贰叁肆伍陆柒捌玖123456789")
}


class Marks(NamedTuple):
    """What stands around a number and makes it money.

    Attributes:
        before: ISO code said before the number, or "".
        after: ISO code said after it, or "".
        negative: Whether a minus stands between the mark and the number.
        times: Factor said after it that only sums have ("$5m"), else 1.
        cents: Part of a whole unit said after it (角 and 分).
        start: Where the marks before it begin.
        end: Where the marks after it end.
    """

    before: str
    after: str
    negative: bool
    times: float
    cents: float
    start: int
    end: int


def marks(text: str, start: int, end: int, floor: int = 0) -> Marks:
    """The marks of currency around the number at `start` to `end` of a folded text.

    Args:
        text: The folded text.
        start: Where the number begins.
        end: Where it ends.
        floor: What stands before this offset belongs to an earlier sum.

    Example:
        >>> found = marks("共RMB 3.5元5角", 5, 8)
        >>> found.before, found.after, found.cents, found.start, found.end
        ('CNY', 'CNY', 0.5, 1, 11)
    """
    before = _BEFORE.search(text, max(floor, start - _REACH), start)
    times = _TIMES.match(text, end) if before else None
    end = times.end() if times else end
    said = _code(before["mark"]) if before else ""
    after = _AFTER.match(text, end)
    if after and said and not _agrees(text, after, said):
        after = None
    return Marks(
        before=said,
        after=_code(after["yuan"] or after["name"]) if after else "",
        negative=bool(before and before["inner"]),
        times=_SCALES[times[1].lower()] if times else 1.0,
        cents=_cents(after) if after else 0.0,
        start=before.start() if before else start,
        end=after.end() if after else end,
    )


def _agrees(text: str, after: re.Match[str], said: str) -> bool:
    """Whether a second mark is this number's: in "USD 500 RMB 300" the second is not."""
    if after["yuan"]:
        return True
    return _code(after["name"]) == said and not _NUMBER.match(text, after.end())


def _code(mark: str) -> str:
    name = _NAME.match(mark)
    said = (name.group() if name else mark).lower()
    return _ISO.get(said) or _ISO[said.rstrip("s")]


def _cents(match: re.Match[str]) -> float:
    return _SMALL.get(match["jiao"] or "", 0) / 10 + _SMALL.get(match["fen"] or "", 0) / 100
