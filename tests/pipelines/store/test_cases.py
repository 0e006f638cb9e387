"""Cases are put once, taken up while they are pending, and left as they are once answered."""

import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from pipelines.cases import CaseRecord
from pipelines.errors import StoreError
from pipelines.store import CaseCount, CaseKey, CaseStore, Database, StoredCase
from tests.pipelines.store.conftest import case_record, stored

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Raw = Callable[..., list[tuple[object, ...]]]


def test_a_case_comes_back_as_it_was_put(database: Database, raw: Raw) -> None:
    cases, case = CaseStore(database), stored(case_record("A1"))
    assert cases.find(case.key) is None
    cases.put([case])
    assert cases.find(case.key) == case
    columns = "select status, recommendation, model_recommendation, pd, points, grade "
    (row,) = raw(columns + "from cases")
    assert row == ("answered", "refer", "approve", 0.125, 601.5, "B2")


def test_more_cases_than_one_transaction_takes_are_all_put(database: Database) -> None:
    record = case_record("A0")
    many = [stored(renamed(record, f"A{n}")) for n in range(2_345)]
    CaseStore(database).put(iter(many))
    assert CaseStore(database).counts() == (CaseCount(date(2026, 3, 2), "answered", 2_345),)


def renamed(record: CaseRecord, name: str) -> CaseRecord:
    score = record.score.model_copy(update={"application_id": name})
    return record.model_copy(update={"score": score})


status = st.sampled_from(["answered", "pending", "failed"])
some_cases = st.lists(
    st.builds(
        lambda name, how, said, attempts, minutes: stored(
            case_record(f"A{name}", how, said),
            attempts=attempts,
            next_try_at=None if minutes is None else NOW + minutes * timedelta(minutes=1),
        ),
        st.integers(0, 3),
        status,
        st.sampled_from(["", "x"]),
        st.integers(1, 3),
        st.none() | st.integers(0, 2),
    ),
    max_size=8,
)


@given(before=some_cases, again=some_cases)
@settings(max_examples=30, deadline=None)
def test_putting_twice_is_putting_once_and_answers_stay(
    tmp_path_factory: pytest.TempPathFactory, before: list[StoredCase], again: list[StoredCase]
) -> None:
    where = str(tmp_path_factory.mktemp("store") / "a.db")
    with Database.open(where) as database:
        cases = CaseStore(database)
        cases.put(before)
        held = {case.key: cases.find(case.key) for case in before}
        unique = list({case.key: case for case in again}.values())
        cases.put(unique)
        once = rows(database)
        cases.put(unique)
        assert rows(database) == once
        for key, case in held.items():
            now = cases.find(key)
            assert case is not None
            assert now is not None
            assert now.attempts >= case.attempts
            if case.record.rationale.status == "answered":
                assert now == case


def rows(database: Database) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        found = connection.exec_driver_sql("select * from cases order by run_key, application_id")
        return [tuple(row) for row in found]


def test_a_pending_case_is_put_off_tried_again_and_settled(database: Database) -> None:
    cases, case = CaseStore(database), stored(case_record("A1", "pending"))
    cases.put([case])
    assert cases.pending(NOW, 10) == (case,)
    assert cases.postpone(case.key, NOW + HOUR, attempts=2)
    cases.put([case])
    assert cases.pending(NOW, 10) == ()
    late = replace(case, attempts=2, next_try_at=NOW + HOUR)
    assert cases.pending(NOW + HOUR, 10) == (late,)
    answered = case_record("A1")
    assert cases.settle(case.run_key, answered)
    assert cases.pending(NOW + 2 * HOUR, 10) == ()
    assert cases.find(case.key) == stored(answered, attempts=3)


def test_what_is_answered_is_neither_settled_nor_put_off_again(database: Database) -> None:
    cases, case = CaseStore(database), stored(case_record("A1"))
    cases.put([case])
    assert not cases.settle(case.run_key, case_record("A1", text="another"))
    assert not cases.settle(case.run_key, case_record("A2"))
    assert not cases.postpone(case.key, NOW, attempts=2)
    cases.put([stored(case_record("A1", "pending"))])
    assert cases.find(case.key) == case


def test_what_failed_may_be_answered_yet(database: Database) -> None:
    cases = CaseStore(database)
    cases.put([stored(case_record("A1", "failed")), stored(case_record("A2", "failed"))])
    assert cases.settle("a" * 64, case_record("A1"))
    cases.put([stored(case_record("A2", "pending"))])
    assert [case.key.application_id for case in cases.pending(NOW, 10)] == ["A2"]


def test_a_case_without_an_outcome_cannot_be_settled(database: Database) -> None:
    with pytest.raises(StoreError, match="A1 has no outcome yet; postpone it"):
        CaseStore(database).settle("a" * 64, case_record("A1", "pending"))


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_pages_hold_every_pending_case_once_in_order(database: Database, size: int) -> None:
    cases, made = CaseStore(database), []
    for n in range(24):
        how = "pending" if n % 4 else "failed"
        late = NOW + HOUR if n % 5 == 0 else None
        case = stored(case_record(f"A{n:02}", how), date(2026, 3, 1 + n % 3), next_try_at=late)
        made.append(replace(case, run_key="ab"[n % 2] * 64))
    cases.put(made)
    wanted = [
        case for case in made if case.record.rationale.status == "pending" and not case.next_try_at
    ]
    wanted.sort(key=lambda case: (case.business_date, *case.key))
    found: list[StoredCase] = []
    while page := cases.pending(NOW, size, found[-1] if found else None):
        assert len(page) <= size
        found += page
    assert found == wanted
    assert len(found) == 15


def test_counts_go_by_day_and_status(database: Database) -> None:
    cases, first, second = CaseStore(database), date(2026, 3, 1), date(2026, 3, 2)
    cases.put(stored(case_record(f"A{n}", "pending"), second) for n in range(3))
    cases.put([stored(case_record("B1"), second), stored(case_record("B2"), first)])
    expected = (
        CaseCount(first, "answered", 1),
        CaseCount(second, "answered", 1),
        CaseCount(second, "pending", 3),
    )
    assert cases.counts() == expected
    assert cases.counts(second) == expected[1:]


def test_a_local_time_is_taken_for_what_it_is(database: Database) -> None:
    cases, case = CaseStore(database), stored(case_record("A1", "pending"))
    cases.put([case])
    shanghai = timezone(8 * HOUR)
    cases.postpone(case.key, NOW.astimezone(shanghai), attempts=2)
    assert cases.pending(NOW - timedelta(microseconds=1), 1) == ()
    assert [each.next_try_at for each in cases.pending(NOW.astimezone(shanghai), 1)] == [NOW]
    with pytest.raises(StatementError, match="a moment without a time zone"):
        cases.pending(NOW.replace(tzinfo=None), 1)


def test_a_record_that_cannot_be_read_is_named_and_not_quoted(database: Database, raw: Raw) -> None:
    cases, case = CaseStore(database), stored(case_record("A1", text="Wang Xiaoming"))
    cases.put([case])
    raw("update cases set record = replace(record, 'pd_final', 'pd_last')")
    with pytest.raises(StoreError, match="case A1 of run aaaa") as caught:
        cases.find(CaseKey("a" * 64, "A1"))
    assert "Xiaoming" not in "".join(traceback.format_exception(caught.value))


def test_the_first_page_is_found_by_an_index_alone(tmp_path: Path) -> None:
    with Database.open(str(tmp_path / "a.db")) as database, database.reading() as connection:
        plan = connection.exec_driver_sql(
            "explain query plan select record from cases where status = 'pending' and "
            "(next_try_at is null or next_try_at <= '2026') "
            "order by business_date, run_key, application_id limit 9"
        ).all()
    assert [row.detail for row in plan] == ["SCAN cases USING INDEX ix_cases_pending"]
