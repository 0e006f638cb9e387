"""Which requests of a program have been done already, so that one sent twice is done once.

A request is begun, then done, then noted with what it left in the log. One that was begun and
never noted is found again in the log by `Repeat.tag`, which its review carries: whatever happens
in between, it is not done a second time.
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select, update

from features.errors import ScorerError
from pipelines.store.database import Database
from pipelines.store.tables import REPEATS

GIVEN_UP_AFTER = timedelta(minutes=2)
"""A request under way for longer has died with its process."""


class OtherBodyError(ScorerError):
    """The same name was given to another request before."""


class UnderWayError(ScorerError):
    """The same request is being done at this moment."""


class Repeat(NamedTuple):
    """A request as its sender names it.

    Attributes:
        key_digest: Digest of the sender's key.
        name: What the sender calls it.
        body_digest: SHA-256 over all that is asked for.
    """

    key_digest: str
    name: str
    body_digest: str

    @property
    def tag(self) -> str:
        """What its review carries: nobody else's, and no other request's of the sender."""
        return hashlib.sha256("\0".join(self).encode()).hexdigest()[:16]


class Repeats:
    """The requests of programs in an open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, repeat: Repeat, now: datetime) -> int | None:
        """Begin a request.

        Returns:
            Id of the review that it left in the log, where it was done before; 0 where it was
            begun and given up; None where it is new.

        Raises:
            OtherBodyError: The name was given to another request.
            UnderWayError: It is being done by another.
        """
        row = {**repeat._asdict(), "begun_at": now}
        added = self._database.insert(REPEATS).on_conflict_do_nothing().returning(REPEATS.c.name)
        with self._database.writing() as connection:
            if connection.execute(added, row).first() is not None:
                return None
            found = connection.execute(select(REPEATS).where(_same(repeat))).one_or_none()
            if found is None:
                raise UnderWayError("the same request has just been refused; send it again")
            if found.body_digest != repeat.body_digest:
                raise OtherBodyError("another request had this idempotency key; choose a new one")
            if found.review is not None:
                return int(found.review)
            if now - found.begun_at < GIVEN_UP_AFTER:
                raise UnderWayError("the same request is being done; ask again shortly")
            # Of several who find it given up, the one whose row is still as found takes it up.
            given_up = and_(_same(repeat), REPEATS.c.begun_at == found.begun_at)
            taken = connection.execute(update(REPEATS).where(given_up).values(begun_at=now))
            if taken.rowcount != 1:
                raise UnderWayError("the same request is being done; ask again shortly")
            return 0

    def done(self, repeat: Repeat, review: int) -> None:
        """Note what a request left in the log."""
        with self._database.writing() as connection:
            connection.execute(update(REPEATS).where(_same(repeat)).values(review=review))

    def refused(self, repeat: Repeat) -> None:
        """Forget a request that nothing came of; it may be sent again."""
        with self._database.writing() as connection:
            connection.execute(REPEATS.delete().where(_same(repeat)))


def _same(repeat: Repeat) -> ColumnElement[bool]:
    return and_(REPEATS.c.key_digest == repeat.key_digest, REPEATS.c.name == repeat.name)
