"""What kind of paper each is, by the words of `papers.toml`, and which words decided."""

import re
from pathlib import PurePath
from typing import Literal, NamedTuple

from features.phrases import phrases_in
from pipelines.intake.rules import OTHER, PHOTO, PaperRules, Words
from risk.papers import Paper, Unread

Place = Literal["title", "head", "name", "text"]
Confidence = Literal["confirmed", "sure", "likely", "doubtful", "none"]

HEAD_LINES = 5
FIRST_PAGE = 3_000
_WEIGHTS: dict[Place, int] = {"title": 5, "head": 4, "name": 3, "text": 1}
_MOST_FROM_TEXT = 3
_LIKELY = 3
_LIKELY_ENOUGH = ("confirmed", "sure", "likely")
_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".webp")


class Deciding(NamedTuple):
    """A word that spoke for a kind, and where it stands."""

    word: str
    where: Place


class Kind(NamedTuple):
    """What kind of paper it is.

    Attributes:
        name: Key of the kind in the rules, `photo` or `other`.
        confidence: `confirmed` by a person; `sure` by its first lines, or by name and text
            together; `likely` by its name or three words; `doubtful` by less, or where another
            kind has as much for it; `none` where nothing spoke for any kind.
        words: What decided.
        rivals: Kinds with as much for them.
    """

    name: str
    confidence: Confidence
    words: tuple[Deciding, ...] = ()
    rivals: tuple[str, ...] = ()


def kind_of(paper: Paper, rules: PaperRules) -> Kind:
    """The kind of a paper; the same for the same paper and rules."""
    found = _words(paper, rules)
    scores = {name: _score(found[name]) for name in rules.kinds}
    best = max(scores.values())
    if not best:
        return Kind(PHOTO if _is_picture(paper) else OTHER, "none")
    first, *rivals = (name for name, score in scores.items() if score == best)
    return Kind(first, _confidence(found[first], best, rivals), found[first], tuple(rivals))


def with_kind(paper: Paper, rules: PaperRules) -> Paper:
    """The paper with its kind, where that is at least likely."""
    kind = kind_of(paper, rules)
    return (
        paper.model_copy(update={"kind": kind.name}) if kind.confidence in _LIKELY_ENOUGH else paper
    )


def _words(paper: Paper, rules: PaperRules) -> dict[str, tuple[Deciding, ...]]:
    """For each kind, the words that speak for it."""
    title, _, head = _head(paper.text).partition("\n")
    name = re.sub(r"[_\-.\d]+", " ", PurePath(paper.name).stem)
    titles, names, words = (
        {kind: getattr(rule, part) for kind, rule in rules.kinds.items()}
        for part in ("title", "names", "words")
    )
    found: dict[str, list[Deciding]] = {kind: [] for kind in rules.kinds}
    parts: tuple[tuple[Place, str, dict[str, Words]], ...] = (
        ("title", title, titles),
        ("head", head, titles),
        ("name", name, names),
        ("text", paper.text[:FIRST_PAGE], words),
    )
    for place, text, by_kind in parts:
        # The words of all kinds at once: a contract of guarantee is no contract beside it.
        every = tuple(dict.fromkeys(word for each in by_kind.values() for word in each))
        for word in dict.fromkeys(hit.phrase for hit in phrases_in(text, every)):
            for kind in (kind for kind, each in by_kind.items() if word in each):
                found[kind].append(Deciding(word, place))
    return {kind: tuple(each) for kind, each in found.items()}


def _head(text: str) -> str:
    lines = [line for line in text[:FIRST_PAGE].splitlines() if line.strip()]
    return "\n".join(lines[:HEAD_LINES])


def _score(words: tuple[Deciding, ...]) -> int:
    places = [word.where for word in words]
    once = sum(_WEIGHTS[place] for place in set(places) - {"text"})
    return once + min(places.count("text"), _MOST_FROM_TEXT) * _WEIGHTS["text"]


def _confidence(words: tuple[Deciding, ...], score: int, rivals: list[str]) -> Confidence:
    places = {word.where for word in words}
    if rivals:
        return "doubtful"
    if places & {"title", "head"} or places == {"name", "text"}:
        return "sure"
    return "likely" if score >= _LIKELY else "doubtful"


def _is_picture(paper: Paper) -> bool:
    picture = PurePath(paper.name).suffix.lower() in _PICTURES
    return picture or (paper.unread is Unread.NO_TEXT_LAYER and not paper.text)
