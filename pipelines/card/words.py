"""The words of a card in one language, and how it writes what is known and what is not."""

from features.language import Language, Text, catalogue
from pipelines.pages.numbers import NOTHING, written
from risk.report.document import Kind


class CardWords:
    """The card's own catalogue in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """A text, its slots filled."""
        return catalogue("pipelines.card").text(self.language, key, **values)

    def stated(self, text: Text, entry: str) -> str:
        """What people said, or that they did not and where to."""
        said = text.in_(self.language).strip()
        return said or self("card.unstated", entry=entry)

    def known(self, value: object) -> str:
        """A value as text, or a dash where it is not known."""
        return NOTHING if value in (None, "") else str(value)

    def number(self, value: float | None, kind: Kind) -> str:
        """A number as reports write it."""
        return NOTHING if value is None else written(value, kind)

    def span(self, value: float | None, bounds: tuple[float | None, float | None]) -> str:
        """A figure with its interval."""
        low, high = (self.number(bound, "number") for bound in bounds)
        said = self.number(value, "number")
        return said if NOTHING in (low, high) else f"{said} [{low},\N{NO-BREAK SPACE}{high}]"
