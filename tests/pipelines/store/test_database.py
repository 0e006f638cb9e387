"""A store opens by path or address, says what is wrong, and tells nobody what is in it."""

import logging
import secrets
import socket
import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import text

from pipelines.errors import StoreError
from pipelines.store import AnswerStore, CaseStore, Database, Review, ReviewLog
from pipelines.store.database import PATIENCE
from pipelines.store.tables import NEWEST
from tests.pipelines.store.conftest import case_record, stored

Raw = Callable[..., list[tuple[object, ...]]]
OPEN = "import sys; from pipelines.store import Database; Database.open(sys.argv[1]).close(); "


def python(code: str, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", code, *arguments]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, text=True, **pipes)


def test_a_store_is_made_where_it_is_missing_and_opens_again(where: str) -> None:
    for _ in range(2):
        with Database.open(where) as database, database.reading() as connection:
            found = connection.execute(text("select version_num from alembic_version")).scalar()
            assert found == NEWEST


def test_processes_that_open_an_empty_store_at_once_all_succeed(where: str) -> None:
    code = "from pipelines.store import Database; print(flush=True); input(); " + OPEN
    opening = [python(code, where) for _ in range(6)]
    for process in opening:
        assert process.stdout is not None
        process.stdout.readline()
    for process in opening:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in opening]
    assert [process.returncode for process in opening] == [0] * 6, said
    with Database.open(where) as database, database.reading() as connection:
        found = connection.execute(text("select version_num from alembic_version")).scalars().all()
    assert found == [NEWEST]


def test_a_store_that_is_being_written_to_without_a_log_ahead_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("create table notes (said)")
        other.execute("begin immediate")
        other.execute("insert into notes values ('hm')")
        ending = Timer(0.3, lambda: other.execute("commit"))
        ending.start()
        Database.open(str(path)).close()
        ending.join()


def test_an_up_to_date_store_opens_fast_and_without_alembic(where: str) -> None:
    Database.open(where).close()
    process = python(OPEN + "assert 'alembic' not in sys.modules", where)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
    seconds = []
    for _ in range(10):
        start = time.thread_time()  # the database's own time and other processes' are not ours
        Database.open(where).close()
        seconds.append(time.thread_time() - start)
    assert min(seconds) < 0.03


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("9001", r"newer version of mingjian \(its tables are at 9001, this version knows"),
        ("1b49d398cd23", "another program's database, such as MLflow's"),
    ],
)
def test_a_store_of_somebody_else_is_refused(where: str, raw: Raw, version: str, said: str) -> None:
    Database.open(where).close()
    raw(f"update alembic_version set version_num = '{version}'")  # noqa: S608
    with pytest.raises(StoreError, match=said):
        Database.open(where)
    assert raw("select version_num from alembic_version") == [(version,)]


def test_a_database_of_another_kind_is_refused_with_what_to_give() -> None:
    for address in ("mysql://host/x", "nosuch://host/x", "://"):
        with pytest.raises(StoreError, match=r"cannot be opened.*SQLite or PostgreSQL database"):
            Database.open(address)


def test_no_message_holds_the_password() -> None:
    password = secrets.token_hex()
    with pytest.raises(StoreError, match=r"the store \(postgresql\) cannot be used") as caught:
        Database.open(f"postgresql://risk:{password}@127.0.0.1:1/risk")
    assert password not in "".join(traceback.format_exception(caught.value))


def test_a_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PATIENCE, "connect_timeout", "2")
    assert _waited("") < 20


def test_whoever_waits_longer_for_a_server_says_so_in_its_address() -> None:
    assert _waited("?connect_timeout=2") < float(PATIENCE["connect_timeout"])


def _waited(asked: str) -> float:
    """Seconds until a server is given up that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://risk@127.0.0.1:{silent.getsockname()[1]}/risk{asked}"
        started = time.monotonic()
        with pytest.raises(StoreError):
            Database.open(address)
        return time.monotonic() - started


def test_a_path_may_hold_what_an_address_may_not(tmp_path: Path) -> None:
    path = tmp_path / "a?b #1 50%" / "行.db"
    Database.open(str(path)).close()
    assert path.is_file()


def test_what_was_committed_outlives_a_loss_of_power(tmp_path: Path) -> None:
    with Database.open(str(tmp_path / "a.db")) as database, database.writing() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                 ("journal_mode", "synchronous")]  # fmt: skip
    assert modes == ["wal", 2]


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    inserted = text("insert into thinking values (:digest, 'hm', :day)")
    rows = [{"digest": "a", "day": "2026-01-01"}, {"digest": "b", "day": None}]
    with pytest.raises(StoreError), database.writing() as connection:
        connection.execute(inserted, rows)
    assert AnswerStore(database).thinking("a") == ""


def test_not_even_at_debug_is_logged_what_the_store_holds(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for logger in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.engine.Engine.store", "psycopg"):
        caplog.set_level(logging.DEBUG, logger)
    cases, reviews = CaseStore(database, "loans"), ReviewLog(database)
    case = stored(case_record("A1", "pending", text="Wang Xiaoming"))
    cases.put([case])
    review = Review(
        run_key=case.run_key, application_id="A1", reviewer="r7", action="comment",
        comment="Wang Xiaoming called", evidence_digest="2" * 64,
    )  # fmt: skip
    reviews.append(review)
    assert cases.find(case.key) is not None
    assert reviews.of(case.run_key, "A1")[0].comment == "Wang Xiaoming called"
    assert "INSERT INTO cases" in caplog.text
    assert "FROM reviews" in caplog.text
    assert "Xiaoming" not in caplog.text


def test_an_error_quotes_nothing_of_what_was_refused(database: Database) -> None:
    refused = "insert into thinking values ('a', 'Wang Xiaoming', null)"
    with (
        pytest.raises(StoreError, match="cannot be used") as caught,
        database.writing() as connection,
    ):
        connection.execute(text(refused))
    shown = traceback.format_exception(caught.value)
    assert "Xiaoming" not in "".join(shown)
