"""Stores of every version come up with their rows and go down again, on both databases."""

from collections.abc import Callable
from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from pipelines.errors import StoreError
from pipelines.store import AnswerStore, CaseStore, Database, Review, ReviewLog, RunStore
from pipelines.store.desk import Desk
from pipelines.store.migrating import migrate, newest
from pipelines.store.tables import NEWEST, TABLES
from risk.desk import DeskSettings
from risk.reasoning.backends.base import Answered
from tests.pipelines.store.conftest import case_record, closed, stored, whole

Raw = Callable[..., list[tuple[object, ...]]]
# As `create_all` of the version without migrations made them.
UNVERSIONED = {
    "sqlite": (
        "CREATE TABLE answers (digest VARCHAR(64) NOT NULL, application_id TEXT NOT NULL, "
        "outcome TEXT NOT NULL, answered_at DATETIME NOT NULL, PRIMARY KEY (digest))",
        "CREATE INDEX ix_answers_application_id ON answers (application_id)",
        "CREATE TABLE thinking (digest VARCHAR(64) NOT NULL, text TEXT NOT NULL, "
        "thought_at DATETIME NOT NULL, PRIMARY KEY (digest))",
        "CREATE INDEX ix_thinking_thought_at ON thinking (thought_at)",
    ),
    "postgresql": (
        "CREATE TABLE answers (digest VARCHAR(64) NOT NULL, application_id TEXT NOT NULL, "
        "outcome TEXT NOT NULL, answered_at TIMESTAMP WITH TIME ZONE NOT NULL, "
        "PRIMARY KEY (digest))",
        "CREATE INDEX ix_answers_application_id ON answers (application_id)",
        "CREATE TABLE thinking (digest VARCHAR(64) NOT NULL, text TEXT NOT NULL, "
        "thought_at TIMESTAMP WITH TIME ZONE NOT NULL, PRIMARY KEY (digest))",
        "CREATE INDEX ix_thinking_thought_at ON thinking (thought_at)",
    ),
}
ROWS = (
    "INSERT INTO answers VALUES ('d1', 'A1', "
    """'{"text": "{}", "model": "m"}', '2026-03-01 10:00:00')""",
    "INSERT INTO thinking VALUES ('d1', 'hm', '2026-03-01 10:00:00')",
)


def kind(where: str) -> str:
    return "postgresql" if "://" in where else "sqlite"


def move(where: str, version: str) -> None:
    with Database.open(where) as database, database.writing() as connection:
        migrate(connection, version)


def differences(where: str) -> list[object]:
    with closed(where) as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, TABLES))


def objects(where: str) -> set[str]:
    """Everything in a database as its own words tell it: checks and conditions of indexes too."""
    asked = {
        "sqlite": "select sql from sqlite_master where sql is not null",
        "postgresql": "select indexdef from pg_indexes where schemaname = 'public' union all "
        "select conname || conrelid::regclass || pg_get_constraintdef(oid) from pg_constraint "
        "where connamespace = 'public'::regnamespace union all "
        "select table_name || column_name || ordinal_position || data_type || is_nullable "
        "|| coalesce(column_default, '') from information_schema.columns "
        "where table_schema = 'public'",
    }
    with closed(where) as engine, engine.connect() as connection:
        told = connection.exec_driver_sql(asked[engine.dialect.name]).scalars().all()
    plain = {" ".join(each.replace("( ", "(").replace(" )", ")").split()) for each in told}
    return {each for each in plain if "alembic" not in each and "TRIGGER" not in each}


def fill(where: str) -> None:
    with Database.open(where) as database:
        RunStore(database, "loans").begin("a" * 64, "reason", "cases", date(2026, 3, 2))
        CaseStore(database, "loans").put([stored(case_record("A1"))])


def test_the_version_of_the_tables_is_that_of_the_newest_migration() -> None:
    assert newest() == NEWEST


def test_the_migrations_lead_to_the_tables(where: str) -> None:
    Database.open(where).close()
    assert differences(where) == []


def test_the_migrations_make_what_the_tables_would(
    where: str, request: pytest.FixtureRequest
) -> None:
    Database.open(where).close()
    direct = where + "2" if kind(where) == "sqlite" else request.getfixturevalue("postgresql")()
    with closed(direct) as engine:
        TABLES.create_all(engine)
    assert len(objects(direct)) > 10
    assert objects(where) == objects(direct)


@pytest.mark.parametrize("made", [4, 1])
def test_a_store_without_a_version_comes_up_with_its_rows(where: str, raw: Raw, made: int) -> None:
    raw(*UNVERSIONED[kind(where)][:made], *ROWS[: 1 if made < 4 else 2])
    with AnswerStore(where) as store:
        assert store.find("d1") == Answered(text="{}", model="m")
        assert store.thinking("d1") == ("hm" if made == 4 else "")
    assert differences(where) == []


def test_versions_go_down_and_up_with_rows_in(where: str, raw: Raw) -> None:
    Database.open(where).close()
    raw(*ROWS)
    fill(where)
    whole = objects(where)
    move(where, "0001")
    assert raw("select version_num from alembic_version") == [("0001",)]
    assert raw("select digest from answers") == [("d1",)]
    assert tables(where) == {"answers", "thinking", "alembic_version"}
    fill(where)
    assert objects(where) == whole
    assert raw("select digest from answers") == [("d1",)]
    assert raw("select application_id from cases") == [("A1",)]
    move(where, "base")
    assert tables(where) == {"alembic_version"}
    fill(where)
    assert objects(where) == whole


def tables(where: str) -> set[str]:
    with closed(where) as engine:
        return set(inspect(engine).get_table_names())


def test_reviews_are_not_dropped_on_the_way_down(where: str, raw: Raw) -> None:
    fill(where)
    with Database.open(where) as database:
        kept = ReviewLog(database).append(review())
    with pytest.raises(StoreError, match="reviews, which an older version has no place for"):
        move(where, "0001")
    assert raw("select version_num from alembic_version") == [(NEWEST,)]
    with Database.open(where) as database:
        assert ReviewLog(database).of("a" * 64, "A1") == (kept,)


def review(action: str = "hold", **more: object) -> Review:
    given = {"run_key": "a" * 64, "application_id": "A1", "reviewer": "r7"}
    return Review.model_validate({**given, "action": action, "evidence_digest": "2" * 64, **more})


def test_reviews_are_the_same_with_more_words_for_them_and_with_fewer(where: str, raw: Raw) -> None:
    with Database.open(where) as database:
        kept = [ReviewLog(database).append(review()) for _ in range(3)]
    rows = raw("select * from reviews order by id")
    triggers = raw(*TRIGGERS[kind(where)])
    for version in ("0002", NEWEST):
        move(where, "0002")
        if version == NEWEST:
            Database.open(where).close()
        assert raw("select * from reviews order by id") == rows
        assert raw(*TRIGGERS[kind(where)]) == triggers
        with pytest.raises(DBAPIError, match="reviews are append-only"):
            raw("update reviews set comment = 'never said'")
    with Database.open(where) as database:
        log = ReviewLog(database)
        assert whole(database) == (3, kept[-1].hash)
        more = log.append(review("propose", recommendation="decline"))
        assert more.id == kept[-1].id + 1
        assert whole(database) == (4, more.hash)


TRIGGERS = {
    "sqlite": ["select name from sqlite_master where type = 'trigger' order by name"],
    "postgresql": ["select tgname from pg_trigger where not tgisinternal order by tgname"],
}


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_numbers_of_reviews_that_were_given_out_are_not_given_out_again(
    where: str, raw: Raw
) -> None:
    Database.open(where).close()
    move(where, "0002")
    raw("insert into sqlite_sequence (name, seq) values ('reviews', 41)")
    with Database.open(where) as database:
        assert ReviewLog(database).append(review()).id == 42


WOULD_BE_LOST = {
    "decisions of the desk": "update desk set state = 'asked'",
    "people": "insert into users values "
    "('li', 'Li', 'officer', '', '', {true}, {true}, '', '2026-03-01 10:00:00')",
}


@pytest.mark.parametrize("what", WOULD_BE_LOST)
def test_the_desk_and_its_people_are_not_dropped_on_the_way_down(
    where: str, raw: Raw, what: str
) -> None:
    fill(where)
    with Database.open(where) as database:
        RunStore(database, "loans").finish("a" * 64, "done", {})
        assert Desk(database, "loans").take_in(DeskSettings()) == 1
    raw(WOULD_BE_LOST[what].format(true="1" if kind(where) == "sqlite" else "true"))
    before = objects(where)
    with pytest.raises(StoreError, match=f"the store holds {what}, which an older version"):
        move(where, "0002")
    assert raw("select version_num from alembic_version") == [(NEWEST,)]
    assert objects(where) == before


def test_words_that_an_older_version_does_not_know_are_not_lost(where: str) -> None:
    with Database.open(where) as database:
        ReviewLog(database).append(review("claim"))
    with pytest.raises(StoreError, match="the store holds decisions of the desk"):
        move(where, "0002")


def test_an_untouched_desk_is_laid_again_after_going_down_and_up(where: str) -> None:
    fill(where)
    with Database.open(where) as database:
        RunStore(database, "loans").finish("a" * 64, "done", {})
        Desk(database, "loans").take_in(DeskSettings())
    move(where, "0002")
    with Database.open(where) as database:
        assert Desk(database, "loans").take_in(DeskSettings()) == 1


def test_cases_of_replaced_runs_lie_open_where_an_older_version_has_no_word_for_it(
    where: str, raw: Raw
) -> None:
    fill(where)
    with Database.open(where) as database:
        RunStore(database, "loans").finish("a" * 64, "done", {})
        Desk(database, "loans").take_in(DeskSettings())
    true, word = "1" if kind(where) == "sqlite" else "true", "update desk set state = 'replaced'"
    raw(f"{word}, decided = {true}")
    before = raw("select * from desk")
    move(where, "0006")
    assert raw("select state, decided from desk") == [("open", 0)]
    with pytest.raises(DBAPIError, match="ck_desk_state"):
        raw(word)
    move(where, NEWEST)
    raw(f"{word}, decided = {true}")
    assert raw("select * from desk") == before


def test_a_migration_that_fails_leaves_the_store_as_it_was(where: str, raw: Raw) -> None:
    raw(*UNVERSIONED[kind(where)], *ROWS, "CREATE TABLE reviews (somebody TEXT)")
    before = objects(where)
    with pytest.raises(StoreError, match="cannot be used"):
        Database.open(where)
    assert objects(where) == before
    raw("DROP TABLE reviews")
    with AnswerStore(where) as store:
        assert store.find("d1") is not None
