"""A table with the columns of its ties beside its own."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.associations.columns import ALARM
from features.associations.keys import PREFIX
from pipelines import disk
from pipelines.job import Advance
from pipelines.sinks import CsvSink
from pipelines.ties.source import ROW, TiedSource

FORMS = (".csv", ".parquet")
"""How the name of such a table may end."""
LISTS = ("rejects", "alarms", "repeated")
"""What is listed beside it, in files named after it."""


class Written(NamedTuple):
    """What was written.

    Attributes:
        rejects: Where the lines are listed that could not be read.
        broken: How many there are.
        alarms: Where the applications are listed that raise an alarm.
        raised: How many there are.
        repeated: Where the applications are listed whose ids came before.
        came: How many there are.
    """

    rejects: Path
    broken: int
    alarms: Path
    raised: int
    repeated: Path
    came: int


def write_widened(
    source: TiedSource, known_by: Sequence[str], output: Path, advance: Advance
) -> Written:
    """Write a source's rows as they are, each with what it was told.

    Args:
        source: The rows with their ties.
        known_by: Columns by which people know an application.
        output: Where to; whole, or not at all.
        advance: Told how many rows are written.

    Raises:
        DataError: The disk is full, or the place cannot be written to.
    """
    lists = [output.with_name(f"{output.stem}-{name}.csv") for name in LISTS]
    done, came = 0, source.repeated()
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with disk.writing(output) as file, _writer(output, file) as write:
            listed: list[list[pd.DataFrame]] = [[] for _ in LISTS]
            for batch in source.batches(source.columns):
                write(batch.frame)
                listed[0].append(batch.rejected)
                listed[1].append(raised(batch.frame, known_by))
                listed[2].append(known(batch.frame, came, known_by))
                done += len(batch.frame)
                advance(done, source.rows or 0)
        counts = [_listed(*each) for each in zip(lists, listed, strict=True)]
    except OSError as error:
        raise disk.explained(error, output) from error
    rejects, alarms, repeated = zip(lists, counts, strict=True)
    return Written(*rejects, *alarms, *repeated)


def raised(frame: pd.DataFrame, known_by: Sequence[str]) -> pd.DataFrame:
    """The applications of a frame that raise an alarm, with their ties."""
    ties = [name for name in frame.columns if name.startswith(PREFIX) and name != ALARM]
    return frame.loc[frame[ALARM] > 0, [*known_by, *ties]]


def known(frame: pd.DataFrame, rows: NDArray[np.int64], known_by: Sequence[str]) -> pd.DataFrame:
    """The applications of a frame in some of a source's rows, with the rows' numbers."""
    found = frame.loc[frame.index.isin(rows), list(known_by)]
    return found.rename_axis(index=ROW).reset_index()


def _listed(place: Path, frames: list[pd.DataFrame]) -> int:
    """Write a list for people; a list of nothing, left by an earlier run, goes."""
    count = sum(map(len, frames))
    if count:
        rows = pd.concat(frames)
        with CsvSink(place, list(rows.columns)) as sink:
            sink.write(rows)
    else:
        place.unlink(missing_ok=True)
    return count


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
