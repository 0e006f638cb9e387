"""Decisions that wait to be told, and marks that are counted, on both databases."""

from datetime import date

import pytest

from pipelines.store import Database, Review, ReviewLog, RunStore
from pipelines.store.marks import Marks
from pipelines.store.outbox import Outbox

RUN, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def log(database: Database) -> ReviewLog:
    """The log of a store with a run of each of two portfolios."""
    for key, portfolio in ((RUN, "loans"), (OTHER, "cards")):
        RunStore(database, portfolio).begin(key, "reason", "cases", date(2026, 3, 2))
    return ReviewLog(database)


def add(log: ReviewLog, action: str, run_key: str = RUN, **more: object) -> int:
    given = {"run_key": run_key, "application_id": "A1", "reviewer": "r7", "action": action,
             "recommendation": "approve", "evidence_digest": "2" * 64}  # fmt: skip
    return log.append(Review.model_validate({**given, **more})).id


def waiting(outbox: Outbox) -> list[int]:
    return [each.id for each in outbox.waiting(10)]


def test_decisions_wait_in_order_until_they_are_told(database: Database, log: ReviewLog) -> None:
    outbox = Outbox(database, "loans", "webhook")
    assert waiting(outbox) == []
    add(log, "accept")
    outbox.begin()
    add(log, "propose")
    first, second = add(log, "override"), add(log, "accept")
    add(log, "accept", OTHER)
    outbox.begin()
    assert waiting(outbox) == [first, second]
    assert [each.id for each in outbox.waiting(1)] == [first]
    outbox.told(second)
    outbox.told(first)
    assert waiting(outbox) == []
    assert waiting(Outbox(database, "loans", "another")) == []


def test_the_last_mark_of_a_person_on_a_sentence_counts(database: Database, log: ReviewLog) -> None:
    def mark(claim: int, verdict: str, **more: object) -> int:
        return add(log, "mark", comment=f"claim {claim}", reason_code=verdict, **more)  # type: ignore[arg-type]

    mark(0, "right")
    last = mark(0, "wrong")
    mark(0, "right", reviewer="r8")
    mark(1, "useless")
    mark(0, "right", run_key=OTHER)
    mark(0, "right", evidence_digest="3" * 64)
    add(log, "mark", comment="claim 1", reason_code="splendid")
    marks = Marks(database, "loans")
    assert marks.counts() == {"right": 2, "wrong": 1, "useless": 1}
    assert marks.counts(OTHER) == {"right": 0, "wrong": 0, "useless": 0}
    assert [each.mark.claim for each in marks.after(last)] == [0, 1, 0]
