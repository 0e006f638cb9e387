"""A Parquet file as a source of rows.

Types stay as they are in the file, except where pandas would lose digits or make objects.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import DataError
from pipelines.sources.batches import (
    BATCH_ROWS,
    Batch,
    FileGuard,
    in_stretches,
    rejected_frame,
    row_index,
    unique_names,
    wanted_columns,
)

# Largest run of whole numbers that float64 holds exactly.
_EXACT = 2**53
_INT64_DIGITS = 18
_BUFFER = 1 << 14
# A file of larger row groups is read from its beginning, or few would have anything to do.
_LARGEST_STRETCH = 1 << 20


class ParquetSource:
    """A Parquet file.

    Raises:
        DataError: It is missing, cut short, or no Parquet.
    """

    def __init__(self, path: Path) -> None:
        # Who reads a stretch may work in another folder.
        self.path = path.absolute()
        self.name = str(path)
        self._guard = FileGuard(self.path)
        with self._open() as file:
            self.columns = unique_names(file.schema_arrow.names)
            self.rows: int | None = file.metadata.num_rows

    def digest(self, pause: Callable[[], None] = lambda: None) -> str:
        """SHA-256 of the file's bytes."""
        return self._guard.digest(pause)

    def batches(
        self, columns: Sequence[str] | None = None, size: int = BATCH_ROWS
    ) -> Iterator[Batch]:
        """As `pipelines.sources.batches.Source.batches`."""
        wanted = wanted_columns(self.name, self.columns, columns)
        self._guard.check()
        first = 1
        for part in self._parts(wanted, size):
            yield _batch(part.select(list(wanted)), first)
            first += part.num_rows
        if first == 1:
            yield _batch(self._no_rows().select(list(wanted)), first)
        self._guard.check()

    def stretches(self, columns: Sequence[str], rows: int) -> Iterator[Iterable[Batch]]:
        """As `pipelines.sources.batches.Source.stretches`: as many row groups as it takes."""
        wanted = wanted_columns(self.name, self.columns, columns)
        self._guard.check()
        with self._open() as file:
            groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        if max(groups, default=0) > _LARGEST_STRETCH or not sum(groups):
            yield from in_stretches(self.batches(columns), rows)
            return
        first, held, taken = 1, 0, []
        for number, size in enumerate(groups):
            taken.append(number)
            held += size
            if held >= rows or number == len(groups) - 1:
                yield _Stretch(self, tuple(wanted), tuple(taken), first)
                first, held, taken = first + held, 0, []

    def _parts(
        self, wanted: Sequence[str], size: int, groups: Sequence[int] | None = None, first: int = 1
    ) -> Iterator[pa.Table]:
        """The file, or its row groups from row `first` on, by `size` rows under unique names."""
        with self._open() as file:
            stored = dict(zip(self.columns, file.schema_arrow.names, strict=True))
            # Columns are read by name, and a repeated name brings all its columns.
            names = [stored[w] for w in wanted]
            whole = len(set(names)) < len(names) or any(stored[w] != w for w in wanted)
            chosen = None if whole else names
            done = first - 1
            try:
                some = {} if groups is None else {"row_groups": list(groups)}
                for batch in file.iter_batches(size, columns=chosen, use_threads=False, **some):
                    table = pa.Table.from_batches([batch])
                    yield table.rename_columns(self.columns) if whole else table
                    done += table.num_rows
            except (pa.ArrowException, OSError) as error:
                raise DataError(
                    f"{self.path} is damaged after row {done}; copy or export it again ({error})"
                ) from error

    def _no_rows(self) -> pa.Table:
        with self._open() as file:
            return file.schema_arrow.empty_table().rename_columns(self.columns)

    def _open(self) -> pq.ParquetFile:
        try:
            # Pre-buffering would hold whole row groups in memory at once, and reading without a
            # buffer a whole column of one.
            return pq.ParquetFile(self.path, pre_buffer=False, buffer_size=_BUFFER)
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"{self.path} is no Parquet file or is cut short; copy or export it again ({error})"
            ) from error


@dataclass(frozen=True)
class _Stretch:
    """Row groups of a file, read by whoever iterates over them."""

    source: ParquetSource
    wanted: tuple[str, ...]
    groups: tuple[int, ...]
    first: int

    def __iter__(self) -> Iterator[Batch]:
        first = self.first
        for part in self.source._parts(self.wanted, BATCH_ROWS, self.groups, first):
            yield _batch(part.select(list(self.wanted)), first)
            first += part.num_rows
        self.source._guard.check()


def _batch(table: pa.Table, first: int) -> Batch:
    plain = pa.table(
        [_plain(column) for column in table.columns], names=table.column_names
    ).replace_schema_metadata(None)
    # A block a column spares a copy of every number.
    frame = plain.to_pandas(date_as_object=False, split_blocks=True)
    frame.index = row_index(range(first, first + len(frame)))
    return Batch(first, frame, rejected_frame())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without types that pandas turns into objects."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_decimal(kind):
        if kind.scale > 0:
            return column.cast(pa.float64())
        # A long whole number is an account or an application, and keeps every digit as text.
        return column.cast(pa.int64() if kind.precision <= _INT64_DIGITS else pa.string())
    if pa.types.is_integer(kind) and column.null_count and _beyond_float(column):
        return column.cast(pa.string())
    return column


def _beyond_float(column: pa.ChunkedArray) -> bool:
    """Whether whole numbers with gaps would lose digits as float64."""
    ends = pc.min_max(column).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) > _EXACT
