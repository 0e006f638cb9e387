"""Personal data out of every text that a model, a log or a trace may see.

Values known from the application's own fields, and whatever looks like a mainland identity
number, a bank card, a mobile number or an e-mail address, become surrogates such as ⟦mobile-1⟧:
the same value has the same surrogate throughout a case, so that contradictions stay visible.
Names and addresses of people who are in no field are not found, unless a caller names them.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from features.dictionary import DataDictionary, Personal
from features.extraction.naming import DOUBLE_SURNAMES
from risk.personal_numbers import canonical, numbers_in

_KINDS: dict[Personal, str] = {
    "name": "name",
    "id_number": "id",
    "card": "card",
    "mobile": "mobile",
    "email": "email",
    "address": "address",
}

SURROGATE = re.compile("⟦(?:" + "|".join(_KINDS.values()) + r")-[1-9][0-9]*⟧")

# Invisible characters split numbers that a person reads as one, and brackets of our own would
# let a document forge a surrogate.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff]"
)
_BRACKETS = str.maketrans("⟦⟧", "[]")

_SHORTEST_PART = 7  # characters of an address that are enough to tell a place by
# The look-behind keeps a long run of letters without "@" linear: it is tried once, not at each.
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}"
)
_TITLES = ("先生", "女士", "小姐", "太太", "某", "总", "老师")
_DOUBLE_SURNAMES = frozenset(DOUBLE_SURNAMES.split())
_LATIN_TITLES = ("mr", "mrs", "ms", "miss", "dr")
_SEPARATOR = re.compile(r"[\s,，.、'’_\-]")
_HAN = re.compile("[㐀-鿿·]+")


def clean(text: str) -> str:
    """The text without invisible characters and without the brackets of surrogates.

    Example:
        >>> clean("138\u200b00138000 ⟦name-1⟧")
        '13800138000 [name-1]'
    """
    return _INVISIBLE.sub("", text).translate(_BRACKETS)


class _Known(NamedTuple):
    """A value known from a field and the ways in which people write it, separators left out."""

    kind: Personal
    value: str
    ways: tuple[str, ...]


class Redactor:
    """Redacts the texts of one case; keep one per case, or surrogates will not agree.

    Args:
        values: The application's own values by field name; those whose field is marked
            `personal` are replaced wherever they stand, all of several given as a tuple.
        dictionary: Says which fields are personal.
        people: Names of others, replaced as the applicant's own is.

    Example:
        >>> from features.dictionary import DataDictionary
        >>> portfolio = DataDictionary.parse(
        ...     '[fields.x]\\nrole="feature"\\ntype="number"\\n'
        ...     '[fields.who]\\nrole="ignored"\\npersonal="name"'
        ... )
        >>> Redactor({"who": "王小明"}, portfolio).text("王小明，手机 138-0013-8000。")
        '⟦name-1⟧，手机 ⟦mobile-1⟧。'
    """

    def __init__(
        self,
        values: Mapping[str, object],
        dictionary: DataDictionary,
        people: Iterable[str] = (),
    ) -> None:
        """Take the personal values of the application's fields, and the names."""
        self._numbers: dict[tuple[str, str], int] = {}
        self._known: list[_Known] = []
        given: list[tuple[str, Personal]] = []
        for field in dictionary.fields:
            held = values.get(field.name) if field.personal else None
            for value in held if isinstance(held, tuple) else (held,):
                if isinstance(value, float) and value.is_integer():
                    value = f"{value:.0f}"  # a telephone number read as a number
                folded = fold(clean(value)).strip() if isinstance(value, str) else ""
                given.append((folded, field.personal))
        given += [(fold(clean(name)).strip(), "name") for name in people]
        for value, kind in dict.fromkeys(given):
            # One character, or separators alone such as "--", would be found everywhere.
            if len(_SEPARATOR.sub("", value)) < 2:
                continue
            self._known.append(_Known(kind, canonical(value, kind), _ways(value, kind)))

    def text(self, text: str) -> str:
        """The text, cleaned, with surrogates in place of personal data.

        Offsets into the original do not hold for the result.
        """
        cleaned = clean(text)
        found = sorted(self._found(fold(cleaned)), key=lambda hit: (hit[0], -hit[1]))
        parts: list[str] = []
        done = 0
        for start, end, kind, value in found:
            if end <= done:
                continue
            # What only overlaps the one before goes too: its rest may still tell who it is.
            parts += [cleaned[done:start], self._surrogate(kind, value)]
            done = end
        return "".join(parts) + cleaned[done:]

    def _found(self, folded: str) -> Iterator[tuple[int, int, Personal, str]]:
        places = [at for at, character in enumerate(folded) if not _SEPARATOR.match(character)]
        tight = "".join(folded[at] for at in places).translate(_LOWER)
        for known in self._known:
            for start, end in _occurrences(known, folded, tight, places):
                yield start, end, known.kind, known.value
        for match in _EMAIL.finditer(folded):
            yield match.start(), match.end(), "email", match.group().lower()
        yield from numbers_in(folded)

    def _surrogate(self, kind: Personal, value: str) -> str:
        mark = _KINDS[kind]
        taken = sum(1 for other, _ in self._numbers if other == mark)
        return f"⟦{mark}-{self._numbers.setdefault((mark, value), taken + 1)}⟧"


class _Fold(dict[int, int]):
    """One character to its plain ASCII form, decided once per character."""

    def __missing__(self, code: int) -> int:
        folded = code
        if 0xFF01 <= code <= 0xFF5E:
            folded = code - 0xFEE0
        elif code in (0x3000, 0xA0):
            folded = 0x20
        elif code > 0x7F and (digit := unicodedata.decimal(chr(code), None)) is not None:
            folded = 0x30 + digit
        self[code] = folded
        return folded


_FOLD = _Fold()
# Only letters whose lower case is one character, so that offsets hold.
_LOWER = {
    code: ord(chr(code).lower()) for code in range(0x41, 0x250) if len(chr(code).lower()) == 1
}


def fold(text: str) -> str:
    """Full-width letters and digits of any script as ASCII, character by character.

    Example:
        >>> fold("１３８ＡＢ")
        '138AB'
    """
    return text.translate(_FOLD)


def _ways(value: str, kind: Personal) -> tuple[str, ...]:
    """How a known value may be written, without separators: other order, a name with its title."""
    whole = _SEPARATOR.sub("", value).translate(_LOWER)
    if kind == "name" and _HAN.fullmatch(whole):
        family = whole[:2] if len(whole) > 3 or whole[:2] in _DOUBLE_SURNAMES else whole[0]
        return (whole, *(family + title for title in _TITLES))
    words = [word.translate(_LOWER) for word in _SEPARATOR.split(value) if word]
    if kind == "name" and whole.isascii():
        # The family name stands first in pinyin and last elsewhere.
        titled = (
            title + word for title in _LATIN_TITLES for word in dict.fromkeys((words[0], words[-1]))
        )
        turned = words[-1] + "".join(words[:-1])
        return (whole, "".join(reversed(words)), turned, *titled)
    return (whole, *_parts(value)) if kind == "address" else (whole,)


def _parts(address: str) -> Iterator[str]:
    """An address without its province, city or district, as long as it still names a place."""
    tails = [address[match.end() :] for match in re.finditer("[省市区县]", address)]
    tails += [address[: match.start()] for match in re.finditer(",", address)]
    for tail in tails:
        tight = _SEPARATOR.sub("", tail).translate(_LOWER)
        # "88号3室" alone would be found in other addresses too.
        if len(tight) >= _SHORTEST_PART and re.search(r"\d", tight) and not tight[0].isdigit():
            yield tight


def _occurrences(
    known: _Known, folded: str, tight: str, places: list[int]
) -> Iterator[tuple[int, int]]:
    """Where a known value stands, in offsets of the folded text."""
    for way in known.ways:
        at = tight.find(way)
        while at >= 0:
            start, end = places[at], places[at + len(way) - 1] + 1
            # "Zhang" is no part of "Zhangjiang", and a comma parts two Chinese names.
            split = _cuts(folded, start) or _cuts(folded, end)
            han = known.kind == "name" and not way.isascii()
            apart = han and re.search("[,，、\n]", folded[start:end])
            if not split and not apart:
                yield start, end
            at = tight.find(way, at + 1)


def _cuts(text: str, at: int) -> bool:
    """Whether a place lies inside a run of Latin letters and digits."""
    pair = text[at - 1 : at + 1] if 0 < at < len(text) else ""
    return pair.isascii() and pair.isalnum()
