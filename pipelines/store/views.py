"""Views of the queue that people have saved under a name, each for the person alone."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select

from pipelines.store.database import Database
from pipelines.store.tables import SAVED_VIEWS

MOST = 30
"""Views that one person can save."""


class SavedView(NamedTuple):
    """A view as it was saved.

    Attributes:
        name: What the person calls it.
        query: What its address says after the question mark.
    """

    name: str
    query: str


class SavedViews:
    """The views of one person in an open store."""

    def __init__(self, database: Database, user: str) -> None:
        self._database, self._user = database, user

    def all(self) -> tuple[SavedView, ...]:
        """The person's views, by name."""
        wanted = select(SAVED_VIEWS.c.name, SAVED_VIEWS.c.query).where(self._own)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(SAVED_VIEWS.c.name)).all()
        return tuple(SavedView(row.name, row.query) for row in rows)

    def save(self, view: SavedView) -> bool:
        """Keep a view, in place of one of the same name; returns False where there are too many."""
        others = select(func.count()).where(self._own, SAVED_VIEWS.c.name != view.name)
        insert = self._database.insert(SAVED_VIEWS)
        replacing = insert.on_conflict_do_update(
            index_elements=[SAVED_VIEWS.c.user, SAVED_VIEWS.c.name],
            set_={"query": insert.excluded.query},
        )
        with self._database.writing() as connection:
            if connection.execute(others).scalar_one() >= MOST:
                return False
            connection.execute(replacing, {"user": self._user, **view._asdict()})
        return True

    def delete(self, name: str) -> None:
        """Forget a view; nothing happens where there is none of that name."""
        gone = delete(SAVED_VIEWS).where(self._own, SAVED_VIEWS.c.name == name)
        with self._database.writing() as connection:
            connection.execute(gone)

    @property
    def _own(self) -> ColumnElement[bool]:
        return SAVED_VIEWS.c.user == self._user
