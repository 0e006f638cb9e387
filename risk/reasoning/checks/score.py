"""Checks against the score: direction, rank, level, and the fields that a driver speaks of."""

from collections.abc import Iterator

from risk.casefile import Fact
from risk.reasoning.checks.said import Checker, Failure, Said
from risk.reasoning.claims import ClaimKind
from risk.reasoning.clauses import Clause
from risk.reasoning.findings import Check

SCORED = (ClaimKind.SCORE_DRIVER, ClaimKind.COUNTER)


def direction(said: Said) -> Iterator[Failure]:
    """A claim has one direction, in its field and its words: that of the score facts it cites."""
    if said.claim is None:
        return
    for fact in said.of_kind("score"):
        if fact.direction != said.claim.direction:
            yield Failure(Check.DIRECTION, "against-score", fact.id)
    moves = [way for word in ("moves", "move", "moved") for way in said.meaning(word)]
    if said.kind in SCORED and not moves and not said.read[1]:
        yield Failure(Check.DIRECTION, "not-stated")
    if any(way != said.claim.direction for way in moves):
        yield Failure(Check.DIRECTION, "words")


def rank(said: Said) -> Iterator[Failure]:
    """The main factor is the first of its direction, a secondary one is not."""
    scored = {fact.code: fact for fact in said.of_kind("score")}
    spoken = next(iter(scored.values())) if len(scored) == 1 else None
    for clause, codes in said.factors:
        if codes:
            spoken = scored.get(codes[0]) if len(set(codes)) == 1 else None
        meant = clause.words.get("rank")
        if meant and (spoken is None or (meant == "first") != (spoken.rank == 1)):
            yield Failure(Check.RANK, "against-order", "", clause.text)


def order(said: Said) -> Iterator[Failure]:
    """Of two factors the one of higher rank is told first.

    Two that are told to act both are two: fields of one reason code act as one.
    """
    ranks = {fact.code: fact.rank or 0 for fact in said.of_kind("score")}
    told = list(dict.fromkeys(code for _, codes in said.factors for code in codes if code in ranks))
    both = [codes for clause, codes in said.factors if "Y" in clause.slots]
    one = any(len(set(codes)) < len(codes) for codes in both)
    if one or [ranks[code] for code in told] != sorted(ranks[code] for code in told):
        yield Failure(Check.RANK, "pair")


def level(said: Said) -> Iterator[Failure]:
    """A value called high or low is so among applicants; it is that of the field named last."""
    form, last = said.of_kind("form"), None
    for clause in said.clauses:
        last = _last(said, clause) or last
        meant = clause.words.get("level")
        if meant is None:
            continue
        fields = [fact for fact in form if last is None or fact.code == last.code]
        fields = [last] if last is not None and last.kind == "form" else fields
        if len(fields) != 1 or not _stands(fields[0], meant):
            yield Failure(Check.LEVEL, f"not-{meant}", last.id if last else "", clause.text)


def _stands(fact: Fact, meant: str) -> bool:
    share = fact.below if meant == "high" else fact.above
    return share is not None and share >= 50


def referred(said: Said) -> Iterator[Failure]:
    """A standing, rank or wording without a name is that of what was named last, or else first."""
    last: Fact | None = None
    before: list[tuple[Fact, Clause]] = []
    for clause in said.clauses:
        held = _last(said, clause)
        if held is None:
            continue
        if ".label}" in clause.text:
            last = held
        else:
            before.append((held, clause))
        if last is None:
            continue
        for one, its in before:
            if not _same(one, last):
                yield Failure(Check.FEATURE, "of-another", one.id, its.text)
        before.clear()


def _last(said: Said, clause: Clause) -> Fact | None:
    """The last field, factor or tie that a clause speaks of."""
    facts = [fact for fact in map(said.fact, clause.slots.values()) if fact and not fact.document]
    return facts[-1] if facts else None


def _same(one: Fact, other: Fact) -> bool:
    both_fields = one.kind == other.kind == "form"
    return one.id == other.id if both_fields else one.code == other.code


def feature(said: Said) -> Iterator[Failure]:
    """A claim on the score speaks of the fields behind the reason codes it cites, and no other."""
    codes = {fact.code for fact in said.of_kind("score")}
    for fact in said.of_kind("form") if said.kind in SCORED else ():
        if fact.code not in codes:
            yield Failure(Check.FEATURE, "other-field", fact.id)


CHECKS: tuple[Checker, ...] = (direction, rank, order, level, referred, feature)
