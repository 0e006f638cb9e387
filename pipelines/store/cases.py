"""The cases of reasoned runs: what the queue is sorted by, as columns, and the whole record.

A case that was answered stays as it is. Which cases are chosen and asked about is
`pipelines.reason`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Row, and_, func, or_, select, tuple_, update
from sqlalchemy import case as when

from pipelines.cases import CaseRecord
from pipelines.errors import StoreError
from pipelines.store.database import Database
from pipelines.store.tables import CASES, PENDING

Status = Literal["answered", "pending", "failed"]
_AT_ONCE = 1_000


class CaseKey(NamedTuple):
    """What a case is found by."""

    run_key: str
    application_id: str


@dataclass(frozen=True)
class StoredCase:
    """One case as the store has it.

    Attributes:
        run_key: The reasoned run it belongs to.
        business_date: The day whose applications the run is about.
        record: The case itself.
        attempts: How often an answer was tried for.
        next_try_at: When a pending case may be tried again; None for at once.
    """

    run_key: str
    business_date: date
    record: CaseRecord
    attempts: int = 1
    next_try_at: datetime | None = None

    @property
    def key(self) -> CaseKey:
        """What it is found by."""
        return CaseKey(self.run_key, self.record.score.application_id)


class CaseCount(NamedTuple):
    """How many cases of a day have a status."""

    business_date: date
    status: Status
    cases: int


_QUEUED = (CASES.c.business_date, CASES.c.run_key, CASES.c.application_id)
_WANTED = (CASES.c.run_key, CASES.c.business_date, CASES.c.attempts, CASES.c.next_try_at)


class CaseStore:
    """The cases in an open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, cases: Iterable[StoredCase]) -> None:
        """Put cases away, a thousand to a transaction; putting the same ones again changes nothing.

        Of a case that is there already, the answer stays as it is, the day too, and attempts never
        fall: a run that is repeated does not call off what `postpone` put off.
        """
        waiting = iter(cases)
        while rows := [_row(each) for each in islice(waiting, _AT_ONCE)]:
            with self._database.writing() as connection:
                connection.execute(self._upsert(), rows)

    def find(self, key: CaseKey) -> StoredCase | None:
        """One case; None where the store does not have it."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(*_WANTED, CASES.c.application_id, CASES.c.record).where(_is(key))
            ).one_or_none()
        return None if row is None else self._case(row)

    def pending(
        self, before: datetime, limit: int, after: StoredCase | None = None
    ) -> tuple[StoredCase, ...]:
        """Cases to be tried again: the oldest day first, then by run and application.

        Args:
            before: Cases put off until later than this are left out.
            limit: Most cases to return.
            after: The last case of the page before, to go on behind it.
        """
        wanted = select(*_WANTED, CASES.c.application_id, CASES.c.record).where(
            PENDING,
            or_(CASES.c.next_try_at.is_(None), CASES.c.next_try_at <= before),
        )
        if after is not None:
            wanted = wanted.where(tuple_(*_QUEUED) > (after.business_date, *after.key))
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(*_QUEUED).limit(limit)).all()
        return tuple(self._case(row) for row in rows)

    def settle(self, run_key: str, record: CaseRecord) -> bool:
        """Put the outcome of another try in the place of a pending or failed case.

        Returns:
            Whether it was taken: not where the case is answered already, or is not there.

        Raises:
            StoreError: The record is pending itself; such a case is put off.
        """
        key = CaseKey(run_key, record.score.application_id)
        if record.rationale.status == "pending":
            raise StoreError(f"case {key.application_id} has no outcome yet; postpone it")
        values = {**_columns(record), "next_try_at": None, "updated_at": datetime.now(UTC)}
        values["attempts"] = CASES.c.attempts + 1
        settled = update(CASES).where(_is(key), CASES.c.status != "answered").values(values)
        with self._database.writing() as connection:
            return bool(connection.execute(settled).rowcount)

    def postpone(self, key: CaseKey, until: datetime, attempts: int) -> bool:
        """Put a pending case off; returns whether it was pending.

        Args:
            key: The case.
            until: When it may be tried again.
            attempts: How often it has been tried by now.
        """
        values = {"next_try_at": until, "attempts": attempts, "updated_at": datetime.now(UTC)}
        postponed = update(CASES).where(_is(key), CASES.c.status == "pending").values(values)
        with self._database.writing() as connection:
            return bool(connection.execute(postponed).rowcount)

    def counts(self, business_date: date | None = None) -> tuple[CaseCount, ...]:
        """How many cases have which status, by day; of one day where one is given."""
        by = (CASES.c.business_date, CASES.c.status)
        wanted = select(*by, func.count()).group_by(*by).order_by(*by)
        if business_date is not None:
            wanted = wanted.where(CASES.c.business_date == business_date)
        with self._database.reading() as connection:
            return tuple(CaseCount(*row) for row in connection.execute(wanted))

    def _upsert(self) -> Any:
        insert = self._database.insert(CASES)
        new, old = insert.excluded, CASES.c
        both_pending = and_(old.status == "pending", new.status == "pending")
        differs = or_(
            old.record.is_distinct_from(new.record),
            old.next_try_at.is_distinct_from(new.next_try_at),
            new.attempts > old.attempts,
        )
        kept = ("run_key", "application_id", "business_date")
        most = when((new.attempts > old.attempts, new.attempts), else_=old.attempts)
        values = {c.name: new[c.name] for c in CASES.c if c.name not in kept}
        return insert.on_conflict_do_update(
            index_elements=[old.run_key, old.application_id],
            set_={**values, "attempts": most},
            where=and_(
                old.status != "answered",
                differs,
                or_(~both_pending, new.attempts >= old.attempts),
            ),
        )

    def _case(self, row: "Row[*tuple[Any, ...]]") -> StoredCase:
        try:
            record = CaseRecord.model_validate_json(row.record)
        except ValidationError:
            # Its message quotes the record.
            raise StoreError(
                f"case {row.application_id} of run {row.run_key} in the store "
                f"({self._database.name}) cannot be read; another version of mingjian wrote it, "
                "or it was edited; read it with that version, or run `risk reason` again"
            ) from None
        return StoredCase(row.run_key, row.business_date, record, row.attempts, row.next_try_at)


def _is(key: CaseKey) -> Any:
    return and_(CASES.c.run_key == key.run_key, CASES.c.application_id == key.application_id)


def _row(case: StoredCase) -> dict[str, object]:
    return {
        "run_key": case.run_key,
        "application_id": case.key.application_id,
        "business_date": case.business_date,
        "attempts": case.attempts,
        "next_try_at": case.next_try_at,
        "updated_at": datetime.now(UTC),
        **_columns(case.record),
    }


def _columns(record: CaseRecord) -> dict[str, object]:
    """What follows from the record; `pd` is the model's, as points and grade follow from it."""
    return {
        "status": record.rationale.status,
        "recommendation": record.decision.recommendation.value,
        "model_recommendation": record.decision.model_recommendation.value,
        "pd": record.score.pd_model,
        "points": record.score.points,
        "grade": record.score.grade,
        "record": record.model_dump_json(),
    }
