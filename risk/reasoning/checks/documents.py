"""Checks of what a claim shows of documents: quotes, and the document each is from."""

import re
from collections.abc import Iterator

from risk.reasoning.checks.said import Checker, Failure, Said, passage
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check


def quotes(said: Said) -> Iterator[Failure]:
    """A quote repeats the characters of a document sentence that the claim cites, and is shown."""
    cited = {fact.id: fact for fact in said.of_kind("document")}
    shown = {slot.quote for _, slot in said.slots if slot}
    for number, quote in enumerate(said.quotes, 1):
        source = cited.get(quote.fact)
        if source is None:
            yield Failure(Check.QUOTE, "no-such-source", quote.fact)
        elif len(quote.text.strip()) < 2 or quote.text not in passage(source, said.case):
            yield Failure(Check.QUOTE, "not-in-document", quote.fact, quote.text)
        elif not _whole(quote.text, passage(source, said.case)):
            yield Failure(Check.QUOTE, "cut", quote.fact, quote.text)
        elif number not in shown:
            yield Failure(Check.QUOTE, "not-shown", quote.fact)


_TOKEN = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|\d+(?:[.,:/-]\d+)*(?:\s?[%％万千百亿])?|⟦[^⟧]*⟧")
_NEGATED = re.compile(
    r"(?:[不没未无非]|否认)(?:[有过能会曾再是]|其他|任何){0,2}$"
    r"|(?:\b(?:not|never|no|without|cannot|den(?:y|ies|ied))|n['’]t)"
    r"(?:\s+(?:a|an|the|any|other|yet|ever|been|be|have|had|having))*\s+$",
    re.I,
)


def _whole(quote: str, text: str) -> bool:
    """Whether a quote can be read by itself: no number or word is cut, no "not" left before it."""
    inside = {at for m in _TOKEN.finditer(text) for at in range(m.start() + 1, m.end())}
    return any(
        not inside & {m.start(), m.start() + len(quote)} and not _NEGATED.search(text[: m.start()])
        for m in re.finditer(f"(?={re.escape(quote)})", text)
    )


def shown(said: Said) -> Iterator[Failure]:
    """A claim on documents shows the words of every sentence that it cites, and cites no more."""
    if said.kind not in (ClaimKind.DOCUMENT, ClaimKind.CONTRADICTION):
        return
    for fact in said.of_kind("document"):
        if fact.id not in said.shown:
            yield Failure(Check.QUOTE, "not-shown", fact.id)


def attributed(said: Said) -> Iterator[Failure]:
    """Words stand beside the name of their document; the first in a sentence may come before it."""
    current, before = "", []
    for clause in said.clauses:
        named = said.fact(clause.slots.get("D", "")) if ".label}" in clause.text else None
        shown = (said.fact(clause.slots[letter]) for letter in clause.shown & {"D", "Q"})
        current = named.document if named else current
        before += [fact for fact in shown if fact]
        for one in before if current else ():
            if one.document != current:
                yield Failure(Check.SOURCE, "other", one.id, clause.text)
        before = [] if current else before


CHECKS: tuple[Checker, ...] = (quotes, shown, attributed)
