"""Checks of what a text speaks of against what it cites: subjects, labels, periods, what is there.

A subject that `lexicon/words.toml` does not know is passed over.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from risk.casefile import CaseFile, Fact
from risk.reasoning.checks.said import Checker, Failure, Placed, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import denial
from risk.reasoning.lexicon.subjects import borne, named


def about(fact: Fact, case: CaseFile) -> frozenset[str]:
    """The subjects that a fact is a basis for speaking of; none where no word is known."""
    texts = [fact.label.zh, fact.label.en]
    if fact.kind == "document":
        texts = [str(fact.value)]
    elif isinstance(fact.value, str):
        texts += [fact.display.zh, fact.display.en]
    elif fact.kind == "score":
        # A code speaks of all the fields that it stands for.
        same = (f.label for f in case.of_kind("form") if f.code == fact.code)
        texts += [text for label in same for text in (label.zh, label.en)]
    return borne("\n".join(texts), "subject")


def based(said: Said) -> Iterator[Failure]:
    """Every subject that a claim speaks of is one that a fact it cites bears on."""
    # A question may ask for anything; what it says of a value is checked beside the slot.
    if said.claim is None or said.kind is ClaimKind.MISSING_INFORMATION or not said.facts:
        return
    known = frozenset[str]().union(*(about(fact, said.case) for fact in said.facts))
    for subject, word in named(said.own, "subject").items():
        if subject not in known:
            yield Failure(Check.SUBJECT, "not-cited", "", word)


def beside(said: Said) -> Iterator[Failure]:
    """The words that lead to a value name the fact that it comes from."""
    for placed in said.placed:
        fact = placed.fact
        if not placed.value or fact is None or fact.kind == "score":
            continue
        if fact.kind in ("form", "association") and (label := _other_label(placed, said.case)):
            yield Failure(Check.SUBJECT, "other-label", fact.id, label)
            continue
        spoken = named(placed.clause, "subject")
        its = about(fact, said.case)
        if spoken and its and not its & set(spoken):
            yield Failure(Check.SUBJECT, "other-slot", fact.id, next(iter(spoken.values())))


def _other_label(placed: Placed, case: CaseFile) -> str:
    """The label of another field right before a value; empty where there is none."""
    fact = placed.fact
    if fact is None:
        return ""
    before = placed.clause.rstrip(' 为是：:达有约共（(“"').lower()
    before = re.sub(r"\s(?:is|was|of|at|as|stands at|comes to|amounts to|being)$", "", before)
    own = {fact.label.zh.lower(), fact.label.en.lower()}
    if any(label in before for label in own):
        return ""
    return next((said for said in _labels(case) if before.endswith(said)), "")


@lru_cache(maxsize=64)
def _cached_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(labels), key=len, reverse=True))


def _labels(case: CaseFile) -> tuple[str, ...]:
    """The labels of the form's fields, the longest first."""
    facts = case.of_kind("form")
    return _cached_labels(
        tuple(s.lower() for f in facts for s in (f.label.zh, f.label.en) if len(s) > 1)
    )


_BY_YEAR = re.compile(
    r"年收入|年薪|每年|一年|全年|年均|按年|annual|yearly|per year|a year|per annum", re.I
)
_BY_MONTH = re.compile(
    r"月收入|月薪|每月|每个月|月均|月供|按月|monthly|per month|a month|each month", re.I
)
_BY_DAY = re.compile(r"每日|每天|日均|daily|per day|a day|each day", re.I)
_PERIODS = (_BY_DAY, _BY_MONTH, _BY_YEAR)


def period(said: Said) -> Iterator[Failure]:
    """A value by the month is not given as one by the year."""
    for placed in said.placed:
        fact = placed.fact
        if not placed.value or fact is None or fact.kind == "score":
            continue
        text = f"{fact.label.zh} {fact.label.en}"
        if fact.kind == "document":
            text = placed.quote.text if placed.quote else str(fact.value)
        own = {at for at, by in enumerate(_PERIODS) if by.search(text)}
        spoken = {
            at
            for at, by in enumerate(_PERIODS)
            if by.search(f"{placed.clause} | {placed.tail[:16]}")
        }
        if own and spoken and not own & spoken:
            yield Failure(Check.SUBJECT, "other-period", fact.id)


def missing(said: Said) -> Iterator[Failure]:
    """What is called missing has no value, and what is called given has one."""
    absent = [f for f in said.of_kind("form") if f.value is None]
    states = denial.absence(said.own)
    if said.kind is ClaimKind.MISSING_INFORMATION and states == {"given"}:
        yield Failure(Check.SUBJECT, "said-to-be-there")
        return
    for placed in said.placed:
        if placed.slot is None or placed.slot.part != "label" or placed.fact is None:
            continue
        if placed.fact.kind != "form":
            continue
        after = denial.absence_right_after(placed.tail)
        if after == "absent" and placed.fact.value is not None and not absent:
            yield Failure(Check.SUBJECT, "not-missing", placed.fact.id)
        if after == "given" and placed.fact.value is None:
            yield Failure(Check.SUBJECT, "said-to-be-there", placed.fact.id)


CHECKS: tuple[Checker, ...] = (based, beside, period, missing)
