"""The text layer of a PDF, through pypdf; nothing is recognised in images.

Papers come from outside, so every bound is one of counts and sizes and none of time: the same
file is read, or not, alike on every machine.
"""

import io
import logging
from typing import TYPE_CHECKING

from features.errors import DataError
from pipelines.papers.formats import LONGEST_TEXT, joined
from pipelines.papers.gaps import with_gaps
from pipelines.papers.pen import Fonts, Matrix, Pen
from risk.papers import Paper, Unread

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_PAGES = 2_000
MOST_OPERATORS = 1_000_000


class _TooMuchError(Exception):
    """The file asks for more work than a paper is worth."""


class PdfText:
    """Reads PDF files.

    Raises:
        DataError: pypdf is not installed.
    """

    def __init__(self) -> None:
        try:
            import pypdf
            from pypdf.errors import LimitReachedError

            # The only reader of fonts that pypdf has; nothing public gives a letter's width.
            from pypdf.generic._font import Font
        except ImportError as error:
            raise DataError(
                "PDF documents need pypdf; install it with: pip install 'mingjian[papers]'"
            ) from error
        self._open = pypdf.PdfReader
        self._font_of = Font.from_font_resource
        self._limited = pypdf.apply_configuration
        # A dense page takes some thousands of operators and some hundred kilobytes.
        self._limits = pypdf.Configuration(
            zlib_maximum_output_length=16 << 20,
            lzw_maximum_output_length=16 << 20,
            run_length_maximum_output_length=16 << 20,
            stream_decoding_work_maximum_length=64 << 20,
            stream_parsing_work_maximum_count=500_000,
            xform_maximum_invocations_per_extraction=500,
            jbig2dec_binary=None,  # no other program is started
        )
        self._too_much = (_TooMuchError, LimitReachedError, MemoryError)
        # What it logs may quote the paper.
        logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

    def __call__(self, name: str, data: bytes) -> Paper:
        """The paper that a PDF is; what cannot be read says why."""
        try:
            with self._limited(self._limits):
                return self._read(name, data)
        except self._too_much:
            return Paper(name=name, unread=Unread.TOO_LARGE)
        except Exception:  # a parser of hostile files fails in every way there is
            return Paper(name=name, unread=Unread.UNREADABLE)

    def _read(self, name: str, data: bytes) -> Paper:
        reader = self._open(io.BytesIO(data), strict=False)
        # An owner's password alone leaves the file open to everyone who reads.
        if reader.is_encrypted and not _opens(reader):
            return Paper(name=name, unread=Unread.ENCRYPTED)
        texts = _pages(reader, Fonts(self._font_of))
        blank = sum(1 for text in texts if not text.strip())
        if blank == len(texts):
            pages = len(texts)
            return Paper(name=name, unread=Unread.NO_TEXT_LAYER, pages=pages, blank_pages=pages)
        text, starts = joined(texts)
        return Paper(
            name=name,
            text=text,
            unread=Unread.NO_TEXT_LAYER if blank else None,
            pages=len(texts),
            blank_pages=blank,
            starts=starts,
        )


def _opens(reader: "PdfReader") -> bool:
    try:
        return bool(reader.decrypt(""))
    except Exception:  # an unknown cipher, or one whose library is not installed
        return False


def _pages(reader: "PdfReader", fonts: Fonts) -> list[str]:
    if len(reader.pages) > MOST_PAGES:
        raise _TooMuchError
    left = MOST_OPERATORS
    texts: list[str] = []
    size = 0
    for page in reader.pages:
        text, left = _page(page, fonts, left)
        # Fonts without a map of characters give halves of surrogate pairs.
        texts.append(text.encode("utf-8", "replace").decode())
        size += len(text)
        if size > LONGEST_TEXT:
            raise _TooMuchError
    return texts


def _page(page: "PageObject", fonts: Fonts, most: int) -> tuple[str, int]:
    """The text of a page, and how many of the operators that it may take are left."""
    pen, left = Pen(fonts), most

    def before(operator: bytes, operands: list[object], cm: Matrix, tm: Matrix) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooMuchError
        pen.before(operator, operands, cm, tm)

    text = page.extract_text(
        visitor_operand_before=before, visitor_operand_after=pen.after, visitor_text=pen.said
    )
    return with_gaps(text, pen.runs), left
