"""Keys, cells and figures of a report in one language: the only place where they become text."""

import re
from dataclasses import dataclass
from datetime import date

from features.errors import DataError
from features.language import Language, Text, catalogue
from pipelines.pages.numbers import NOTHING, written
from risk.display import day_shown
from risk.report.document import Cell, Column, Figure, Kind, Light, Remark, Table

_SHAPES: dict[Light, str] = {"green": "●", "amber": "▲", "red": "■", "none": "○"}
# Control characters, halves of pairs, what no XML may hold, and what turns a line around.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True)
class Words:
    """The words of a language for whatever a report holds.

    Attributes:
        language: The language.
    """

    language: Language

    def text(self, key: str, **values: object) -> str:
        """A text of the report's catalogue, its slots filled.

        Raises:
            DataError: There is none under that key, or it has a slot that is not filled.
        """
        try:
            return catalogue("risk.report").text(self.language, key, **values)
        except KeyError as error:
            raise DataError(
                f'the report and the text of "{plain(key)}" do not belong together, for want of '
                f"{plain(str(error))}; read it with the version that wrote it"
            ) from error

    def frame(self, name: str, **values: object) -> str:
        """A text of the page around the report."""
        return self.text(f"page.{name}", **values)

    def cell(self, cell: Cell, kind: Kind) -> str:
        """A cell as its kind is written; what is not there is an em dash."""
        if cell is None:
            return NOTHING
        if isinstance(cell, Text):
            return plain(cell.in_(self.language))
        if not isinstance(cell, str):
            return written(cell, kind)
        if kind == "word":
            return self.word(cell)
        if kind == "light":
            return self.light(cell)
        return self.day(cell) if kind == "date" else plain(cell)

    def word(self, key: str) -> str:
        """A word by its key: among the words, or as the name of a sample, a section, ..."""
        word = f"word.{key}"
        return self.text(word if word in catalogue("risk.report") else key)

    def light(self, light: str) -> str:
        """The word of a light."""
        return self.frame(f"light.{light}")

    def shape(self, light: Light) -> str:
        """The sign of a light, told apart without its colour."""
        return _SHAPES[light]

    def day(self, text: str) -> str:
        """A day given as 2024-03-01; anything else as it stands."""
        try:
            return day_shown(date.fromisoformat(text), self.language)
        except ValueError:
            return plain(text)

    def interval(self, figure: Figure) -> str:
        """The interval of a figure; empty where it has none."""
        if figure.low is None or figure.high is None:
            return ""
        low, high = (written(bound, figure.kind) for bound in (figure.low, figure.high))
        return f"[{low}, {high}]"

    def sample(self, name: str) -> str:
        """The name of a sample; empty where it is."""
        return self.text(f"sample.{name}") if name else ""

    def basis(self, figure: Figure) -> str:
        """Sample, rows and bads of a figure in one line."""
        return self.listed(
            self.sample(figure.sample),
            "" if figure.rows is None else self.frame("rows_of", n=written(figure.rows, "count")),
            "" if figure.bads is None else self.frame("bads_of", n=written(figure.bads, "count")),
        )

    def listed(self, *parts: str) -> str:
        """What is not empty, one after the other."""
        return self.frame("comma").join(part for part in parts if part)

    def named(self, subject: Text | str) -> str:
        """A name that the report brings with it."""
        return self.cell(subject, "text")

    def column(self, column: Column) -> str:
        """The head of a column."""
        return self.text(f"column.{column.key}")

    def figure(self, figure: Figure) -> str:
        """What a figure is, and what it is about."""
        return self._about(self.text(f"figure.{figure.key}"), figure.subject)

    def table(self, table: Table) -> str:
        """What a table shows, of what, and on which rows."""
        title = self._about(self.text(f"table.{table.key}"), table.subject)
        return self.listed(title, self.sample(table.sample))

    def remark(self, remark: Remark) -> str:
        """A remark as a sentence."""
        filled = {
            name: self.cell(value, remark.kinds.get(name, _kind(value)))
            for name, value in remark.values.items()
        }
        return self.text(f"remark.{remark.key}", **filled)

    def limits(self, figure: Figure) -> tuple[str, ...]:
        """What the light of a figure follows from, line by line; none where not from two limits."""
        if figure.limits is None or figure.value is None:
            return ()
        amber, red = figure.limits.amber, figure.limits.red
        side = "≥" if red >= amber else "≤"
        signs = ((_SHAPES["amber"], amber), (_SHAPES["red"], red))
        told = " ".join(f"{sign} {side} {written(limit, 'text')}" for sign, limit in signs)
        if figure.judged in (None, figure.value, figure.p_value):
            return (told,)
        return told, self.frame("judged", value=written(figure.judged, "text"))

    def _about(self, title: str, subject: Text | str) -> str:
        named = self.named(subject)
        return self.frame("about", title=title, subject=named) if named else title


def plain(text: str) -> str:
    """Text without characters that are no text.

    Example:
        >>> plain("a\\x00b\\u202ec")
        'a�b�c'
    """
    # Most texts have none, which the first question answers ten times faster.
    return text if text.isprintable() else _UNPRINTABLE.sub("\ufffd", text)


def _kind(value: Cell) -> Kind:
    if isinstance(value, int):
        return "count"
    return "number" if isinstance(value, float) else "text"
