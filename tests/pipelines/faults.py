"""Operations on files and databases: counted, or one of them made to fail once.

Patches Python itself, so it is installed in a process that ends with the night it watches. What
lies outside the watched folder is left alone, and so is what SQLite does in its own files: of a
database, a fault sees the commits.
"""

import builtins
import errno
import io
import os
import re
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["EIO", "ENOSPC", "KILL"]
KINDS: tuple[Kind, ...] = ("EIO", "ENOSPC", "KILL")

_CHANGING = ("fsync", "fdatasync", "ftruncate", "rmdir", "mkdir", "unlink", "remove")
_MOVING = ("rename", "replace", "link", "symlink")
_OF_OPEN_FILES = ("write", "fsync", "fdatasync", "ftruncate", "truncate", "close")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_NAMELESS = re.compile(r"(?<=uploading\.)\w{8}|[0-9a-f]{8,}|\d+")
_OPEN = open


class Fault(NamedTuple):
    """Which operation fails, and how.

    Attributes:
        kind: `EIO`, `ENOSPC`, or a kill of the process.
        operation: Its name in the counts.
        turn: Which of the operations of that name, from 1.
    """

    kind: Kind
    operation: str
    turn: int


class Watch:
    """Operations below a folder.

    Args:
        root: The folder.
        fault: What is to fail; None counts only.
        hit: Called before it does.

    Attributes:
        seen: How often each operation came, as `rename nights/*-*-*/.scores.*.partial/run`.
    """

    def __init__(
        self, root: Path, fault: Fault | None = None, hit: Callable[[], None] = lambda: None
    ) -> None:
        self.root, self.fault, self.hit = root.resolve(), fault, hit
        self.seen: Counter[str] = Counter()

    def install(self) -> None:
        """Watch this process from now on."""
        builtins.open = io.open = self._open  # type: ignore[assignment]
        for name in _CHANGING + _MOVING:
            setattr(os, name, self._watched(name, getattr(os, name)))
        for name in ("write", "pwrite", "sendfile"):
            setattr(os, name, self._watched("write", getattr(os, name)))
        os.open = self._opened(os.open)
        self._commits()
        self._exchanges()
        # Written through Python's own file, and not past it.
        import numpy.lib._format_impl as written

        written.isfileobj = lambda _file: False  # type: ignore[attr-defined]

    def reach(
        self,
        operation: str,
        place: object,
        half: Callable[[], object] = lambda: None,
        error: Callable[[Kind], BaseException] | None = None,
    ) -> None:
        """Count an operation, and fail where it is the one; half of a write is done before."""
        if not (name := self._named(place)):
            return
        self.seen[f"{operation} {name}"] += 1
        fault = self.fault
        if fault is None or (f"{operation} {name}", self.seen[f"{operation} {name}"]) != fault[1:]:
            return
        self.fault = None
        half()
        self.hit()
        if fault.kind == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, fault.kind)
        # Of an open file the system says no more than the number.
        said = [] if operation in _OF_OPEN_FILES else [str(place)]
        raise error(fault.kind) if error else OSError(number, os.strerror(number), *said)

    def _named(self, place: object) -> str:
        """The place below the root with its numbers taken out; empty where it is elsewhere."""
        if isinstance(place, int):
            place = _of_handle(place)
        path = Path(os.path.abspath(os.fspath(place)))  # type: ignore[call-overload]  # noqa: PTH100
        if not path.is_relative_to(self.root):
            return ""
        return _NAMELESS.sub("*", path.relative_to(self.root).as_posix())

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(place: Any, *rest: Any, **more: Any) -> Any:
            where, folder = place, more.get("dir_fd")
            if folder is not None:
                where = _of_handle(folder) / place
            self.reach(name, where)
            return real(place, *rest, **more)

        return call

    def _opened(self, real: Callable[..., int]) -> Callable[..., int]:
        def call(place: Any, flags: int, *rest: Any, **more: Any) -> int:
            if flags & _WRITING and more.get("dir_fd") is None:
                self.reach("open", place)
            return real(place, flags, *rest, **more)

        return call

    def _open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        if isinstance(file, int) or not set(mode) & set("wax+") or not self._named(file):
            return _OPEN(file, mode, buffering, encoding, errors, newline, closefd, opener)
        self.reach("open", file)
        raw = _File(self, os.fspath(file), mode.replace("b", "").replace("t", ""), opener)
        if buffering == 0:
            return raw
        buffered = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def _commits(self) -> None:
        """Commits of every database that SQLAlchemy talks to, MLflow's included."""
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
        from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

        for dialect, place, error in (
            (SQLiteDialect_pysqlite, _sqlite_file, _sqlite_error),
            (PGDialect_psycopg, lambda _: self.root / "postgresql", _postgresql_error),
        ):
            real = dialect.do_commit

            def commit(
                own: Any,
                connection: Any,
                real: Any = real,
                place: Any = place,
                error: Any = error,
            ) -> None:
                self.reach("commit", place(connection), error=error)
                real(own, connection)

            dialect.do_commit = commit  # type: ignore[method-assign]

    def _exchanges(self) -> None:
        from pipelines import disk

        real = getattr(disk, "exchange", None)
        if real is not None:
            disk.exchange = self._watched("exchange", real)


def _of_handle(handle: int) -> Path:
    return Path(f"/proc/self/fd/{handle}").readlink()


def bounded(store: Path, pages: int) -> None:
    """Leave a SQLite file of this process no more room than for so many pages."""
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "connect")
    def _connected(connection: Any, _: object) -> None:
        if "sqlite3" in type(connection).__module__ and _sqlite_file(connection) == str(store):
            connection.execute(f"PRAGMA max_page_count = {pages}")


class _File(io.FileIO):
    """A file whose writing is watched."""

    def __init__(self, watch: Watch, path: str, mode: str, opener: Any) -> None:
        super().__init__(path, mode, opener=opener)
        self._watch = watch

    def write(self, data: Any) -> int:
        content = memoryview(data)
        half = content[: len(content) // 2]
        self._watch.reach("write", self.name, lambda: super(_File, self).write(half))
        return super().write(data)

    def truncate(self, size: int | None = None) -> int:
        self._watch.reach("truncate", self.name)
        return super().truncate(size)

    def close(self) -> None:
        first = not self.closed
        super().close()
        if first:
            self._watch.reach("close", self.name)


def _sqlite_file(connection: Any) -> str:
    cursor = connection.cursor()
    try:
        return str(cursor.execute("PRAGMA database_list").fetchone()[2])
    finally:
        cursor.close()


def _sqlite_error(kind: Kind) -> BaseException:
    import sqlite3

    said = {"EIO": "disk I/O error", "ENOSPC": "database or disk is full"}
    return sqlite3.OperationalError(said[kind])


def _postgresql_error(kind: Kind) -> BaseException:
    import psycopg.errors

    said = {"EIO": psycopg.errors.IoError, "ENOSPC": psycopg.errors.DiskFull}
    return said[kind]("said by the server")
