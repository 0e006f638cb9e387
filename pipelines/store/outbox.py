"""Which decisions somebody has yet to be told of: those in the log behind the last one told."""

from datetime import UTC, datetime

from sqlalchemy import func, select, update

from pipelines.store.database import Database
from pipelines.store.reviews import DECISIONS, StoredReview, found_in
from pipelines.store.tables import DELIVERIES, REVIEWS, RUNS


class Outbox:
    """The decisions of one portfolio, for one who is told."""

    def __init__(self, database: Database, portfolio: str, listener: str) -> None:
        """Tell `listener` of the decisions of `portfolio`."""
        self._database, self._portfolio = database, portfolio
        self._name = f"{listener}:{portfolio}"

    def begin(self) -> None:
        """Tell of every decision from now on; where that was begun before, nothing changes."""
        with self._database.writing(alone="reviews") as connection:
            last = connection.execute(select(func.max(REVIEWS.c.id))).scalar() or 0
            row = {"name": self._name, "last": last, "updated_at": datetime.now(UTC)}
            connection.execute(self._database.insert(DELIVERIES).on_conflict_do_nothing(), row)

    def waiting(self, limit: int) -> tuple[StoredReview, ...]:
        """The next decisions to tell of, at most so many, in the order in which they were made."""
        last = select(DELIVERIES.c.last).where(DELIVERIES.c.name == self._name).scalar_subquery()
        wanted = (
            select(REVIEWS)
            .join(RUNS, RUNS.c.run_key == REVIEWS.c.run_key)
            .where(RUNS.c.portfolio == self._portfolio, REVIEWS.c.id > last)
            .where(REVIEWS.c.action.in_(DECISIONS))
            .order_by(REVIEWS.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return found_in(connection, wanted)

    def told(self, review: int) -> None:
        """Note that a decision, and all before it, has been told of."""
        further = update(DELIVERIES).where(DELIVERIES.c.name == self._name)
        now = datetime.now(UTC)
        with self._database.writing() as connection:
            behind = further.where(DELIVERIES.c.last < review)
            connection.execute(behind.values(last=review, updated_at=now))
