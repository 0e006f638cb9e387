"""Slots: where a sentence leaves a value open, and how code fills it from the case file."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from features.language import Language, catalogue
from risk.casefile import CaseFile, Fact
from risk.display import standing
from risk.reasoning.claims import Quote

SLOT = re.compile(r"\{([^{}]*)\}")
_FACT = re.compile(r"(F[1-9][0-9]{0,5})(?:\.(label|percentile|rank))?")
_QUOTE = re.compile(r"Q([1-9])")


class Slot(NamedTuple):
    """What a slot asks for: a fact or one of its parts, or a quote by its number from 1."""

    fact: str = ""
    part: str = ""
    quote: int = 0


def read(body: str) -> Slot | None:
    """The slot that stands between two braces; None where it is none.

    Example:
        >>> read("F3.rank"), read("Q1"), read("income")
        (Slot(fact='F3', part='rank', quote=0), Slot(fact='', part='', quote=1), None)
    """
    if found := _FACT.fullmatch(body):
        return Slot(fact=found[1], part=found[2] or "")
    if found := _QUOTE.fullmatch(body):
        return Slot(quote=int(found[1]))
    return None


def without(sentence: str, put: str = " ") -> str:
    """The sentence with `put` in place of every slot."""
    return SLOT.sub(put, sentence)


def resolve(slot: Slot, case: CaseFile, quotes: Sequence[Quote], language: Language) -> str | None:
    """The words for a slot; None where the case file has none."""
    if not resolves(slot, case, quotes):
        return None
    if slot.quote:
        return _quoted(quotes[slot.quote - 1].text, language)
    return _part(case.by_id[slot.fact], slot.part, language)


def resolves(slot: Slot, case: CaseFile, quotes: Sequence[Quote]) -> bool:
    """Whether the case file has words for a slot."""
    if slot.quote:
        return slot.quote <= len(quotes)
    fact = case.by_id.get(slot.fact)
    if fact is None:
        return False
    lacking = {"percentile": fact.below is None or fact.above is None, "rank": fact.rank is None}
    return not lacking.get(slot.part, False)


def fill(sentence: str, case: CaseFile, quotes: Sequence[Quote], language: Language) -> str:
    """The sentence with its slots filled; a slot that resolves to nothing stays as it stands."""

    def words(match: re.Match[str]) -> str:
        slot = read(match[1])
        said = None if slot is None else resolve(slot, case, quotes, language)
        return match[0] if said is None else said

    return SLOT.sub(words, sentence)


def _part(fact: Fact, part: str, language: Language) -> str:
    if part == "label":
        return fact.label.in_(language)
    if part == "percentile" and fact.below is not None and fact.above is not None:
        return standing(fact.below, fact.above, language)
    if part == "rank":
        return catalogue("risk").text(language, "case.rank", rank=fact.rank)
    display = fact.display.in_(language)
    return _quoted(display, language) if fact.kind == "document" else display


def _quoted(text: str, language: Language) -> str:
    return catalogue("risk").text(language, "case.quote", text=text)
