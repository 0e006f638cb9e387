"""Cases are put once, taken up while they are pending, and left as they are once answered."""

import traceback
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cases import CaseRecord
from pipelines.errors import StoreError
from pipelines.store import CaseCount, CaseKey, CaseStore, Database, StoredCase
from tests.pipelines.store.conftest import case_record, stored

DAY = date(2026, 3, 2)
DAYS = (date(2026, 3, 1), DAY)
Raw = Callable[..., list[tuple[object, ...]]]


def test_a_case_comes_back_as_it_was_put(database: Database, raw: Raw) -> None:
    cases, case = CaseStore(database, "loans"), stored(case_record("A1"))
    assert cases.find(case.key) is None
    cases.put([case])
    assert cases.find(case.key) == case
    columns = "select status, recommendation, model_recommendation, pd, points, grade "
    (row,) = raw(columns + "from cases")
    assert row == ("answered", "refer", "approve", 0.125, 601.5, "B2")


def test_more_cases_than_one_transaction_takes_are_all_put(database: Database) -> None:
    record = case_record("A0")
    many = [stored(renamed(record, f"A{n}")) for n in range(2_345)]
    CaseStore(database, "loans").put(iter(many))
    assert CaseStore(database, "loans").counts() == (
        CaseCount(date(2026, 3, 2), "answered", 2_345),
    )


def renamed(record: CaseRecord, name: str) -> CaseRecord:
    score = record.score.model_copy(update={"application_id": name})
    return record.model_copy(update={"score": score})


status = st.sampled_from(["answered", "pending", "failed"])
some_cases = st.lists(
    st.builds(
        lambda name, how, said, attempts: stored(
            case_record(f"A{name}", how, said), attempts=attempts
        ),
        st.integers(0, 3),
        status,
        st.sampled_from(["", "x"]),
        st.integers(1, 3),
    ),
    max_size=8,
)


@given(before=some_cases, again=some_cases)
@settings(max_examples=30)
def test_putting_twice_is_putting_once_and_answers_stay(
    tmp_path_factory: pytest.TempPathFactory, before: list[StoredCase], again: list[StoredCase]
) -> None:
    where = str(tmp_path_factory.mktemp("store") / "a.db")
    with Database.open(where) as database:
        cases = CaseStore(database, "loans")
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


def test_a_pending_case_is_tried_again_and_answered(database: Database) -> None:
    cases, case = CaseStore(database, "loans"), stored(case_record("A1", "pending"))
    cases.put([case])
    assert cases.pending(DAYS) == (case,)
    assert (cases.waiting(DAYS), cases.waiting((DAYS[0], DAYS[0]))) == (1, 0)
    again = stored(case_record("A1", "pending", "down"), attempts=1)
    cases.put([again])
    assert cases.pending(DAYS) == (again,)
    cases.put([case])
    assert cases.pending(DAYS) == (again,)
    answered = stored(case_record("A1"), attempts=2)
    cases.put([answered])
    assert cases.pending(DAYS) == ()
    assert cases.waiting(DAYS) == 0
    assert cases.find(case.key) == answered


def test_an_answer_stays(database: Database) -> None:
    cases, case = CaseStore(database, "loans"), stored(case_record("A1"))
    cases.put([case])
    cases.put([stored(case_record("A1", "pending"), attempts=3)])
    cases.put([stored(case_record("A1", text="another"), attempts=3)])
    assert cases.find(case.key) == case


def test_what_failed_may_be_answered_yet(database: Database) -> None:
    cases = CaseStore(database, "loans")
    cases.put([stored(case_record("A1", "failed")), stored(case_record("A2", "failed"))])
    cases.put([stored(case_record("A1")), stored(case_record("A2", "pending"))])
    assert cases.of_run("a" * 64) == {"answered": 1, "pending": 1}
    assert [case.key.application_id for case in cases.pending(DAYS)] == ["A2"]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_pages_hold_every_pending_case_once_in_order(database: Database, size: int) -> None:
    cases, made = CaseStore(database, "loans"), []
    for n in range(24):
        case = stored(
            case_record(f"A{n:02}", "pending" if n % 4 else "failed"),
            date(2026, 3, 1 + n % 3),
            run_key="ab"[n % 2] * 64,
            place=100 - n,
        )
        made.append(case)
    cases.put(made)
    wanted = [
        case
        for case in made
        if case.record.rationale.status == "pending" and case.business_date <= DAY
    ]
    wanted.sort(key=lambda case: (case.business_date, case.run_key, case.place))
    found: list[StoredCase] = []
    while page := cases.pending(DAYS, size, found[-1] if found else None):
        assert len(page) <= size
        found += page
    assert found == wanted
    assert len(found) == 12


def test_a_portfolio_sees_its_own_cases_alone(database: Database) -> None:
    loans, cards = CaseStore(database, "loans"), CaseStore(database, "cards")
    loans.put([stored(case_record("A1", "pending"))])
    cards.put([stored(case_record("B1", "pending"), run_key="b" * 64)])
    assert [case.key.application_id for case in cards.pending(DAYS)] == ["B1"]
    assert cards.counts() == (CaseCount(DAY, "pending", 1),)
    assert cards.supersede(DAY, "c" * 64) == 1
    assert loans.of_run("a" * 64) == {"pending": 1}


def test_the_records_of_a_run_come_as_they_were_put_in_their_order(database: Database) -> None:
    cases = CaseStore(database, "loans")
    records = [renamed(case_record("A0"), f"A{n}") for n in range(1_500)]
    cases.put(stored(record, place=n) for n, record in reversed([*enumerate(records)]))
    cases.put([stored(case_record("A1"), run_key="b" * 64)])
    assert list(cases.lines("a" * 64)) == [record.model_dump_json() for record in records]
    keys = [CaseKey("a" * 64, f"A{n}") for n in (1_400, 3, 7)] + [CaseKey("b" * 64, "A1")]
    found = list(cases.lines_of([*keys[:2], CaseKey("b" * 64, "A3"), *keys[2:]]))
    assert [key for key, _, _ in found] == keys
    for key, status, line in found:
        record = CaseRecord.model_validate_json(line)
        assert record.score.application_id == key.application_id
        assert record.rationale.status == status


def test_a_run_that_replaces_another_takes_its_cases_away(database: Database) -> None:
    cases = CaseStore(database, "loans")
    for key, day in (("a", DAY), ("b", DAY), ("c", DAYS[0])):
        cases.put([stored(case_record("A1", "pending"), day, run_key=key * 64)])
    assert cases.supersede(DAY, "b" * 64) == 1
    assert [case.run_key[0] for case in cases.pending(DAYS)] == ["c", "b"]


def test_counts_go_by_day_and_status(database: Database) -> None:
    cases, first, second = CaseStore(database, "loans"), date(2026, 3, 1), date(2026, 3, 2)
    cases.put(stored(case_record(f"A{n}", "pending"), second) for n in range(3))
    cases.put([stored(case_record("B1"), second), stored(case_record("B2"), first)])
    expected = (
        CaseCount(first, "answered", 1),
        CaseCount(second, "answered", 1),
        CaseCount(second, "pending", 3),
    )
    assert cases.counts() == expected
    assert cases.counts(second) == expected[1:]


def test_a_record_that_cannot_be_read_is_named_and_not_quoted(database: Database, raw: Raw) -> None:
    cases, case = CaseStore(database, "loans"), stored(case_record("A1", text="Wang Xiaoming"))
    cases.put([case])
    raw("update cases set record = replace(record, 'pd_final', 'pd_last')")
    with pytest.raises(StoreError, match="case A1 of run aaaa") as caught:
        cases.find(CaseKey("a" * 64, "A1"))
    assert "Xiaoming" not in "".join(traceback.format_exception(caught.value))


def test_the_first_page_is_found_by_an_index_alone(tmp_path: Path) -> None:
    with Database.open(str(tmp_path / "a.db")) as database, database.reading() as connection:
        plan = connection.exec_driver_sql(
            "explain query plan select record from cases where portfolio = 'loans' and "
            "status = 'pending' and business_date between '2026-01-01' and '2026-12-31' "
            "order by business_date, run_key, place limit 9"
        ).all()
    assert [row.detail for row in plan] == [
        "SEARCH cases USING INDEX ix_cases_pending "
        "(portfolio=? AND business_date>? AND business_date<?)"
    ]
