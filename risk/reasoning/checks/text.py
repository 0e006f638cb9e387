"""Checks that hold for every text of an answer: its facts, slots, form and length.

A claim is held to the forms of `clauses.toml`. A question, which may ask for anything, is kept
free of numbers, verdicts and the other language instead.
"""

from collections.abc import Iterator

from risk.casefile import Fact
from risk.instructions import suspected
from risk.reasoning import slots
from risk.reasoning.checks.said import Checker, Failure, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import attributes, numerals, writing
from risk.reasoning.lexicon.verdict import verdict

MAX_SENTENCE = {"zh": 160, "en": 60}
_NEEDS = {
    ClaimKind.SCORE_DRIVER: "score",
    ClaimKind.COUNTER: "score",
    ClaimKind.DOCUMENT: "document",
    ClaimKind.ASSOCIATION: "association",
}


def ids(said: Said) -> Iterator[Failure]:
    """The facts cited are there, each once, and of the kind that the claim needs."""
    if said.claim is None:
        return
    for name in said.ids:
        if name not in said.case.by_id:
            yield Failure(Check.IDS, "unknown", name)
    if len(set(said.ids)) < len(said.ids):
        yield Failure(Check.IDS, "twice")
    if not said.ids and said.kind is not ClaimKind.MISSING_INFORMATION:
        yield Failure(Check.IDS, "none")
    needed = _NEEDS.get(said.claim.kind)
    if needed and not said.of_kind(needed):
        yield Failure(Check.IDS, f"needs-{needed}")


def filled(said: Said) -> Iterator[Failure]:
    """Every slot reads, is among the facts, and has something to fill it."""
    for body, slot in said.slots:
        if slot is None:
            yield Failure(Check.SLOTS, "no-slot", "", f"{{{body}}}")
        elif slot.fact and (slot.fact not in said.ids or not _known(said, slot)):
            yield Failure(Check.SLOTS, "not-in-facts", slot.fact)
        elif not slots.resolves(slot, said.case, said.quotes):
            yield Failure(Check.SLOTS, "unresolved", slot.fact, f"{{{body}}}")
    if "{" in said.words or "}" in said.words:
        yield Failure(Check.SLOTS, "braces")


def _known(said: Said, slot: slots.Slot) -> bool:
    """A claim may list a fact that is not there, which is found as such; a question lists none."""
    return said.claim is not None or slot.fact in said.case.by_id


def formed(said: Said) -> Iterator[Failure]:
    """Every clause of a claim is of one of the forms, and its slots hold what the form says."""
    if strange := said.read[1]:
        yield _misformed(strange)
    for clause in said.clauses:
        for letter, name in clause.slots.items():
            fact = said.fact(name)
            if fact is not None and not _suits(letter, fact):
                yield Failure(Check.FORM, "other-kind", fact.id, clause.text)


def _misformed(strange: str) -> Failure:
    """What to say of a clause that is of no form: that it states a number, or no more."""
    if unit := numerals.stray_unit(strange):
        return Failure(Check.UNIT, "beside-slot", "", unit)
    if stray := numerals.numbers(slots.without(strange)):
        return Failure(Check.DIGITS, "stray", "", stray)
    return Failure(Check.FORM, "no-clause", "", strange)


def _suits(letter: str, fact: Fact) -> bool:
    if letter in "MNO":
        return fact.kind == "form" and fact.value is None
    if letter in "XY" and fact.kind == "score":
        return True
    if letter in "VXY":
        return fact.kind == "form" and fact.value is not None
    kinds = {"S": "score", "A": "association", "D": "document", "Q": "document"}
    kinds["K"] = "contradiction"
    return fact.kind == kinds[letter]


def told(said: Said) -> Iterator[Failure]:
    """A claim tells of each fact that it cites, or of its factor: people see them as evidence."""
    if said.claim is None or said.read[1]:
        return
    held = {fact.id for fact in map(said.fact, said.slotted) if fact}
    codes = {code for _, its in said.factors for code in its}
    for fact in said.facts:
        if fact.id not in held and fact.code not in codes:
            yield Failure(Check.FEATURE, "not-told", fact.id)


def labelled(said: Said) -> Iterator[Failure]:
    """Whatever stands in a sentence as a value, a standing or a quote is named there."""
    if said.claim is None:
        return
    slots_read = [slot for _, slot in said.slots if slot]
    named = [
        said.case.by_id[slot.fact]
        for slot in slots_read
        if slot.part == "label" and slot.fact in said.case.by_id
    ]
    labels = {fact.label for fact in named if not fact.document}
    documents = {fact.document for fact in named}
    for slot in slots_read:
        fact = said.fact(slot.fact or f"Q{slot.quote}")
        if fact is None or slot.part == "label":
            continue
        if fact.document not in documents if fact.document else fact.label not in labels:
            yield Failure(Check.FORM, "not-named", fact.id)


def asked(said: Said) -> Iterator[Failure]:
    """A text is in the language asked for and decides nothing; a question is no order or number."""
    if not writing.in_language(said.words, said.language):
        yield Failure(Check.LANGUAGE, "other")
    if word := verdict(said.words):
        yield Failure(Check.VERDICT, "stated", "", word)
    if said.claim is not None:
        return
    if suspected(said.words):
        yield Failure(Check.VERDICT, "order")
    if unit := numerals.stray_unit(said.sentence):
        yield Failure(Check.UNIT, "beside-slot", "", unit)
    if stray := numerals.numbers(said.words):
        yield Failure(Check.DIGITS, "stray", "", stray)


def protected(said: Said) -> Iterator[Failure]:
    """No protected attribute is named, be it in what a quote or a slot brings in."""
    brought = [quote.text for quote in said.quotes]
    for _, slot in said.slots:
        fact = said.case.by_id.get(slot.fact) if slot else None
        quoting = fact is not None and fact.kind in ("document", "contradiction")
        if fact is not None and quoting and slot and not slot.part:
            brought.append(fact.display.zh)
    text = "\n".join((said.words, *map(writing.plain, brought)))
    allowed = (fact.label for fact in said.case.of_kind("form", "score"))
    if word := attributes.protected(text, said.case.protected, allowed):
        yield Failure(Check.PROTECTED, "named", "", word)


def sized(said: Said) -> Iterator[Failure]:
    """The text is neither empty nor too long."""
    size = writing.length(slots.without(said.sentence, ""), said.language)
    if size > MAX_SENTENCE[said.language]:
        yield Failure(Check.LENGTH, "too-long")
    if not said.sentence.strip():
        yield Failure(Check.LENGTH, "empty")


CHECKS: tuple[Checker, ...] = (ids, filled, formed, told, labelled, asked, protected, sized)
