"""The review log as it lies in the database, row by row, whatever was done to it.

`reviews` reads what the store itself has written. Whoever examines the log has to read on where
somebody else wrote: a time that is none, bytes that are no text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, func, select, type_coerce

from pipelines.errors import LockedError
from pipelines.store.database import Database
from pipelines.store.reviews import GENESIS, hash_of
from pipelines.store.tables import REVIEWS

COLUMNS = tuple(str(column.name) for column in REVIEWS.columns)
"""Of a row, in the order of the table."""
_AT_ONCE = 1_000
_LOCK = 0x4D494E47_41554454  # of PostgreSQL; any number that nobody else in the database uses


@dataclass(frozen=True)
class LoggedRow:
    """A row of the log.

    Attributes:
        values: What stands in each column; bytes where they are no text. The time is ISO 8601 in
            UTC, or what stands there where that is no time.
        at: The time; None where it is none.
    """

    values: Mapping[str, Any]
    at: datetime | None

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.values["id"])

    @property
    def hash(self) -> str:
        """What the row after it follows."""
        return str(self.values["hash"])

    @property
    def previous_hash(self) -> str:
        """What it follows."""
        return str(self.values["previous_hash"])

    @property
    def sound(self) -> bool:
        """Whether its hash is that of its own columns."""
        texts = [value for name, value in self.values.items() if name != "id"]
        if self.at is None or not all(each is None or isinstance(each, str) for each in texts):
            return False
        return self.hash == hash_of({**self.values, "created_at": self.at}, self.previous_hash)


class Trail:
    """The log of an open store, for those who examine it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def rows(self) -> Iterator[Iterator[LoggedRow]]:
        """All rows by their numbers, as they stand at one moment; read as they are asked for.

        Raises:
            StoreError: The store cannot be read.
        """
        with self._database.reading(in_transaction=True) as connection, _undecoded(connection):
            wanted = select(*_columns(connection)).order_by(REVIEWS.c.id)
            streamed = connection.execution_options(yield_per=_AT_ONCE)
            with streamed.execute(wanted) as found:
                yield (_logged(row) for row in found)

    def count(self) -> int:
        """How many rows there are."""
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(REVIEWS)).scalar_one())

    def number_of(self, digest: str) -> int | None:
        """Number of the row that has a hash; 0 for what the first follows, None where none has."""
        if digest == GENESIS:
            return 0
        wanted = select(func.min(REVIEWS.c.id)).where(REVIEWS.c.hash == digest)
        with self._database.reading() as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else int(found)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from doing the same at once; who decides on cases does not wait.

        Raises:
            LockedError: Another is at it.
            StoreError: The store cannot be used.
        """
        with self._database.reading(in_transaction=True) as connection, _turn(connection):
            yield


@contextmanager
def _turn(connection: Connection) -> Iterator[None]:
    """A lock that ends with the process; a file beside SQLite's, for SQLite has none to name."""
    if connection.dialect.name == "sqlite":
        from pathlib import Path

        from pipelines.locking import held

        connection.rollback()
        with held(Path(f"{connection.engine.url.database}-audit")):
            yield
        return
    if not connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK))).scalar():
        raise LockedError("another process is recording the log's head; wait until it has ended")
    yield


@contextmanager
def _undecoded(connection: Connection) -> Iterator[None]:
    """Have SQLite's driver hand out text that is no UTF-8 too, where it would give up."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    before: Callable[[bytes], str] = driver.text_factory
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before


def _columns(connection: Connection) -> Iterator[ColumnElement[Any]]:
    """The columns; the time as text, since drivers give up on one that is none, or infinite."""
    for column in REVIEWS.columns:
        if column.name != "created_at":
            yield column
        elif connection.dialect.name == "sqlite":
            yield type_coerce(column, Text).label(column.name)
        else:
            told = func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US AD")
            yield func.replace(told, " AD", "").label(column.name)


def _logged(row: Sequence[Any]) -> LoggedRow:
    values = dict(zip(COLUMNS, row, strict=True))
    at = _moment(values["created_at"])
    if at is not None:
        values["created_at"] = at.isoformat(timespec="microseconds")
    return LoggedRow(values, at)


def _moment(told: object) -> datetime | None:
    """The moment that a text tells in the one way in which the store writes it."""
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    # Else it could be edited, and be read as the same here and as another by the store.
    if moment.tzinfo or moment.isoformat(sep=" ", timespec="microseconds") != told:
        return None
    return moment.replace(tzinfo=UTC)
