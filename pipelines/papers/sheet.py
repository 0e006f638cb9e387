"""The text of an XLSX, through openpyxl: a line a row, its cells parted by tabs.

Nothing is calculated: a formula stands as the value that was saved with it and, where none was,
as itself. Hidden sheets and rows are read like any other.
"""

import io
import math
import warnings
from datetime import datetime, time
from typing import Protocol

from features.errors import DataError
from pipelines.papers.formats import LONGEST_TEXT, joined, of_text
from pipelines.papers.office import refused
from risk.papers import Paper, Unread

MOST_SHEETS = 100
MOST_CELLS = 2_000_000
_ROW = 10  # what a row costs however few its cells: one line may claim to be the millionth
_EXACT = 10**15  # a spreadsheet keeps fifteen digits


class _Cell(Protocol):
    @property
    def value(self) -> object: ...
    @property
    def number_format(self) -> str: ...


class _TooMuchError(Exception):
    """The file asks for more work than a paper is worth."""


class SheetText:
    """Reads XLSX files.

    Raises:
        DataError: openpyxl is not installed.
    """

    def __init__(self) -> None:
        try:
            import openpyxl
        except ImportError as error:
            raise DataError(
                "Excel workbooks need openpyxl; install it with: pip install 'mingjian[papers]'"
            ) from error
        self._open = openpyxl.load_workbook

    def __call__(self, name: str, data: bytes) -> Paper:
        """The paper that an XLSX is, each sheet a page; what cannot be read says why."""
        why = refused(data)
        if why is not None:
            return Paper(name=name, unread=why)
        try:
            # What it warns of may quote the paper.
            with warnings.catch_warnings(action="ignore"):
                return self._read(name, data)
        except (_TooMuchError, MemoryError):
            return Paper(name=name, unread=Unread.TOO_LARGE)
        except Exception:  # a parser of hostile files fails in every way there is
            return Paper(name=name, unread=Unread.UNREADABLE)

    def _read(self, name: str, data: bytes) -> Paper:
        saved, written = (
            self._open(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
            for values in (True, False)
        )
        if len(saved.worksheets) > MOST_SHEETS:
            raise _TooMuchError
        budget = _Budget()
        sheets: list[str] = []
        for values, formulas in zip(saved.worksheets, written.worksheets, strict=True):
            # What a sheet claims of its size is no reason to make rows of nothing.
            values.reset_dimensions()
            formulas.reset_dimensions()
            rows = zip(values.iter_rows(), formulas.iter_rows(), strict=True)
            lines = [line for row in rows if (line := budget.line(*row))]
            sheets.append("\n".join([_plain(values.title), *lines]) if lines else "")
        text, starts = joined(sheets)
        blank = sum(1 for sheet in sheets if not sheet)
        told = {"pages": len(sheets), "blank_pages": blank, "starts": starts if text else ()}
        return of_text(name, text).model_copy(update=told)


class _Budget:
    """Counts what is read, row by row."""

    def __init__(self) -> None:
        self._cells, self._characters = MOST_CELLS, LONGEST_TEXT

    def line(self, values: tuple[_Cell, ...], formulas: tuple[_Cell, ...]) -> str:
        self._cells -= max(_ROW, len(values))
        if self._cells < 0:
            raise _TooMuchError
        cells = (_said(*pair) for pair in zip(values, formulas, strict=True))
        text = "\t".join(cells).rstrip()
        self._characters -= len(text)
        if self._characters < 0:
            raise _TooMuchError
        return text


def _said(value: _Cell, formula: _Cell) -> str:
    """A cell in the words that it shows, as far as a reader may rely on them."""
    given = formula.value if value.value is None else value.value
    if isinstance(given, bool) or not isinstance(given, int | float):
        return _moment(given)
    if isinstance(given, float) and not math.isfinite(given):
        return str(given)
    if "%" in (value.number_format or ""):
        return f"{given * 100:.10g}%"
    if abs(given) >= _EXACT:
        return f"{given:.14E}"
    return str(int(given)) if given == int(given) else repr(given)


def _moment(given: object) -> str:
    if isinstance(given, datetime):
        return given.date().isoformat() if given.time() == time() else given.isoformat(" ")
    if isinstance(given, bool):
        return str(given).upper()
    return "" if given is None else _plain(given)


def _plain(given: object) -> str:
    """On one line, and without halves of surrogate pairs."""
    return " ".join(str(given).split()).encode("utf-8", "replace").decode()
