"""What people decided, and where otherwise than the model: counted, and one by one."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, func, select

from pipelines.store.database import Database
from pipelines.store.runs import Days, keys_of
from pipelines.store.tables import DECIDING, DESK, REVIEWS, RUNS


class Decided(NamedTuple):
    """How many decisions are alike.

    Attributes:
        reviewer: Who signed them; where two people were needed, the second.
        override: Whether they go against the model.
        reason_code: Why.
        outcome: What was decided; empty where the log does not say.
        cases: How many.
    """

    reviewer: str
    override: bool
    reason_code: str
    outcome: str
    cases: int


class Override(NamedTuple):
    """A decision against the model.

    Attributes:
        run_key: The reasoned run of the case.
        application_id: The application.
        business_date: The day that the run is about.
        at: When it was signed, UTC.
        reviewer: Who signed it; where two people were needed, the second.
        proposer: Who proposed it, where two people were needed and the case still lies on the
            desk; else empty.
        reason_code: Why.
        outcome: What was decided; empty where the log does not say.
        comment: Why, in words.
    """

    run_key: str
    application_id: str
    business_date: date
    at: datetime
    reviewer: str
    proposer: str
    reason_code: str
    outcome: str
    comment: str


class Overrides:
    """The decisions about one portfolio's cases in an open store."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def counts(self, days: Days) -> tuple[Decided, ...]:
        """All decisions about the cases of these days, the like ones together."""
        by = ("action", "reviewer", "reason_code", "recommendation")
        ours = REVIEWS.c.run_key.in_(keys_of(self._portfolio, days))
        columns = (REVIEWS.c.run_key, *(REVIEWS.c[name] for name in by))
        # Run by run first, in the order of the index: sorting all of them takes twice as long.
        in_run = select(*columns, func.count().label("cases")).where(DECIDING, ours)
        run = in_run.group_by(*columns).subquery()
        alike = [run.c[name] for name in by]
        wanted = select(*alike, func.sum(run.c.cases)).group_by(*alike)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(*alike)).all()
        return tuple(
            Decided(
                reviewer=row.reviewer,
                override=row.action == "override",
                reason_code=row.reason_code,
                outcome=row.recommendation or "",
                cases=int(row[-1]),
            )
            for row in rows
        )

    def declined(self, days: Days) -> tuple[tuple[str, date], ...]:
        """Applications of these days that people declined, and the day of each decision, by id.

        The day is the server's own; of several decisions about one application the first counts.
        """
        wanted = select(REVIEWS.c.application_id, func.min(REVIEWS.c.created_at)).where(
            DECIDING,
            REVIEWS.c.run_key.in_(keys_of(self._portfolio, days)),
            REVIEWS.c.recommendation == "decline",
        )
        grouped = wanted.group_by(REVIEWS.c.application_id).order_by(REVIEWS.c.application_id)
        with self._database.reading() as connection:
            rows = connection.execute(grouped).all()
        return tuple((application, at.astimezone().date()) for application, at in rows)

    def each(self, days: Days, reviewer: str = "") -> Iterator[Override]:
        """The overrides run by run, the youngest run first, in the order of signing.

        Args:
            days: First and last day that the runs are about.
            reviewer: Who signed them; empty for everyone.
        """
        for run_key in self._runs(days):
            with self._database.reading() as connection:
                rows = connection.execute(_wanted(run_key, reviewer)).all()
            yield from map(_override, rows)

    def _runs(self, days: Days) -> tuple[str, ...]:
        wanted = select(RUNS.c.run_key).where(RUNS.c.run_key.in_(keys_of(self._portfolio, days)))
        order = (RUNS.c.business_date.desc(), RUNS.c.started_at.desc(), RUNS.c.run_key)
        with self._database.reading() as connection:
            return tuple(connection.execute(wanted.order_by(*order)).scalars())


def _wanted(run_key: str, reviewer: str) -> Any:
    same = and_(
        DESK.c.run_key == REVIEWS.c.run_key, DESK.c.application_id == REVIEWS.c.application_id
    )
    columns = (REVIEWS, RUNS.c.business_date, DESK.c.proposer)
    wanted = (
        select(*columns)
        .join(RUNS, RUNS.c.run_key == REVIEWS.c.run_key)
        .outerjoin(DESK, same)
        .where(DECIDING, REVIEWS.c.run_key == run_key, REVIEWS.c.action == "override")
        .order_by(REVIEWS.c.id)
    )
    return wanted.where(REVIEWS.c.reviewer == reviewer) if reviewer else wanted


def _override(row: "Row[*tuple[Any, ...]]") -> Override:
    return Override(
        run_key=row.run_key,
        application_id=row.application_id,
        business_date=row.business_date,
        at=row.created_at,
        reviewer=row.reviewer,
        proposer=row.proposer or "",
        reason_code=row.reason_code,
        outcome=row.recommendation or "",
        comment=row.comment,
    )
