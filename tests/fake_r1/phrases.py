"""The words in which R1 answers, in two halves.

The half of a phrase hangs on its own characters alone, so that adding one moves no other. What
tunes the verifier may look at `development`; `held_out` shows what it makes of words unseen.
"""

import re
import tomllib
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from features.language import Language

Half = Literal["development", "held_out"]
HALVES: tuple[Half, ...] = ("development", "held_out")
PLACE = re.compile(r"<([A-Za-z]+(?:[%#]|\.label)?)>")


class Topic(NamedTuple):
    """What a document sentence is about, and what may be said of it in own words."""

    find: re.Pattern[str]
    direction: str
    says: tuple[str, ...]
    opposite: tuple[str, ...]
    entity: str


def half_of(phrase: str) -> Half:
    """The half to which a phrase belongs."""
    return HALVES[zlib.crc32(phrase.encode()) % 2]


def only(options: Iterable[str], half: Half) -> list[str]:
    """The options of a half; all of them where the half has none."""
    listed = list(options)
    return [one for one in listed if half_of(one) == half] or listed


def pick(options: Sequence[str], half: Half, chance: Random) -> str:
    """One option of a half, by chance."""
    return chance.choice(only(options, half))


@cache
def words(language: Language) -> dict[str, Any]:
    """Everything that `phrases_<language>.toml` holds."""
    file = Path(__file__).with_name(f"phrases_{language}.toml")
    return tomllib.loads(file.read_text("utf-8"))


@cache
def patterns(kind: str, language: Language, half: Half) -> tuple[str, ...]:
    """The sentence patterns of a claim kind, or of questions, in one half."""
    return tuple(only(words(language)["patterns"][kind], half))


@cache
def topics(language: Language) -> tuple[Topic, ...]:
    """All that is recognised in document sentences, in order."""
    return tuple(
        Topic(
            re.compile(one["find"]), one.get("direction", "neutral"),
            tuple(one["says"]), tuple(one["not"]), one.get("entity", ""),
        )
        for one in words(language)["topics"]
    )  # fmt: skip


def topic_of(sentence: str, language: Language) -> Topic | None:
    """The first topic that a document sentence is about."""
    return next((one for one in topics(language) if one.find.search(sentence)), None)


def places(pattern: str) -> set[str]:
    """The names of the placeholders in a pattern."""
    return set(PLACE.findall(pattern))
