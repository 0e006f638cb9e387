"""A claim or a question as the checks see it: its own words apart from what code fills in."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from features.language import Language
from risk.casefile import CaseFile, Fact
from risk.reasoning import slots
from risk.reasoning.claims import Claim, ClaimKind, Quote
from risk.reasoning.findings import Check
from risk.redaction import SURROGATE

LITERAL = re.compile('[“「『"]([^”」』"]*)[”」』"]')
_CLAUSE = re.compile("[，。；、！？,;.!?—]")


class Failure(NamedTuple):
    """What a check found: the check, which way it failed, and the fact and words concerned."""

    check: Check
    detail: str
    fact: str = ""
    words: str = ""


class Placed(NamedTuple):
    """A slot in its sentence.

    Attributes:
        body: What stands between the braces.
        slot: How it reads; None where it is no slot.
        fact: The fact that fills it, or that its quote is from; None where there is none.
        quote: The quote that fills it.
        lead: The words before it, back to the slot before.
        clause: The words before it within its clause.
        tail: The words after it within its clause, up to the next slot.
        follows: Whether another slot stands before it in its clause.
    """

    body: str
    slot: slots.Slot | None
    fact: Fact | None
    quote: Quote | None
    lead: str
    clause: str
    tail: str
    follows: bool

    @property
    def value(self) -> bool:
        """Whether it brings a value, a quote or a sentence, and no label, standing or rank."""
        return self.slot is not None and not self.slot.part


@dataclass(frozen=True)
class Said:
    """One text of an answer with what it cites.

    Attributes:
        sentence: The text with its slots.
        ids: The facts it lists; for a question, those in its slots.
        quotes: Its quotes.
        case: The case file.
        language: The language asked for.
        claim: The claim; None for a question.
    """

    sentence: str
    ids: tuple[str, ...]
    quotes: tuple[Quote, ...]
    case: CaseFile
    language: Language
    claim: Claim | None = None

    @property
    def kind(self) -> ClaimKind | None:
        """The claim's kind; None for a question."""
        return self.claim.kind if self.claim else None

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts cited, as far as the case file has them."""
        return tuple(self.case.by_id[name] for name in self.ids if name in self.case.by_id)

    def of_kind(self, kind: str) -> tuple[Fact, ...]:
        """The cited facts of a kind."""
        return tuple(fact for fact in self.facts if fact.kind == kind)

    @cached_property
    def own(self) -> str:
        """The claim's own words: without slots, literal quotes and surrogates."""
        return SURROGATE.sub(" ", LITERAL.sub(" ", slots.without(self.sentence)))

    @cached_property
    def bare(self) -> str:
        """The words without slots, surrogates, and the labels of the cited facts."""
        bare = SURROGATE.sub(" ", slots.without(self.sentence))
        labels = {said for fact in self.facts for said in (fact.label.zh, fact.label.en)}
        # A label such as "30-59 days late" states no value; the longest goes first.
        for label in sorted((said for said in labels if said in bare), key=len, reverse=True):
            bare = bare.replace(label, " ")
        return bare

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """The slots in their order."""
        return tuple(self._placed())

    def _placed(self) -> Iterator[Placed]:
        matches = list(slots.SLOT.finditer(self.sentence))
        ends = [0, *(match.end() for match in matches)]
        starts = [*(match.start() for match in matches), len(self.sentence)]
        for at, match in enumerate(matches):
            slot = slots.read(match[1])
            quote = self._quote(slot)
            fact = self.case.by_id.get(quote.fact if quote else slot.fact) if slot else None
            lead = self.sentence[ends[at] : match.start()]
            after = self.sentence[match.end() : starts[at + 1]]
            yield Placed(
                body=match[1],
                slot=slot,
                fact=fact,
                quote=quote,
                lead=lead,
                clause=_CLAUSE.split(lead)[-1],
                tail=_CLAUSE.split(after)[0],
                follows=at > 0 and not _CLAUSE.search(lead),
            )

    def _quote(self, slot: slots.Slot | None) -> Quote | None:
        known = slot is not None and 0 < slot.quote <= len(self.quotes)
        return self.quotes[slot.quote - 1] if slot and known else None


Checker = Callable[[Said], Iterator[Failure]]


def of_claim(claim: Claim, case: CaseFile, language: Language) -> Said:
    """A claim as checks see it."""
    return Said(claim.sentence, claim.facts, claim.quotes, case, language, claim)


def of_question(question: str, case: CaseFile, language: Language) -> Said:
    """A question as checks see it; it rests on the facts in its slots."""
    read = (slots.read(match[1]) for match in slots.SLOT.finditer(question))
    ids = dict.fromkeys(slot.fact for slot in read if slot and slot.fact)
    return Said(question, tuple(ids), (), case, language)


def passage(fact: Fact, case: CaseFile) -> str:
    """The characters of a document fact."""
    return case.documents.get(fact.document, "")[fact.start : fact.end]


def worded(facts: Sequence[Fact]) -> str:
    """All that facts say, labels included, in both languages."""
    parts = (
        (f.label.zh, f.label.en, f.display.zh, f.display.en, f.value if f.document else "")
        for f in facts
    )
    return "\n".join(dict.fromkeys(str(part) for each in parts for part in each))
