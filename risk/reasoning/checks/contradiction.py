"""Checks of two sides against each other: contradictions, comparisons."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from risk.casefile import Fact
from risk.reasoning.checks import amounts
from risk.reasoning.checks.said import Checker, Failure, Said
from risk.reasoning.checks.subjects import about
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import denial, scales
from risk.redaction import fold


def sides(said: Said) -> Iterator[Failure]:
    """A contradiction has two sides, quoted or given by the form, and they do differ."""
    if said.kind is not ClaimKind.CONTRADICTION:
        return
    quoted = {quote.fact for quote in said.quotes}
    found: list[Fact | str] = [quote.text for quote in said.quotes]
    for fact in said.facts:
        if fact.kind == "document" and fact.id not in quoted:
            yield Failure(Check.CONTRADICTION, "unquoted-side", fact.id)
        elif fact.kind == "form" and fact.value is None:
            yield Failure(Check.CONTRADICTION, "side-is-missing", fact.id)
        elif fact.kind != "document":
            found.append(fact)
    if len(found) < 2:
        yield Failure(Check.CONTRADICTION, "one-side")
    if any(_agree(one, other) for one, other in combinations(found, 2)):
        yield Failure(Check.CONTRADICTION, "sides-agree")


def subject(said: Said) -> Iterator[Failure]:
    """The sides of a contradiction are about one thing."""
    if said.kind is not ClaimKind.CONTRADICTION:
        return
    told = [about(fact, said.case) for fact in said.of_kind("document")]
    form = [
        its for fact in said.of_kind("form") if "application" not in (its := about(fact, said.case))
    ]
    # A date of application may stand by; all that the form says counts as one side.
    known = [its for its in (*told, frozenset[str]().union(*form)) if its]
    if any(not one & other for one, other in combinations(known, 2)):
        yield Failure(Check.CONTRADICTION, "other-subject", said.facts[-1].id)


def wording(said: Said) -> Iterator[Failure]:
    """A contradiction says that its sides differ, and not that they agree."""
    if said.kind is not ClaimKind.CONTRADICTION:
        return
    if denial.compares(said.own) == {"agrees"}:
        yield Failure(Check.CONTRADICTION, "said-to-agree")


def comparison(said: Said) -> Iterator[Failure]:
    """Of two numbers that a sentence compares, the one called larger is the larger."""
    for one, other in pairwise(said.placed):
        order = scales.compared(other.lead)
        if order is None or not amounts.comparable(one, other):
            continue
        a, b = amounts.of_slot(one), amounts.of_slot(other)
        if a is not None and b is not None and not _holds(a, b, order.way, denied=order.denied):
            yield Failure(Check.LEVEL, "comparison", "", other.lead.strip())


def _holds(a: float, b: float, way: str, *, denied: bool) -> bool:
    larger = a > b if way == "larger" else a < b
    return larger != denied


CHECKS: tuple[Checker, ...] = (sides, subject, wording, comparison)


def _agree(one: Fact | str, other: Fact | str) -> bool:
    """Whether two sides of a contradiction say the same."""
    if isinstance(one, Fact) and isinstance(other, Fact):
        return one.field == other.field
    if isinstance(one, str) and isinstance(other, str):
        return _plain(one) == _plain(other)
    fact, text = (one, other) if isinstance(one, Fact) else (other, one)
    if not isinstance(fact, Fact) or not isinstance(text, str):
        return False
    if isinstance(fact.value, float):
        value = fact.value
        return any(abs(value - number) <= 1e-9 * abs(number) for number in amounts.amounts(text))
    said = {_plain(fact.display.zh), _plain(fact.display.en), _plain(str(fact.value))} - {""}
    return any(each in _plain(text) for each in said)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", fold(text)).lower()
