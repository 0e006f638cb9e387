"""A table of applications with the columns of their ties beside its own, joined as it is read.

Nothing of the table is copied: its rows, their numbers and its broken lines stay as they are.
"""

import bisect
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.associations.keys import PREFIX
from pipelines.sources import BATCH_ROWS, Batch, Source
from pipelines.sources.batches import FileGuard, wanted_columns

ROW = "row"
_ALWAYS = f"{PREFIX}group"
"""A column that is missing where an id came before, and nowhere else."""


class TiedSource:
    """A source, and what its applications were told.

    Args:
        source: The applications.
        told: A Parquet file with a column `row` that rises, and the columns of ties.
    """

    def __init__(self, source: Source, told: Path) -> None:
        self._source, self._told = source, told.absolute()
        self._guard = FileGuard(self._told)
        self._ties = tuple(name for name in pq.read_schema(told).names if name != ROW)
        self.name, self.rows = source.name, source.rows
        self.columns = (*source.columns, *self._ties)

    def digest(self, pause: Callable[[], None] = lambda: None) -> str:
        """SHA-256 over the source's and that of what was told."""
        both = f"{self._source.digest(pause)} {self._guard.digest(pause)}"
        return hashlib.sha256(both.encode()).hexdigest()

    def batches(
        self, columns: Sequence[str] | None = None, size: int = BATCH_ROWS
    ) -> Iterator[Batch]:
        """As `pipelines.sources.batches.Source.batches`."""
        wanted, own, joined = self._parted(columns)
        return iter(_Joined(self._source.batches(own, size), self._told, wanted, joined))

    def stretches(self, columns: Sequence[str], rows: int) -> Iterator[Iterable[Batch]]:
        """As `pipelines.sources.batches.Source.stretches`."""
        wanted, own, joined = self._parted(columns)
        for stretch in self._source.stretches(own, rows):
            yield _Joined(stretch, self._told, wanted, joined)

    def repeated(self) -> NDArray[np.int64]:
        """Row numbers of the applications whose ids came before, so that they were told nothing."""
        with pq.ParquetFile(self._told) as file:
            groups = file.iter_batches(columns=[ROW, _ALWAYS])
            found = [np.asarray(each[ROW])[np.isnan(each[_ALWAYS])] for each in groups]
        return np.concatenate([np.empty(0, np.int64), *found])

    def _parted(
        self, columns: Sequence[str] | None
    ) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The wanted columns, those of them that are the source's, and those that were told."""
        wanted = wanted_columns(self.name, self.columns, columns)
        ties = set(self._ties)
        own = tuple(name for name in wanted if name not in ties)
        # Somebody who wants ties alone needs the rows' numbers all the same.
        return wanted, own or self._source.columns[:1], tuple(n for n in wanted if n in ties)


@dataclass(frozen=True)
class _Joined:
    """Batches of a source, joined by whoever iterates over them."""

    batches: Iterable[Batch]
    told: Path
    wanted: tuple[str, ...]
    joined: tuple[str, ...]

    def __iter__(self) -> Iterator[Batch]:
        told = _Told(self.told, self.joined)
        for batch in self.batches:
            if not self.joined:
                yield batch
                continue
            more = told.at(batch.frame.index)
            yield batch._replace(frame=batch.frame.join(more)[list(self.wanted)])


class _Told:
    """What was told, read group by group as rows are asked for in their order."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._path, self._columns = path, columns
        self._firsts = _firsts(path, path.stat().st_mtime_ns) if columns else ()
        self._group = lru_cache(maxsize=2)(self._read)

    def at(self, rows: "pd.Index[int]") -> pd.DataFrame:
        """What rows were told; missing where one was told nothing."""
        if not len(rows) or not self._firsts:
            groups = [0] if self._firsts else []
        else:
            first = max(bisect.bisect_right(self._firsts, int(rows[0])) - 1, 0)
            groups = list(range(first, bisect.bisect_right(self._firsts, int(rows[-1]))))
        parts = [self._group(number) for number in groups]
        found = pd.concat(parts) if parts else self._empty()
        return found.reindex(rows)

    def _read(self, number: int) -> pd.DataFrame:
        with pq.ParquetFile(self._path) as file:
            table = file.read_row_group(number, columns=[ROW, *self._columns], use_threads=False)
        return pd.DataFrame(table.to_pandas()).set_index(ROW)

    def _empty(self) -> pd.DataFrame:
        table = pq.read_schema(self._path).empty_table().select([ROW, *self._columns])
        return pd.DataFrame(table.to_pandas()).set_index(ROW)


@lru_cache(maxsize=4)
def _firsts(path: Path, _written: int) -> tuple[int, ...]:
    """The first row of each group."""
    with pq.ParquetFile(path) as file:
        place = file.schema_arrow.get_field_index(ROW)
        metadata = file.metadata
        return tuple(
            metadata.row_group(n).column(place).statistics.min
            for n in range(metadata.num_row_groups)
            if metadata.row_group(n).num_rows
        )
