"""Stores of every version come up with their rows and go down again, on both databases."""

from collections.abc import Callable
from datetime import date

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from pipelines.errors import StoreError
from pipelines.store import AnswerStore, CaseStore, Database, Review, ReviewLog, RunStore
from pipelines.store.migrating import migrate, newest
from pipelines.store.tables import NEWEST, TABLES
from risk.reasoning.backends.base import Answered
from tests.pipelines.store.conftest import case_record, closed, stored

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
    review = Review(
        run_key="a" * 64, application_id="A1", reviewer="r7", action="hold",
        evidence_digest="2" * 64,
    )  # fmt: skip
    with Database.open(where) as database:
        kept = ReviewLog(database).append(review)
    with pytest.raises(StoreError, match="reviews, which an older version has no place for"):
        move(where, "0001")
    assert raw("select version_num from alembic_version") == [(NEWEST,)]
    with Database.open(where) as database:
        assert ReviewLog(database).of("a" * 64, "A1") == (kept,)


def test_a_migration_that_fails_leaves_the_store_as_it_was(where: str, raw: Raw) -> None:
    raw(*UNVERSIONED[kind(where)], *ROWS, "CREATE TABLE reviews (somebody TEXT)")
    before = objects(where)
    with pytest.raises(StoreError, match="cannot be used"):
        Database.open(where)
    assert objects(where) == before
    raw("DROP TABLE reviews")
    with AnswerStore(where) as store:
        assert store.find("d1") is not None
