"""What a text speaks of: subjects, sources named, people; the words stand in `words.toml`.

`named` is what a claim's own words speak of, `borne` what a fact is a basis for speaking of.
"""

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, NamedTuple

Family = Literal["subject", "source", "party"]

# Phrases in which a subject's word names no subject: they speak of default at large.
_AT_LARGE = re.compile(
    r"(?:偿债|偿付|还款|偿还|支付)(?:能力|意愿|来源|压力|风险|负担)"
    r"|(?:逾期|拖欠)(?:的?(?:风险|可能|概率|可能性))|征信授权"
    r"|\b(?:ability|capacity|willingness|will) to (?:re)?pay\b|\brepayment (?:capacity|ability"
    r"|risk)\b"
    r"|\brisk of (?:arrears|late payment|delinquency|falling behind)\b"
    r"|\b(?:default|delinquency) (?:risk|probability)\b|\bdebt[- ]servic\w+(?: capacity)?\b"
    r"|\bsource of repayment\b|\bloan application\b",
    re.I,
)


class _Word(NamedTuple):
    """A word as it is looked for: its letters, and their edges where it is written in letters."""

    letters: str
    edges: re.Pattern[str] | None


class _Words(NamedTuple):
    says: tuple[_Word, ...]
    bears: tuple[_Word, ...]


@cache
def _words(family: Family) -> dict[str, _Words]:
    text = (resources.files(__package__) / "words.toml").read_text("utf-8")
    return {
        name: _Words(tuple(map(_word, words["says"])), tuple(map(_word, words["bears"])))
        for name, words in tomllib.loads(text)[family].items()
    }


def _word(word: str) -> _Word:
    if not word.isascii():
        return _Word(word, None)
    letters = word.rstrip("*")
    # ASCII look-arounds, and not \b: a Chinese character is a letter to \b.
    end = "[a-z]*" if word.endswith("*") else ""
    return _Word(letters, re.compile(rf"(?<![a-z]){re.escape(letters)}{end}(?![a-z])"))


def _first(words: tuple[_Word, ...], text: str) -> str:
    """The first of the words that a text in lower case holds; empty where it holds none."""
    for word in words:
        # Looking for the letters first is ten times as fast as one pattern for all words.
        if word.letters in text:
            if word.edges is None:
                return word.letters
            if found := word.edges.search(text):
                return found[0]
    return ""


@lru_cache(maxsize=4096)
def named(text: str, family: Family) -> dict[str, str]:
    """What a text names, each with a word that names it, in lower case.

    Example:
        >>> named("流水显示收入下降", "subject"), named("流水显示收入下降", "source")
        ({'income': '收入'}, {'statement': '流水'})
    """
    plain = (_AT_LARGE.sub(" ", text) if family == "subject" else text).lower()
    found = ((name, _first(words.says, plain)) for name, words in _words(family).items())
    return {name: word for name, word in found if word}


@lru_cache(maxsize=4096)
def borne(text: str, family: Family) -> frozenset[str]:
    """What a fact with this text is a basis for speaking of.

    Example:
        >>> sorted(borne("Average monthly salary credit CNY 8,000.", "subject"))
        ['employment', 'income']
    """
    plain = text.lower()
    return frozenset(
        name
        for name, words in _words(family).items()
        if _first(words.says, plain) or _first(words.bears, plain)
    )
