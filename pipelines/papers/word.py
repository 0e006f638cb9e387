"""The text of a DOCX, through python-docx: paragraphs as lines, table rows as lines of cells.

Text boxes, content controls, headers, footers and notes are read too; what tracked changes took
out is not. Nothing is laid out, so there are no page numbers.
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from features.errors import DataError
from pipelines.papers.formats import of_text
from pipelines.papers.office import refused
from risk.papers import Paper, Unread

if TYPE_CHECKING:
    from docx.opc.part import Part
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PASSED = frozenset(
    {f"{_W}{name}" for name in ("pPr", "rPr", "sdtPr", "tblPr", "trPr", "tcPr", "del", "moveFrom")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)
_MARKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_AROUND = {"header": 0, "footnotes": 2, "endnotes": 3, "footer": 4}


class WordText:
    """Reads DOCX files.

    Raises:
        DataError: python-docx is not installed.
    """

    def __init__(self) -> None:
        try:
            import docx
            from docx.oxml import parse_xml
        except ImportError as error:
            raise DataError(
                "Word documents need python-docx; install it with: pip install 'mingjian[papers]'"
            ) from error
        self._open, self._parsed = docx.Document, parse_xml

    def __call__(self, name: str, data: bytes) -> Paper:
        """The paper that a DOCX is; what cannot be read says why."""
        why = refused(data)
        if why is not None:
            return Paper(name=name, unread=why)
        try:
            return of_text(name, self._text(data))
        except MemoryError:
            return Paper(name=name, unread=Unread.TOO_LARGE)
        except Exception:  # a parser of hostile files fails in every way there is
            return Paper(name=name, unread=Unread.UNREADABLE)

    def _text(self, data: bytes) -> str:
        main = self._open(io.BytesIO(data)).part
        around = {}
        for relation in main.rels.values():
            place = _AROUND.get(relation.reltype.rpartition("/")[2])
            if place is not None and not relation.is_external:
                part = relation.target_part
                around[place, str(part.partname)] = self._of_part(part)
        around[1, ""] = "".join(_pieces(main.element))
        # First, even and odd pages often have the same header.
        texts = dict.fromkeys(around[key].strip("\n") for key in sorted(around))
        return "\n".join(text for text in texts if text.strip())

    def _of_part(self, part: "Part") -> str:
        root = getattr(part, "element", None)
        return "".join(_pieces(self._parsed(part.blob) if root is None else root))


def _pieces(node: "_Element") -> Iterator[str]:
    """The words below an element in their order; its depth is bounded by the parser."""
    tag = node.tag
    if tag in _PASSED:
        return
    if tag == f"{_W}t":
        yield node.text or ""
    elif tag in _MARKS:
        yield _MARKS[str(tag)]
    elif tag == f"{_W}tr":
        yield "\t".join(" ".join("".join(_pieces(cell)).split()) for cell in _cells(node)) + "\n"
    else:
        for child in node:
            yield from _pieces(child)
        if tag == f"{_W}p":
            yield "\n"


def _cells(row: "_Element") -> Iterator["_Element"]:
    """The cells of a row, those inside content controls too."""
    for child in row:
        if child.tag == f"{_W}tc":
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent"):
            yield from _cells(child)
