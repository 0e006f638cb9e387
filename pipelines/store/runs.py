"""Which runs were started and finished, with what they counted and what they were made from."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, Select, func, select, update

from pipelines.errors import StoreError
from pipelines.manifest import RunManifest
from pipelines.store.database import Database
from pipelines.store.tables import RUNS

Job = Literal["score", "reason", "late", "nightly"]
State = Literal["running", "partial", "done"]
Days = tuple[date, date]
"""The first and the last day of a span."""
KEY = r"^[0-9a-f]{64}$"


class Run(BaseModel):
    """One run.

    Attributes:
        run_key: Digest of all that it is made from, as in its manifest.
        job: Which job it is.
        portfolio: Whose it is.
        business_date: The day whose applications it is about; None where nobody said.
        directory: Where it is written.
        state: `running`: started and not finished, or stopped; `partial`: finished with cases
            pending; `done`.
        counts: Rows or cases by what became of them.
        manifest: Its manifest, as JSON; None before its first end.
        started_at: When it was last started, UTC.
        finished_at: When it was finished, UTC; None while it is running.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    run_key: str = Field(pattern=KEY)
    job: Job
    portfolio: str
    business_date: date | None = None
    directory: str
    state: State = "running"
    counts: dict[str, int] = Field(default_factory=dict)
    manifest: str | None = None
    started_at: datetime
    finished_at: datetime | None = None


class RunStore:
    """The runs of one portfolio in an open store."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def begin(
        self,
        run_key: str,
        job: Job,
        directory: str,
        business_date: date | None = None,
        started_at: datetime | None = None,
    ) -> Run:
        """Note that a run is started; one that was started before is taken up again.

        What it counted and its manifest stay until it is finished again, since its directory
        does.

        Args:
            run_key: Its key.
            job: Which job it is.
            directory: Where it is written.
            business_date: The day that it is about.
            started_at: When it was started; now, where None.
        """
        run = Run(
            run_key=run_key,
            job=job,
            portfolio=self._portfolio,
            directory=directory,
            business_date=business_date,
            started_at=started_at or datetime.now(UTC),
        )
        row = {**run.model_dump(exclude={"counts"}), "counts": "{}"}
        fresh = ("job", "directory", "business_date", "state", "started_at", "finished_at")
        insert = self._database.insert(RUNS)
        taken_up = insert.on_conflict_do_update(
            index_elements=[RUNS.c.run_key],
            set_={name: insert.excluded[name] for name in fresh},
        )
        with self._database.writing() as connection:
            connection.execute(taken_up, row)
        return run

    def finish(
        self,
        run_key: str,
        state: Literal["partial", "done"],
        counts: Mapping[str, int],
        manifest: RunManifest | None = None,
    ) -> None:
        """Note how a run ended.

        Raises:
            StoreError: It was never begun.
        """
        ended = {
            "state": state,
            "counts": json.dumps(dict(counts), sort_keys=True),
            "manifest": None if manifest is None else manifest.to_json(),
            "finished_at": datetime.now(UTC),
        }
        with self._database.writing() as connection:
            done = connection.execute(update(RUNS).where(RUNS.c.run_key == run_key).values(ended))
        if not done.rowcount:
            raise StoreError(f"run {run_key} was never begun in the store; begin it there first")

    def find(self, run_key: str) -> Run | None:
        """One run; None where the store has not heard of it."""
        with self._database.reading() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.run_key == run_key)).one_or_none()
        return None if row is None else _run(row)

    def of(self, business_date: date) -> tuple[Run, ...]:
        """The runs of a day, the last started last."""
        wanted = select(RUNS).where(
            RUNS.c.portfolio == self._portfolio, RUNS.c.business_date == business_date
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(RUNS.c.started_at, RUNS.c.run_key)).all()
        return tuple(_run(row) for row in rows)

    def made(self, job: Job, days: Days) -> tuple[Run, ...]:
        """The runs of one job about these days, those that were finished last at the end."""
        wanted = select(RUNS).where(
            RUNS.c.portfolio == self._portfolio,
            RUNS.c.business_date.between(*days),
            RUNS.c.job == job,
            RUNS.c.finished_at.is_not(None),
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(RUNS.c.finished_at, RUNS.c.run_key)).all()
        return tuple(_run(row) for row in rows)

    def nights(self, until: date | None = None, limit: int = 30) -> tuple[Run, ...]:
        """The nights that were delivered, the newest first; of each day the last delivered.

        Args:
            until: The newest day that is wanted; None for all there are.
            limit: Most nights to return.
        """
        rank = func.row_number().over(
            partition_by=RUNS.c.business_date,
            order_by=(RUNS.c.finished_at.desc(), RUNS.c.run_key),
        )
        delivered = select(RUNS.c.run_key, rank.label("place")).where(
            RUNS.c.portfolio == self._portfolio,
            RUNS.c.job == "nightly",
            RUNS.c.state != "running",
            RUNS.c.business_date <= (until or date.max),
        )
        ranked = delivered.subquery()
        wanted = (
            select(RUNS)
            .join(ranked, ranked.c.run_key == RUNS.c.run_key)
            .where(ranked.c.place == 1)
            .order_by(RUNS.c.business_date.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(_run(row) for row in rows)


def keys_of(portfolio: str, days: Days | None) -> Select[tuple[str]]:
    """The keys of a portfolio's runs, to look for in other tables; of some days or of all."""
    ours = select(RUNS.c.run_key).where(RUNS.c.portfolio == portfolio)
    return ours if days is None else ours.where(RUNS.c.business_date.between(*days))


def _run(row: "Row[*tuple[object, ...]]") -> Run:
    values = dict(row._mapping)
    return Run.model_validate({**values, "counts": json.loads(str(values["counts"]))})
