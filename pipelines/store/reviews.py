"""What people decided about cases: added to and never changed, each row sealed to the one before.

The triggers of the database refuse changes; the chain of hashes shows one that was made around
them, as `pipelines.audit.chain` finds out.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection, Select, func, select
from sqlalchemy import case as when

from pipelines.errors import DamagedError
from pipelines.store.database import Database
from pipelines.store.runs import KEY
from pipelines.store.tables import REVIEWS
from risk.policy import Recommendation

GENESIS = "0" * 64
"""What the first row follows."""
DECISIONS = ("accept", "override")
"""Actions that decide a case; the others ask, wait or remark."""
Logged = Literal[
    "accept", "override", "ask", "escalate", "hold", "comment", "propose", "return", "claim",
    "release", "assign", "first_view", "mark", "notice",
]  # fmt: skip
"""What people do about a case."""
# PostgreSQL keeps no text with this character in it.
_NO_NUL = r"^[^\x00]*$"
_SEALED = (
    "run_key", "application_id", "reviewer", "action", "recommendation", "reason_code",
    "comment", "evidence_digest", "created_at",
)  # fmt: skip


class Review(BaseModel):
    """One thing a person did about a case.

    Attributes:
        run_key: The reasoned run of the case.
        application_id: The application.
        reviewer: Who did it.
        action: What was done.
        recommendation: What the person recommends; needed to accept, override or propose.
        reason_code: Why, of a list that the bank keeps; may be empty.
        comment: Why, in words; may be empty.
        evidence_digest: Of all that the person was shown, as in the case's rationale.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    run_key: str = Field(pattern=KEY)
    application_id: str = Field(min_length=1, pattern=_NO_NUL)
    reviewer: str = Field(min_length=1, pattern=_NO_NUL)
    action: Logged
    recommendation: Recommendation | None = None
    reason_code: str = Field(default="", pattern=_NO_NUL)
    comment: str = Field(default="", pattern=_NO_NUL)
    evidence_digest: str = Field(pattern=KEY)

    @model_validator(mode="after")
    def _a_decision_says_what(self) -> Self:
        if self.action in (*DECISIONS, "propose") and self.recommendation is None:
            raise ValueError(f'"{self.action}" needs a recommendation')
        return self


class StoredReview(Review):
    """A review as it stands in the log.

    Attributes:
        id: Its place; rises, with gaps where an append failed.
        created_at: When it was appended, UTC.
        previous_hash: Hash of the row before it.
        hash: SHA-256 over canonical JSON of the review, its time and `previous_hash`.
    """

    id: int
    created_at: datetime
    previous_hash: str
    hash: str


class ReviewLog:
    """The reviews in an open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, review: Review) -> StoredReview:
        """Add a review; kept on the disk when this returns. Two at once follow one another."""
        with self._database.writing(alone="reviews") as connection:
            return self.append_in(connection, review)

    def append_in(self, connection: Connection, review: Review) -> StoredReview:
        """Add a review in a transaction under way; it is kept or lost with all else in it.

        Args:
            connection: Of `Database.writing(alone="reviews")`, or two might follow the same one.
            review: The review.
        """
        last = select(REVIEWS.c.hash).order_by(REVIEWS.c.id.desc()).limit(1)
        previous = connection.execute(last).scalar() or GENESIS
        row = {**review.model_dump(mode="json"), "created_at": datetime.now(UTC)}
        row |= {"previous_hash": previous, "hash": hash_of(row, previous)}
        added = connection.execute(REVIEWS.insert().returning(REVIEWS.c.id), row)
        return StoredReview.model_validate({**row, "id": added.scalar_one()})

    def of(self, run_key: str, application_id: str) -> tuple[StoredReview, ...]:
        """All that was done about a case, the oldest first.

        Raises:
            DamagedError: Somebody has been at the log.
        """
        wanted = select(REVIEWS).where(
            REVIEWS.c.run_key == run_key, REVIEWS.c.application_id == application_id
        )
        with self._database.reading() as connection:
            return found_in(connection, wanted.order_by(REVIEWS.c.id))

    def latest(self, run_key: str) -> tuple[StoredReview, ...]:
        """The last word on each case of a run, by application.

        A decision stands until the next one: words after it that decide nothing are passed over.

        Raises:
            DamagedError: Somebody has been at the log.
        """
        decides = when((REVIEWS.c.action.in_(DECISIONS), 1), else_=0)
        rank = func.row_number().over(
            partition_by=REVIEWS.c.application_id, order_by=(decides.desc(), REVIEWS.c.id.desc())
        )
        ranked = select(REVIEWS.c.id, rank.label("place")).where(REVIEWS.c.run_key == run_key)
        last = ranked.subquery()
        wanted = select(REVIEWS).join(last, last.c.id == REVIEWS.c.id).where(last.c.place == 1)
        with self._database.reading() as connection:
            return found_in(connection, wanted.order_by(REVIEWS.c.application_id))


def found_in(connection: Connection, wanted: Select[Any]) -> tuple[StoredReview, ...]:
    """The reviews that a statement finds.

    Raises:
        DamagedError: One of them was never appended as it stands there.
    """
    try:
        rows = connection.execute(wanted).all()
        return tuple(StoredReview.model_validate(dict(row._mapping)) for row in rows)
    except ValueError:
        # Its message quotes the row.
        raise DamagedError(
            "the log of reviews holds a row that was never appended as it stands there; "
            "`risk audit verify` names it"
        ) from None


def hash_of(row: Mapping[Any, Any], previous: str) -> str:
    """SHA-256, in hexadecimal, over canonical JSON of a row's columns and the hash before it."""
    sealed = {name: row[name] for name in _SEALED} | {"previous_hash": previous}
    sealed["created_at"] = sealed["created_at"].isoformat(timespec="microseconds")
    told = json.dumps(sealed, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()
