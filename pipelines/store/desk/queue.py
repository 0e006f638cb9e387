"""The queues of the desk: which cases, in which order, a page at a time.

A page is found by where the one before it ended, so that the thousandth takes no longer than the
first. Of several conditions the narrowest leads and is looked up, and the others are checked on
what it finds. PostgreSQL knows from its statistics which that is; SQLite is told.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)

from pipelines.store.desk.rows import DeskRow, row_of
from pipelines.store.tables import DESK
from risk.desk import State
from risk.policy import Recommendation

COUNTED = 1_000
"""Counts go no further: one above it means that there are more."""
_LOOKED = 5_000
_MOST_CHOICES = 200
_LARGEST_ID = 2**63 - 1
_LAST = "\U0010ffff"
_ORDER = (DESK.c.priority, DESK.c.id)
_COUNTED_QUEUES: Mapping[str, dict[str, Any]] = {
    "all": {},
    "mine": {"holder": bindparam("person")},
    "unassigned": {"holder": ""},
    "pending": {"pending": True},
    "asked": {"state": State.ASKED},
    "held": {"state": State.HELD},
    "escalated": {"state": State.ESCALATED},
    "second": {"state": State.SECOND},
}


class Cursor(NamedTuple):
    """Where a page ended: at a priority, and at one row of those that have it."""

    priority: float
    id: int

    @property
    def text(self) -> str:
        """For an address; `read` brings it back."""
        return f"{self.priority!r}:{self.id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """A cursor from an address; None where it is none."""
        try:
            before, _, number = text.partition(":")
            found = cls(float(before), int(number))
        except ValueError:
            return None
        return found if math.isfinite(found.priority) and 0 <= found.id <= _LARGEST_ID else None


@dataclass(frozen=True)
class Wanted:
    """Which cases.

    Attributes:
        state: Where they stand; None for all that are neither decided nor replaced.
        holder: Who holds them; empty for nobody, None for whoever.
        pending: Whether only those whose rationale is still to be written.
        suspected: Whether only those with a document that seems to give orders to its reader.
        struck: Whether only those with a sentence of their narrative struck.
        product: The product applied for; None for any.
        grade: The grade; None for any.
        recommendation: What is recommended; None for any.
        business_date: The day; None for any.
        search: Beginning of an application id. Finds cases in whatever state, the exact id
            first, and passes over all other conditions; there is no page behind the first.
        after: Where the page before ended; None for the first page.
        limit: Most cases on the page.
    """

    state: State | None = None
    holder: str | None = None
    pending: bool = False
    suspected: bool = False
    struck: bool = False
    product: str | None = None
    grade: str | None = None
    recommendation: Recommendation | None = None
    business_date: date | None = None
    search: str = ""
    after: Cursor | None = None
    limit: int = 50

    def conditions(self) -> dict[str, Any]:
        """What is asked of which column, beside whether they are decided."""
        asked = {
            "business_date": self.business_date,
            "product": self.product,
            "grade": self.grade,
            "recommendation": self.recommendation,
            "pending": self.pending or None,
            "suspected": self.suspected or None,
            "struck": self.struck or None,
            "holder": self.holder,
            "state": self.state,
        }
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def can_be_found(self) -> bool:
        """Whether its texts are ones that a database can hold."""
        given = (getattr(self, field.name) for field in fields(self))
        return all(storable(each) for each in given if isinstance(each, str))


class Page(NamedTuple):
    """A page of a queue.

    Attributes:
        rows: Its cases, the most urgent first.
        after: Where it ended; None where nothing comes behind it.
    """

    rows: tuple[DeskRow, ...]
    after: Cursor | None


class Choices(NamedTuple):
    """What the cases that are not decided can be filtered by.

    Attributes:
        products: Products applied for.
        grades: Grades.
        days: Business dates, the last first.
    """

    products: tuple[str, ...]
    grades: tuple[str, ...]
    days: tuple[date, ...]


def storable(text: str) -> bool:
    """Whether a database can hold a text: PostgreSQL keeps no NUL, and none keeps half a pair."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def page(connection: Connection, portfolio: str, wanted: Wanted) -> Page:
    """A page of a queue."""
    if not wanted.can_be_found:
        return Page((), None)
    if wanted.search:
        return Page(_searched(connection, portfolio, wanted), None)
    where = _where(connection, portfolio, wanted)
    if wanted.after is not None:
        where.append(tuple_(*_ORDER) < tuple_(*(literal(each) for each in wanted.after)))
    asked = select(DESK).where(*where).order_by(*(each.desc() for each in _ORDER))
    rows = connection.execute(asked.limit(wanted.limit + 1)).all()
    shown = tuple(row_of(row) for row in rows[: wanted.limit])
    more = len(rows) > wanted.limit
    return Page(shown, Cursor(shown[-1].priority, shown[-1].id) if more else None)


def others(connection: Connection, row: DeskRow) -> tuple[DeskRow, ...]:
    """What other runs of the same night had of an application, the last laid first."""
    wanted = select(DESK).where(
        DESK.c.portfolio == row.portfolio,
        DESK.c.application_id == row.application_id,
        DESK.c.business_date == row.business_date,
        DESK.c.run_key != row.run_key,
    )
    found = connection.execute(wanted.order_by(DESK.c.id.desc())).all()
    return tuple(row_of(each) for each in found)


def counts(connection: Connection, portfolio: str, person: str) -> dict[str, int]:
    """How many cases are in which queue of a person, up to one more than `COUNTED`."""
    given = {"portfolio": portfolio, "person": person}
    row = connection.execute(_counting(), given).one()._mapping
    return {name: int(row[name]) for name in _COUNTED_QUEUES}


def choices(connection: Connection, portfolio: str) -> Choices:
    """What there is to filter by, of each at most two hundred."""
    products, grades, days = (
        tuple(connection.execute(_different(name), {"portfolio": portfolio}).scalars())
        for name in ("product", "grade", "business_date")
    )
    return Choices(products, grades, tuple(reversed(days)))


def _whole(portfolio: str | ColumnElement[str], *, decided: bool) -> ColumnElement[bool]:
    return and_(DESK.c.portfolio == portfolio, DESK.c.decided == decided)


def _plain(conditions: dict[str, Any]) -> list[ColumnElement[bool]]:
    return [_met(DESK.c[name], name, value) for name, value in conditions.items()]


def _met(column: ColumnElement[Any], name: str, value: object) -> ColumnElement[bool]:
    """A condition; that of struck sentences without a parameter, or its index would not fit."""
    return column > literal_column("0") if name == "struck" else column == value


def _where(connection: Connection, portfolio: str, wanted: Wanted) -> list[ColumnElement[bool]]:
    """The conditions; in SQLite such that an index fits the narrowest of them and no other."""
    whole = _whole(portfolio, decided=wanted.state is not None and wanted.state.final)
    conditions = wanted.conditions()
    if connection.dialect.name != "sqlite" or len(conditions) < 2:
        return [whole, *_plain(conditions)]
    leading = _narrowest(connection, whole, conditions)
    beside: dict[str, ColumnElement[Any]] = {
        name: func.coalesce(DESK.c[name], DESK.c[name]) for name in conditions
    }
    beside[leading] = DESK.c[leading]
    return [whole, *(_met(beside[name], name, value) for name, value in conditions.items())]


def _narrowest(
    connection: Connection, whole: ColumnElement[bool], conditions: dict[str, Any]
) -> str:
    """The column of the narrowest condition, by counting as far as it is worth while."""
    counted = [
        _count(and_(whole, _met(DESK.c[name], name, value)), _LOOKED).label(name)
        for name, value in conditions.items()
    ]
    found = connection.execute(select(*counted)).one()._mapping
    return min(conditions, key=lambda name: int(found[name]))


def _count(where: ColumnElement[bool], most: int) -> Any:
    """How many rows, counted as far as `most`.

    In the order of the queue, or PostgreSQL would look through the table from its beginning, where
    what was decided long ago lies.
    """
    some = select(literal(1)).where(where).order_by(DESK.c.priority.desc()).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


@cache
def _counting() -> Select[Any]:
    """All queues of a person counted; made once, for making it takes longer than its answer."""
    whole = _whole(bindparam("portfolio"), decided=False)
    columns = [
        _count(and_(whole, *_plain(conditions)), COUNTED + 1).label(name)
        for name, conditions in _COUNTED_QUEUES.items()
    ]
    return select(*columns)


def _searched(connection: Connection, portfolio: str, wanted: Wanted) -> tuple[DeskRow, ...]:
    """The exact id, then ids that begin so."""
    name, start = DESK.c.application_id, wanted.search
    if connection.dialect.name == "sqlite":
        begins = and_(name >= start, name < start + _LAST)
    else:
        begins = name.startswith(start, autoescape=True)
    ours = select(DESK).where(DESK.c.portfolio == portfolio)
    exact = connection.execute(ours.where(name == start).limit(wanted.limit))
    found = [row_of(row) for row in exact]
    rest = ours.where(begins, name != start).limit(wanted.limit - len(found))
    others = [row_of(row) for row in connection.execute(rest)]
    return (
        *sorted(found, key=lambda row: -row.id),
        *sorted(others, key=lambda row: (row.application_id, -row.id)),
    )


@cache
def _different(name: str) -> Select[Any]:
    """The values of a column in order, stepping from each to the next rather than over all rows."""
    column, whole = DESK.c[name], _whole(bindparam("portfolio"), decided=False)
    steps = select(func.min(column).label("value")).where(whole).cte("steps", recursive=True)
    further = select(func.min(column)).where(whole, column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(further).where(steps.c.value.is_not(None)))
    return select(steps.c.value).where(steps.c.value.is_not(None)).limit(_MOST_CHOICES)
