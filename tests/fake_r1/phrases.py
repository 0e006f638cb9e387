"""The words in which R1 answers, in two halves, a file each.

What tunes the verifier may look at `development`; `held_out` was written apart from the verifier,
and shows what it makes of sentences unseen. Both keep the rules of the prompt, whose controlled
words they share.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from features.language import Language
from risk.reasoning.claims import Direction

Half = Literal["development", "held_out"]
HALVES: tuple[Half, ...] = ("development", "held_out")
PLACE = re.compile(r"<([A-Za-z_]+(?:[%#]|\.label)?)>")


class Topic(NamedTuple):
    """What a document sentence is about, and how it could be retold, rightly and turned round."""

    find: re.Pattern[str]
    direction: Direction
    says: tuple[str, ...]
    opposite: tuple[str, ...]


@cache
def controlled(language: Language) -> dict[str, Any]:
    """The controlled words of the prompt, and words for errors, as `controlled_<language>.toml`."""
    return _read(f"controlled_{language}")


@cache
def words(language: Language, half: Half) -> dict[str, list[str]]:
    """The words of one half that fill patterns."""
    return _read(f"{half}_{language}")["words"]


@cache
def patterns(kind: str, language: Language, half: Half) -> tuple[str, ...]:
    """The sentence patterns of a claim kind, or of questions, in one half."""
    return tuple(_read(f"{half}_{language}")["patterns"][kind])


@cache
def topics(language: Language) -> tuple[Topic, ...]:
    """All that is recognised in document sentences, in order."""
    return tuple(
        Topic(
            re.compile(one["find"]), one.get("direction", "neutral"),
            tuple(one["says"]), tuple(one["not"]),
        )
        for one in controlled(language)["topics"]
    )  # fmt: skip


def topic_of(sentence: str, language: Language) -> Topic | None:
    """The first topic that a document sentence is about."""
    return next((one for one in topics(language) if one.find.search(sentence)), None)


def places(pattern: str) -> set[str]:
    """The names of the placeholders in a pattern."""
    return set(PLACE.findall(pattern))


@cache
def _read(name: str) -> dict[str, Any]:
    file = Path(__file__).with_name("words") / f"{name}.toml"
    return tomllib.loads(file.read_text("utf-8"))
