"""Lays cases of delivered nights on the desk, and takes away those that another run replaced.

Of those, what people have worked on stays for its history, out of the queues.

A night is delivered when its run is finished: until then nobody sees its cases. Whatever is done
here may be done by two at once, or stopped half-way and done again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Row,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from pipelines.store.database import Database
from pipelines.store.desk.rows import READ, facts_of, rank
from pipelines.store.tables import CASES, DESK, REVIEWS, RUNS
from risk.desk import DeskSettings, State

Progress = Callable[[int], None]
AT_ONCE = 1_000
_IN_MEMORY = 100
"""Records that are held at once; one may have a hundred pages of documents."""
_SAME_CASE = (CASES.c.run_key == DESK.c.run_key) & (CASES.c.application_id == DESK.c.application_id)


class _Delivered(NamedTuple):
    """A delivered run whose cases do not all lie on the desk."""

    run_key: str
    finished_at: datetime


class TakingIn:
    """Takes in for one portfolio."""

    def __init__(self, database: Database, portfolio: str, settings: DeskSettings) -> None:
        self._database, self._portfolio, self._settings = database, portfolio, settings

    def lay(self, progress: Progress) -> int:
        """Lay the cases that are new; how many there were."""
        with self._database.reading() as connection:
            runs = [_Delivered(*row) for row in connection.execute(self._unlaid())]
        laid = 0
        for run in runs:
            for rows in self._new(run):
                laid += self._lay(rows)
                progress(laid)
        return laid

    def refresh(self) -> None:
        """Bring up to date what was pending and has changed since."""
        after = 0
        while found := self._changed(after):
            with self._database.writing() as connection:
                connection.execute(_REFRESH, found)
            after = found[-1]["_id"]

    def drop(self) -> None:
        """Take away the cases of replaced runs, and keep for reading what people worked on."""
        with self._database.reading() as connection:
            gone = connection.execute(_replaced()).scalars().all()
        for run_key in gone:
            self._drop(run_key)
            self._close(run_key)

    def bring_back(self) -> None:
        """Lay replaced cases anew whose run was made once more, as nobody's."""
        again = (
            DESK.c.portfolio == self._portfolio,
            DESK.c.decided == True,  # noqa: E712 - a column
            DESK.c.state == State.REPLACED.value,
            exists().where(_SAME_CASE),
        )
        self._change(again, {"state": State.OPEN.value, "decided": False})

    def _unlaid(self) -> Any:
        """Delivered runs whose last case is not on the desk: cases are laid in their order."""
        last = (
            select(CASES.c.application_id)
            .where(CASES.c.run_key == RUNS.c.run_key)
            .order_by(CASES.c.place.desc())
            .limit(1)
            .scalar_subquery()
        )
        laid = exists().where(
            DESK.c.run_key == RUNS.c.run_key,
            DESK.c.application_id == last,
            DESK.c.state != State.REPLACED.value,
        )
        return (
            select(RUNS.c.run_key, RUNS.c.finished_at)
            .where(
                RUNS.c.portfolio == self._portfolio,
                RUNS.c.job == "reason",
                RUNS.c.state.in_(("done", "partial")),
                last.is_not(None),
                ~laid,
            )
            .order_by(RUNS.c.finished_at)
        )

    def _new(self, run: _Delivered) -> Iterator[list[dict[str, Any]]]:
        """Rows for the cases of a run that are not on the desk, a thousand at once, in order."""
        place = -1
        while True:
            wanted = (
                select(*READ)
                .where(CASES.c.run_key == run.run_key, CASES.c.place > place)
                .where(~exists().where(_SAME_CASE))
                .order_by(CASES.c.place)
                .limit(AT_ONCE)
            )
            rows = []
            with (
                self._database.reading(in_transaction=True) as connection,
                _few_at_once(connection, wanted) as cases,
            ):
                for case in cases:
                    rows.append(self._row(case, run))
                    place = case.place
            if not rows:
                return
            yield rows

    def _row(self, case: "Row[*tuple[Any, ...]]", run: _Delivered) -> dict[str, Any]:
        facts = facts_of(case, self._settings)
        return {
            **facts,
            "run_key": case.run_key,
            "application_id": case.application_id,
            "portfolio": self._portfolio,
            "business_date": case.business_date,
            "queued_at": run.finished_at,
            "due_at": run.finished_at + timedelta(hours=self._settings.hours),
            "priority": rank(facts, run.finished_at, self._settings),
            "state": State.OPEN.value,
            "decided": False,
            "updated_at": datetime.now(UTC),
            **dict.fromkeys(("holder", "proposer", "outcome"), ""),
        }

    def _lay(self, rows: list[dict[str, Any]]) -> int:
        """Lay rows, but for those that another has laid meanwhile."""
        first = (DESK.c.run_key, DESK.c.application_id)
        insert = self._database.insert(DESK).on_conflict_do_nothing(index_elements=first)
        with self._database.writing() as connection:
            return len(connection.execute(insert.returning(DESK.c.id), rows).all())

    def _changed(self, after: int) -> list[dict[str, Any]]:
        """New values of pending rows, by their numbers, behind a number."""
        wanted = (
            select(DESK.c.id, DESK.c.queued_at, *READ)
            .join(CASES, _SAME_CASE)
            .where(
                DESK.c.portfolio == self._portfolio,
                DESK.c.decided == False,  # noqa: E712 - a column
                DESK.c.pending == True,  # noqa: E712
                DESK.c.id > after,
                CASES.c.updated_at > DESK.c.case_at,
            )
            .order_by(DESK.c.id)
            .limit(AT_ONCE)
        )
        with (
            self._database.reading(in_transaction=True) as connection,
            _few_at_once(connection, wanted) as cases,
        ):
            return [self._news(case) for case in cases]

    def _news(self, case: "Row[*tuple[Any, ...]]") -> dict[str, Any]:
        facts = facts_of(case, self._settings)
        ranked = rank(facts, case.queued_at, self._settings)
        now = datetime.now(UTC)
        values = {**facts, "priority": ranked, "updated_at": now}
        return {"_id": case.id, "_case_at": case.updated_at, **values}

    def _drop(self, run_key: str) -> None:
        said = exists().where(
            REVIEWS.c.run_key == DESK.c.run_key, REVIEWS.c.application_id == DESK.c.application_id
        )
        untouched = (
            DESK.c.portfolio == self._portfolio,
            DESK.c.run_key == run_key,
            DESK.c.state == State.OPEN.value,
            DESK.c.holder == "",
            ~said,
        )
        some = delete(DESK).where(DESK.c.id.in_(select(DESK.c.id).where(*untouched).limit(AT_ONCE)))
        dropped = AT_ONCE
        while dropped == AT_ONCE:
            with self._database.writing(alone="reviews") as connection:
                dropped = connection.execute(some).rowcount

    def _close(self, run_key: str) -> None:
        """What is left of a replaced run and undecided is nobody's to work on any more."""
        left = (
            DESK.c.portfolio == self._portfolio,
            DESK.c.run_key == run_key,
            DESK.c.decided == False,  # noqa: E712 - a column
        )
        closed = {
            "state": State.REPLACED.value,
            "decided": True,
            "proposal": None,
            **dict.fromkeys(("holder", "proposer"), ""),
        }
        self._change(left, closed)

    def _change(self, chosen: Sequence[ColumnElement[bool]], values: Mapping[str, object]) -> None:
        """Change rows of the desk; who writes is not kept waiting where there are none."""
        with self._database.reading() as connection:
            if connection.execute(select(DESK.c.id).where(*chosen).limit(1)).first() is None:
                return
        changed = {**values, "updated_at": datetime.now(UTC)}
        with self._database.writing(alone="reviews") as connection:
            connection.execute(update(DESK).where(*chosen).values(changed))


_NAMES = (
    "product", "amount", "expected_loss", "recommendation", "model_recommendation", "grade", "pd",
    "points", "pending", "struck", "suspected", "moved", "evidence_digest", "case_at", "priority",
    "updated_at",
)  # fmt: skip
_REFRESH = (
    update(DESK)
    .where(
        DESK.c.id == bindparam("_id"),
        DESK.c.decided == False,  # noqa: E712
        DESK.c.case_at < bindparam("_case_at"),
    )
    .values({name: bindparam(name) for name in _NAMES})
)


def _few_at_once(connection: Connection, wanted: Any) -> "CursorResult[Any]":
    """The rows, of which few are in memory; closed by its context."""
    return connection.execution_options(yield_per=_IN_MEMORY).execute(wanted)


def _replaced() -> Any:
    """Runs that are on the desk and have no cases any more, stepping from run to run."""
    steps = select(func.min(DESK.c.run_key).label("run_key")).cte("steps", recursive=True)
    behind = select(func.min(DESK.c.run_key)).where(DESK.c.run_key > steps.c.run_key)
    steps = steps.union_all(select(behind.scalar_subquery()).where(steps.c.run_key.is_not(None)))
    run = steps.c.run_key
    return select(run).where(run.is_not(None), ~exists().where(CASES.c.run_key == run))
