"""Checks of what a claim shows of documents: quotes, and the document each is from."""

import re
from collections.abc import Iterator

from risk.reasoning.checks.said import Checker, Failure, Said, passage
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check

_MARK = re.compile(r"(?<!\d)[,，.:：]|[,，.:：](?!\d)|[;；。!！?？…—|\n]")
_WORD = re.compile(r"\w")


def quotes(said: Said) -> Iterator[Failure]:
    """A quote repeats whole clauses of a document sentence that the claim cites, and is shown."""
    cited = {fact.id: fact for fact in said.of_kind("document")}
    shown = {slot.quote for _, slot in said.slots if slot}
    for number, quote in enumerate(said.quotes, 1):
        source = cited.get(quote.fact)
        sentence = passage(source, said.case) if source else ""
        if source is None:
            yield Failure(Check.QUOTE, "no-such-source", quote.fact)
        elif len(quote.text.strip()) < 2 or quote.text not in sentence:
            yield Failure(Check.QUOTE, "not-in-document", quote.fact, quote.text)
        elif not _uncut(quote.text, sentence):
            yield Failure(Check.QUOTE, "cut", quote.fact, quote.text)
        elif number not in shown:
            yield Failure(Check.QUOTE, "not-shown", quote.fact)


def _uncut(text: str, sentence: str) -> bool:
    """Whether a passage runs from mark to mark: the word before it may turn its meaning round."""
    clauses = [0, *(match.end() for match in _MARK.finditer(sentence)), len(sentence)]
    for found in re.finditer(f"(?={re.escape(text)})", sentence):
        first, last = found.start(), found.start() + len(text)
        before = sentence[max(at for at in clauses if at <= first) : first]
        after = sentence[last : min(at for at in clauses if at >= last)]
        if not _WORD.search(before + after):
            return True
    return False


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
