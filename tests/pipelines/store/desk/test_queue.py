"""Pages of a queue hold what was wanted, in order, each case once, whatever the index."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.store import Database
from pipelines.store.desk import COUNTED, Cursor, Desk, DeskRow, Page, Wanted, queue
from pipelines.store.tables import DESK
from risk.desk import State
from risk.policy import Recommendation
from tests.pipelines.store.desk.conftest import DAY, RUN

MORNING = datetime(2026, 3, 3, 6, tzinfo=UTC)
PRODUCTS, GRADES = ("car", "house", ""), ("A1", "B2", "C3")
DAYS = (DAY, DAY + timedelta(days=1))
HOLDERS = ("", "li", "wang")


def row(number: int, **more: object) -> dict[str, Any]:
    """A row as `take_in` lays it."""
    given: dict[str, Any] = {
        "run_key": RUN,
        "application_id": f"A{number}",
        "portfolio": "loans",
        "business_date": DAY,
        "priority": float(number),
        "state": "open",
        "evidence_digest": "2" * 64,
        **dict.fromkeys(("queued_at", "due_at", "case_at", "updated_at"), MORNING),
        **dict.fromkeys(("holder", "proposer", "outcome", "product", "grade"), ""),
        **dict.fromkeys(("recommendation", "model_recommendation"), "refer"),
        **dict.fromkeys(("pending", "suspected", "moved", "decided"), False),
        **dict.fromkeys(("pd", "points", "struck"), 0),
    }
    return {**given, "decided": State(str(more.get("state", "open"))).final, **more}


def lay(database: Database, rows: list[dict[str, Any]]) -> Desk:
    with database.writing() as connection:
        connection.execute(DESK.insert(), rows)
    return Desk(database, "loans")


def mixed(count: int) -> list[dict[str, Any]]:
    """Rows of all kinds, many of the same priority."""
    chance = Random(7)  # noqa: S311 - made-up cases
    return [
        row(
            number,
            priority=float(chance.randrange(9)) / 3,
            state=chance.choice(list(State)).value,
            holder=chance.choice(HOLDERS),
            pending=chance.random() < 0.3,
            suspected=chance.random() < 0.3,
            struck=chance.choice((0, 0, 1, 3)),
            product=chance.choice(PRODUCTS),
            grade=chance.choice(GRADES),
            recommendation=chance.choice(list(Recommendation)).value,
            business_date=chance.choice(DAYS),
        )
        for number in range(count)
    ]


def fits(found: DeskRow, wanted: Wanted) -> bool:
    asked = {
        "holder": wanted.holder,
        "product": wanted.product,
        "grade": wanted.grade,
        "recommendation": wanted.recommendation,
        "business_date": wanted.business_date,
    }
    stands = not found.decided if wanted.state is None else found.state is wanted.state
    kept = all(getattr(found, name) == value for name, value in asked.items() if value is not None)
    flags = ("pending", "suspected", "struck")
    return (
        stands and kept and all(getattr(found, each) or not getattr(wanted, each) for each in flags)
    )


def read(desk: Desk, wanted: Wanted) -> list[DeskRow]:
    """All pages, one behind the other."""
    rows: list[DeskRow] = []
    page = desk.page(wanted)
    while True:
        rows += page.rows
        assert len(page.rows) <= wanted.limit
        if page.after is None:
            return rows
        page = desk.page(Wanted(**{**vars(wanted), "after": page.after}))


def maybe(values: Any) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), st.sampled_from(values))


wishes = st.builds(
    Wanted,
    state=maybe(State),
    holder=maybe(HOLDERS),
    pending=st.sampled_from([False, False, True]),
    suspected=st.sampled_from([False, False, True]),
    struck=st.sampled_from([False, False, True]),
    product=maybe((*PRODUCTS, "boat")),
    grade=maybe(GRADES),
    recommendation=maybe(Recommendation),
    business_date=maybe(DAYS),
    search=st.just(""),
    after=st.none(),
    limit=st.sampled_from([3, 20]),
)


@pytest.fixture
def full(database: Database) -> Desk:
    return lay(database, mixed(80))


@given(wanted=wishes)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_hold_what_is_wanted_once_and_in_order(full: Desk, wanted: Wanted) -> None:
    every = [
        each
        for state in (None, State.DECIDED, State.REPLACED)
        for each in read(full, Wanted(state=state, limit=100))
    ]
    assert len(every) == 80
    expected = sorted(
        (each for each in every if fits(each, wanted)), key=lambda each: (-each.priority, -each.id)
    )
    assert read(full, wanted) == expected


def test_a_case_that_comes_while_somebody_reads_is_not_shown_twice(database: Database) -> None:
    desk = lay(database, [row(number) for number in range(20)])
    first = desk.page(Wanted(limit=10))
    lay(database, [row(100), row(5, application_id="B5", priority=5.5)])
    second = desk.page(Wanted(limit=50, after=first.after))
    ids = [each.application_id for each in (*first.rows, *second.rows)]
    assert len(ids) == len(set(ids))
    assert "B5" in ids
    assert "A100" not in ids


def test_cases_of_another_portfolio_are_nobodys_business(database: Database) -> None:
    desk = lay(database, [row(1), row(2, portfolio="cards"), row(3, portfolio="cards")])
    assert [each.application_id for each in desk.page(Wanted()).rows] == ["A1"]
    assert desk.page(Wanted(search="A2")).rows == ()
    assert desk.counts("li")["all"] == 1
    assert desk.choices().days == (DAY,)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**63 - 1))
def test_a_cursor_comes_back_from_an_address(priority: float, number: int) -> None:
    cursor = Cursor(priority, number)
    assert Cursor.read(cursor.text) == cursor


@given(st.text())
def test_what_is_no_cursor_is_none(text: str) -> None:
    found = Cursor.read(text)
    assert found is None or Cursor.read(found.text) == found


@pytest.mark.parametrize(
    "text", ["", "1", "nan:1", "inf:1", "1.5:-1", "1.5:x", f"1:{2**63}", "1:1:1"]
)
def test_cursors_that_no_page_gave_are_none(text: str) -> None:
    assert Cursor.read(text) is None


def found(desk: Desk, search: str) -> list[str]:
    return [each.application_id for each in desk.page(Wanted(search=search)).rows]


def test_ids_are_found_by_their_beginning_the_exact_one_first(database: Database) -> None:
    names = ["A1", "A10", "A1%", "A1_", "a1", "B1", "甲1", "甲12", "A1\\"]
    rows = [row(n, application_id=name) for n, name in enumerate(names)]
    rows.append(row(99, application_id="A1", run_key="b" * 64, state="decided"))
    desk = lay(database, rows)
    assert found(desk, "A1") == ["A1", "A1", *sorted(["A10", "A1%", "A1_", "A1\\"])]
    assert desk.page(Wanted(search="A1")).rows[0].run_key == "b" * 64
    assert found(desk, "甲") == ["甲1", "甲12"]
    assert found(desk, "A1%") == ["A1%"]
    assert found(desk, "A1_") == ["A1_"]
    assert found(desk, "%") == found(desk, "_1") == found(desk, "1") == []


def test_the_exact_id_is_found_among_many_that_begin_so(database: Database) -> None:
    desk = lay(database, [row(n) for n in range(1, 200)])
    page = desk.page(Wanted(search="A1", limit=5))
    assert page.rows[0].application_id == "A1"
    assert (len(page.rows), page.after) == (5, None)


HOSTILE = ["\0", "A1\0", "\ud800", "'; drop table desk; --", "x" * 100_000, "\u202e", "\U0010ffff"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("what", ["search", "product", "grade", "holder"])
def test_whatever_is_looked_for_an_answer_comes(database: Database, text: str, what: str) -> None:
    desk = lay(database, [row(1)])
    assert desk.page(Wanted(**{what: text})) == Page((), None)  # type: ignore[arg-type]
    assert desk.counts("li")["all"] == 1


def test_counts_tell_the_queues_of_a_person(full: Desk) -> None:
    open_rows = read(full, Wanted())
    counts = full.counts("li")
    assert counts["all"] == len(open_rows)
    assert counts["mine"] == sum(each.holder == "li" for each in open_rows) > 0
    assert counts["unassigned"] == sum(each.holder == "" for each in open_rows)
    assert counts["pending"] == sum(each.pending for each in open_rows)
    for state in (State.ASKED, State.HELD, State.ESCALATED, State.SECOND):
        assert counts[state.value] == sum(each.state is state for each in open_rows)
    assert full.counts("nobody")["mine"] == 0


def test_counts_stop_where_nobody_counts_any_more(database: Database) -> None:
    desk = lay(database, [row(number) for number in range(COUNTED + 50)])
    assert desk.counts("li")["all"] == COUNTED + 1


def test_choices_are_what_open_cases_have(database: Database) -> None:
    rows = [*mixed(60), row(100, state="decided", product="boat", business_date=date(2020, 1, 1))]
    choices = lay(database, rows).choices()
    assert choices.products == tuple(sorted(PRODUCTS))
    assert choices.grades == GRADES
    assert choices.days == tuple(reversed(DAYS))
    assert Desk(database, "empty").choices() == ((), (), ())


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_sqlite_is_led_by_the_narrowest_condition(database: Database) -> None:
    rows = [row(n, grade="B2", product="car") for n in range(30)]
    lay(database, [*rows, row(30, grade="B2", product="boat")])
    wanted = Wanted(grade="B2", product="boat", holder="")
    explained = plan(database, lambda connection: queue._where(connection, "loans", wanted))
    assert "ix_desk_product (portfolio=? AND decided=? AND product=?)" in explained


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_sqlite_finds_the_few_cases_with_struck_sentences_by_their_own_index(
    database: Database,
) -> None:
    lay(database, [row(n, grade="B2", struck=n == 7) for n in range(30)])
    alone, beside = Wanted(struck=True), Wanted(struck=True, grade="B2", holder="")
    for wanted in (alone, beside):
        told = plan(database, lambda connection, of=wanted: queue._where(connection, "loans", of))
        assert "ix_desk_struck (portfolio=? AND decided=?)" in told
        assert [each.application_id for each in Desk(database, "loans").page(wanted).rows] == ["A7"]


def plan(database: Database, where: Callable[[Any], Any]) -> str:
    from sqlalchemy import select, text

    with database.reading() as connection:
        asked = select(DESK.c.id).where(*where(connection)).order_by(DESK.c.priority.desc())
        told = asked.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        return str(connection.execute(text(f"explain query plan {told}")).all())
