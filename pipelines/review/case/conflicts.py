"""Where form and documents differ by rule: told before any opinion, with the way to the passage."""

from typing import NamedTuple

from pipelines.review.case.documents import Marks, Span
from pipelines.review.case.given import Given, Voice


class Conflict(NamedTuple):
    """A broken cross-check.

    Attributes:
        fact: Id of the fact.
        label: What was compared.
        text: Both sides.
        target: Name of the mark around the document's words; empty where there is none.
    """

    fact: str
    label: str
    text: str
    target: str


def conflicts(given: Given, marks: Marks, voice: Voice) -> tuple[Conflict, ...]:
    """The contradictions that the case file states, in their order; each is marked in `marks`."""
    return tuple(
        Conflict(
            fact=fact.id,
            label=voice.headed(fact.label),
            text=voice.of(fact.display),
            target=""
            if fact.start is None or fact.end is None
            else marks.add(Span(fact.document, fact.start, fact.end), "cited") or "",
        )
        for fact in given.visible
        if fact.kind == "contradiction"
    )
