"""One file's bytes as a paper: plain text and Markdown here, other formats by their readers.

Nothing is cleaned here: Markdown keeps its marks, comments and front matter, so that what is
quoted stands in the file, and what a rendered page would hide is still checked.
"""

import codecs
import re
from collections.abc import Callable, Sequence
from pathlib import PurePath

from risk.papers import Paper, Unread

TEXT = (".txt", ".text", ".md", ".markdown")
PDF = (".pdf",)
WORD = (".docx",)
SHEET = (".xlsx",)
LARGEST_TEXT_FILE = 8 << 20
LARGEST_PDF_FILE = 64 << 20
LARGEST_OFFICE_FILE = 32 << 20
LONGEST_TEXT = 2_000_000
_BETWEEN = "\n\n"

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
# GB18030 decodes nearly any bytes; these are then a sign that they were no text.
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ue000-\uf8ff\ufffe\uffff]")

Reading = Callable[[str, bytes], Paper]


def ending(name: str) -> str:
    """How a file's name ends, in small letters and with the dot."""
    return PurePath(name).suffix.lower()


def largest(name: str) -> int:
    """Most bytes that a file of that name may have; 0 where its format is unknown."""
    if ending(name) in TEXT:
        return LARGEST_TEXT_FILE
    if ending(name) in (*WORD, *SHEET):
        return LARGEST_OFFICE_FILE
    return LARGEST_PDF_FILE if ending(name) in PDF else 0


def paper_of(name: str, data: bytes, read_other: Reading) -> Paper:
    """The paper that a file is.

    Args:
        name: The file's name; its ending says the format.
        data: Its bytes.
        read_other: Reads whatever is no plain text.

    Returns:
        The paper; what cannot be read says why.
    """
    if not largest(name):
        return Paper(name=name, unread=Unread.UNKNOWN_FORMAT)
    if ending(name) not in TEXT:
        return read_other(name, data)
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


def joined(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Pages as one text, blank ones left out, and where each page begins in it.

    Example:
        >>> joined(["One.", " ", "Two."])
        ('One.\\n\\nTwo.', (0, 6, 6))
    """
    starts: list[int] = []
    parts: list[str] = []
    at = 0
    for page in pages:
        starts.append(at)
        if page.strip():
            parts.append(page)
            at += len(page) + len(_BETWEEN)
    whole = _BETWEEN.join(parts)
    return whole, tuple(min(start, len(whole)) for start in starts)


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
