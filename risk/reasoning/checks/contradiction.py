"""Checks of contradictions: two sides, about one thing, that do differ."""

import re
from collections.abc import Iterator
from itertools import combinations, product

from risk.casefile import Fact
from risk.reasoning.checks import amounts
from risk.reasoning.checks.said import Checker, Failure, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon.subjects import of_field, of_sentence
from risk.redaction import fold


def sides(said: Said) -> Iterator[Failure]:
    """A contradiction has two sides, quoted or given by the form, and they do differ."""
    if said.kind is not ClaimKind.CONTRADICTION:
        return
    quoted = {quote.fact for quote in said.quotes}
    found: list[Fact | str] = [quote.text for quote in said.quotes]
    for fact in said.facts:
        if fact.kind not in ("document", "form", "contradiction"):
            continue
        if fact.id not in quoted | said.shown:
            yield Failure(Check.CONTRADICTION, "unquoted-side", fact.id)
        elif fact.kind == "document" and fact.id not in quoted:
            found.append(str(fact.value))
        elif fact.kind == "form" and fact.value is None:
            yield Failure(Check.CONTRADICTION, "side-is-missing", fact.id)
        elif fact.kind == "form":
            found.append(fact)
    # A contradiction that the file states has both sides in it, compared by code already.
    if len(found) < 2 and (found or not said.of_kind("contradiction")):
        yield Failure(Check.CONTRADICTION, "one-side")
    if any(_agree(one, other) for one, other in combinations(found, 2)):
        yield Failure(Check.CONTRADICTION, "sides-agree")


def subject(said: Said) -> Iterator[Failure]:
    """The sides of a contradiction are about one thing."""
    if said.kind is not ClaimKind.CONTRADICTION:
        return
    told = [its for f in said.of_kind("document") if (its := of_sentence(str(f.value)))]
    # A date of application may stand by; fields are set against the documents, or each other.
    form = [its for f in said.of_kind("form") if (its := _about(f)) and "application" not in its]
    pairs = [*combinations(told or form, 2), *product(told, form)]
    if any(not one & other for one, other in pairs):
        yield Failure(Check.CONTRADICTION, "other-subject", said.facts[-1].id)


def _about(field: Fact) -> frozenset[str]:
    """The subjects that a field of the form is about; none where no word is known."""
    texts = [field.label.zh, field.label.en]
    if isinstance(field.value, str):
        texts += [field.display.zh, field.display.en]
    return of_field("\n".join(texts))


def wording(said: Said) -> Iterator[Failure]:
    """A contradiction says that its sides conflict."""
    if said.kind is not ClaimKind.CONTRADICTION:
        return
    if not said.read[1] and not said.meaning("conflict") + said.meaning("conflicts"):
        yield Failure(Check.CONTRADICTION, "not-stated")


CHECKS: tuple[Checker, ...] = (sides, subject, wording)


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
