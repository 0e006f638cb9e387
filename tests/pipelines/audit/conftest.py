"""Logs that somebody with every right to the database has been at."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from pipelines.audit.chain import Found, Verdict, examine
from pipelines.audit.heads import Head, Mark
from pipelines.store import Database, Review, ReviewLog
from pipelines.store.trail import COLUMNS, Trail
from tests.pipelines.store.conftest import KINDS, closed
from tests.pipelines.store.conftest import database as database
from tests.pipelines.store.conftest import where as where

RUN = "a" * 64
ROWS = 9
PORTFOLIO = "small"
Row = dict[str, Any]
_UNGUARDED = {
    "sqlite": [f"drop trigger reviews_no_{what}" for what in ("update", "delete", "replace")],
    "postgresql": [
        "drop trigger reviews_append_only on reviews",
        "alter table reviews drop constraint uq_reviews_previous_hash",
        "alter table reviews drop constraint ck_reviews_action",
    ],
}


class Attacker:
    """Whoever may do anything in the database; the log's guards are gone when this is made."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self.where = where
        self.typed = engine.dialect.name == "postgresql"
        with engine.begin() as connection:
            for statement in _UNGUARDED[engine.dialect.name]:
                connection.execute(text(statement))
            if engine.dialect.name == "sqlite":
                # SQLite drops no constraint; a table of the same columns takes the place.
                connection.execute(text("alter table reviews rename to guarded"))
                connection.execute(
                    text(
                        "create table reviews (id integer primary key, "
                        + ", ".join(f"{name} text" for name in COLUMNS[1:])
                        + ")"
                    )
                )
                connection.execute(text("insert into reviews select * from guarded"))
        self.rows = self.read()

    def read(self) -> list[Row]:
        with self._engine.connect() as connection:
            found = connection.execute(text("select * from reviews order by id"))
            return [dict(row._mapping) for row in found]

    def run(self, statement: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(statement), values)

    def write(self, rows: Sequence[Row]) -> None:
        """Have the log hold these rows and no others."""
        with self._engine.begin() as connection:
            connection.execute(text("delete from reviews"))
            _insert(connection, rows)


def _insert(connection: Connection, rows: Sequence[Row]) -> None:
    if rows:
        slots = ", ".join(f":{name}" for name in COLUMNS)
        names = ", ".join(COLUMNS)
        connection.execute(text(f"insert into reviews ({names}) values ({slots})"), list(rows))  # noqa: S608


def review(number: int = 0) -> Review:
    said = f"第{number}句 ok"
    return Review(
        run_key=RUN,
        application_id=f"A{number}",
        reviewer="r7",
        action="comment",
        comment=said,
        evidence_digest="2" * 64,
    )


@pytest.fixture(scope="session", params=KINDS)
def arena(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Attacker]]:
    """A store without guards, and who took them; one for all tests, as making one takes long."""
    if request.param == "sqlite":
        where = str(tmp_path_factory.mktemp("arena") / "store.db")
    else:
        where = str(request.getfixturevalue("postgresql")())
    with Database.open(where) as database, closed(where) as engine:
        for number in range(ROWS):
            ReviewLog(database).append(review(number))
        yield database, Attacker(engine, where)


@pytest.fixture
def attacker(arena: tuple[Database, Attacker]) -> Attacker:
    """Whoever may do anything; the log is as it was appended."""
    arena[1].write(arena[1].rows)
    return arena[1]


@pytest.fixture
def log(arena: tuple[Database, Attacker], attacker: Attacker) -> Database:
    """A store with a few reviews."""
    return arena[0]


def examined(database: Database, *heads: Head | str) -> Verdict:
    marks = [Mark(f"heads:{line}", known) for line, known in enumerate(heads, 1)]
    return examine(Trail(database), PORTFOLIO, marks, lambda done, total: None)


def only(verdict: Verdict) -> Found:
    assert len(verdict.found) == 1
    return verdict.found[0]


def number(found: Found) -> int:
    assert found.row is not None
    return found.row.id
