"""Delimited text cut into records: exact row numbers, and no row lost to a broken one.

Text whose quotes are all well placed is read by Arrow. Any other block is read line by line by
the strict parser of the standard library, which gives up one line at a time where quoting is
broken. Both read well-formed text alike; a test holds them together.
"""

import csv
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc

from features.errors import DataError
from pipelines.sources.batches import Broken, RejectedRow

# A quote that closes nowhere within so much text was never meant to open.
LONGEST_RECORD = 4 << 20
_SHOWN = 1000
_QUOTE, _LF, _CR = 0x22, 0x0A, 0x0D


class Layout(NamedTuple):
    """How records are laid out.

    Attributes:
        width: Cells of a record.
        delimiter: Character between cells.
        wanted: Places of the cells to keep, from 0, in the wanted order.
    """

    width: int
    delimiter: str
    wanted: tuple[int, ...]


class Piece(NamedTuple):
    """Consecutive records.

    Attributes:
        records: Records covered, broken ones included.
        rows: Row number of each line of `table`.
        table: Wanted cells of the readable records, all text, named by their place.
        rejected: The broken records.
    """

    records: int
    rows: npt.NDArray[np.int64]
    table: pa.Table
    rejected: list[RejectedRow]

    def split(self, first: int, count: int) -> tuple["Piece", "Piece"]:
        """The first `count` records, the first of which has row number `first`, and the rest."""
        at = int(np.searchsorted(self.rows, first + count))
        head = [line for line in self.rejected if line.row < first + count]
        tail = self.rejected[len(head) :]
        return (
            Piece(count, self.rows[:at], self.table.slice(0, at), head),
            Piece(self.records - count, self.rows[at:], self.table.slice(at), tail),
        )


class Header(NamedTuple):
    """The first record, and what of the text read so far follows it."""

    cells: list[str]
    rest: bytes


def read_header(blocks: Iterator[bytes], delimiter: str) -> Header:
    """Take the header off a text.

    Raises:
        DataError: There is no header, or it is none.
    """
    buffer, final = b"", False
    while not final:
        block = next(blocks, None)
        final = block is None
        buffer += block or b"\n"
        walk = _Walk(buffer, delimiter)
        try:
            cells = next(cells for cells in walk.reader if cells)
        except StopIteration:
            continue
        except csv.Error as error:
            if walk.exhausted and not final and len(buffer) <= LONGEST_RECORD:
                continue
            raise DataError(f"the header cannot be read ({error}); mend its quotes") from error
        if "\0" in "".join(cells):
            raise DataError(
                "the header holds NUL bytes, so this is UTF-16 without its mark or no text; "
                "set encoding to utf-16-le or export it again"
            )
        return Header(cells, buffer[walk.offsets[walk.at] :])
    raise DataError("the file is empty; it needs a line with the column names")


def pieces(rest: bytes, blocks: Iterator[bytes], layout: Layout) -> Iterator[Piece]:
    """The records after the header, `rest` first and then the blocks.

    Raises:
        DataError: A line is longer than `LONGEST_RECORD` bytes.
    """
    row, buffer, final = 1, rest, False
    while not final:
        block = next(blocks, None)
        final = block is None
        # The last line may lack its end; one more changes nothing, as blank lines are no records.
        buffer += block or b"\n"
        piece, used = _piece(buffer, layout, row, final=final)
        row += piece.records
        buffer = buffer[used:]
        if piece.records:
            yield piece


def _piece(buffer: bytes, layout: Layout, row: int, *, final: bool) -> tuple[Piece, int]:
    """As many records as the buffer holds whole, and how many bytes they take."""
    cut = _clean_cut(buffer, layout.delimiter)
    # At the end of the text, what follows the cut was opened by a quote that never closes.
    stuck = cut == 0 and len(buffer) > LONGEST_RECORD
    if cut is not None and not stuck and (cut == len(buffer) or not final):
        return _by_arrow(buffer[:cut], layout, row), cut
    return _by_hand(buffer, layout, row, final=final)


def _clean_cut(buffer: bytes, delimiter: str) -> int | None:
    """End of the last whole record, or None where quotes are not all well placed.

    Well placed means: every quote opens a cell, closes one, or is doubled within one. Then all
    parsers agree, and a line end after an even number of quotes ends a record.
    """
    if b"\0" in buffer:
        return None
    end = b"\n" if b"\n" in buffer else b"\r"
    if b'"' not in buffer:
        return buffer.rfind(end) + 1
    text = np.frombuffer(buffer, dtype=np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    ends = np.flatnonzero(text == ord(end))
    ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    cut = int(ends[-1]) + 1 if len(ends) else 0
    quotes = quotes[: np.searchsorted(quotes, cut)]
    around = np.array([ord(delimiter), _LF, _CR, _QUOTE], dtype=np.uint8)
    opening, closing = quotes[0::2], quotes[1::2]
    before = text[opening[opening > 0] - 1]
    good = np.isin(before, around).all() and np.isin(text[closing + 1], around).all()
    return cut if good else None


def _by_arrow(text: bytes, layout: Layout, row: int) -> Piece:
    """Read text whose quotes are all well placed."""
    if not text.strip(b"\r\n"):
        return piece_of([], [], [], layout)
    rejected: list[RejectedRow] = []

    def ragged(found: pc.InvalidRow) -> str:
        number, shown = row + found.number - 1, found.text[:_SHOWN]
        rule = Broken.WRONG_COLUMN_COUNT
        rejected.append(RejectedRow(number, rule, shown, found.actual_columns, layout.width))
        return "skip"

    names = [str(place) for place in range(layout.width)]
    keep = [names[place] for place in layout.wanted]
    table = pc.read_csv(
        pa.BufferReader(text),
        # One thread and one block: only so are row numbers known.
        read_options=pc.ReadOptions(
            use_threads=False, column_names=names, block_size=len(text) + 1
        ),
        parse_options=pc.ParseOptions(
            delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=ragged
        ),
        convert_options=pc.ConvertOptions(
            include_columns=keep,
            column_types=dict.fromkeys(keep, pa.string()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    records = table.num_rows + len(rejected)
    rows = np.arange(row, row + records, dtype=np.int64)
    rows = np.delete(rows, [line.row - row for line in rejected])
    return Piece(records, rows, table, rejected)


class _Walk:
    """A strict parser over whole lines that knows where it stands and can be set back."""

    def __init__(self, buffer: bytes, delimiter: str) -> None:
        # The limit is the process's; it is only ever raised, to the longest record we take.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_RECORD))
        self.lines = buffer.splitlines(keepends=True)
        if self.lines and not self.lines[-1].endswith((b"\n", b"\r")):
            self.lines.pop()
        self.offsets = [0, *accumulate(map(len, self.lines))]
        self.at = 0
        self.exhausted = False
        self.reader = csv.reader(self, delimiter=delimiter, strict=True)

    def __iter__(self) -> "_Walk":
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            self.exhausted = True
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1].decode()

    def since(self, start: int) -> bytes:
        """The text from line `start` to where the parser stands."""
        return b"".join(self.lines[start : self.at])


def _by_hand(buffer: bytes, layout: Layout, row: int, *, final: bool) -> tuple[Piece, int]:
    """Read any text record by record; stop before one that the buffer does not end."""
    walk = _Walk(buffer, layout.delimiter)
    if not walk.lines and len(buffer) > LONGEST_RECORD:
        raise DataError(
            f"the line of row {row} is longer than {LONGEST_RECORD} bytes; is it delimited text?"
        )
    good: list[list[str]] = []
    rows: list[int] = []
    rejected: list[RejectedRow] = []
    # Lines before this one were once swallowed by a broken quote: they may be parts of a record.
    doubtful = 0
    while walk.at < len(walk.lines):
        start, number = walk.at, row + len(good) + len(rejected)
        try:
            cells = next(walk.reader)
        except csv.Error:
            if walk.exhausted and not final and len(buffer) - walk.offsets[start] < LONGEST_RECORD:
                walk.at = start
                break
            # Only the line that opened the quote is given up; the next is read afresh.
            doubtful, walk.at, walk.exhausted = max(doubtful, walk.at), start + 1, False
            rejected.append(_reject(number, Broken.BROKEN_QUOTING, walk.since(start)))
            continue
        if not cells:
            continue
        text = walk.since(start)
        if rule := _broken(cells, text, layout, doubtful=start < doubtful):
            rejected.append(_reject(number, rule, text, len(cells), layout.width))
        else:
            good.append(cells)
            rows.append(number)
    return piece_of(good, rows, rejected, layout), walk.offsets[walk.at]


def _broken(cells: list[str], text: bytes, layout: Layout, *, doubtful: bool) -> Broken | None:
    if b"\0" in text:
        return Broken.NUL_BYTE
    # The tail of a torn record can have the right number of cells, but its quotes give it away.
    if doubtful and _clean_cut(text, layout.delimiter) != len(text):
        return Broken.BROKEN_QUOTING
    return None if len(cells) == layout.width else Broken.WRONG_COLUMN_COUNT


def _reject(row: int, rule: Broken, text: bytes, found: int = 0, expected: int = 0) -> RejectedRow:
    counted = rule == Broken.WRONG_COLUMN_COUNT
    shown = text[:_SHOWN].decode("utf-8", "ignore")
    return RejectedRow(row, rule, shown, found if counted else 0, expected if counted else 0)


def piece_of(
    good: list[list[str]], rows: list[int], rejected: list[RejectedRow], layout: Layout
) -> Piece:
    """Records read by hand, as a piece."""
    columns = list(zip(*good, strict=True)) or [()] * layout.width
    table = pa.table({str(place): pa.array(columns[place], pa.string()) for place in layout.wanted})
    numbers = np.array(rows, dtype=np.int64)
    return Piece(len(good) + len(rejected), numbers, table, rejected)
