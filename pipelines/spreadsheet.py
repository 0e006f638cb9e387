"""Cells of CSV files that no spreadsheet runs, and that still hold all that was said.

People open exports in Excel or WPS, which take a text that begins like a formula for one. Such a
text gets an apostrophe in front. `original` takes it off again, for those who must have the text
as it was.
"""

import re

# What a spreadsheet takes for a formula at the start of a cell (OWASP, CSV Injection), the
# full-width forms included, which Chinese and Japanese editions of Excel take too. Apostrophes in
# front of one are someone's own, and with one more they can be told from ours.
_FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def harmless(cell: object) -> object:
    """A cell that no spreadsheet runs; plain numbers stay as they are.

    Example:
        >>> harmless("=HYPERLINK(A1)"), harmless("-5.0"), harmless("+86 138")
        ("'=HYPERLINK(A1)", '-5.0', "'+86 138")
    """
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def original(cell: str) -> str:
    """The text that `harmless` made a cell of.

    Example:
        >>> original("'=HYPERLINK(A1)"), original("'tis so")
        ('=HYPERLINK(A1)', "'tis so")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
