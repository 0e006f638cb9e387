"""The cases of reasoned runs: what the queue is sorted by, as columns, and the whole record.

A case that was answered stays as it is. Which cases are chosen and asked about is the business of
the jobs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from sqlalchemy import Row, and_, delete, func, or_, select, tuple_
from sqlalchemy import case as when

from pipelines.cases import CaseRecord
from pipelines.errors import DamagedError
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
        place: Where it stands among the cases of its run.
        record: The case itself.
        attempts: How often an answer was tried for.
    """

    run_key: str
    business_date: date
    place: int
    record: CaseRecord
    attempts: int = 0

    @property
    def key(self) -> CaseKey:
        """What it is found by."""
        return CaseKey(self.run_key, self.record.score.application_id)


class CaseLine(NamedTuple):
    """A case as it is delivered: its key, its status, and its record as JSON."""

    key: CaseKey
    status: Status
    record: str


class CaseCount(NamedTuple):
    """How many cases of a day have a status."""

    business_date: date
    status: Status
    cases: int


_QUEUED = (CASES.c.business_date, CASES.c.run_key, CASES.c.place)
_WANTED = (*_QUEUED, CASES.c.application_id, CASES.c.attempts, CASES.c.record)


class CaseStore:
    """The cases of one portfolio in an open store."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def put(self, cases: Iterable[StoredCase]) -> None:
        """Put cases away, a thousand to a transaction; putting the same ones again changes nothing.

        Of a case that is there already, an answer stays as it is, and attempts never fall.
        """
        waiting = iter(cases)
        while rows := [self._row(each) for each in islice(waiting, _AT_ONCE)]:
            with self._database.writing() as connection:
                connection.execute(self._upsert(), rows)

    def find(self, key: CaseKey) -> StoredCase | None:
        """One case; None where the store does not have it."""
        found = and_(CASES.c.run_key == key.run_key, CASES.c.application_id == key.application_id)
        with self._database.reading() as connection:
            row = connection.execute(select(*_WANTED).where(found)).one_or_none()
        return None if row is None else self._case(row)

    def pending(
        self, days: tuple[date, date], limit: int = _AT_ONCE, after: StoredCase | None = None
    ) -> tuple[StoredCase, ...]:
        """Cases without an answer: the oldest day first, then by run and place.

        Args:
            days: The first and the last day to look at.
            limit: Most cases to return.
            after: The last case of the page before, to go on behind it.
        """
        wanted = select(*_WANTED).where(*self._pending(days))
        if after is not None:
            behind = (after.business_date, after.run_key, after.place)
            wanted = wanted.where(tuple_(*_QUEUED) > behind)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(*_QUEUED).limit(limit)).all()
        return tuple(self._case(row) for row in rows)

    def waiting(self, days: tuple[date, date]) -> int:
        """How many cases of these days, the first and the last, have no answer."""
        wanted = select(func.count()).where(*self._pending(days))
        with self._database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())

    def lines(self, run_key: str) -> Iterator[str]:
        """The records of a run as JSON, in their order."""
        place = -1
        while True:
            wanted = select(CASES.c.place, CASES.c.record).where(
                CASES.c.run_key == run_key, CASES.c.place > place
            )
            with self._database.reading() as connection:
                rows = connection.execute(wanted.order_by(CASES.c.place).limit(_AT_ONCE)).all()
            if not rows:
                return
            yield from (row.record for row in rows)
            place = rows[-1].place

    def lines_of(self, keys: Sequence[CaseKey]) -> Iterator[CaseLine]:
        """The records of certain cases, in the order of `keys`, without those gone since.

        A case goes where its run was replaced.
        """
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            wanted = select(
                CASES.c.run_key, CASES.c.application_id, CASES.c.status, CASES.c.record
            ).where(
                CASES.c.run_key.in_({key.run_key for key in some}),
                CASES.c.application_id.in_([key.application_id for key in some]),
            )
            with self._database.reading() as connection:
                rows = connection.execute(wanted).all()
            found = {CaseKey(row.run_key, row.application_id): row for row in rows}
            for key in some:
                if key in found:
                    yield CaseLine(key, found[key].status, found[key].record)

    def of_run(self, run_key: str) -> dict[Status, int]:
        """How many cases of a run have which status."""
        wanted = select(CASES.c.status, func.count().label("cases")).where(
            CASES.c.run_key == run_key
        )
        with self._database.reading() as connection:
            found = connection.execute(wanted.group_by(CASES.c.status))
            return {row.status: row.cases for row in found}

    def counts(self, business_date: date | None = None) -> tuple[CaseCount, ...]:
        """How many cases have which status, by day; of one day where one is given."""
        by = (CASES.c.business_date, CASES.c.status)
        wanted = select(*by, func.count()).where(CASES.c.portfolio == self._portfolio)
        if business_date is not None:
            wanted = wanted.where(CASES.c.business_date == business_date)
        with self._database.reading() as connection:
            found = connection.execute(wanted.group_by(*by).order_by(*by))
            return tuple(CaseCount(*row) for row in found)

    def supersede(self, business_date: date, run_key: str) -> int:
        """Remove the cases of a day that are not of the run that was delivered for it.

        Returns:
            How many went: those of a run that another has replaced.
        """
        others = delete(CASES).where(
            CASES.c.portfolio == self._portfolio,
            CASES.c.business_date == business_date,
            CASES.c.run_key != run_key,
        )
        with self._database.writing() as connection:
            return int(connection.execute(others).rowcount)

    def _pending(self, days: tuple[date, date]) -> tuple[Any, ...]:
        return CASES.c.portfolio == self._portfolio, PENDING, CASES.c.business_date.between(*days)

    def _upsert(self) -> Any:
        insert = self._database.insert(CASES)
        new, old = insert.excluded, CASES.c
        both_pending = and_(old.status == "pending", new.status == "pending")
        differs = or_(old.record.is_distinct_from(new.record), new.attempts > old.attempts)
        changing = [c.name for c in CASES.c if c.name not in _FIXED]
        most = when((new.attempts > old.attempts, new.attempts), else_=old.attempts)
        return insert.on_conflict_do_update(
            index_elements=[old.run_key, old.application_id],
            set_={**{name: new[name] for name in changing}, "attempts": most},
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
            raise DamagedError(
                f"case {row.application_id} of run {row.run_key} in the store "
                f"({self._database.name}) cannot be read; another version of mingjian wrote it, "
                "or it was edited; read it with that version, or run that night again"
            ) from None
        return StoredCase(row.run_key, row.business_date, row.place, record, row.attempts)

    def _row(self, case: StoredCase) -> dict[str, object]:
        record = case.record
        return {
            "run_key": case.run_key,
            "application_id": case.key.application_id,
            "portfolio": self._portfolio,
            "business_date": case.business_date,
            "place": case.place,
            "attempts": case.attempts,
            "updated_at": datetime.now(UTC),
            "status": record.rationale.status,
            "recommendation": record.decision.recommendation.value,
            "model_recommendation": record.decision.model_recommendation.value,
            # The model's own, as points and grade follow from it.
            "pd": record.score.pd_model,
            "points": record.score.points,
            "grade": record.score.grade,
            "record": record.model_dump_json(),
        }


_FIXED = ("run_key", "application_id", "portfolio", "business_date", "place")
