"""A table of papers in JSON lines or Parquet, with `application_id`, `document` and `text` a row.

It is read from end to end and never held: the texts of the wanted applications are put aside in a
temporary file that has no name and goes when it is closed.
"""

import hashlib
import json
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DataError
from pipelines.papers.formats import LONGEST_TEXT, of_text
from pipelines.papers.source import BATCH, Held
from pipelines.sources.batches import FileGuard, wanted_columns
from risk.papers import Paper, Unread

COLUMNS = ("application_id", "document", "text")
LONGEST_LINE = 16 << 20
_PARQUET_ROWS = 256  # texts are long, and a batch of them is held


class _Table(Protocol):
    """A table of papers, row by row."""

    name: str

    def rows(self) -> Iterator[Held | None]:
        """All rows in order; None for one that belongs to no application."""
        ...


class JsonLinesPapers:
    """One JSON object a line.

    Raises:
        DataError: The file cannot be read; when it is read, that no line is an object, or that
            all lack a column.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._guard = FileGuard(path)

    def digest(self) -> str:
        """SHA-256 of the file's bytes."""
        return _digest(self._path, self._guard)

    def batches(self) -> Iterator[list[Held]]:
        """All papers, some at a time."""
        return _batches(self)

    def gather(self, wanted: Collection[str], known: Collection[str]) -> "TableGathered":
        """As `pipelines.papers.source.Papers.gather`."""
        return TableGathered(self, wanted, known)

    def rows(self) -> Iterator[Held | None]:
        """All rows in order; a line that is no object with an id is None, an empty one nothing."""
        lines, names = 0, dict[str, None]()
        with self._path.open("rb") as file:
            while line := file.readline(LONGEST_LINE):
                if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
                    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                        pass
                    yield None
                elif line.strip(b" \t\r\n\xef\xbb\xbf"):
                    lines += 1
                    row = _of_line(line)
                    # The first object's names are enough to show, and the columns to be sure.
                    names |= dict.fromkeys(name for name in row if not names or name in COLUMNS)
                    yield _held(*(row.get(name) for name in COLUMNS))
        self._guard.check()
        if lines and not names:
            raise DataError(f"no line of {self._path} is a JSON object; export one object a line")
        if lines:
            wanted_columns(self.name, list(names), COLUMNS)


class ParquetPapers:
    """A Parquet file with the three columns; others are passed over.

    Raises:
        DataError: It is no Parquet, or lacks a column.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._guard = FileGuard(path)
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                names = file.schema_arrow.names
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{path} is no Parquet file or is cut short; copy it again") from error
        wanted_columns(self.name, names, COLUMNS)

    def digest(self) -> str:
        """SHA-256 of the file's bytes."""
        return _digest(self._path, self._guard)

    def batches(self) -> Iterator[list[Held]]:
        """All papers, some at a time."""
        return _batches(self)

    def gather(self, wanted: Collection[str], known: Collection[str]) -> "TableGathered":
        """As `pipelines.papers.source.Papers.gather`."""
        return TableGathered(self, wanted, known)

    def rows(self) -> Iterator[Held | None]:
        """All rows in order."""
        try:
            with pq.ParquetFile(self._path, pre_buffer=False) as file:
                for batch in file.iter_batches(_PARQUET_ROWS, columns=list(COLUMNS)):
                    columns = [batch.column(batch.schema.get_field_index(c)) for c in COLUMNS]
                    for row in zip(*(column.to_pylist() for column in columns), strict=True):
                        yield _held(*row)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{self._path} is damaged; copy or export it again") from error
        self._guard.check()


class _Place(NamedTuple):
    """Where a row was put aside."""

    name: str
    offset: int


class TableGathered:
    """The papers of the wanted applications, put aside in one reading of the table."""

    def __init__(self, table: _Table, wanted: Collection[str], known: Collection[str]) -> None:
        wanted, known = frozenset(wanted), frozenset(known)
        self.broken = 0
        self._places: dict[str, list[_Place]] = {}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        try:
            self.unmatched = self._gathered(table, wanted, known)
        except BaseException:
            self.close()
            raise

    def _gathered(self, table: _Table, wanted: Collection[str], known: Collection[str]) -> int:
        """Put the wanted aside; how many ids belong to no application."""
        strangers: set[int] = set()
        for held in table.rows():
            if held is None:
                self.broken += 1
            elif held.application_id in wanted:
                place = _Place(held.paper.name, self._file.tell())
                self._places.setdefault(held.application_id, []).append(place)
                self._file.write(held.paper.model_dump_json().encode() + b"\n")
            elif held.application_id not in known:
                strangers.add(hash(held.application_id))
        return len(strangers)

    def of(self, application_id: str) -> tuple[Paper, ...]:
        """The application's papers, ordered by name and then as they stand in the table."""
        return tuple(self._read(place) for place in sorted(self._places.get(application_id, ())))

    def _read(self, place: _Place) -> Paper:
        self._file.seek(place.offset)
        return Paper.model_validate_json(self._file.readline())

    def close(self) -> None:
        """Let the temporary file go."""
        self._file.close()


def _of_line(line: bytes) -> dict[str, object]:
    """The line's object; an empty one where it is none."""
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _held(application_id: object, document: object, text: object) -> Held | None:
    """One row; None where it says no application."""
    if isinstance(application_id, bool) or not isinstance(application_id, str | int):
        return None
    named = str(application_id).strip()
    if not named:
        return None
    name = _whole(document) if isinstance(document, str) else ""
    if text is None:
        return Held(named, Paper(name=name, unread=Unread.EMPTY))
    if not isinstance(text, str):
        return Held(named, Paper(name=name, unread=Unread.UNREADABLE))
    if len(text) > LONGEST_TEXT:
        return Held(named, Paper(name=name, unread=Unread.TOO_LARGE))
    return Held(named, of_text(name, _whole(text)))


def _whole(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can spell and nothing can store."""
    return text.encode("utf-8", "replace").decode()


def _batches(table: _Table) -> Iterator[list[Held]]:
    batch: list[Held] = []
    for held in table.rows():
        if held is not None:
            batch.append(held)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _digest(path: Path, guard: FileGuard) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    guard.check()
    return digest
