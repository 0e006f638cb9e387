"""Numbers of people in running text: identity numbers, bank cards, mobile numbers."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from features.dictionary import Personal
from features.identity import id_check_character, luhn

# An underscore stands for a blank in the names of files.
_GAP = r"[ \t.·_\-–—]"
# Letters may stand close by, as in "Tel13800138000".
_DIGITS = re.compile(
    rf"(?<![0-9])\+?\d(?:{_GAP}{{0,2}}\d){{9,}}(?:{_GAP}?[Xx](?![A-Za-z]))?(?![0-9])"
)
# What stands behind a label is an account's number, whatever its digits sum up to.
_ACCOUNT = re.compile(
    r"(?i:[账帐](?:号|户号码?)|卡号|account (?:number|no\.?)|a/c no\.?|iban)"
    r"[ \t]{0,4}[:#|]?[ \t|]{0,4}"
    r"(?!(?:19|20)\d\d[.\-]?[01]\d[.\-]?[0-3]\d(?!\d))"
    rf"(?P<number>[A-Z]{{2}}\d\d(?:{_GAP}?[A-Z0-9]){{10,30}}|\d(?:{_GAP}?\d){{7,29}})(?![A-Za-z0-9])"
)
_MOST_PIECES = 12  # a mobile number spelt digit by digit after its country's code
_SPLIT = re.compile(_GAP)
# How people group the eleven digits of a mobile number; "13 800 元 12 345" is none of them.
_MOBILE_GROUPS = {(11,), (3, 4, 4), (4, 3, 4), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5), (1,) * 11}
_SHORT_CARDS = {13: ("4",), 14: ("30", "36", "38", "39"), 15: ("34", "37")}
_DATES = re.compile(r"(?:(?:19|20)\d\d[.\-]?[01]\d[.\-]?[0-3]\d[ \t\-–—]*){2,}")


class Number(NamedTuple):
    """A number of a person.

    Attributes:
        start: Offset of its first character.
        end: Offset just past its last.
        kind: What it is.
        value: The same for every way of writing it.
    """

    start: int
    end: int
    kind: Personal
    value: str


def numbers_in(folded: str) -> Iterator[Number]:
    """The personal numbers of a folded text; some may overlap."""
    for match in _DIGITS.finditer(folded):
        yield from _held(match)
    for match in _ACCOUNT.finditer(folded):
        yield Number(*match.span("number"), "card", canonical(match["number"], "card"))


def canonical(value: str, kind: Personal) -> str:
    """One form for every way of writing the same value, so that its surrogate is one."""
    make: Callable[[str], str] = {
        "mobile": lambda v: _SPLIT.sub("", v).removeprefix("+")[-11:],
        "id_number": lambda v: _SPLIT.sub("", v).upper(),
        "card": lambda v: _SPLIT.sub("", v),
    }.get(kind, lambda v: re.sub(r"[\s,，.、_\-]", "", v).lower())
    return make(value)


def _held(match: re.Match[str]) -> Iterator[Number]:
    """The personal number that a run of digits is or, where two were run together, holds."""
    whole = match.group()
    kind = _kind(whole)
    if kind:
        yield Number(match.start(), match.end(), kind, canonical(whole, kind))
        return
    # "Tel 13800138000 6222…" is one run of digits and gaps: try it in pieces between spaces.
    pieces = [(piece.start(), piece.group()) for piece in re.finditer(r"[^ \t]+", whole)]
    first = 0
    while first < len(pieces):
        step = 1
        for last in range(min(len(pieces), first + _MOST_PIECES), first, -1):
            start, end = pieces[first][0], pieces[last - 1][0] + len(pieces[last - 1][1])
            kind = _kind(whole[start:end])
            if kind:
                at = match.start()
                value = canonical(whole[start:end], kind)
                yield Number(at + start, at + end, kind, value)
                step = last - first
                break
        first += step


def _kind(run: str) -> Personal:
    """What a run of digits with gaps is; empty where it is nothing personal."""
    if len(run) < 11:
        return ""
    tight = _SPLIT.sub("", run)
    if _is_id_number(tight):
        return "id_number"
    if _is_mobile(run):
        return "mobile"
    return "card" if _is_card(tight) and not _DATES.fullmatch(run) else ""


def _is_card(tight: str) -> bool:
    """A card number; below sixteen digits only of the issuers that have such, as contracts do too.

    Every tenth number of a contract passes the check digit.
    """
    if not (13 <= len(tight) <= 19 and tight.isdigit() and luhn(tight)):
        return False
    return len(tight) >= 16 or tight.startswith(_SHORT_CARDS[len(tight)])


def _is_id_number(tight: str) -> bool:
    """Eighteen characters with the right check character, or at least with a date of birth."""
    if len(tight) != 18 or not tight[:17].isdigit():
        return False
    return id_check_character(tight[:17]) == tight[17].upper() or _is_birth_date(tight[6:14])


def _is_birth_date(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2100


def _is_mobile(run: str) -> bool:
    """A mainland mobile number, with or without the country's code."""
    groups = [part for part in _SPLIT.split(run.removeprefix("+")) if part]
    if groups[0] in ("86", "0086"):
        groups = groups[1:]
    elif groups[0].startswith(("861", "00861")) and sum(map(len, groups)) in (13, 15):
        groups[0] = groups[0].removeprefix("00").removeprefix("86")
    elif run.startswith("+"):
        return False
    tight = "".join(groups)
    return (
        tuple(map(len, groups)) in _MOBILE_GROUPS
        and tight.isdigit()
        and tight[0] == "1"
        and tight[1] in "3456789"
    )
