"""Checks that hold for every text of an answer: slots, digits, units, attributes, language."""

from collections.abc import Iterator

from risk.reasoning import slots
from risk.reasoning.checks.said import LITERAL, Checker, Failure, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import attributes, numerals, scales, writing

MAX_SENTENCE = {"zh": 160, "en": 60}
_NEEDS = {
    ClaimKind.SCORE_DRIVER: "score",
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
    for placed in said.placed:
        if placed.slot is None:
            yield Failure(Check.SLOTS, "no-slot", "", f"{{{placed.body}}}")
        elif placed.slot.fact and (
            placed.slot.fact not in said.ids or not _known(said, placed.slot)
        ):
            yield Failure(Check.SLOTS, "not-in-facts", placed.slot.fact)
        elif slots.resolve(placed.slot, said.case, said.quotes, said.language) is None:
            yield Failure(Check.SLOTS, "unresolved", placed.slot.fact, f"{{{placed.body}}}")
    if "{" in (rest := slots.without(said.sentence)) or "}" in rest:
        yield Failure(Check.SLOTS, "braces")


def _known(said: Said, slot: slots.Slot) -> bool:
    """A claim may list a fact that is not there, which is found as such; a question lists none."""
    return said.claim is not None or slot.fact in said.case.by_id


def figures(said: Said) -> Iterator[Failure]:
    """No number or date is written out, and no unit stands beside a slot."""
    if unit := numerals.stray_unit(LITERAL.sub(" ", said.sentence)):
        yield Failure(Check.UNIT, "beside-slot", "", unit)
    if stray := numerals.numbers(said.bare):
        yield Failure(Check.DIGITS, "stray", "", stray)


def protected(said: Said) -> Iterator[Failure]:
    """No protected attribute is named, be it in what a quote or a slot brings in."""
    brought = [quote.text for quote in said.quotes]
    brought += [
        placed.fact.display.zh
        for placed in said.placed
        if placed.value and placed.quote is None and placed.fact and placed.fact.kind == "document"
    ]
    text = "\n".join((slots.without(said.sentence), *brought))
    allowed = (fact.label for fact in said.case.of_kind("form", "score"))
    if word := attributes.protected(text, said.case.protected, allowed):
        yield Failure(Check.PROTECTED, "named", "", word)


def written(said: Said) -> Iterator[Failure]:
    """The text is in the language asked for, and neither empty nor too long."""
    if not writing.in_language(LITERAL.sub(" ", said.bare), said.language):
        yield Failure(Check.LANGUAGE, "other")
    if (
        writing.length(slots.without(said.sentence, ""), said.language)
        > MAX_SENTENCE[said.language]
    ):
        yield Failure(Check.LENGTH, "too-long")
    if not said.sentence.strip():
        yield Failure(Check.LENGTH, "empty")


def undecided(said: Said) -> Iterator[Failure]:
    """No claim decides on the loan, as an answer to an order in a document would."""
    if word := scales.verdict(said.own):
        yield Failure(Check.VERDICT, "stated", "", word)


CHECKS: tuple[Checker, ...] = (ids, filled, figures, protected, written, undecided)
