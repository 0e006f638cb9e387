"""Personal data known by their contents: what kind of it the values of a column are.

For whole values of a column; finding such data inside a text is another matter.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from features.dictionary import Personal, TieKey
from features.drafting.naming import suggests
from features.identity import id_check_character, luhn

_SHARE = 0.8
_FEWEST = 5

_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜"
    "戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧阳"
)


def personal_kind(values: Sequence[str]) -> Personal:
    """The kind that at least four fifths of the distinct values look like, or an empty text.

    Example:
        >>> personal_kind([f"1380013800{digit}" for digit in range(6)])
        'mobile'
    """
    if len(values) < _FEWEST:
        return ""
    for kind, looks in _KINDS.items():
        if sum(map(looks, values)) >= _SHARE * len(values):
            return kind
    return ""


def key_of(name: str, kind: Personal) -> TieKey:
    """By what a column ties applications: told by its values where they are of a kind, or its name.

    Example:
        >>> key_of("guarantor_phone", "mobile"), key_of("guarantor_id", "id_number")
        ('phone', 'guarantor')
        >>> key_of("employer", ""), key_of("contact", ""), key_of("guarantor_name", "name")
        ('employer', '', '')
    """
    if kind == "id_number":
        return "guarantor" if suggests(name, "guarantor") else "person"
    if kind:
        return _KEYS.get(kind, "")
    for key in _NAMED:
        if suggests(name, key):
            return key
    return ""


_KEYS: dict[Personal, TieKey] = {"mobile": "phone", "address": "address", "card": "account"}
_NAMED: tuple[Literal["guarantor", "person", "account", "device", "employer"], ...] = (
    "guarantor",
    "person",
    "account",
    "device",
    "employer",
)


def _id_number(text: str) -> bool:
    """Mainland identity number with a right check digit (GB 11643-1999)."""
    if not re.fullmatch(r"[1-9]\d{16}[\dXx]", text):
        return False
    return id_check_character(text[:17]) == text[-1].upper()


def _card(text: str) -> bool:
    """Bank card number with a right check digit (Luhn)."""
    digits = re.sub(r"[ -]", "", text)
    return bool(re.fullmatch(r"[1-9]\d{14,18}", digits)) and luhn(digits)


def _mobile(text: str) -> bool:
    return bool(re.fullmatch(r"(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}", text))


def _email(text: str) -> bool:
    return bool(re.fullmatch(r"[^@\s]{1,64}@[\w-]+(?:\.[\w-]+)+", text))


def _name(text: str) -> bool:
    return bool(re.fullmatch(r"[\u4e00-\u9fff·]{2,4}", text)) and text[0] in _SURNAMES


def _address(text: str) -> bool:
    return bool(re.search(r"(省|市|区|县).*(路|街|道|巷|村|镇|乡|小区|号)", text))


_KINDS: dict[Personal, Callable[[str], bool]] = {
    "id_number": _id_number,
    "mobile": _mobile,
    "email": _email,
    "card": _card,
    "address": _address,
    "name": _name,
}
