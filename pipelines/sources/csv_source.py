"""A delimited text file as a source of rows; every cell is text, so leading zeros survive.

Cutting text into records belongs to `csv_records`, finding encoding and delimiter to `csv_text`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

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
from pipelines.sources.csv_records import Layout, Piece, piece_of, pieces, read_header
from pipelines.sources.csv_text import TextFile, checked_delimiter, found_delimiter


class CsvSource:
    """A text file with a header line and delimited cells, plain or gzip.

    Cells may be quoted with `"`, doubled inside quotes, and may then hold delimiters and line
    ends. Spaces around column names are dropped; an empty name becomes `column_N`.

    Attributes:
        encoding: How its characters are encoded, given or found.
        delimiter: What stands between its cells, given or found.

    Raises:
        DataError: It is missing, empty, or no text in the encoding.
    """

    def __init__(
        self, path: Path, *, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        self.path = path
        self.name = str(path)
        self.rows: int | None = None
        self._guard = FileGuard(path)
        self._text = TextFile(path, encoding)
        self.encoding = self._text.encoding
        self.delimiter = (
            found_delimiter(self._text.sample())
            if delimiter is None
            else checked_delimiter(delimiter)
        )
        self.columns = unique_names([name.strip() for name in self._header(self._text.blocks())[0]])

    def digest(self, pause: Callable[[], None] = lambda: None) -> str:
        """SHA-256 of the file's bytes."""
        return self._guard.digest(pause)

    def batches(
        self, columns: Sequence[str] | None = None, size: int = BATCH_ROWS
    ) -> Iterator[Batch]:
        """As `pipelines.sources.batches.Source.batches`."""
        wanted = wanted_columns(self.name, self.columns, columns)
        places = tuple(self.columns.index(name) for name in wanted)
        layout = Layout(len(self.columns), self.delimiter, places)
        self._guard.check()
        for first, group in _cut(self._pieces(layout), layout, size):
            yield _batch(first, group, wanted)
        self._guard.check()

    def stretches(self, columns: Sequence[str], rows: int) -> Iterator[Iterable[Batch]]:
        """As `pipelines.sources.batches.Source.stretches`."""
        return in_stretches(self.batches(columns), rows)

    def _pieces(self, layout: Layout) -> Iterator[Piece]:
        blocks = self._text.blocks()
        _, rest = self._header(blocks)
        try:
            yield from pieces(rest, blocks, layout)
        except UnicodeDecodeError as error:
            raise DataError(f"{self.path} changed while it was being read; run again") from error
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from error

    def _header(self, blocks: Iterator[bytes]) -> tuple[list[str], bytes]:
        try:
            return read_header(blocks, self.delimiter)
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from error


def _cut(parts: Iterator[Piece], layout: Layout, size: int) -> Iterator[tuple[int, list[Piece]]]:
    """Pieces regrouped so that each group covers `size` rows; at least one group comes."""
    nothing = piece_of([], [], [], layout)
    first, held, group = 1, 0, [nothing]
    for piece in parts:
        start = first + held
        while held + piece.records >= size:
            head, piece = piece.split(start, size - held)
            yield first, [*group, head]
            first, held, group = first + size, 0, [nothing]
            start = first
        group.append(piece)
        held += piece.records
    if held or first == 1:
        yield first, group


def _batch(first: int, group: Sequence[Piece], wanted: Sequence[str]) -> Batch:
    table = pa.concat_tables([piece.table for piece in group]).rename_columns(list(wanted))
    frame = table.to_pandas()
    frame.index = row_index(np.concatenate([piece.rows for piece in group]))
    return Batch(first, frame, rejected_frame(line for piece in group for line in piece.rejected))
