"""What people decided and said, counted by the store as the log itself tells it."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from pipelines.store import Database, Review, ReviewLog, RunStore
from pipelines.store.marks import VERDICTS, Marks, marks_of
from pipelines.store.overrides import Decided, Overrides

FIRST = date(2026, 3, 2)
LAST = FIRST + timedelta(1)
ON_DATABASES = settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_numbers = count()


class Said(NamedTuple):
    """Something that somebody did, about a case of one of three days."""

    day: int
    application: str
    reviewer: str
    action: str
    reason: str
    outcome: str
    claim: int
    evidence: str


SAID = st.builds(
    Said,
    day=st.integers(0, 2),
    application=st.sampled_from(["A1", "A2"]),
    reviewer=st.sampled_from(["r7", "李"]),
    action=st.sampled_from(["accept", "override", "mark", "comment"]),
    reason=st.sampled_from([*VERDICTS, "security", ""]),
    outcome=st.sampled_from(["approve", "decline"]),
    claim=st.integers(0, 1),
    evidence=st.sampled_from(["2" * 64, "3" * 64]),
)


def write(database: Database, said: list[Said]) -> tuple[str, list[str]]:
    """The log of a portfolio of its own, with a run a day: the portfolio and its runs."""
    portfolio = f"loans {next(_numbers)}"
    keys = [f"{next(_numbers):064x}" for _ in range(3)]
    for place, key in enumerate(keys):
        RunStore(database, portfolio).begin(key, "reason", "cases", FIRST + timedelta(place))
    log = ReviewLog(database)
    for each in said:
        decides = each.action in ("accept", "override")
        given = {
            "run_key": keys[each.day],
            "application_id": each.application,
            "reviewer": each.reviewer,
            "action": each.action,
            "recommendation": each.outcome if decides else None,
            "reason_code": each.reason,
            "comment": f"claim {each.claim}",
            "evidence_digest": each.evidence,
        }
        log.append(Review.model_validate(given))
    return portfolio, keys


@ON_DATABASES
@given(said=st.lists(SAID, max_size=12))
def test_counts_are_those_of_the_log_read_line_by_line(
    database: Database, said: list[Said]
) -> None:
    portfolio, keys = write(database, said)
    inside = [each for each in said if each.day < 2]
    expected = Counter(
        Decided(each.reviewer, each.action == "override", each.reason, each.outcome, 0)
        for each in inside
        if each.action in ("accept", "override")
    )
    found = Overrides(database, portfolio).counts((FIRST, LAST))
    assert {each._replace(cases=0): each.cases for each in found} == expected

    last = {
        (keys[each.day], each.application, each.reviewer, each.claim, each.evidence): each.reason
        for each in said
        if each.action == "mark" and each.reason in VERDICTS
    }
    by_run: dict[str, Counter[str]] = {}
    for (key, *_), verdict in last.items():
        by_run.setdefault(key, Counter(dict.fromkeys(VERDICTS, 0)))[verdict] += 1
    marks = Marks(database, portfolio)
    assert marks.by_run((FIRST, LAST)) == {k: v for k, v in by_run.items() if k != keys[2]}
    assert Counter(marks.counts()) == Counter(last.values())
    for key in keys:
        told = Counter(each.mark.verdict for each in marks_of(database, key))
        assert told == Counter({k: n for k, n in by_run.get(key, Counter()).items() if n})


@ON_DATABASES
@given(said=st.lists(SAID, max_size=12), reviewer=st.sampled_from(["", "r7"]))
def test_overrides_come_one_by_one_the_youngest_run_first(
    database: Database, said: list[Said], reviewer: str
) -> None:
    portfolio, _ = write(database, said)
    expected = [
        (FIRST + timedelta(day), each.application, each.reviewer, each.reason, each.outcome)
        for day in (1, 0)
        for each in said
        if each.day == day and each.action == "override" and reviewer in ("", each.reviewer)
    ]
    found = Overrides(database, portfolio).each((FIRST, LAST), reviewer)
    assert [
        (each.business_date, each.application_id, each.reviewer, each.reason_code, each.outcome)
        for each in found
    ] == expected
    assert not list(Overrides(database, "another").each((FIRST, LAST)))


@ON_DATABASES
@given(said=st.lists(SAID, max_size=12))
def test_declined_are_those_of_the_log_read_line_by_line(
    database: Database, said: list[Said]
) -> None:
    portfolio, _ = write(database, said)
    expected = {
        each.application
        for each in said
        if each.action in ("accept", "override") and each.outcome == "decline" and each.day < 2
    }
    found = Overrides(database, portfolio).declined((FIRST, LAST))
    assert [application for application, _ in found] == sorted(expected)
    assert all(abs((day - date.today()).days) <= 1 for _, day in found)


ASKED: dict[str, tuple[Callable[[Database], object], str]] = {
    "counts": (lambda d: Overrides(d, "loans").counts((FIRST, LAST)), "ix_reviews_deciding"),
    "each": (lambda d: list(Overrides(d, "loans").each((FIRST, LAST))), "ix_reviews_deciding"),
    "by run": (lambda d: Marks(d, "loans").by_run((FIRST, LAST)), "ix_reviews_marking"),
    "of a run": (lambda d: marks_of(d, "a" * 64), "ix_reviews_marking"),
}


@pytest.mark.parametrize("asked", ASKED)
def test_no_answer_needs_the_whole_log(asked: str, database: Database) -> None:
    """What a question costs at a million reviews follows from how each is found."""
    RunStore(database, "loans").begin("a" * 64, "reason", "cases", FIRST)
    ask, index = ASKED[asked]
    plans = [plan for plan in planned(database, ask) if "reviews" in plan]
    assert plans
    for plan in plans:
        assert index in plan
        assert not re.search(r"SCAN (reviews|later)|Seq Scan on reviews", plan), plan


def planned(database: Database, ask: Callable[[Database], object]) -> list[str]:
    """How the database goes about each statement of a question, had it many rows."""
    seen: list[tuple[str, object]] = []
    engine = database._engine

    def note(_: object, __: object, statement: str, given: object, *___: object) -> None:
        seen.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)
    ask(database)
    event.remove(engine, "before_cursor_execute", note)
    plans = []
    with database.reading() as connection:
        postgresql = connection.dialect.name == "postgresql"
        for name in ("seqscan", "bitmapscan") if postgresql else ():
            connection.exec_driver_sql(f"SET enable_{name} = off")
        explain = "EXPLAIN" if postgresql else "EXPLAIN QUERY PLAN"
        for statement, given in (each for each in seen if each[0].startswith("SELECT")):
            rows = connection.exec_driver_sql(f"{explain} {statement}", given)
            plans.append("\n".join(str(row[-1]) for row in rows))
    return plans
