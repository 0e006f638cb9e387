"""What a column's name suggests: a guess for `features.drafting.draft`, never a fact.

The words are in `words.toml`.
"""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Literal

Topic = Literal[
    "protected",
    "proxy",
    "after_outcome",
    "after_decision",
    "lender",
    "application_date",
    "date",
    "identifier",
    "name",
    "mobile",
    "address",
    "association",
    "guarantor",
    "employer",
    "account",
    "device",
    "person",
    "good_name",
    "good_value",
    "bad_value",
    "negated_bad",
]


def suggests(name: str, topic: Topic) -> bool:
    """Whether a name, or a value, has a word of the topic and none that speaks against it.

    Example:
        >>> suggests("AgeOfBorrower", "protected"), suggests("mileage", "protected")
        (True, False)
        >>> suggests("客户性别", "protected")
        True
    """
    plain = plain_words(name)
    wanted, against = _patterns(topic)
    return bool(wanted.search(plain)) and not (against and against.search(plain))


def plain_words(name: str) -> str:
    """The words of a name in lower case, joined by "_", with "_" at both ends.

    Example:
        >>> plain_words("NumberOfTime30-59Days")
        '_number_of_time_30_59_days_'
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    parted = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", "_", parted)
    return "_" + re.sub(r"[\W_]+", "_", parted.lower()).strip("_") + "_"


def spaced(name: str) -> str:
    """A column's name as a sentence takes it.

    Example:
        >>> spaced("default_flag"), spaced("_")
        ('default flag', '_')
    """
    return name.replace("_", " ").strip() or name


@cache
def _patterns(topic: Topic) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    entry = _words()[topic]
    wanted = [f"(?<=_)(?:{word})(?=_)" for word in entry["words"]] + entry["parts"]
    # A word against the guess may be latin, standing alone, or Chinese, standing anywhere.
    against = [w if not w.isascii() else f"_(?:{w})_" for w in entry.get("unless", [])]
    return re.compile("|".join(wanted)), re.compile("|".join(against)) if against else None


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((resources.files("features.drafting") / "words.toml").read_text("utf-8"))
