"""What fields and document sentences are about; the words stand in `words.toml`."""

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple


class _Word(NamedTuple):
    """A word as it is looked for: its letters, and their edges where it is written in letters."""

    letters: str
    edges: re.Pattern[str] | None


class _Words(NamedTuple):
    says: tuple[_Word, ...]
    bears: tuple[_Word, ...]


@lru_cache(maxsize=4096)
def of_field(text: str) -> frozenset[str]:
    """The subjects of a field, from its labels and levels; none where no word is known.

    Example:
        >>> sorted(of_field("月收入")), sorted(of_field("x17"))
        (['income'], [])
    """
    lower = text.lower()
    said = {name for name, words in _subjects().items() if _holds(words.says, lower)}
    return frozenset(said) or of_sentence(text)


@lru_cache(maxsize=4096)
def of_sentence(text: str) -> frozenset[str]:
    """The subjects that a document sentence speaks of.

    Example:
        >>> sorted(of_sentence("Average monthly salary credit CNY 8,000."))
        ['employment', 'income']
    """
    lower = text.lower()
    return frozenset(
        name
        for name, words in _subjects().items()
        if _holds(words.says, lower) or _holds(words.bears, lower)
    )


@cache
def _subjects() -> dict[str, _Words]:
    text = (resources.files(__package__) / "words.toml").read_text("utf-8")
    return {
        name: _Words(tuple(map(_word, words["says"])), tuple(map(_word, words["bears"])))
        for name, words in tomllib.loads(text).items()
    }


def _word(word: str) -> _Word:
    if not word.isascii():
        return _Word(word, None)
    letters = word.rstrip("*")
    # ASCII look-arounds, and not \b: a Chinese character is a letter to \b.
    end = "[a-z]*" if word.endswith("*") else ""
    return _Word(letters, re.compile(rf"(?<![a-z]){re.escape(letters)}{end}(?![a-z])"))


def _holds(words: tuple[_Word, ...], text: str) -> bool:
    # Looking for the letters first is ten times as fast as one pattern for all words.
    return any(w.letters in text and (w.edges is None or w.edges.search(text)) for w in words)
