"""Tables written batch by batch, whose bytes depend on the rows alone and not on the batches."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import DataError
from pipelines import disk
from pipelines.sources.batches import REJECT_COLUMNS
from pipelines.spreadsheet import harmless

ROW_GROUP = 100_000


class TableFile:
    """A Parquet file from Arrow tables of one schema; a context manager.

    Written through a plain Python file, so that a full disk is an error of that file.

    Args:
        path: Where to write.
        schema: Of every table.
        level: How hard zstd compresses.
        typed: Whether Arrow's own types are kept in the file beside Parquet's.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, level: int = 1, typed: bool = False):
        self._path = path
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(
            self._file,
            schema,
            compression="zstd",
            compression_level=level,
            use_dictionary=[field.name for field in schema if not _number(field.type)],
            store_schema=typed,
        )
        self._held = [schema.empty_table()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with disk.named(self._path):
            try:
                if kind is None:
                    self._flush(last=True)
                self._writer.close()
            finally:
                self._file.close()

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        self._held.append(table)
        with disk.named(self._path):
            self._flush(last=False)

    def _flush(self, *, last: bool) -> None:
        """Write full row groups, so that their borders do not follow the batches'."""
        if not last and sum(t.num_rows for t in self._held) < ROW_GROUP:
            return
        held = pa.concat_tables(self._held)
        while held.num_rows >= ROW_GROUP or (last and held.num_rows):
            group = held.slice(0, ROW_GROUP)
            self._writer.write_table(group.unify_dictionaries().combine_chunks(), ROW_GROUP)
            held = held.slice(ROW_GROUP)
        self._held = [held]


class ParquetSink:
    """A Parquet file from frames; a context manager.

    Column types are those of the first batch, where a column of nothing but missing values is
    text. A named index becomes the first column; a nameless one is dropped.
    """

    def __init__(self, path: Path, schema: pa.Schema | None = None) -> None:
        self.path = path
        self.rows = 0
        self._schema = schema
        self._file = self._opened(schema) if schema is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.__exit__(kind, error, trace)

    def write(self, frame: pd.DataFrame) -> None:
        """Append rows.

        Raises:
            DataError: A column is missing, new, or of another type than in the first batch.
        """
        named = frame.reset_index() if frame.index.name is not None else frame
        if self._schema is None or self._file is None:
            self._schema = _schema(named)
            self._file = self._opened(self._schema)
        if list(named.columns) != self._schema.names:
            raise DataError(
                f"{self.path.name}: a batch has columns {list(named.columns)} and the first had "
                f"{self._schema.names}"
            )
        try:
            table = pa.Table.from_pandas(named, self._schema, preserve_index=False, nthreads=1)
        except (pa.ArrowException, TypeError) as error:
            raise DataError(
                f"{self.path.name}: a batch has another type of values than the first in "
                f"{_culprit(named, self._schema)}"
            ) from error
        self._file.write(table.replace_schema_metadata(None))
        self.rows += len(frame)

    def _opened(self, schema: pa.Schema) -> TableFile:
        return TableFile(self.path, schema, level=3, typed=True)


class CsvSink:
    """A CSV file for people to open in a spreadsheet; a context manager.

    UTF-8 with a byte order mark, without which Excel garbles Chinese. Its header is written even
    when no row is. A text cell that a spreadsheet would run as a formula gets an apostrophe in
    front, since rejected values are an applicant's own words; plain numbers such as -5 stay as
    they are. So this file is for reading: where exact values matter, go to the source by `row`.
    """

    def __init__(self, path: Path, columns: Sequence[str] = REJECT_COLUMNS) -> None:
        self.path = path
        self.columns = tuple(columns)
        self.rows = 0
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        csv.writer(self._file).writerow(self.columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with disk.named(self.path):
            self._file.close()

    def write(self, frame: pd.DataFrame) -> None:
        """Append rows.

        Raises:
            DataError: The columns are not those of the header.
        """
        if set(frame.columns) != set(self.columns):
            raise DataError(
                f"{self.path.name}: columns {list(frame.columns)} are not {list(self.columns)}"
            )
        safe = frame[list(self.columns)].copy()
        for name in safe.columns:
            if not pd.api.types.is_numeric_dtype(safe[name].dtype):
                safe[name] = safe[name].map(harmless).astype(object)
        with disk.named(self.path):
            safe.to_csv(self._file, header=False, index=False, lineterminator="\r\n")
        self.rows += len(frame)


def _number(kind: pa.DataType) -> bool:
    """Whether values hardly repeat, so that listing them first costs time and room for nothing."""
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _schema(frame: pd.DataFrame) -> pa.Schema:
    found = pa.Schema.from_pandas(frame, preserve_index=False)
    return pa.schema([(field.name, _stored(field.type)) for field in found])


def _stored(kind: pa.DataType) -> pa.DataType:
    """The stored form of a type: text is one type however pandas holds it."""
    text = pa.types.is_null(kind) or pa.types.is_large_string(kind)
    return pa.string() if text else kind


def _culprit(frame: pd.DataFrame, schema: pa.Schema) -> str:
    """The column that does not convert."""
    for field in schema:
        try:
            pa.Array.from_pandas(frame[field.name], type=field.type)
        except (pa.ArrowException, TypeError):
            return f'"{field.name}"'
    return "some column"
