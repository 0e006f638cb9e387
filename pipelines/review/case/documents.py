"""Documents cut into what a page writes one after the other: text, and marks around spans of it.

A span is one mark wherever marks nest. Where two spans cross, the later one goes on in a second
mark, for elements of a page cannot cross.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from risk.casefile import CaseFile
from risk.reasoning.narrative import Evidence

Look = Literal["cited", "suspect"]


class Span(NamedTuple):
    """A passage of a document, in characters of the text kept in the case file."""

    document: str
    start: int
    end: int


class Token(NamedTuple):
    """What is written next: text, the beginning of a mark, or its end.

    Attributes:
        kind: Which of the three.
        text: The text; of a mark, the name of its span.
        look: What the mark is there for.
        part: Which mark of its span it is, from 1.
        last: Whether the span ends with the mark.
    """

    kind: Literal["text", "open", "close"]
    text: str = ""
    look: Look = "cited"
    part: int = 1
    last: bool = True

    @property
    def name(self) -> str:
        """Name of the mark on the page; the first one has that of its span."""
        return self.text if self.part == 1 else f"{self.text}-{self.part}"


@dataclass(frozen=True)
class Marked:
    """A span with its name on the page."""

    name: str
    span: Span
    look: Look


class Marks:
    """The marks of a page: each span once, under a name that nothing of a case is part of."""

    def __init__(self, case: CaseFile) -> None:
        self._case = case
        self._found: dict[Span, Marked] = {}
        self._named: dict[str, Span] = {}

    def of(self, evidence: Evidence) -> str | None:
        """Name of the mark for what a sentence rests on; None where there is no such passage."""
        if evidence.start is None or evidence.end is None:
            return None
        return self.add(Span(evidence.document, evidence.start, evidence.end), "cited")

    def add(self, span: Span, look: Look) -> str | None:
        """Name of the mark of a span; None where the documents have no such passage."""
        text = self._case.documents.get(span.document)
        if text is None or not 0 <= span.start < span.end <= len(text):
            return None
        if span not in self._found:
            name = f"place-{len(self._found) + 1}"
            self._found[span], self._named[name] = Marked(name, span, look), span
        return self._found[span].name

    def text_of(self, name: str) -> str:
        """The passage of a mark."""
        span = self._named[name]
        return self._case.documents[span.document][span.start : span.end]

    def in_(self, document: str) -> list[Marked]:
        """The marks of one document."""
        return [each for each in self._found.values() if each.span.document == document]


def tokens(text: str, marks: Iterable[Marked]) -> Iterator[Token]:
    """A document as it is written; the texts of all tokens together are the document.

    Args:
        text: The document.
        marks: Its marks, within the text.
    """
    waiting = sorted(marks, key=lambda each: (each.span.start, -each.span.end))
    edges = {edge for each in waiting for edge in (each.span.start, each.span.end)}
    opened: list[_Open] = []
    at = taken = 0
    for place in sorted(edges | {len(text)}):
        if text[at:place]:
            yield Token("text", text[at:place])
        at = place
        yield from _closed(opened, place)
        while taken < len(waiting) and waiting[taken].span.start == place:
            opened.append(_Open(waiting[taken]))
            taken += 1
            yield opened[-1].token("open")


class _Open(NamedTuple):
    """A mark that is open."""

    mark: Marked
    part: int = 1

    def token(self, kind: Literal["open", "close"], *, last: bool = True) -> Token:
        return Token(kind, self.mark.name, self.mark.look, self.part, last)


def _closed(opened: list[_Open], place: int) -> Iterator[Token]:
    """End the marks whose span ends here, and go on with those that were begun inside them."""
    ending = [n for n, each in enumerate(opened) if each.mark.span.end == place]
    if not ending:
        return
    inner = opened[ending[0] :]
    del opened[ending[0] :]
    for each in reversed(inner):
        yield each.token("close", last=each.mark.span.end == place)
    for each in inner:
        if each.mark.span.end > place:
            opened.append(each._replace(part=each.part + 1))
            yield opened[-1].token("open")
