"""Cases of delivered nights come to the desk once, stay up to date, and go with their run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from pipelines.errors import StoreError
from pipelines.store import CaseStore, Database, RunStore
from pipelines.store.desk import Desk, Wanted
from pipelines.store.desk import taking_in as taking
from risk.desk import Act, DeskSettings, StaleError, State, priority
from risk.policy import Recommendation
from tests.pipelines.store.conftest import stored
from tests.pipelines.store.desk.conftest import (
    DAY,
    LI,
    RUN,
    SETTINGS,
    ZHAO,
    Night,
    asked_for,
    doubtful,
    key,
)  # fmt: skip

Raw = Callable[..., list[tuple[object, ...]]]
OTHER = "b" * 64


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, "loans")


def ids(desk: Desk) -> list[str]:
    return sorted(row.application_id for row in desk.page(Wanted()).rows)


def test_a_case_is_laid_with_what_its_record_says(
    database: Database, desk: Desk, night: Night
) -> None:
    night([asked_for("A1", 30_000.0)])
    assert desk.take_in(SETTINGS) == 1
    row = desk.find(key("A1"))
    run = RunStore(database, "loans").find(RUN)
    assert row is not None
    assert run is not None
    assert run.finished_at is not None
    assert (row.run_key, row.application_id, row.portfolio) == (RUN, "A1", "loans")
    assert (row.business_date, row.grade, row.pd, row.points) == (DAY, "B2", 0.125, 601.5)
    assert (row.product, row.amount, row.expected_loss) == ("car", 30_000.0, 3_750.0)
    assert (row.queued_at, row.due_at) == (run.finished_at, run.finished_at + timedelta(hours=24))
    assert row.priority == priority(3_750.0, run.finished_at, SETTINGS)
    assert (row.state, row.decided, row.outcome) == (State.OPEN, False, "")
    assert (row.holder, row.proposer, row.proposal) == ("", "", None)
    assert row.recommendation is Recommendation.REFER
    assert row.model_recommendation is Recommendation.APPROVE
    assert (row.pending, row.struck, row.suspected, row.moved) == (False, 0, False, True)
    assert row.evidence_digest == "2" * 64


def test_orders_in_documents_and_struck_sentences_are_seen(desk: Desk, night: Night) -> None:
    night([doubtful("A1")])
    desk.take_in(SETTINGS)
    row = desk.find(key("A1"))
    assert row is not None
    assert (row.suspected, row.struck) == (True, 2)


@pytest.mark.parametrize("amount", [None, "ten thousand"])
def test_an_amount_that_is_none_is_unknown(desk: Desk, night: Night, amount: object) -> None:
    night([asked_for("A1", amount, product=None), asked_for("A2", 1.0, product=3.0)])
    desk.take_in(SETTINGS)
    unknown, known = desk.find(key("A1")), desk.find(key("A2"))
    assert unknown is not None
    assert known is not None
    assert (unknown.amount, unknown.expected_loss, unknown.product) == (None, None, "")
    assert (unknown.priority, known.product) == (known.priority, "3.0")


def test_without_fields_to_look_at_nothing_is_known(desk: Desk, night: Night) -> None:
    night([asked_for("A1")])
    desk.take_in(DeskSettings())
    row = desk.find(key("A1"))
    assert row is not None
    assert (row.amount, row.product) == (None, "")


def test_nothing_is_laid_twice(desk: Desk, night: Night) -> None:
    night([asked_for("A1"), asked_for("A2")])
    assert [desk.take_in(SETTINGS) for _ in range(3)] == [2, 0, 0]
    assert ids(desk) == ["A1", "A2"]


def test_cases_of_a_night_under_way_are_not_seen(desk: Desk, night: Night) -> None:
    night([asked_for("A1")], delivered=False)
    assert desk.take_in(SETTINGS) == 0
    night([asked_for("A1")])
    assert desk.take_in(SETTINGS) == 1


def test_other_jobs_and_other_portfolios_lay_nothing(
    database: Database, desk: Desk, night: Night
) -> None:
    night([asked_for("A1")], delivered=False)
    for job in ("score", "nightly", "late"):
        runs = RunStore(database, "loans")
        runs.begin(RUN, job, "cases", DAY)  # type: ignore[arg-type]
        runs.finish(RUN, "done", {})
    assert desk.take_in(SETTINGS) == 0
    night([asked_for("A1")])
    assert Desk(database, "cards").take_in(SETTINGS) == 0
    assert desk.take_in(SETTINGS) == 1
    assert Desk(database, "cards").find(key("A1")) is None


def test_a_night_is_laid_in_parts_and_goes_on_where_it_stopped(
    desk: Desk, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 3)
    night([asked_for(f"A{n}") for n in range(8)])
    told: list[int] = []

    def stop(laid: int) -> None:
        told.append(laid)
        if laid == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.take_in(SETTINGS, stop)
    assert len(ids(desk)) == 6
    assert desk.take_in(SETTINGS, told.append) == 2
    assert told == [3, 6, 2]


def test_two_who_take_in_at_once_lay_each_case_once(
    where: str, desk: Desk, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 5)
    night([asked_for(f"A{n}") for n in range(40)])
    with Database.open(where) as other, ThreadPoolExecutor(2) as threads:
        desks = (desk, Desk(other, "loans"))
        laid = sum(threads.map(lambda each: each.take_in(SETTINGS), desks))
    assert laid == 40
    assert len(ids(desk)) == 40


def answer(database: Database, application_id: str, evidence: str) -> None:
    record = asked_for(application_id, 500.0, evidence=evidence)
    CaseStore(database, "loans").put([stored(record, DAY, attempts=2)])


def test_a_pending_case_is_refreshed_when_it_is_answered(
    database: Database, desk: Desk, night: Night
) -> None:
    night([asked_for("A1", status="pending"), asked_for("A2", status="pending")])
    desk.take_in(SETTINGS)
    desk.claim(key("A1"), LI)
    before = desk.find(key("A1"))
    answer(database, "A1", "3" * 64)
    assert desk.take_in(SETTINGS) == 0
    row, other = desk.find(key("A1")), desk.find(key("A2"))
    assert row is not None
    assert before is not None
    assert other is not None
    assert (before.pending, row.pending, other.pending) == (True, False, True)
    assert (row.evidence_digest, row.amount, row.holder) == ("3" * 64, 500.0, "li")
    assert row.queued_at == before.queued_at
    assert row.priority < before.priority


def found(desk: Desk, wanted: Wanted) -> set[tuple[str, str]]:
    return {(row.run_key[0], row.application_id) for row in desk.page(wanted).rows}


def replaced(database: Database, desk: Desk, night: Night) -> None:
    """Six cases, of which people touch the last four and decide one; another run replaces them."""
    night([asked_for(f"A{n}") for n in range(6)])
    night([asked_for("A1")], run="c" * 64, day=date(2026, 3, 1))
    desk.take_in(SETTINGS)
    evidence = "2" * 64
    desk.act(key("A2"), Act("decide", "approve", "", "", evidence), LI, SETTINGS)
    desk.act(key("A3"), Act("decide", "decline", "other", "no", evidence), LI, SETTINGS)
    desk.claim(key("A4"), LI)
    desk.claim(key("A5"), LI)
    desk.release(key("A5"), LI)
    CaseStore(database, "loans").supersede(DAY, OTHER)
    night([asked_for("A1"), asked_for("A4")], run=OTHER)
    assert desk.take_in(SETTINGS) == 2


def test_cases_of_a_replaced_run_go_and_what_people_touched_leaves_the_queues(
    database: Database, desk: Desk, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    replaced(database, desk, night)
    assert found(desk, Wanted()) == {("b", "A1"), ("b", "A4"), ("c", "A1")}
    assert found(desk, Wanted(state=State.DECIDED)) == {("a", "A2")}
    kept = {("a", "A3"), ("a", "A4"), ("a", "A5")}
    assert found(desk, Wanted(state=State.REPLACED)) == kept
    assert found(desk, Wanted(search="A4")) == {("a", "A4"), ("b", "A4")}
    assert desk.counts("li")["mine"] == desk.counts("li")["second"] == 0
    row, newer = desk.find(key("A4")), desk.find(key("A4", OTHER))
    assert row is not None
    assert newer is not None
    assert (row.holder, row.proposer, row.proposal, row.outcome) == ("", "", None, "")
    assert desk.others(row) == (newer,)
    assert desk.others(newer) == (row,)
    assert desk.take_in(SETTINGS) == 0


def test_nobody_works_on_a_replaced_case(database: Database, desk: Desk, night: Night) -> None:
    replaced(database, desk, night)
    with pytest.raises(StaleError) as caught:
        desk.claim(key("A4"), LI)
    assert caught.value.why == "gone"
    with pytest.raises(StaleError) as caught:
        desk.act(key("A3"), Act("confirm", None, "", "", "2" * 64), ZHAO, SETTINGS)
    assert caught.value.why == "gone"


def test_a_run_that_is_made_once_more_comes_back_whole(
    database: Database, desk: Desk, night: Night
) -> None:
    replaced(database, desk, night)
    CaseStore(database, "loans").supersede(DAY, RUN)
    night([asked_for(f"A{n}") for n in range(6)])
    assert desk.take_in(SETTINGS) == 2
    assert found(desk, Wanted()) == {("c", "A1"), *(("a", f"A{n}") for n in (0, 1, 3, 4, 5))}
    row = desk.find(key("A3"))
    assert row is not None
    assert (row.state, row.decided) == (State.OPEN, False)
    desk.claim(key("A3"), LI)


def test_a_record_that_cannot_be_read_is_named_and_not_quoted(
    desk: Desk, night: Night, raw: Raw
) -> None:
    night([asked_for("A1")])
    raw("""update cases set record = '{"case": "Wang Xiaoming"}'""")
    with pytest.raises(
        StoreError, match=r"case A1 of run a+ in the store cannot be read"
    ) as caught:
        desk.take_in(SETTINGS)
    assert "Xiaoming" not in str(caught.value)
