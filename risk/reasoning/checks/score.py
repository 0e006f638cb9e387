"""Checks against the score: direction, rank, level, and the fields that a driver speaks of."""

import re
from collections.abc import Iterator, Sequence

from risk.casefile import Fact
from risk.reasoning import slots
from risk.reasoning.checks.said import Checker, Failure, Said
from risk.reasoning.checks.subjects import about
from risk.reasoning.claims import ClaimKind
from risk.reasoning.findings import Check
from risk.reasoning.lexicon import attributes, scales
from risk.reasoning.lexicon.subjects import named


def direction(said: Said) -> Iterator[Failure]:
    """A claim on the score has the score's direction, in its field and in its words."""
    if said.claim is None:
        return
    for fact in said.of_kind("score"):
        if fact.direction != said.claim.direction:
            yield Failure(Check.DIRECTION, "against-score", fact.id)
    moves = scales.moves_risk(slots.without(said.sentence))
    # A driver has one side; elsewhere what goes the other way may be told first.
    driver = said.kind is ClaimKind.SCORE_DRIVER
    if moves and (moves[-1] != said.claim.direction or (driver and len(set(moves)) > 1)):
        yield Failure(Check.DIRECTION, "words")


def rank(said: Said) -> Iterator[Failure]:
    """Words of order agree with the order of the score's factors of that direction."""
    scored = said.of_kind("score")
    if not any(fact.rank for fact in scored):
        return
    side = {fact.direction for fact in scored}
    last = max(f.rank or 0 for f in said.case.of_kind("score") if f.direction in side)
    for clause, words in _ordered(said):
        spoken = [fact for fact in scored if _spoken(fact, clause, said)]
        ranks = [fact.rank for fact in (spoken if len(spoken) == 1 else scored) if fact.rank]
        wrong = {
            "first": min(ranks) != 1,
            "last": max(ranks) != last,
            "later": max(ranks) == 1,
            "not-first": min(ranks) == 1,
        }
        for place, word in words.items():
            if wrong[place]:
                yield Failure(Check.RANK, "against-order", "", word)


def _ordered(said: Said) -> Iterator[tuple[str, dict[scales.Place, str]]]:
    """The clauses that place something in an order, with their words for it."""
    clauses = re.split("[，。；,;]", said.sentence)
    found = [(each, scales.rank_words(_without_labels(each, said))) for each in clauses]
    whole = scales.rank_words(said.bare)
    told = [(clause, words) for clause, words in found if words]
    yield from told if told or not whole else [(said.sentence, whole)]


def _without_labels(clause: str, said: Said) -> str:
    bare = slots.without(clause)
    for label in sorted({t for f in said.facts for t in (f.label.zh, f.label.en)}, key=len)[::-1]:
        bare = bare.replace(label, " ")
    return bare


def _spoken(score: Fact, clause: str, said: Said) -> bool:
    """Whether a clause speaks of a factor: by a slot, by its label, or by its subject."""
    for match in slots.SLOT.finditer(clause):
        slot = slots.read(match[1])
        fact = said.case.by_id.get(slot.fact) if slot else None
        if fact is not None and fact.code == score.code:
            return True
    return _at(score, clause, said) >= 0


def _at(score: Fact, text: str, said: Said) -> int:
    """Where a text first speaks of a factor; -1 where it does not."""
    found = [m.start() for m in slots.SLOT.finditer(text) if _code(m[1], said) == score.code]
    bare = slots.SLOT.sub(lambda m: " " * len(m[0]), text)
    others: set[str] = set()
    for other in said.of_kind("score"):
        if other.code != score.code:
            others |= about(other, said.case)
    own = about(score, said.case) - others
    found += [
        bare.lower().find(word) for name, word in named(bare, "subject").items() if name in own
    ]
    found += [bare.find(t) for t in (score.label.zh, score.label.en) if t in bare]
    return min(found, default=-1)


def _code(body: str, said: Said) -> str:
    slot = slots.read(body)
    fact = said.case.by_id.get(slot.fact) if slot else None
    return fact.code if fact else ""


def pair(said: Said) -> Iterator[Failure]:
    """Of two factors, the one told as the greater has the higher rank."""
    scored = said.of_kind("score")
    order = scales.pair_order(slots.SLOT.sub("{}", said.sentence))
    if len(scored) != 2 or order is None or not (scored[0].rank and scored[1].rank):
        return
    places = [_at(fact, said.sentence, said) for fact in scored]
    if min(places) < 0 or scored[0].direction != scored[1].direction:
        return
    first = scored[0] if places[0] < places[1] else scored[1]
    greater = min(scored, key=lambda fact: fact.rank or 0)
    if (first is greater) != (order == "first"):
        yield Failure(Check.RANK, "pair", first.id)


def placed_rank(said: Said) -> Iterator[Failure]:
    """A rank slot belongs to a factor that the sentence speaks of."""
    scored = said.of_kind("score")
    for placed in said.placed:
        fact, slot = placed.fact, placed.slot
        if slot is None or slot.part != "rank" or fact is None or len(scored) < 2:
            continue
        if not any(
            p.slot and p.slot.part != "rank" and p.fact and p.fact.code == fact.code
            for p in said.placed
        ):
            yield Failure(Check.RANK, "of-another", fact.id)


def level(said: Said) -> Iterator[Failure]:
    """A value called high or low is so among applicants; of two compared, the larger is."""
    standings = [
        (fact.below, fact.above)
        for fact in _values(said)
        if fact.below is not None and fact.above is not None
    ]
    words = scales.level_words(said.bare)
    if not standings:
        return
    low, high = (
        all(share >= 50 for share in side)
        for side in ([a for _, a in standings], [b for b, _ in standings])
    )
    wrong = {"high": low, "not-low": low, "low": high, "not-high": high}
    for place, word in words.items():
        if wrong[place]:
            yield Failure(Check.LEVEL, _WRONG_LEVEL[place], "", word)


_WRONG_LEVEL = {"high": "not-high", "low": "not-low", "not-high": "is-high", "not-low": "is-low"}


def _values(said: Said) -> Sequence[Fact]:
    """The form facts that a claim cites or, where it cites none, those behind its score facts."""
    cited = said.of_kind("form")
    fields = {fact.field for fact in said.of_kind("score")}
    return cited or tuple(f for f in said.case.of_kind("form") if f.field in fields)


def feature(said: Said) -> Iterator[Failure]:
    """A claim on the score speaks of the fields behind the reason codes it cites, and no other."""
    codes = {fact.code for fact in said.of_kind("score")}
    if not codes:
        return
    for fact in said.of_kind("form"):
        if fact.code not in codes:
            yield Failure(Check.FEATURE, "other-field", fact.id)
    facts = said.case.facts
    own = " ".join(f"{f.label.zh} {f.label.en}" for f in facts if f.code in codes).lower()
    for fact in said.case.of_kind("form", "score"):
        for label in {fact.label.zh, fact.label.en}:
            foreign = fact.code not in codes and len(label) > 1 and label.lower() not in own
            if foreign and attributes.mentions(said.bare, label):
                yield Failure(Check.FEATURE, "other-label", fact.id, label)


CHECKS: tuple[Checker, ...] = (direction, rank, pair, placed_rank, level, feature)
