"""A table with the columns of its ties beside its own."""

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from pipelines import disk
from pipelines.job import Advance
from pipelines.sinks import CsvSink
from pipelines.sources import Source

FORMS = (".csv", ".parquet")
"""How the name of such a table may end."""


class Written(NamedTuple):
    """What was written.

    Attributes:
        rejects: Where the lines are listed that could not be read.
        broken: How many there are.
    """

    rejects: Path
    broken: int


def write_widened(source: Source, told: pd.DataFrame, output: Path, advance: Advance) -> Written:
    """Write a source's rows as they are, each with what it was told.

    Args:
        source: The rows.
        told: By row number; a row that is not there was told nothing.
        output: Where to; whole, or not at all.
        advance: Told how many rows are written.

    Raises:
        DataError: The disk is full, or the place cannot be written to.
    """
    rejects = output.with_name(f"{output.stem}-rejects.csv")
    done = broken = 0
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with disk.writing(output) as file, _writer(output, file) as write:
            listed = []
            for batch in source.batches(source.columns):
                write(batch.frame.join(told))
                listed.append(batch.rejected)
                broken += len(batch.rejected)
                done += len(batch.frame)
                advance(done, source.rows or 0)
        if broken:
            with CsvSink(rejects) as sink:
                sink.write(pd.concat(listed))
    except OSError as error:
        raise disk.explained(error, output) from error
    return Written(rejects, broken)


@contextmanager
def _writer(output: Path, file: BinaryIO) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Writes frames one after the other; their columns are those of the first."""
    opened: list[tuple[pa.Schema, pc.CSVWriter | pq.ParquetWriter]] = []

    def write(frame: pd.DataFrame) -> None:
        schema = opened[0][0] if opened else None
        rows = pa.Table.from_pandas(frame, schema, preserve_index=False, nthreads=1)
        rows = rows.replace_schema_metadata(None)
        if not opened:
            opened.append((rows.schema, _opened(output, file, rows.schema)))
        opened[0][1].write_table(rows)

    try:
        yield write
    finally:
        for _, writer in opened:
            writer.close()


def _opened(output: Path, file: BinaryIO, schema: pa.Schema) -> pc.CSVWriter | pq.ParquetWriter:
    if output.suffix == ".parquet":
        return pq.ParquetWriter(file, schema)
    # Without the mark, Excel garbles Chinese.
    file.write(codecs.BOM_UTF8)
    return pc.CSVWriter(file, schema)
