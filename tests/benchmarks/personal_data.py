"""Personal data in free text, in the many ways people write it, beside innocent numbers.

All values are made up: numbers with valid check digits drawn at random. This module knows nothing
of the code that has to find them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from features.identity import id_check_character, luhn

_REGIONS = ("110105", "310115", "440106", "330106", "510104", "320505", "420111", "610113")
_ISSUERS = ("622202", "621700", "625912", "436742", "532458", "552599")
_MAIL_HOSTS = ("qq.com", "163.com", "126.com", "gmail.com", "mail.example.com.cn", "foxmail.com")
_SURNAMES = ("王", "李", "张", "刘", "陈", "欧阳", "赵", "司马")
_GIVEN = ("小明", "伟", "秀英", "建国", "子涵", "丽", "志强", "雨桐")
_LATIN_SURNAMES = ("Wang", "Li", "Zhang", "Liu", "Chen", "Ouyang", "Zhao", "Smith")
_LATIN_GIVEN = ("Xiaoming", "Wei", "Xiuying", "Jianguo", "Zihan", "Mary Ann", "Zhiqiang")
_STREETS = ("张江路", "解放大道", "人民东路", "中山北路", "长江西路", "建设街")
_LATIN_STREETS = ("Renmin Road", "Zhangjiang Road", "Garden Street", "Harbour Avenue")
_CITIES = ("上海市浦东新区", "武汉市江岸区", "成都市锦江区", "广州市天河区")
_LATIN_CITIES = ("Shanghai", "Wuhan", "Chengdu", "Guangzhou")
_WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})

Write = Callable[[str, Random], str]


@dataclass(frozen=True)
class Planted:
    """One text with a personal value in it.

    Attributes:
        kind: id, card, mobile, email, name or address.
        way: The way in which it is written.
        text: The whole text.
        value: The value, in its plain form.
        shown: The value as it stands in the text.
        known: What the form says of the applicant, by field (`name`, `address`).
        innocent: Numbers in the text that name nobody.
    """

    kind: str
    way: str
    text: str
    value: str
    shown: str
    known: dict[str, str] = field(default_factory=dict)
    innocent: tuple[str, ...] = ()


def planted(kind: str, count: int, seed: int = 20) -> Iterator[Planted]:
    """`count` texts with a value of a kind, every way of writing it in turn."""
    chance = Random(f"{kind} {seed}")  # noqa: S311
    ways = tuple(WAYS[kind].items())
    for number in range(count):
        way, write = ways[number % len(ways)]
        language = ("zh", "en")[number // len(ways) % 2]
        value = VALUES[kind](chance, language)
        known = {kind: value} if kind in ("name", "address") else {}
        shown = write(value, chance)
        before, after = chance.choice(_AROUND[language])
        innocents = (innocent(chance, language), innocent(chance, language))
        said = _SAY[language][kind].format(shown)
        text = before.format(innocents[0]) + said + after.format(innocents[1])
        yield Planted(kind, way, text, value, shown, known, innocents)


def identity_number(chance: Random, _: str = "zh") -> str:
    """A mainland identity number with its check character."""
    born = f"{chance.randint(1950, 2006)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    first = f"{chance.choice(_REGIONS)}{born}{chance.randint(0, 999):03d}"
    return first + id_check_character(first)


def card_number(chance: Random, _: str = "zh") -> str:
    """A bank card number of 16 to 19 digits with its check digit."""
    length = chance.choice((16, 16, 17, 18, 19, 19))
    first = chance.choice(_ISSUERS)
    first += "".join(str(chance.randint(0, 9)) for _ in range(length - len(first) - 1))
    return next(first + str(last) for last in range(10) if luhn(first + str(last)))


def mobile_number(chance: Random, _: str = "zh") -> str:
    """A mainland mobile number."""
    return f"1{chance.randint(3, 9)}{chance.randint(0, 999_999_999):09d}"


def email_address(chance: Random, _: str = "zh") -> str:
    """An e-mail address."""
    name = chance.choice(_LATIN_SURNAMES).lower() + chance.choice(("", ".", "_", "-", "+x"))
    return f"{name}{chance.randint(1, 99999)}@{chance.choice(_MAIL_HOSTS)}"


def _name(chance: Random, language: str) -> str:
    if language == "zh":
        return chance.choice(_SURNAMES) + chance.choice(_GIVEN)
    return f"{chance.choice(_LATIN_GIVEN)} {chance.choice(_LATIN_SURNAMES)}"


def _address(chance: Random, language: str) -> str:
    number, room = chance.randint(1, 999), chance.randint(101, 2805)
    if language == "zh":
        return f"{chance.choice(_CITIES)}{chance.choice(_STREETS)}{number}号{room}室"
    street, city = chance.choice(_LATIN_STREETS), chance.choice(_LATIN_CITIES)
    return f"Room {room}, {number} {street}, {city}"


VALUES: dict[str, Callable[[Random, str], str]] = {
    "id": identity_number,
    "card": card_number,
    "mobile": mobile_number,
    "email": email_address,
    "name": _name,
    "address": _address,
}


def innocent(chance: Random, language: str) -> str:
    """A number that names nobody: amount, date, rate, contract, tail of an account."""
    amount, day = chance.randint(1000, 3_000_000), chance.randint(1, 28)
    year, month = chance.randint(2015, 2026), chance.randint(1, 12)
    serial = chance.randint(0, 99_999)
    return chance.choice(
        (
            f"{amount:,}",
            f"{amount}",
            f"{amount / 10_000:.2f}万" if language == "zh" else f"CNY {amount:,}.00",
            f"{year}-{month:02d}-{day:02d}",
            f"{year}{month:02d}{day:02d}",
            f"{year}年{month}月{day}日" if language == "zh" else f"{day}/{month}/{year}",
            f"{year}-{month:02d}-{day:02d} 10:{day:02d}:31",
            f"HT{year}{month:02d}{day:02d}{serial:05d}",
            f"{year}{month:02d}{day:02d}{serial:05d}",
            f"{year}-{serial:05d}",
            f"{serial % 10_000:04d}",
            f"{chance.uniform(3, 24):.2f}%",
            f"{chance.randint(1, 60)}",
            f"9131{chance.randint(0, 9999):04d}MA1K4{chance.randint(0, 999):03d}0R",
        )
    )


_AROUND = {
    "zh": (
        ("合同编号{}，", "，金额{}元。"),
        ("借款{}元，", "，另见{}。"),
        ("编号{}。", "。备注：{}。"),
        ("于{}提交；", "；尾号或编号{}"),
    ),
    "en": (
        ("Contract {}, ", ", amount {}."),
        ("Reference {}. ", ". See also {}."),
        ("Borrowed {}; ", "; remark {}"),
        ("Filed under {}: ", " (tail {})"),
    ),
}
_SAY = {
    "zh": {
        "id": "身份证号{}",
        "card": "收款卡号{}",
        "mobile": "本人手机{}随时可接",
        "email": "邮箱{}请查收",
        "name": "申请人{}自述收入稳定",
        "address": "现住{}已三年",
    },
    "en": {
        "id": "identity number {}",
        "card": "please pay to card {}",
        "mobile": "my mobile is {}",
        "email": "write to {}",
        "name": "the applicant {} says so",
        "address": "living at {} for three years",
    },
}


def _grouped(separator: str, *sizes: int) -> Write:
    """Cut into groups of the sizes, the last size again and again."""

    def write(value: str, _: Random) -> str:
        groups, rest = [], value
        for size in sizes + (sizes[-1],) * len(value):
            groups.append(rest[:size])
            rest = rest[size:]
        return separator.join(group for group in groups if group)

    return write


def _before(prefix: str, write: Write = lambda value, _: value) -> Write:
    return lambda value, chance: prefix + write(value, chance)


def _as_is(value: str, _: Random) -> str:
    return value


def _wide(value: str, _: Random) -> str:
    return value.translate(_WIDE)


def _last_first(value: str, _: Random) -> str:
    return ", ".join(reversed(value.rsplit(" ", 1))) if " " in value else value


def _without(head: str) -> Write:
    """Without the part before, such as the city; where it is not there, unchanged."""
    return lambda value, _: value.rpartition(head)[2] if head in value else value


_NUMBER_WAYS: dict[str, Write] = {
    "plain": _as_is,
    "full-width": _wide,
    "by four, spaces": _grouped(" ", 4),
    "by four, hyphens": _grouped("-", 4),
    "by four, no-break spaces": _grouped("\u00a0", 4),
    "zero-width between": _grouped("\u200b", 3),
    "after letters": _before("No"),
    "after a colon": _before("："),
    "in brackets": lambda value, _: f"（{value}）",
}
WAYS: dict[str, dict[str, Write]] = {
    "id": {
        **_NUMBER_WAYS,
        "lower x": lambda value, _: value.lower(),
        "region, birth, rest": _grouped(" ", 6, 8, 4),
        "with hyphens": _grouped("-", 6, 8, 4),
        "after CN": _before("CN"),
    },
    "card": {**_NUMBER_WAYS, "after 卡": _before("卡"), "by six": _grouped(" ", 6, 13)},
    "mobile": {
        "plain": _as_is,
        "full-width": _wide,
        "spaces": _grouped(" ", 3, 4),
        "hyphens": _grouped("-", 3, 4),
        "dots": _grouped(".", 3, 4),
        "no-break spaces": _grouped("\u00a0", 3, 4),
        "+86": _before("+86"),
        "+86 space": _before("+86 "),
        "+86-": _before("+86-", _grouped("-", 3, 4)),
        "0086": _before("0086"),
        "0086 spaces": _before("0086 ", _grouped(" ", 3, 4)),
        "(+86)": _before("(+86)"),
        "86-": _before("86-"),
        "full-width +86": lambda value, _: f"+86{value}".translate(_WIDE),
        "after letters": _before("tel"),
        "zero-width between": _grouped("\u200b", 3, 4),
        "two with a slash": lambda value, chance: f"{value}/{mobile_number(chance)}",
    },
    "email": {
        "plain": _as_is,
        "upper": lambda value, _: value.upper(),
        "full-width at": lambda value, _: value.replace("@", "＠"),
        "full-width": _wide,
        "mailto": _before("mailto:"),
        "angle brackets": lambda value, _: f"<{value}>",
    },
    "name": {
        "plain": _as_is,
        "upper": lambda value, _: value.upper(),
        "lower": lambda value, _: value.lower(),
        "spaced": lambda value, _: " ".join(value) if not value.isascii() else value,
        "full-width space": lambda value, _: value.replace(" ", "\u3000"),
        "last, first": _last_first,
        "zero-width between": _grouped("\u200b", 1),
        "possessive": lambda value, _: value + ("'s wife" if value.isascii() else "的妻子"),
    },
    "address": {
        "plain": _as_is,
        "full-width": _wide,
        "upper": lambda value, _: value.upper(),
        "spaced": lambda value, _: value.replace("路", "路 ").replace(", ", " , "),
        "without commas": lambda value, _: value.replace(",", ""),
        "without the city": lambda value, _: _without("区")(value.rpartition(", ")[0] or value, _),
    },
}
