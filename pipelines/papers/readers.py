"""The readers of formats that need a library, loaded only where such a file is there."""

from collections.abc import Iterable

from pipelines.papers.formats import PDF, SHEET, WORD, Reading, ending
from risk.papers import Paper, Unread


class Readers:
    """Reads PDF, DOCX and XLSX files.

    Args:
        names: Names of the files that will be read.

    Raises:
        DataError: A library that they need is not installed; the message names its extra.
    """

    def __init__(self, names: Iterable[str]) -> None:
        endings = {ending(name) for name in names}
        self._readings = {each: _reading(each) for each in (*PDF, *WORD, *SHEET) if each in endings}

    def __call__(self, name: str, data: bytes) -> Paper:
        """The paper that a file is; what cannot be read says why."""
        reading = self._readings.get(ending(name))
        if reading is None:
            return Paper(name=name, unread=Unread.UNKNOWN_FORMAT)
        return reading(name, data)


def _reading(format_: str) -> Reading:
    if format_ in PDF:
        from pipelines.papers.pdf import PdfText

        return PdfText()
    if format_ in WORD:
        from pipelines.papers.word import WordText

        return WordText()
    from pipelines.papers.sheet import SheetText

    return SheetText()
