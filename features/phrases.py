"""Where the phrases of a list stand in a text, Chinese and English alike.

A phrase in Latin letters is found as whole words only, whatever their case and the white space
between them; full-width characters count as their plain forms.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from features.extraction.folding import fold

_BEFORE = 24  # characters that are looked at for a negation, and a bound on the work for each hit
_NEGATED = re.compile(
    r"(?:没有|没|无|未|非|不)[\u4e00-\u9fff]{0,2}\Z"
    r"|(?:(?<![a-z])(?:no|not|never|without|nor|cannot)|n['’]t)\s(?:[a-z]+\s){0,2}\Z",
    re.IGNORECASE,
)


class Phrase(NamedTuple):
    """A phrase of the list and where it stands, in code points of the text."""

    phrase: str
    start: int
    end: int


def phrases_in(text: str, phrases: tuple[str, ...]) -> tuple[Phrase, ...]:
    """The phrases that stand in a text, in order and without overlap; the longer one wins.

    Example:
        >>> [hit.phrase for hit in phrases_in("He rents.  Monthly  SALARY", ("monthly salary",))]
        ['monthly salary']
        >>> phrases_in("carefully", ("car",))
        ()
    """
    return tuple(_found(text, phrases))


def negated(text: str, start: int) -> bool:
    """Whether a word of denial stands just before the place.

    Example:
        >>> negated("名下无自有住房", 3), negated("he does not rent", 12), negated("he rents", 3)
        (True, True, False)
    """
    return _NEGATED.search(text[max(0, start - _BEFORE) : start]) is not None


def _found(text: str, phrases: tuple[str, ...]) -> Iterator[Phrase]:
    pattern, known = _compiled(phrases)
    if pattern is None:
        return
    for match in pattern.finditer(fold(text)):
        phrase = known.get(_key(match.group()))
        if phrase is not None:
            yield Phrase(phrase, match.start(), match.end())


@lru_cache(maxsize=1024)
def _compiled(phrases: tuple[str, ...]) -> tuple[re.Pattern[str] | None, dict[str, str]]:
    known = {key: phrase for phrase in reversed(phrases) if (key := _key(phrase))}
    if not known:
        return None, known
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile("|".join(map(_expression, longest_first)), re.IGNORECASE), known


def _key(phrase: str) -> str:
    return " ".join(fold(phrase).casefold().split())


def _expression(key: str) -> str:
    words = r"\s+".join(map(re.escape, key.split(" ")))
    before = "(?<![A-Za-z0-9])" if _latin(key[0]) else ""
    after = "(?![A-Za-z0-9])" if _latin(key[-1]) else ""
    return f"{before}{words}{after}"


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
