"""Sums and dates written in many ways, and the words they stand among.

The numerals are written by rules of their own, not by those that read them.
"""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from features.language import Language

_ZH = "零一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_CIRCLE = str.maketrans("0123456789", "〇一二三四五六七八九")
_WIDE = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")
_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_BELOW_HUNDRED = "twenty thirty forty fifty sixty seventy eighty ninety"
_ONES, _TENS = _BELOW_TWENTY.split(), _BELOW_HUNDRED.split()
_OF_A_YEAR = "January February March April May June July August September October November December"
MONTHS = _OF_A_YEAR.split()


class Piece(NamedTuple):
    """A value as it is written, and what is to be read there."""

    shown: str
    value: float
    currency: str


def in_chinese(value: int, signs: str = _ZH, units: str = "十百千") -> str:
    """A whole number below 10^12 in Chinese numerals."""
    groups, text = [], ""
    while value:
        value, low = divmod(value, 10_000)
        groups.append(low)
    for place in range(len(groups) - 1, -1, -1):
        low = groups[place]
        if not low:
            continue
        gap = text and (low < 1000 or (place + 1 < len(groups) and not groups[place + 1]))
        text += (signs[0] if gap else "") + _four(low, signs, units) + ("", "万", "亿")[place]
    plain = (
        text if signs == _FORMAL else text.removeprefix("一") if text.startswith("一十") else text
    )
    return plain or signs[0]


def _four(value: int, signs: str, units: str) -> str:
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            text += (
                (signs[0] if gap and text else "")
                + signs[digit]
                + (units[place - 1] if place else "")
            )
            gap = False
        else:
            gap = True
    return text


def in_english(value: int) -> str:
    """A whole number below a million in English words."""
    if value >= 1000:
        rest = value % 1000
        joint = " and " if 0 < rest < 100 else " "
        return in_english(value // 1000) + " thousand" + (joint + in_english(rest) if rest else "")
    if value >= 100:
        rest = value % 100
        return _ONES[value // 100] + " hundred" + (" and " + in_english(rest) if rest else "")
    if value >= 20:
        return _TENS[value // 10 - 2] + ("-" + _ONES[value % 10] if value % 10 else "")
    return _ONES[value]


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _whole(rng: Random) -> int:
    """A sum as people have them: some round, some not, from hundreds to millions."""
    value = int(10 ** rng.uniform(2.3, 6.7))
    return max(200, value - value % 100) if rng.random() < 0.5 else value


def _cents(rng: Random) -> float:
    return round(_whole(rng) + rng.randrange(100) / 100, 2)


def _round(rng: Random, unit: int, most: int) -> int:
    return unit * rng.randrange(2, most)


Way = Callable[[Random], list[Piece]]


def _one(write: Callable[[Random], tuple[str, float]], currency: str = "CNY") -> Way:
    def way(rng: Random) -> list[Piece]:
        shown, value = write(rng)
        return [Piece(shown, value, currency)]

    return way


def _written(pattern: str, draw: Callable[[Random], float], currency: str = "CNY") -> Way:
    """A way of writing one number into a pattern with {v}."""

    def write(rng: Random) -> tuple[str, float]:
        value = draw(rng)
        return pattern.format(v=value), float(value)

    return _one(write, currency)


def _scaled(pattern: str, scale: int, most: int, currency: str = "CNY") -> Way:
    """A way of writing so many of a scale, with up to two decimals."""

    def write(rng: Random) -> tuple[str, float]:
        hundredths = rng.randrange(105, most * 100)
        hundredths -= hundredths % rng.choice((1, 10, 100)) if hundredths > 200 else 0
        return pattern.format(v=_short(hundredths / 100)), hundredths * scale / 100

    return _one(write, currency)


def _range(first: str, joint: str, second: str, unit: int, currency: str = "CNY") -> Way:
    """Two ends of a range; `unit` is what one of the numbers shown is worth."""

    def way(rng: Random) -> list[Piece]:
        low = rng.randrange(2, 9) if unit > 100 else 100 * rng.randrange(10, 90)
        high = low + (rng.randrange(1, 5) if unit > 100 else 100 * rng.randrange(1, 90))
        return [
            Piece(first.format(v=low), low * unit, currency),
            Piece(joint, 0, ""),
            Piece(second.format(v=high), high * unit, currency),
        ]

    return way


def _chinese(pattern: str) -> Way:
    return _one(lambda rng: (lambda v: (pattern.format(v=in_chinese(v)), float(v)))(_whole(rng)))


def _formal(pattern: str) -> Way:
    def write(rng: Random) -> tuple[str, float]:
        value = _whole(rng)
        return pattern.format(v=in_chinese(value, _FORMAL, "拾佰仟")), float(value)

    return _one(write)


def _formal_cents(rng: Random) -> list[Piece]:
    value, jiao, fen = _whole(rng), rng.randrange(1, 10), rng.randrange(1, 10)
    shown = in_chinese(value, _FORMAL, "拾佰仟") + f"元{_FORMAL[jiao]}角{_FORMAL[fen]}分"
    return [Piece(shown, round(value + jiao / 10 + fen / 100, 2), "CNY")]


def _mixed(pattern: str) -> Way:
    def write(rng: Random) -> tuple[str, float]:
        high, low = rng.randrange(1, 90), rng.randrange(1, 10)
        return pattern.format(a=high, b=low), float(high * 10_000 + low * 1000)

    return _one(write)


def _wide(pattern: str) -> Way:
    def write(rng: Random) -> tuple[str, float]:
        value = _cents(rng)
        return pattern.format(v=f"{value:,.2f}".translate(_WIDE)), value

    return _one(write)


def _words(pattern: str, currency: str) -> Way:
    return _one(
        lambda rng: (lambda v: (pattern.format(v=in_english(v)), float(v)))(
            _round(rng, rng.choice((1, 10, 100, 1000)), 1000)
        ),
        currency,
    )


def _below(rng: Random) -> float:
    return -_cents(rng)


# "bare" ways stand only where the words before say that money is meant.
AMOUNTS: dict[Language, dict[str, Way]] = {
    "zh": {
        "￥1,234.56": _written("￥{v:,.2f}", _cents),
        "¥1234": _written("¥{v}", _whole),
        "¥ 1,234": _written("¥ {v:,}", _whole),
        "1234元": _written("{v}元", _whole),
        "1,234.56元": _written("{v:,.2f}元", _cents),
        "1234 元": _written("{v} 元", _whole),
        "1234元整": _written("{v}元整", _whole),
        "人民币1,234元": _written("人民币{v:,}元", _whole),
        "1234元人民币": _written("{v}元人民币", _whole),
        "RMB 1,234": _written("RMB {v:,}", _whole),
        "RMB1234.56": _written("RMB{v:.2f}", _cents),
        "CNY 1,234.56": _written("CNY {v:,.2f}", _cents),
        "1234块钱": _written("{v}块钱", _whole),
        "3.5万元": _scaled("{v}万元", 10_000, 90),
        "3.5 万元": _scaled("{v} 万元", 10_000, 90),
        "￥3.5万": _scaled("￥{v}万", 10_000, 90),
        "1.2亿元": _scaled("{v}亿元", 100_000_000, 5),
        "8千元": _one(lambda rng: (lambda v: (f"{v}千元", v * 1000.0))(rng.randrange(2, 10))),
        "3万5千元": _mixed("{a}万{b}千元"),
        "3万5元": _mixed("{a}万{b}元"),
        "三万五千元": _chinese("{v}元"),
        "人民币三万五千元": _chinese("人民币{v}元"),
        "叁万伍仟元整": _formal("{v}元整"),
        "叁万伍仟圆整": _formal("人民币{v}圆整"),
        "（大写）叁万元": _formal("人民币（大写）：{v}元整"),
        "叁元伍角贰分": _formal_cents,
        "￥１，２３４．５６": _wide("￥{v}"),
        "１，２３４．５６元": _wide("{v}元"),
        "-1,234.56元": _written("{v:,.2f}元", _below),
        "￥-1,234.56": _written("￥{v:,.2f}", _below),
        "5000-8000元": _range("{v}", "-", "{v}元", 1),
        "5000元至8000元": _range("{v}元", "至", "{v}元", 1),
        "3-5万元": _range("{v}", "-", "{v}万元", 10_000),
        "3万到5万元": _range("{v}万", "到", "{v}万元", 10_000),
        "1234美元": _written("{v}美元", _whole, "USD"),
        "港币1,234元": _written("港币{v:,}元", _whole, "HKD"),
        "bare 1234": _written("{v}", _whole, ""),
        "bare 1,234.56": _written("{v:,.2f}", _cents, ""),
        "bare 3.5万": _scaled("{v}万", 10_000, 90, ""),
        "bare 12k": _scaled("{v}k", 1000, 90, ""),
    },
    "en": {
        "$1,234": _written("${v:,}", _whole, "USD"),
        "$1,234.56": _written("${v:,.2f}", _cents, "USD"),
        "$1234": _written("${v}", _whole, "USD"),
        "US$1,234": _written("US${v:,}", _whole, "USD"),
        "USD 1,234.56": _written("USD {v:,.2f}", _cents, "USD"),
        "HK$1,234": _written("HK${v:,}", _whole, "HKD"),
        "€1,234": _written("€{v:,}", _whole, "EUR"),
        "RMB 1,234": _written("RMB {v:,}", _whole),
        "CNY1,234": _written("CNY{v:,}", _whole),
        "1,234 yuan": _written("{v:,} yuan", _whole),
        "1,234 RMB": _written("{v:,} RMB", _whole),
        "1234 dollars": _written("{v} dollars", _whole, "USD"),
        "$12k": _scaled("${v}k", 1000, 900, "USD"),
        "RMB 12K": _scaled("RMB {v}K", 1000, 900),
        "12 thousand yuan": _scaled("{v} thousand yuan", 1000, 900),
        "$1.5 million": _scaled("${v} million", 1_000_000, 9, "USD"),
        "USD 1.5m": _scaled("USD {v}m", 1_000_000, 9, "USD"),
        "five thousand yuan": _words("{v} yuan", "CNY"),
        "five thousand dollars": _words("{v} dollars", "USD"),
        "-$1,234.56": _one(lambda rng: (lambda v: (f"-${v:,.2f}", -v))(_cents(rng)), "USD"),
        "$5,000-$8,000": _range("${v:,}", "-", "${v:,}", 1, "USD"),
        "5,000 to 8,000 yuan": _range("{v:,}", " to ", "{v:,} yuan", 1),
        "$5-8k": _range("${v}", "-", "{v}k", 1000, "USD"),
        "bare 1,234": _written("{v:,}", lambda rng: max(1000, _whole(rng)), ""),
        "bare 12k": _scaled("{v}k", 1000, 900, ""),
    },
}

# What stands before and after a sum, per what it is then meant, and whether it says "money".
FRAMES: dict[Language, tuple[tuple[str, str, str, bool], ...]] = {
    "zh": (
        ("月收入", "", "month", True),
        ("月薪约为", "", "month", True),
        ("工资", "一个月", "month", True),
        ("每月还款", "", "month", True),
        ("平均每月入账", "", "month", True),
        ("年收入达到", "", "year", True),
        ("年薪", "", "year", True),
        ("房租是", "/月", "month", True),
        ("账户余额：", "", "", True),
        ("余额", "", "", True),
        ("现有欠款", "", "", True),
        ("申请贷款", "", "", True),
        ("装修花了", "左右", "", False),
        ("对方当日付来", "，已核对", "", False),
        ("价税", "，税已含", "", False),
    ),
    "en": (
        ("My monthly income is ", "", "month", True),
        ("a salary of ", " a month", "month", True),
        ("earning ", " per year", "year", True),
        ("annual salary: ", "", "year", True),
        ("with a balance of ", "", "", True),
        ("I owe ", " and", "", True),
        ("the roof came to ", " last spring", "", False),
        ("they sent ", " by wire", "", False),
    ),
}


def _day(rng: Random) -> date:
    return date(1995, 1, 1) + timedelta(days=rng.randrange(11_300))


DateWay = Callable[[date], str]
DATES: dict[Language, dict[str, DateWay]] = {
    "zh": {
        "2024-03-05": lambda d: d.isoformat(),
        "2024-3-5": lambda d: f"{d.year}-{d.month}-{d.day}",
        "2024/3/5": lambda d: f"{d.year}/{d.month}/{d.day}",
        "2024.03.05": lambda d: f"{d:%Y.%m.%d}",
        "20240305": lambda d: f"{d:%Y%m%d}",
        "2024年3月5日": lambda d: f"{d.year}年{d.month}月{d.day}日",
        "2024年03月05日": lambda d: f"{d:%Y年%m月%d日}",
        "2024 年 3 月 5 日": lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
        "2024年3月5号": lambda d: f"{d.year}年{d.month}月{d.day}号",
        "二〇二四年三月五日": lambda d: (
            f"{_circle(d.year)}年{in_chinese(d.month)}月{in_chinese(d.day)}日"
        ),
        "２０２４年３月５日": lambda d: f"{d.year}年{d.month}月{d.day}日".translate(_WIDE),
        "２０２４－０３－０５": lambda d: d.isoformat().translate(_WIDE),
    },
    "en": {
        "2024-03-05": lambda d: d.isoformat(),
        "2024/03/05": lambda d: f"{d:%Y/%m/%d}",
        "5 March 2024": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
        "5th March, 2024": lambda d: f"{d.day}{_th(d.day)} {MONTHS[d.month - 1]}, {d.year}",
        "5 Mar 2024": lambda d: f"{d.day} {MONTHS[d.month - 1][:3]} {d.year}",
        "05-Mar-2024": lambda d: f"{d.day:02d}-{MONTHS[d.month - 1][:3]}-{d.year}",
        "March 5, 2024": lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
        "Mar. 5th, 2024": lambda d: f"{MONTHS[d.month - 1][:3]}. {d.day}{_th(d.day)}, {d.year}",
        "MARCH 5, 2024": lambda d: f"{MONTHS[d.month - 1].upper()} {d.day}, {d.year}",
    },
}
MONTH_WAYS: dict[Language, dict[str, DateWay]] = {
    "zh": {
        "2024年3月": lambda d: f"{d.year}年{d.month}月",
        "2024-03": lambda d: f"{d:%Y-%m}",
        "二〇二四年三月": lambda d: f"{_circle(d.year)}年{in_chinese(d.month)}月",
    },
    "en": {
        "March 2024": lambda d: f"{MONTHS[d.month - 1]} {d.year}",
        "Mar 2024": lambda d: f"{MONTHS[d.month - 1][:3]} {d.year}",
    },
}
DATED: dict[Language, tuple[tuple[str, str], ...]] = {
    "zh": (
        ("入职日期为", ""),
        ("自", "起"),
        ("于", "签订合同"),
        ("截至", "止"),
        ("（", "）"),
        ("到账日：", ""),
    ),
    "en": (
        ("signed on ", ""),
        ("as of ", " the account was open"),
        ("dated ", " by hand"),
        ("(", ")"),
    ),
}


def _circle(year: int) -> str:
    return str(year).translate(_CIRCLE)


def _th(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
