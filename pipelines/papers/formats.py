"""One file's bytes as a paper: plain text, Markdown, or a PDF with a text layer.

Nothing is cleaned here: Markdown keeps its marks, comments and front matter, so that what is
quoted stands in the file, and what a rendered page would hide is still checked.
"""

import codecs
import re
from collections.abc import Callable
from pathlib import PurePath

from risk.papers import Paper, Unread

TEXT = (".txt", ".text", ".md", ".markdown")
PDF = (".pdf",)
LARGEST_TEXT_FILE = 8 << 20
LARGEST_PDF_FILE = 64 << 20
LONGEST_TEXT = 2_000_000

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
# GB18030 decodes nearly any bytes; these are then a sign that they were no text.
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ue000-\uf8ff\ufffe\uffff]")

PdfReading = Callable[[str, bytes], Paper]


def largest(name: str) -> int:
    """Most bytes that a file of that name may have; 0 where its format is unknown."""
    ending = PurePath(name).suffix.lower()
    if ending in TEXT:
        return LARGEST_TEXT_FILE
    return LARGEST_PDF_FILE if ending in PDF else 0


def paper_of(name: str, data: bytes, read_pdf: PdfReading) -> Paper:
    """The paper that a file is.

    Args:
        name: The file's name; its ending says the format.
        data: Its bytes.
        read_pdf: Reads a PDF.

    Returns:
        The paper; what cannot be read says why.
    """
    if not largest(name):
        return Paper(name=name, unread=Unread.UNKNOWN_FORMAT)
    if PurePath(name).suffix.lower() in PDF:
        return read_pdf(name, data)
    text = decoded(data)
    if text is None:
        return Paper(name=name, unread=Unread.WRONG_ENCODING)
    return of_text(name, text)


def of_text(name: str, text: str) -> Paper:
    """A paper with the text, or without it where it is empty or too long."""
    if len(text) > LONGEST_TEXT:
        return Paper(name=name, unread=Unread.TOO_LARGE)
    if not text.strip():
        return Paper(name=name, unread=Unread.EMPTY)
    return Paper(name=name, text=text)


def decoded(data: bytes) -> str | None:
    """Text by its byte order mark, else as UTF-8, else as GB18030; None where it is none.

    Example:
        >>> decoded("收入".encode("gb18030")), decoded(b"\\x00\\x01")
        ('收入', None)
    """
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NO_TEXT.search(text) else text
    return None


def printable(name: str) -> str:
    """A name with whatever is no character in it made visible."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
