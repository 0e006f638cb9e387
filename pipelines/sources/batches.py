"""What every source of rows hands over, and what all sources check alike.

Reading a format belongs to `pipelines.sources.csv_source`, `pipelines.sources.parquet_source` and
`pipelines.sources.sql_source`; choosing among them to `pipelines.sources`.
"""

import difflib
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.associations.keys import PREFIX
from features.errors import DataError

BATCH_ROWS = 10_000
REJECT_COLUMNS = ("row", "application_id", "field", "rule", "value")
_NUMBER = re.compile(r"\s*[+-]?\d+([.,]\d+)?\s*")
_EXCERPT = 80
_SHOWN = 10
_BLOCK = 1 << 20


class Broken(StrEnum):
    """Why the format itself breaks a row, so that no cell of it can be trusted."""

    WRONG_COLUMN_COUNT = "wrong-column-count"
    BROKEN_QUOTING = "broken-quoting"
    NUL_BYTE = "nul-byte"


class Batch(NamedTuple):
    """Some consecutive rows of a source.

    Row numbers count the records of the source from 1. In a text file the header is none of
    them, blank lines are not counted, and a record may span lines. Batch k of size s covers
    exactly the rows (k - 1) * s + 1 to k * s, broken ones included.

    Attributes:
        first_row: Number of the first row the batch covers.
        frame: The readable rows, the wanted columns in the wanted order; the index, named
            `row`, holds the row numbers, which have gaps where rows are broken.
        rejected: The broken rows, with columns `REJECT_COLUMNS`.
    """

    first_row: int
    frame: pd.DataFrame
    rejected: pd.DataFrame


class Source(Protocol):
    """A table of rows that can be read any number of times, in one fixed order."""

    @property
    def name(self) -> str:
        """What to call it in messages; never holds a password."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns, each once."""
        ...

    @property
    def rows(self) -> int | None:
        """Number of rows; None where only reading it all would tell."""
        ...

    def digest(self, pause: Callable[[], None] = lambda: None) -> str:
        """SHA-256 of what is read.

        Args:
            pause: Called now and then while it is read; may raise to end the reading.

        Raises:
            DataError: The source breaks or changes while it is read.
        """
        ...

    def batches(
        self, columns: Sequence[str] | None = None, size: int = BATCH_ROWS
    ) -> Iterator[Batch]:
        """The rows in order; a source without rows gives one empty batch.

        Args:
            columns: Wanted columns; all where None.
            size: Rows of each batch but the last.

        Raises:
            DataError: A wanted column is missing, or the source breaks while it is read.
        """
        ...

    def stretches(self, columns: Sequence[str], rows: int) -> Iterator[Iterable[Batch]]:
        """The rows in stretches of about `rows`, in order, each to be read once by whoever has it.

        The same source always parts the same way. Where the format allows, a stretch reads its
        rows by itself when it is iterated, and can be pickled: what nobody reads costs nothing.

        Raises:
            DataError: As `batches`.
        """
        ...


def in_stretches(batches: Iterator[Batch], rows: int) -> Iterator[tuple[Batch, ...]]:
    """Stretches of a source that can only be read from its beginning."""
    most = max(1, rows // BATCH_ROWS)
    while stretch := tuple(islice(batches, most)):
        yield stretch


class RejectedRow(NamedTuple):
    """One row that the format breaks.

    Attributes:
        row: Its number.
        rule: What is wrong.
        text: Its characters.
        found: Number of cells it has; 0 where that cannot be told.
        expected: Number of columns.
    """

    row: int
    rule: Broken
    text: str
    found: int = 0
    expected: int = 0

    @property
    def value(self) -> str:
        """An excerpt, after the cell count where the count is what is wrong."""
        line = " ".join(self.text.replace("\0", "\\0").split())
        short = line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"
        return f"[{self.found}/{self.expected}] {short}" if self.found else short


def rejected_frame(rejected: Iterable[RejectedRow] = ()) -> pd.DataFrame:
    """Broken rows as a table with columns `REJECT_COLUMNS`.

    Neither application nor field is named: in a broken row no cell is where it belongs.
    """
    lines = list(rejected)
    texts = {"application_id": "", "field": "", "rule": [str(r.rule) for r in lines]}
    texts["value"] = [r.value for r in lines]
    index = pd.RangeIndex(len(lines))
    frame = pd.DataFrame({"row": np.array([r.row for r in lines], dtype=np.int64)}, index=index)
    for name, values in texts.items():
        frame[name] = pd.Series(values, index=index, dtype="str")
    return frame


def row_index(rows: Sequence[int] | npt.NDArray[np.int64]) -> "pd.Index[int]":
    """Row numbers as the index of a batch's frame."""
    return cast("pd.Index[int]", pd.Index(np.asarray(rows, dtype=np.int64), name="row"))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Column names, each once: an empty one is called by its place, a repeated one too.

    A repeated name is taken away from all its columns, so that wanting it is an error and never
    a silent choice between them.

    Example:
        >>> unique_names(["", "id", "age", "id"])
        ('column_1', 'id (column 2)', 'age', 'id (column 4)')
    """
    named = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    times = Counter(named)
    return tuple(
        name if times[name] == 1 else f"{name} (column {place})"
        for place, name in enumerate(named, 1)
    )


def wanted_columns(
    name: str, columns: Sequence[str], wanted: Sequence[str] | None
) -> tuple[str, ...]:
    """The columns to read, in order, each once.

    Raises:
        DataError: A wanted column is missing; the message names the nearest names there are.
    """
    if wanted is None:
        return tuple(columns)
    chosen = tuple(dict.fromkeys(wanted))
    if not chosen:
        raise DataError(f"no column of {name} is wanted; the dictionary must name some it has")
    missing = [column for column in chosen if column not in set(columns)]
    if missing:
        raise DataError(_missing(name, columns, missing))
    return chosen


def _missing(name: str, columns: Sequence[str], missing: Sequence[str]) -> str:
    if any(_NUMBER.fullmatch(column) for column in columns):
        # What stands in a headerless file's first line is an applicant's, and stays out of here.
        return (
            f"{name} lacks {_listed(missing)}, and its first line looks like data; "
            "add a line with the column names"
        )
    if all(column.startswith(PREFIX) for column in missing):
        return (
            f"{name} lacks {_listed(missing)}, columns of ties, which its dictionary asks for; "
            "`risk ties` makes a table that has them, and a night with `[ties] state` in risk.toml "
            "needs no such table"
        )
    hints = [hint for column in missing[:_SHOWN] if (hint := _nearest(column, columns))]
    return (
        f"{name} lacks {_listed(missing)}{'; ' if hints else ''}{'; '.join(hints)}; it has "
        f"{_listed(columns)}; rename the column in the data or the field in dictionary.toml"
    )


def _nearest(column: str, columns: Sequence[str]) -> str:
    """What may be meant by a name that is not there."""
    twins = [c for c in columns if c.startswith(f"{column} (column ")]
    if twins:
        return f'"{column}" stands more than once, as {_listed(twins)}, so it is ambiguous'
    folded = {c.strip().casefold(): c for c in columns}
    near = difflib.get_close_matches(column.strip().casefold(), folded, n=2)
    return f'for "{column}" there is {_listed([folded[n] for n in near])}' if near else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


class FileGuard:
    """Names a file's bytes, and notices that they are replaced or written while a run reads it.

    Raises:
        DataError: The path does not exist, is no file, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._digest = ""
        if path.is_dir():
            raise DataError(f"{path} is a directory; give one file in it")
        if not path.exists():
            raise DataError(f"{path} does not exist; check the path ({_beside(path)})")
        if not os.access(path, os.R_OK):
            raise DataError(f"{path} may not be read by this user; check its permissions")
        self._seen = self._look()

    def check(self) -> None:
        """Refuse to go on with a file that is not the one first seen."""
        if self._look() != self._seen:
            raise DataError(f"{self.path} changed while it was being read; run again")

    def digest(self, pause: Callable[[], None]) -> str:
        """SHA-256 of the file's bytes, which are read once; `pause` is called between blocks."""
        if not self._digest:
            hasher = hashlib.sha256()
            with self.path.open("rb") as file:
                while block := file.read(_BLOCK):
                    pause()
                    hasher.update(block)
            self._digest = hasher.hexdigest()
        self.check()
        return self._digest

    def _look(self) -> tuple[int, int, int]:
        try:
            seen = self.path.stat()
        except OSError as error:
            raise DataError(f"{self.path} went away while it was being read") from error
        return seen.st_ino, seen.st_size, seen.st_mtime_ns


def _beside(path: Path) -> str:
    """What lies where the file was looked for."""
    folder = path.parent
    if not folder.is_dir():
        return f"{folder} does not exist either"
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    near = difflib.get_close_matches(path.name, names, n=3) or names[:3]
    return f"beside it: {', '.join(near)}" if near else f"{folder} is empty"
