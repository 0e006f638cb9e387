"""Checks of claims on what is missing."""

from collections.abc import Iterator

from risk.reasoning.checks.said import Checker, Failure, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check


def lacking(said: Said) -> Iterator[Failure]:
    """A claim on what is missing says what, and every missing answer that it cites is among it."""
    if said.kind is not ClaimKind.MISSING_INFORMATION or said.read[1]:
        return
    if not said.meaning("lack") + said.meaning("lacking"):
        yield Failure(Check.SUBJECT, "lack-not-stated")
    for fact in said.of_kind("form"):
        if fact.id not in said.slotted:
            yield Failure(Check.SUBJECT, "not-told", fact.id)


CHECKS: tuple[Checker, ...] = (lacking,)
