"""A delimited text file as UTF-8 bytes: its encoding, its delimiter, its blocks.

Cutting the text into records belongs to `pipelines.sources.csv_records`.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from features.errors import DataError

BLOCK = 4 << 20
_SAMPLE = 1 << 18
_SAMPLE_RECORDS = 100
_NEIGHBOURHOOD = 1 << 15
DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class TextFile:
    """A text file, plain or gzip, whose whole text is known to decode.

    Attributes:
        path: Where it lies.
        encoding: The encoding given, or found: that of a byte order mark, else UTF-8 where the
            whole file is UTF-8, else GB18030 where the whole file is that.

    Raises:
        DataError: The file is in no such encoding, or its gzip is broken.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        if encoding is None:
            self.encoding = self._found()
            return
        self.encoding = _known(encoding)
        if self.encoding == "utf-16":
            # Which half comes first is in the mark; without one, as Windows writes it.
            self.encoding = self._marked() or "utf-16-le"
        if fault := self._fault(self.encoding):
            raise DataError(f"{path} is not {encoding}: {fault}; correct the setting encoding")

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The text as UTF-8 in pieces of about `size` bytes, without byte order mark."""
        if self.encoding != "utf-8":
            for text in self._decoded(self.encoding, size):
                yield text.encode()
            return
        first = True
        for block in self._raw(size):
            yield block.removeprefix(codecs.BOM_UTF8) if first else block
            first = False

    def sample(self) -> str:
        """The beginning of the text, some hundred thousand characters."""
        return next(self._decoded(self.encoding, _SAMPLE), "")

    def _raw(self, size: int) -> Iterator[bytes]:
        opener = gzip.open if self.path.suffix.lower() == ".gz" else open
        try:
            with opener(self.path, "rb") as file:
                yield from _pieces(file, size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{self.path} is no gzip file or is cut short; copy or export it again ({error})"
            ) from error
        except OSError as error:
            raise DataError(f"{self.path} cannot be read: {error.strerror or error}") from error

    def _decoded(self, encoding: str, size: int) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        first = True
        for block in self._raw(size):
            text = decoder.decode(block)
            yield text.removeprefix("\ufeff") if first else text
            first = first and not text
        yield decoder.decode(b"", final=True)

    def _marked(self) -> str | None:
        start = next(self._raw(4), b"")
        return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)

    def _found(self) -> str:
        if marked := self._marked():
            if fault := self._fault(marked):
                raise DataError(
                    f"{self.path} begins with the mark of {marked} but {fault}; export it again"
                )
            return marked
        utf8 = self._fault("utf-8")
        if utf8 is None:
            return "utf-8"
        if b"\0" in next(self._raw(BLOCK), b""):
            raise DataError(
                f"{self.path} holds NUL bytes, so this is UTF-16 without its mark or no text; "
                "set encoding to utf-16-le or export it again"
            )
        # UTF-8 with one broken place often decodes as GB18030, into other characters.
        also = ""
        if not self._mostly_utf8(utf8.offset):
            chinese = self._fault("gb18030")
            if chinese is None:
                return "gb18030"
            also = f", nor GB18030: {chinese}"
        raise DataError(
            f"{self.path} is not UTF-8: {utf8}{also}; mend that place, or set encoding to what "
            "the file was written in, such as big5 or cp1252"
        )

    def _fault(self, encoding: str) -> "Fault | None":
        """The first place that does not decode."""
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        seen, lines = 0, 1
        try:
            for block in self._raw(BLOCK):
                seen += len(block)
                lines += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            offset = seen - len(error.object) + error.start
            good = error.object[: error.start]
            lines += good.decode(encoding, "ignore").count("\n")
            return Fault(offset, lines)
        except UnicodeError:
            return Fault(seen, lines)
        return None

    def _mostly_utf8(self, offset: int) -> bool:
        """Whether around a broken place more Chinese characters decode as UTF-8 than fail."""
        seen = 0
        near = b""
        for block in self._raw(BLOCK):
            low = max(offset - _NEIGHBOURHOOD - seen, 0)
            near += block[low : max(offset + _NEIGHBOURHOOD - seen, 0)]
            seen += len(block)
            if seen > offset + _NEIGHBOURHOOD:
                break
        text = near.decode("utf-8", "replace")
        # In text of another encoding nearly nothing decodes to these by chance.
        east_asian = sum("\u2e80" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in text)
        return east_asian > text.count("\ufffd")


class Fault(NamedTuple):
    """A place in a file, by byte (from 0; of the unpacked text for gzip) and line (from 1)."""

    offset: int
    line: int

    def __str__(self) -> str:
        return f"byte {self.offset} in line {self.line} does not decode"


def found_delimiter(sample: str) -> str:
    """The candidate that cuts the most records into as many cells as the header has.

    Example:
        >>> found_delimiter('name;note\\n"Li";"a, b"\\n"Wu";"c"\\n')
        ';'
    """
    best, best_rank = DELIMITERS[0], (0.0, 1)
    for candidate in DELIMITERS:
        counts = _cell_counts(sample, candidate)
        if not counts or counts[0] < 2:
            continue
        rank = (sum(c == counts[0] for c in counts) / len(counts), counts[0])
        if rank > best_rank:
            best, best_rank = candidate, rank
    return best


def checked_delimiter(delimiter: str) -> str:
    """A delimiter as given by a person.

    Raises:
        DataError: It is not one ASCII character that can stand between cells.
    """
    given = "\t" if delimiter in ("\\t", "tab") else delimiter
    if len(given) != 1 or not given.isascii() or given in '"\r\n\0':
        raise DataError(
            f'delimiter "{delimiter}" is not one ASCII character other than the quote; '
            'give , ; | or "\\t"'
        )
    return given


def _cell_counts(sample: str, delimiter: str) -> list[int]:
    """Cells of each of the first records; the last one may be cut off, so it is left out."""
    lines = io.StringIO(sample.replace("\0", ""), newline="")
    counts: list[int] = []
    try:
        for cells in csv.reader(lines, delimiter=delimiter):
            counts += [len(cells)] if cells else []
            if len(counts) > _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return counts[:-1] if len(counts) > 1 else counts


def _known(encoding: str) -> str:
    try:
        b"".decode(encoding)
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise DataError(
            f'encoding "{encoding}" is unknown; give one such as utf-8, gb18030, utf-16 or big5'
        ) from error
    return "utf-8" if name == "utf-8-sig" else name


def _pieces(file: IO[bytes] | gzip.GzipFile, size: int) -> Iterator[bytes]:
    while piece := file.read(size):
        yield piece
