"""Opening the store: by path or address, with its tables brought up to this version's.

SQLite by default, PostgreSQL by address. Says what is wrong where the store cannot be used, in
words that hold nothing of a case.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pipelines.errors import StoreError
from pipelines.store.tables import NEWEST

_BUSY_S = 30.0
_LOGGED_AS = "store"
_WRITES = "mingjian_writes"
# What PostgreSQL's advisory locks go by; any numbers that nobody else in the database uses.
_LOCKS = {
    "migration": 0x4D494E47_00000001,
    "reviews": 0x4D494E47_00000002,
    "people": 0x4D494E47_00000003,
}


PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""How long a PostgreSQL server may be silent, unless its address says otherwise; the system's own
limits are hours, and all connections of a workbench would wait for one that has gone."""


class Database:
    """An open store; close it, or use it as a context manager. Threads may share it."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name
        self._engine = engine
        # Each statement of a reader sees its own moment in PostgreSQL, with a transaction around
        # them or without; beginning and ending one would be two more journeys.
        alone = {} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        self._reader = engine.execution_options(**alone)

    @classmethod
    def open(cls, where: str) -> Self:
        """Open a store, made where it is missing and brought up where it is older.

        Args:
            where: Path of a SQLite file, or the address of a SQLite or PostgreSQL database.

        Raises:
            StoreError: It cannot be opened, its driver is missing, or a newer version made it.
        """
        name = where if "://" not in where else where.split("://")[0]
        with _opening(name), explained(name):
            engine = _engine(where)
            try:
                _bring_up(engine, name)
            except BaseException:
                engine.dispose()
                raise
        return cls(engine, name)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def reading(self, *, in_transaction: bool = False) -> Iterator[Connection]:
        """A connection to read by.

        Args:
            in_transaction: Whether rows come few by few or a lock is held, which PostgreSQL does
                in a transaction alone.

        Raises:
            StoreError: The store cannot be used.
        """
        engine = self._engine if in_transaction else self._reader
        with explained(self.name), engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, alone: Literal["reviews", "people"] | None = None) -> Iterator[Connection]:
        """A transaction to write in; it is kept whole or not at all.

        Args:
            alone: What nobody else may be writing to meanwhile.

        Raises:
            StoreError: The store cannot be used.
        """
        with explained(self.name), _writing(self._engine) as connection:
            if alone is not None:
                _hold(connection, alone)
            yield connection

    def insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An insert that can say what is to be done about a row that is there already."""
        if self._engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)


def version_of(connection: Connection) -> str | None:
    """The version of a database's tables; None where they have none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _bring_up(engine: Engine, name: str) -> None:
    """Migrate where the version is another; one process at a time, whoever comes at once."""
    with engine.connect() as connection:
        if _is_newest(version_of(connection), name):
            return
    with _writing(engine) as connection:
        _hold(connection, "migration")
        if _is_newest(version_of(connection), name):
            return
        from pipelines.store.migrating import migrate

        migrate(connection, NEWEST)


def _is_newest(version: str | None, name: str) -> bool:
    """Whether the tables are as this version wants them.

    Raises:
        StoreError: They are a newer version's, or another program's.
    """
    if version is None or (version.isdigit() and version <= NEWEST):
        return version == NEWEST
    if version.isdigit():
        raise StoreError(
            f"the store ({name}) was made by a newer version of mingjian (its tables are at "
            f"{version}, this version knows {NEWEST}); install the newer version, or give another "
            "store in risk.toml"
        )
    raise StoreError(
        f"the store ({name}) is another program's database, such as MLflow's; give the store a "
        "file, a database or a schema of its own in risk.toml"
    )


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


def _hold(connection: Connection, what: str) -> None:
    """Keep others out until the transaction ends; in SQLite all who write are alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCKS[what])))


def _engine(where: str) -> Engine:
    if "://" in where:
        url = make_url(where)
    else:
        Path(where).parent.mkdir(parents=True, exist_ok=True)
        url = URL.create("sqlite", database=where)
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise ArgumentError(f"{kind} is neither SQLite nor PostgreSQL")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    given: dict[str, Any] = {"hide_parameters": True, "logging_name": _LOGGED_AS}
    if kind == "sqlite":
        engine = create_engine(url, connect_args={"timeout": _BUSY_S}, **given)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        url = url.set(query={**PATIENCE, **url.query})
        # Whoever waited for a lock must see what was written meanwhile.
        engine = create_engine(url, isolation_level="READ COMMITTED", **given)
    logging.getLogger(f"sqlalchemy.engine.Engine.{_LOGGED_AS}").addFilter(_no_rows)
    return engine


def _no_rows(record: logging.LogRecord) -> bool:
    """Statements may be logged; at DEBUG, SQLAlchemy logs the rows that come back as well."""
    return record.levelno > logging.DEBUG


def _prepare(connection: Any, _: object) -> None:
    """Readers and the writer do not wait for each other; what was committed outlives power loss.

    In WAL, `synchronous=NORMAL` would lose the last transactions with the power: a decision that
    a reviewer was told is kept would be gone.
    """
    connection.isolation_level = None  # transactions are begun by `_begin` and not by the driver
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Switch to a write-ahead log; SQLite does not wait by itself where others do the same."""
    import sqlite3

    until = time.monotonic() + _BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    """Who is going to write says so at once: a reader that turns writer would not be waited for."""
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _opening(name: str) -> Iterator[None]:
    """Turn what a wrong address raises into an error that says what a right one is."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"the store ({name}) cannot be opened: {type(error).__name__}; give a file, or the "
            "SQLAlchemy address of a SQLite or PostgreSQL database, as `store` in risk.toml, and "
            "for PostgreSQL `pip install mingjian[postgres]`"
        ) from error


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn what databases raise into an error that says what to do and holds nothing of a case."""
    try:
        yield
    except DBAPIError as error:
        # The driver's own message quotes the row that was refused, so the chain ends here.
        told = getattr(error.orig, "sqlite_errorname", "")
        kind = type(error.orig or error).__name__
        raise _unusable(name, f"{kind} ({told})" if told else kind) from None
    except OSError as error:
        raise _unusable(name, str(error).splitlines()[0]) from error
    except PoolTimeoutError as error:
        raise _unusable(name, "no connection came free") from error


def _unusable(name: str, why: str) -> StoreError:
    return StoreError(
        f"the store ({name}) cannot be used: {why}; check its address, its permissions and the "
        "space on its disk; what was kept so far stays"
    )
