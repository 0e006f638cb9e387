"""What officers said of single sentences: read back from the log of reviews, and counted.

A mark stands in the log as a review of its own: its code is the verdict, and its comment names
the claim of the answer that the sentence tells.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, get_args

from sqlalchemy import ColumnElement, Row, and_, exists, func, literal_column, select

from pipelines.store.database import Database
from pipelines.store.runs import Days, keys_of
from pipelines.store.tables import REVIEWS, RUNS

Verdict = Literal["right", "wrong", "useless"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
_TEXT = re.compile(r"claim (\d{1,6})")
_AT_ONCE = 1_000


class Mark(NamedTuple):
    """What is said of a sentence.

    Attributes:
        claim: Place in the answer of the claim that the sentence tells, from 0.
        verdict: What is said.
    """

    claim: int
    verdict: Verdict

    @property
    def text(self) -> str:
        """The comment that names the claim."""
        return f"claim {self.claim}"


class LoggedMark(NamedTuple):
    """A mark as it stands in the log.

    Attributes:
        review: Id of its review.
        run_key: The reasoned run of the case.
        application_id: The application.
        evidence_digest: Of the rationale that was marked.
        reviewer: Who marked it.
        at: When, UTC.
        mark: What was said.
    """

    review: int
    run_key: str
    application_id: str
    evidence_digest: str
    reviewer: str
    at: datetime
    mark: Mark


class Marks:
    """The marks of one portfolio in an open store."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def after(self, review: int) -> Iterator[LoggedMark]:
        """All marks behind a review of the log, in the order in which they were made."""
        while rows := self._rows(review):
            yield from (mark for row in rows if (mark := _logged(row)) is not None)
            review = int(rows[-1].id)

    def _rows(self, after: int) -> Sequence["Row[*tuple[Any, ...]]"]:
        wanted = (
            select(REVIEWS)
            .join(RUNS, RUNS.c.run_key == REVIEWS.c.run_key)
            .where(*self._ours(), REVIEWS.c.id > after)
            .order_by(REVIEWS.c.id)
            .limit(_AT_ONCE)
        )
        with self._database.reading() as connection:
            return connection.execute(wanted).all()

    def counts(self, run_key: str | None = None) -> dict[Verdict, int]:
        """How many sentences were given each verdict; of one run where one is given.

        Of several marks that one person gave to one sentence, the last counts.
        """
        ours = REVIEWS.c.run_key.in_(keys_of(self._portfolio, None))
        one = ours if run_key is None else and_(ours, REVIEWS.c.run_key == run_key)
        found = self._counted(one).values()
        return {verdict: sum(run[verdict] for run in found) for verdict in VERDICTS}

    def by_run(self, days: Days) -> dict[str, dict[Verdict, int]]:
        """The same for each run about these days; runs without any marks are left out."""
        return self._counted(REVIEWS.c.run_key.in_(keys_of(self._portfolio, days)))

    def _counted(self, ours: ColumnElement[bool]) -> dict[str, dict[Verdict, int]]:
        by = (REVIEWS.c.run_key, REVIEWS.c.reason_code)
        counted = select(*by, func.count()).where(*_last(), ours).group_by(*by)
        found: dict[str, dict[Verdict, int]] = {}
        with self._database.reading() as connection:
            for key, code, number in connection.execute(counted):
                verdict = as_verdict(code)
                if verdict is not None:
                    found.setdefault(key, dict.fromkeys(VERDICTS, 0))[verdict] = int(number)
        return found

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        known = REVIEWS.c.reason_code.in_(VERDICTS)
        return REVIEWS.c.action == "mark", known, RUNS.c.portfolio == self._portfolio


def as_verdict(text: str) -> Verdict | None:
    """The verdict of that name."""
    return next((verdict for verdict in VERDICTS if verdict == text), None)


def marks_of(database: Database, run_key: str) -> tuple[LoggedMark, ...]:
    """The marks of one run in the order of the log; of one person on one sentence the last."""
    wanted = select(REVIEWS).where(*_last(), REVIEWS.c.run_key == run_key)
    with database.reading() as connection:
        rows = connection.execute(wanted.order_by(REVIEWS.c.id)).all()
    return tuple(mark for row in rows if (mark := _logged(row)) is not None)


def _last() -> tuple[ColumnElement[bool], ...]:
    """Whether a review is a mark, and the last one by that person on that sentence."""
    later = REVIEWS.alias("later")
    same = ("run_key", "application_id", "reviewer", "comment", "evidence_digest")
    replaced = exists().where(
        _is_mark(later.c.action),
        *(later.c[name] == REVIEWS.c[name] for name in same),
        later.c.id > REVIEWS.c.id,
        later.c.reason_code.in_(VERDICTS),
    )
    return _is_mark(REVIEWS.c.action), REVIEWS.c.reason_code.in_(VERDICTS), ~replaced


def _is_mark(action: ColumnElement[Any]) -> ColumnElement[bool]:
    """Without a parameter, as the index on marks says it, so that it is found to fit."""
    return action == literal_column("'mark'")


def _logged(row: "Row[*tuple[Any, ...]]") -> LoggedMark | None:
    """The mark of a review; None where it has not the form of one."""
    claim, verdict = _TEXT.fullmatch(row.comment), as_verdict(row.reason_code)
    if claim is None or verdict is None:
        return None
    return LoggedMark(
        review=int(row.id),
        run_key=row.run_key,
        application_id=row.application_id,
        evidence_digest=row.evidence_digest,
        reviewer=row.reviewer,
        at=row.created_at,
        mark=Mark(int(claim[1]), verdict),
    )
