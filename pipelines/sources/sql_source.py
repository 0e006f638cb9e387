"""A database table as a source of rows, streamed in a fixed order through SQLAlchemy.

Reads only. Every pass reads all columns, so that what was scored is what the digest names.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.errors import DataError
from pipelines.sources.batches import (
    BATCH_ROWS,
    Batch,
    in_stretches,
    rejected_frame,
    row_index,
    unique_names,
    wanted_columns,
)

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Select, Table

_SECRETS = ("password", "passwd", "pwd", "token", "secret", "odbc_connect")
_EXTRAS = {"psycopg": "postgres"}
_EXACT = 2**53
_SHOWN = 20


class SqlSource:
    """A table or view of a database.

    Rows come in the order of the primary key; where there is none, of all columns that can be
    ordered, first column first.

    Raises:
        DataError: The URL is none, its driver is not installed, the database cannot be reached,
            or it has no such table.
    """

    def __init__(self, uri: str, table: str | None = None) -> None:
        address, place = _split(uri) if table is None else (uri, table)
        self._url = _parsed(address)
        self.name = f"{_masked(self._url)}{'#' if place else ''}{place}"
        self._engine = self._connectable()
        self._table = self._reflected(place)
        self.columns = unique_names([column.name for column in self._table.columns])
        self.rows: int | None = self._count()
        self._digest = ""

    def digest(self, pause: Callable[[], None] = lambda: None) -> str:
        """SHA-256 over column names and all rows, in the order in which they are read."""
        if not self._digest:
            for _ in self._lists(BATCH_ROWS):
                pause()
        return self._digest

    def batches(
        self, columns: Sequence[str] | None = None, size: int = BATCH_ROWS
    ) -> Iterator[Batch]:
        """As `pipelines.sources.batches.Source.batches`."""
        wanted = wanted_columns(self.name, self.columns, columns)
        places = [self.columns.index(name) for name in wanted]
        first = 1
        for rows in self._lists(size):
            yield _batch(first, rows, wanted, places)
            first += len(rows)
        if first == 1:
            yield _batch(first, [], wanted, places)

    def stretches(self, columns: Sequence[str], rows: int) -> Iterator[Iterable[Batch]]:
        """As `pipelines.sources.batches.Source.stretches`."""
        return in_stretches(self.batches(columns), rows)

    def _lists(self, size: int) -> Iterator[list[Sequence[object]]]:
        """All rows, `size` at a time.

        Raises:
            DataError: After the last row, when they are not the rows of an earlier pass.
        """
        hasher = hashlib.sha256(repr(self.columns).encode())
        with self._connection() as connection:
            streamed = connection.execution_options(stream_results=True, yield_per=size)
            for part in streamed.execute(self._select()).partitions():
                rows: list[Sequence[object]] = [tuple(row) for row in part]
                for row in rows:
                    hasher.update(repr(row).encode("utf-8", "surrogatepass"))
                yield rows
        digest = hasher.hexdigest()
        if self._digest not in ("", digest):
            raise DataError(f"{self.name} changed while it was being read; run again")
        self._digest = digest

    def _select(self) -> "Select[*tuple[Any, ...]]":
        from sqlalchemy import JSON, LargeBinary, select, type_coerce
        from sqlalchemy.types import NullType

        table = self._table
        unordered = (JSON, LargeBinary, NullType)
        order = list(table.primary_key.columns)
        order = order or [c for c in table.columns if not isinstance(c.type, unordered)]
        if self._url.get_backend_name() == "sqlite":
            # SQLite keeps any value in any column; the declared types would fail on some.
            raw = [type_coerce(c, NullType()).label(c.name) for c in table.columns]
            return select(*raw).order_by(*order)
        return select(table).order_by(*order)

    def _count(self) -> int:
        from sqlalchemy import func, select

        counting = select(func.count()).select_from(self._table)
        with self._connection() as connection:
            return int(connection.execute(counting).scalar_one())

    def _connectable(self) -> "Engine":
        from sqlalchemy import create_engine
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
        from sqlalchemy.pool import NullPool

        self._sqlite_exists()
        try:
            return create_engine(self._url, poolclass=NullPool)
        except ImportError as error:
            driver = (error.name or "its driver").partition(".")[0]
            package = f"'mingjian[{_EXTRAS[driver]}]'" if driver in _EXTRAS else driver
            raise DataError(
                f"{self.name} needs {driver}, which is not installed; run: pip install {package}"
            ) from error
        except NoSuchModuleError as error:
            raise DataError(
                f'"{self._url.drivername}" is no database SQLAlchemy knows; give a URL such as '
                "postgresql://USER@HOST/DATABASE#TABLE, or copy the file here"
            ) from error
        except (ArgumentError, TypeError, ValueError) as error:
            raise DataError(f"{self.name} is no usable database URL; check it") from error

    def _sqlite_exists(self) -> None:
        """Refuse an SQLite file that is not there, which SQLite would make."""
        path = self._url.database
        if self._url.get_backend_name() != "sqlite" or not path or path.startswith(("file:", ":")):
            return
        if not Path(path).is_file():
            raise DataError(
                f"{path} does not exist; check the path after sqlite:/// (an absolute one "
                "begins with a fourth slash)"
            )

    def _reflected(self, given: str) -> "Table":
        from sqlalchemy import MetaData, Table, inspect

        with self._connection() as connection:
            inspector = inspect(connection)
            schema, _, bare = given.rpartition(".")
            found = [
                (place, name)
                for place, name in ((None, given), (schema or None, bare))
                if name and inspector.has_table(name, place)
            ]
            if not found:
                names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
                listed = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
                what = f'has no table "{given}"' if given else "needs a table after # in the URL"
                raise DataError(f"{self.name} {what}; it has: {listed or 'no table'}")
            place, name = found[0]
            return Table(
                name, MetaData(), schema=place, autoload_with=connection, resolve_fks=False
            )

    @contextmanager
    def _connection(self) -> "Iterator[Connection]":
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            # The driver's words, without the statement and its values.
            cause = str(getattr(error, "orig", None) or type(error).__name__).strip()
            raise DataError(
                f"{self.name} cannot be read: {cause}; check address, user and rights"
            ) from error


def _split(uri: str) -> tuple[str, str]:
    """Address and table of a URL."""
    address, _, place = uri.partition("#")
    if any(mark in place for mark in "@/#"):
        # Part of a password may stand on either side, so neither is shown.
        raise DataError(
            "what follows # in the database URL is no table; write # in a password as %23, or "
            "give the table apart from the URL"
        )
    return address, place


def _parsed(address: str) -> "URL":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(address)
    except (ArgumentError, ValueError) as error:
        # The address is not shown: what does not parse cannot be masked.
        raise DataError(
            "the database URL cannot be read; write DIALECT://USER@HOST/DATABASE#TABLE, "
            "with % escapes for special characters in the password"
        ) from error


def _masked(url: "URL") -> str:
    """The URL without what lets one in."""
    secret = [key for key in url.query if any(word in key.lower() for word in _SECRETS)]
    shown = url.difference_update_query(secret)
    return shown.render_as_string(hide_password=True)


def _batch(
    first: int, rows: Sequence[Sequence[object]], wanted: Sequence[str], places: Sequence[int]
) -> Batch:
    index = row_index(range(first, first + len(rows)))
    data = {
        name: pd.Series(_plain([row[place] for row in rows]), index=index)
        for name, place in zip(wanted, places, strict=True)
    }
    frame = pd.DataFrame(data, index=index, columns=pd.Index(wanted))
    return Batch(first, frame, rejected_frame())


def _plain(values: list[object]) -> list[object]:
    """Values whose types pandas keeps without loss: no decimals, no long numbers as floats."""
    kinds = {type(value) for value in values if value is not None}
    if Decimal in kinds:
        values = [_number(v) if isinstance(v, Decimal) else v for v in values]
        kinds = {type(value) for value in values if value is not None}
    floating = int in kinds and (float in kinds or any(v is None for v in values))
    if floating and any(isinstance(v, int) and abs(v) > _EXACT for v in values):
        # A long whole number is an account or an application, and keeps every digit as text.
        return [v if v is None else str(v) for v in values]
    if kinds and kinds <= {date, datetime}:
        return [v if v is None else pd.Timestamp(v) for v in values]  # type: ignore[arg-type]
    return values


def _number(value: Decimal) -> int | float:
    whole = value.is_finite() and value == value.to_integral_value()
    return int(value) if whole else float(value)
