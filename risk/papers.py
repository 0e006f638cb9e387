"""Papers of an application that stand outside its table: their text, or why there is none.

Reading them belongs to `pipelines.papers`; here they get names under which a case file may keep
them. A name comes from outside as much as the text does.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from features.language import LANGUAGES, Text, catalogue
from risk.instructions import neutralise, suspected
from risk.redaction import Redactor

_LONGEST_NAME = 80
_SPACES = re.compile(r"\s+")
_FENCE = str.maketrans("[]{}|<>", "()()/‹›")  # what a prompt or a slot would read as its own


class Unread(StrEnum):
    """Why a paper, or a part of it, could not be read."""

    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    NO_TEXT_LAYER = "no-text-layer"
    TOO_LARGE = "too-large"
    WRONG_ENCODING = "wrong-encoding"
    UNKNOWN_FORMAT = "unknown-format"
    LINK = "link"
    EMPTY = "empty"


class Paper(BaseModel):
    """One paper as it came, neither cleaned nor redacted.

    Attributes:
        name: What it is called where it comes from.
        text: Its text; empty where it could not be read.
        unread: Why it, or some of its pages, could not be read; None where all was.
        pages: Its pages, where it has pages.
        blank_pages: Those of them without text.
        starts: Where each page, or each sheet of a workbook, begins in the text.
        kind: What kind of paper it is, by the rules of the portfolio; empty where nobody said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    text: str = ""
    unread: Unread | None = None
    pages: int = Field(default=0, ge=0)
    blank_pages: int = Field(default=0, ge=0)
    starts: tuple[int, ...] = ()
    kind: str = ""


class Admitted(NamedTuple):
    """A paper as a case file keeps it.

    Attributes:
        key: Its key among the documents of the case.
        label: What it is called.
        text: Cleaned and redacted; empty where it could not be read.
        missing: What is not in the case file, in words; None where all is.
        suspect: Its name seems to give orders to its reader; then it is not called by it.
        paper: The paper as it came.
    """

    key: str
    label: Text
    text: str
    missing: Text | None
    suspect: bool
    paper: Paper


def admit(
    papers: Iterable[Paper], redactor: Redactor, taken: Collection[str]
) -> Iterator[Admitted]:
    """Papers under keys that differ from each other and from those `taken`, in their order."""
    used = set(taken)
    for paper in papers:
        name = _plain(paper.name, redactor)
        suspect = suspected(name) or suspected(_plain(paper.name.replace("_", " "), redactor))
        label = _said("paper.unnamed") if suspect or not name else Text(zh=name, en=name)
        key = _distinct(label.en, used)
        used.add(key)
        if key != label.en:
            label = Text(zh=_distinct_label(label.zh, key), en=key)
        text = redactor.text(neutralise(paper.text))
        text = text if text.strip() else ""
        yield Admitted(key, label, text, _missing(paper, text), suspect, paper)


def _plain(name: str, redactor: Redactor) -> str:
    """A name on one line, cleaned and redacted, with no mark that has a meaning elsewhere."""
    line = _SPACES.sub(" ", redactor.text(neutralise(name))).strip().translate(_FENCE)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _distinct(name: str, used: Collection[str]) -> str:
    number = 1
    key = name
    while key in used:
        number += 1
        key = f"{name} ({number})"
    return key


def _distinct_label(name: str, key: str) -> str:
    return f"{name} {key[key.rindex('(') :]}"


def _missing(paper: Paper, text: str) -> Text | None:
    if paper.unread is Unread.NO_TEXT_LAYER and text:
        return _said("paper.blank-pages", blank=paper.blank_pages, pages=paper.pages)
    if paper.unread is not None:
        return _said(f"paper.{paper.unread}")
    return None if text else _said(f"paper.{Unread.EMPTY}")


def _said(key: str, **values: object) -> Text:
    words = {language: catalogue("risk").text(language, key, **values) for language in LANGUAGES}
    return Text(**words)
