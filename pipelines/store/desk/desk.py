"""The desk of one portfolio: its queues, and the acts of people, each in one transaction.

What a person does is appended to the review log and moves the case in the same transaction, and
nobody else writes to the log meanwhile: of two at once, the second sees what the first has done.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, update

from pipelines.store.cases import CaseKey
from pipelines.store.database import Database
from pipelines.store.desk import queue
from pipelines.store.desk.queue import Choices, Page, Wanted, storable
from pipelines.store.desk.rows import READ, DeskRow, facts_of, row_of
from pipelines.store.desk.taking_in import Progress, TakingIn
from pipelines.store.reviews import Review, ReviewLog, StoredReview
from pipelines.store.tables import CASES, DESK, REVIEWS
from risk import desk as rules
from risk.desk import (
    Act,
    DeskSettings,
    IncompleteError,
    Person,
    Proposal,
    StaleError,
    Standing,
    State,
    Step,
)
from risk.policy import Recommendation

_FREE = 50
_TAKEN_BY_ANYONE = (State.OPEN.value, State.ASKED.value, State.HELD.value)


class _Said(NamedTuple):
    """Who does something, and what the person says to it."""

    person: Person
    comment: str = ""


class Desk:
    """The desk of one portfolio in an open store."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio
        self._log = ReviewLog(database)

    def take_in(self, settings: DeskSettings, progress: Progress | None = None) -> int:
        """Bring the desk up to date with the cases of delivered nights.

        New cases are laid, and pending ones that were answered are refreshed. Those of a run that
        another has replaced go where nobody has touched them; the others are kept as replaced.
        Costs little where nothing is new.

        Args:
            settings: The portfolio's.
            progress: Told how many cases are laid so far.

        Returns:
            How many cases were laid.

        Raises:
            StoreError: The store cannot be used, or a case in it cannot be read.
        """
        taking = TakingIn(self._database, self._portfolio, settings)
        taking.drop()
        laid = taking.lay(progress or (lambda _: None))
        taking.bring_back()
        taking.refresh()
        return laid

    def find(self, key: CaseKey) -> DeskRow | None:
        """One case; None where it is not on the desk."""
        if not all(map(storable, key)):
            return None
        with self._database.reading() as connection:
            return self._find(connection, key)

    def others(self, row: DeskRow) -> tuple[DeskRow, ...]:
        """What other runs of the same night had of an application, the last laid first."""
        with self._database.reading() as connection:
            return queue.others(connection, row)

    def page(self, wanted: Wanted) -> Page:
        """A page of a queue, the most urgent case first."""
        with self._database.reading() as connection:
            return queue.page(connection, self._portfolio, wanted)

    def counts(self, person: str) -> dict[str, int]:
        """How many cases are in each queue of a person, up to one more than `COUNTED`.

        Returns:
            By queue: all, mine, unassigned, pending, asked, held, escalated, second.
        """
        with self._database.reading() as connection:
            return queue.counts(connection, self._portfolio, person)

    def choices(self) -> Choices:
        """What there is to filter by."""
        with self._database.reading() as connection:
            return queue.choices(connection, self._portfolio)

    def act(
        self, key: CaseKey, act: Act, person: Person, settings: DeskSettings, via: str = ""
    ) -> StoredReview:
        """Do something about a case; kept on the disk when this returns.

        Args:
            key: The case.
            act: What is done.
            person: Who does it.
            settings: The portfolio's.
            via: Last line of the logged comment, where a program sends the act on; no rule takes
                it for a comment.

        Raises:
            ForbiddenError: The person may not do this.
            StaleError: The case has been changed since the person saw it, or is gone.
            IncompleteError: Something is missing, or the comment cannot be kept.
            StoreError: The store cannot be used.
        """
        if not storable(act.comment):
            raise IncompleteError("comment", "the comment holds characters that are none; mend it")
        with self._database.writing(alone="reviews") as connection:
            row = self._as_it_is_now(connection, self._locked(connection, key), settings)
            standing = _standing(row, _proposal(connection, row))
            step = rules.step(standing, act, person, settings)
            comment = "\n".join(filter(None, (act.comment, via)))
            return self._take(connection, row, step, _Said(person, comment))

    def claim(self, key: CaseKey, person: Person) -> StoredReview:
        """Take a case to work on it.

        Raises:
            ForbiddenError: The person may not work on it, or another does.
            StaleError: It is decided or gone.
            StoreError: The store cannot be used.
        """
        return self._move(key, lambda standing: rules.claim(standing, person), _Said(person))

    def release(self, key: CaseKey, person: Person) -> StoredReview:
        """Give a case back.

        Raises:
            ForbiddenError: Another person holds it.
            StaleError: It is decided or gone, or nobody holds it.
            StoreError: The store cannot be used.
        """
        return self._move(key, lambda standing: rules.release(standing, person), _Said(person))

    def assign(self, key: CaseKey, to: Person, by: Person) -> StoredReview:
        """Give a case to a person; the log's comment names the person.

        Raises:
            ForbiddenError: `by` may not do this, or `to` may not work on the case.
            StaleError: It is decided or gone.
            StoreError: The store cannot be used.
        """
        return self._move(key, lambda standing: rules.assign(standing, to, by), _Said(by, to.name))

    def draw(
        self, person: Person, settings: DeskSettings, state: State | None = None
    ) -> CaseKey | None:
        """Claim the most urgent case that nobody holds.

        Args:
            person: Who is given it.
            settings: The portfolio's.
            state: Where it stands; None for wherever anybody may work on it.

        Returns:
            The case; None where there is none, or the person holds as many as one may be given.

        Raises:
            ForbiddenError: The person does not work on cases, or not on those.
            StoreError: The store cannot be used.
        """
        with self._database.writing(alone="reviews") as connection:
            if self._holds(connection, person) >= settings.most_held:
                return None
            row = self._free(connection) if state is None else self._at(connection, person, state)
            if row is None:
                return None
            self._take(connection, row, rules.claim(_standing(row, None), person), _Said(person))
            return row.key

    def _holds(self, connection: Connection, person: Person) -> int:
        """How many cases a person holds that are not decided."""
        held = select(func.count()).where(*self._undecided(), DESK.c.holder == person.name)
        return connection.execute(held).scalar_one()

    def _undecided(self) -> tuple[Any, Any]:
        return DESK.c.portfolio == self._portfolio, DESK.c.decided == False  # noqa: E712

    def _free(self, connection: Connection) -> DeskRow | None:
        """The most urgent case that nobody holds and anybody may work on."""
        free = select(DESK).where(*self._undecided(), DESK.c.holder == "")
        urgent = free.where(DESK.c.state.in_(_TAKEN_BY_ANYONE)).order_by(
            DESK.c.priority.desc(), DESK.c.id.desc()
        )
        row = connection.execute(urgent.limit(1).with_for_update()).one_or_none()
        return None if row is None else row_of(row)

    def _at(self, connection: Connection, person: Person, state: State) -> DeskRow | None:
        """The most urgent case in a state that nobody holds and another than the person proposed.

        Found as the queue is read: few of the many that nobody holds may stand there.
        """
        free = queue.page(connection, self._portfolio, Wanted(state=state, holder="", limit=_FREE))
        for row in free.rows:
            if row.proposer != person.name:
                found = connection.execute(self._one(row.key).with_for_update()).one_or_none()
                return None if found is None else row_of(found)
        return None

    def _move(self, key: CaseKey, rule: Callable[[Standing], Step], said: _Said) -> StoredReview:
        with self._database.writing(alone="reviews") as connection:
            row = self._locked(connection, key)
            return self._take(connection, row, rule(_standing(row, None)), said)

    def _find(self, connection: Connection, key: CaseKey) -> DeskRow | None:
        row = connection.execute(self._one(key)).one_or_none()
        return None if row is None else row_of(row)

    def _one(self, key: CaseKey) -> Any:
        return select(DESK).where(
            DESK.c.portfolio == self._portfolio,
            DESK.c.run_key == key.run_key,
            DESK.c.application_id == key.application_id,
        )

    def _locked(self, connection: Connection, key: CaseKey) -> DeskRow:
        """A case that nobody refreshes or takes away until the transaction ends."""
        found = storable(key.run_key) and storable(key.application_id)
        row = connection.execute(self._one(key).with_for_update()).one_or_none() if found else None
        if row is None:
            raise StaleError("gone", "the case does not lie on the desk any more")
        return row_of(row)

    def _as_it_is_now(
        self, connection: Connection, row: DeskRow, settings: DeskSettings
    ) -> DeskRow:
        """The row with what was written to its case since it was laid."""
        wanted = select(*READ).where(
            CASES.c.run_key == row.run_key, CASES.c.application_id == row.application_id
        )
        case = connection.execute(wanted).one_or_none()
        if case is None:
            raise StaleError("gone", "another run has replaced the one of this case; open that")
        if case.updated_at == row.case_at:
            return row
        facts = facts_of(case, settings)
        connection.execute(update(DESK).where(DESK.c.id == row.id).values(facts))
        fresh = {name: Recommendation(facts[name]) for name in _RECOMMENDATIONS}
        return replace(row, **{**facts, **fresh})

    def _take(self, connection: Connection, row: DeskRow, step: Step, said: _Said) -> StoredReview:
        """Log a step and move the case."""
        outcome = None if step.outcome is None else Recommendation(step.outcome)
        review = Review(
            run_key=row.run_key,
            application_id=row.application_id,
            reviewer=said.person.name,
            action=step.logged,
            recommendation=outcome,
            reason_code=step.reason_code,
            comment=said.comment,
            evidence_digest=row.evidence_digest,
        )
        kept = self._log.append_in(connection, review)
        moved = update(DESK).where(DESK.c.id == row.id).values(_moved(row, step, kept))
        connection.execute(moved)
        return kept


_RECOMMENDATIONS = ("recommendation", "model_recommendation")


def _moved(row: DeskRow, step: Step, review: StoredReview) -> dict[str, Any]:
    """What a step changes of a row."""
    decided = step.state is State.DECIDED
    proposal = review.id if step.logged == "propose" else row.proposal
    return {
        "state": step.state.value,
        "decided": decided,
        "holder": step.holder,
        "proposer": step.proposer,
        "proposal": proposal if step.proposer else None,
        "outcome": (step.outcome or row.outcome) if decided else "",
        "updated_at": datetime.now(UTC),
    }


def _standing(row: DeskRow, proposal: Proposal | None) -> Standing:
    return Standing(
        row.state,
        row.holder,
        row.proposer,
        row.evidence_digest,
        row.amount,
        row.model_recommendation,
        proposal,
    )


def _proposal(connection: Connection, row: DeskRow) -> Proposal | None:
    """What is proposed, as the log has it."""
    if row.proposal is None:
        return None
    wanted = select(REVIEWS).where(REVIEWS.c.id == row.proposal)
    found = connection.execute(wanted).one()
    return Proposal(found.recommendation, found.reason_code, found.evidence_digest)
