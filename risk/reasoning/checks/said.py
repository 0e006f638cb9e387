"""A claim or a question as the checks see it: its clauses, its slots, and the facts it cites."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from features.language import Language
from risk.casefile import CaseFile, Fact
from risk.reasoning import clauses, slots
from risk.reasoning.claims import Claim, ClaimKind, Quote
from risk.reasoning.clauses import Clause
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import writing


class Failure(NamedTuple):
    """What a check found: the check, which way it failed, and the fact and words concerned."""

    check: Check
    detail: str
    fact: str = ""
    words: str = ""


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
    def words(self) -> str:
        """The text without slots, in plain characters."""
        return slots.without(writing.plain(self.sentence))

    @cached_property
    def slots(self) -> tuple[tuple[str, slots.Slot | None], ...]:
        """What stands between braces, and how it reads; None where it is no slot."""
        return tuple((m[1], slots.read(m[1])) for m in slots.SLOT.finditer(self.sentence))

    @cached_property
    def read(self) -> tuple[list[Clause], str]:
        """The claim's clauses, and the first that is of no form."""
        if self.claim is None:
            return [], ""
        return clauses.read(self.sentence, self.claim.kind, self.language)

    @property
    def clauses(self) -> list[Clause]:
        """The claim's clauses, up to the first that is of no form."""
        return self.read[0]

    def fact(self, name: str) -> Fact | None:
        """The fact of a slot, or that a quote is from; None where there is none."""
        if name.startswith("Q"):
            at = int(name[1:]) - 1
            name = self.quotes[at].fact if at < len(self.quotes) else ""
        return self.case.by_id.get(name)

    @cached_property
    def slotted(self) -> frozenset[str]:
        """The facts and quotes that stand in the slots of the claim's clauses."""
        return frozenset(name for clause in self.clauses for name in clause.slots.values())

    @cached_property
    def factors(self) -> tuple[tuple[Clause, tuple[str, ...]], ...]:
        """The clauses in order, each with the reason codes of what it speaks of."""
        found = []
        for clause in self.clauses:
            facts = map(self.fact, clause.slots.values())
            found.append((clause, tuple(fact.code for fact in facts if fact and fact.code)))
        return tuple(found)

    def meaning(self, word: str) -> list[str]:
        """What the controlled words of a name mean, clause by clause."""
        return [clause.words[word] for clause in self.clauses if word in clause.words]

    @cached_property
    def shown(self) -> frozenset[str]:
        """The facts whose value or words stand in the sentence."""
        held = (self.fact(c.slots[letter]) for c in self.clauses for letter in c.shown)
        return frozenset(fact.id for fact in held if fact is not None)


Checker = Callable[[Said], Iterator[Failure]]


_MARKS = (("“", "”"), ("「", "」"), ('"', '"'))


def of_claim(claim: Claim, case: CaseFile, language: Language) -> Said:
    """A claim as checks see it; a quote that is written out in it stands as its slot."""
    sentence = claim.sentence
    for number, quote in enumerate(claim.quotes, 1):
        for left, right in _MARKS:
            sentence = sentence.replace(f"{left}{quote.text}{right}", f"{{Q{number}}}")
    return Said(sentence, claim.facts, claim.quotes, case, language, claim)


def of_question(question: str, case: CaseFile, language: Language) -> Said:
    """A question as checks see it; it rests on the facts in its slots."""
    read = (slots.read(match[1]) for match in slots.SLOT.finditer(question))
    ids = dict.fromkeys(slot.fact for slot in read if slot and slot.fact)
    return Said(question, tuple(ids), (), case, language)


def passage(fact: Fact, case: CaseFile) -> str:
    """The characters of a document fact."""
    return case.documents.get(fact.document, "")[fact.start : fact.end]
