"""The rows of the queue as people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from features.dictionary import DataDictionary, Field
from features.language import Language
from pipelines.review.rendering import case_path, words
from pipelines.review.routing import ACTING
from pipelines.store import CaseKey
from pipelines.store.desk import DeskRow
from risk.desk import DeskSettings, Person
from risk.display import number, unit_shown
from risk.policy import Recommendation

_HOUR, _DAY = 60, 1440


@dataclass(frozen=True)
class Reading:
    """Who reads, and what they need to.

    Attributes:
        language: The reader's.
        dictionary: The portfolio's fields.
        settings: The rules of the desk.
        names: What people are called, by the name they log in by.
        person: The reader.
        now: What time it is.
    """

    language: Language
    dictionary: DataDictionary
    settings: DeskSettings
    names: Mapping[str, str]
    person: Person
    now: datetime

    @property
    def views_first(self) -> bool:
        """Whether the reader is to give a view before seeing what reasoning made of a case.

        Of what is undecided the list hides it, and nothing can be sifted by it.
        """
        return self.settings.first_view and self.person.role in ACTING

    def product(self, name: str) -> str:
        """A product as people call it."""
        field = _field(self.dictionary, self.settings.product)
        label = field.level_labels.get(name) if field else None
        return label.in_(self.language) if label else name

    @property
    def unit(self) -> str:
        """What amounts are counted in; empty where that is not known."""
        field = _field(self.dictionary, self.settings.amount)
        return unit_shown(field.unit, self.language) if field and field.unit else ""

    def lines(self, rows: Iterable[DeskRow]) -> tuple["Line", ...]:
        """The rows of a page."""
        return tuple(self._line(row) for row in rows)

    def _line(self, row: DeskRow) -> "Line":
        late = self.now > row.due_at and not row.decided
        key = "queue.late" if late else "queue.left"
        to_limit = span(abs(self.now - row.due_at), self.language)
        hidden = self.views_first and not row.decided
        return Line(
            row=row,
            path=case_path(*row.key),
            value=written_key(row.key),
            tick=words().text(self.language, "queue.tick", id=row.application_id),
            recommendation=row.model_recommendation if hidden else row.recommendation,
            struck=row.struck > 0 and not hidden,
            product=self.product(row.product),
            amount="" if row.amount is None else number(row.amount),
            holder=self.names.get(row.holder, row.holder),
            mine=row.holder == self.person.name,
            waited=span(max(self.now - row.queued_at, timedelta()), self.language),
            limit=words().text(self.language, key, span=to_limit),
            late=late,
        )


@dataclass(frozen=True)
class Line:
    """A case in a queue.

    Attributes:
        row: As it lies on the desk.
        path: Where its page is.
        value: What a form says of it.
        tick: What its box is called.
        recommendation: After the ratchet; of model and hard rules alone where the reader is to
            give a first view.
        struck: Whether sentences were struck, where the reader may see that yet.
        product: As people call it.
        amount: In digits; empty where it is unknown.
        holder: What the person is called who works on it; empty for nobody.
        mine: Whether that is the reader.
        waited: How long it lies on the desk, in words.
        limit: How long it is past its limit or may wait, in words.
        late: Whether it is past its limit; not where it is decided.
    """

    row: DeskRow
    path: str
    value: str
    tick: str
    recommendation: Recommendation
    struck: bool
    product: str
    amount: str
    holder: str
    mine: bool
    waited: str
    limit: str
    late: bool

    @property
    def flags(self) -> tuple[str, ...]:
        """What to know of it before it is opened."""
        found = {
            "suspected": self.row.suspected,
            "pending": self.row.pending,
            "struck": self.struck,
        }
        return tuple(name for name, there in found.items() if there)


def _field(dictionary: DataDictionary, name: str) -> Field | None:
    return next((field for field in dictionary.fields if field.name == name), None)


def span(time: timedelta, language: Language) -> str:
    """A time in the largest unit that tells it well.

    Example:
        >>> span(timedelta(minutes=59), "en"), span(timedelta(hours=47), "zh")
        ('59 min', '47小时')
    """
    minutes = int(time / timedelta(minutes=1))
    if minutes < _HOUR:
        return words().text(language, "span.minutes", n=minutes)
    if minutes < 2 * _DAY:
        return words().text(language, "span.hours", n=minutes // _HOUR)
    return words().text(language, "span.days", n=minutes // _DAY)


def written_key(key: CaseKey) -> str:
    """A case as a form names it."""
    return f"{key.run_key}:{key.application_id}"


def read_key(text: str) -> CaseKey:
    """The case that a form names; one that there is not, where it names none.

    Example:
        >>> read_key("ab:A:1")
        CaseKey(run_key='ab', application_id='A:1')
    """
    run_key, _, application_id = text.partition(":")
    return CaseKey(run_key, application_id)
