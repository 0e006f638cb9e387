"""Sessions of those who have logged in, and log-ins that failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, select, update

from pipelines.store.database import Database
from pipelines.store.people import User, user_of
from pipelines.store.tables import ATTEMPTS, SESSIONS, USERS


class Session(NamedTuple):
    """A session that goes on.

    Attributes:
        token_digest: SHA-256 of its token.
        user: Who has logged in, as the person stands in the store now.
        csrf: What the forms of its pages bring back.
        seen_at: When it was last used, to the minute, UTC.
    """

    token_digest: str
    user: User
    csrf: str
    seen_at: datetime


class Logins:
    """The sessions in an open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, token_digest: str, user: str, csrf: str, lasting: tuple[datetime, datetime]
    ) -> None:
        """Begin a session of a user; those that ran out before are forgotten.

        Args:
            token_digest: SHA-256 of its token.
            user: The user's name.
            csrf: What the forms of its pages bring back.
            lasting: From when until when at the longest.
        """
        start, end = lasting
        row = {"token_digest": token_digest, "user": user, "csrf": csrf, "expires_at": end}
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= start))
            connection.execute(SESSIONS.insert(), row | {"created_at": start, "seen_at": start})

    def find(self, token_digest: str, now: datetime, idle_since: datetime) -> Session | None:
        """The session of a token; None where there is none, it has run out, or its user may not.

        Args:
            token_digest: SHA-256 of the token.
            now: What time it is.
            idle_since: A session that was last used before has run out.
        """
        both = SESSIONS.join(USERS, SESSIONS.c.user == USERS.c.name)
        wanted = (
            select(SESSIONS.c.csrf, SESSIONS.c.seen_at, USERS)
            .select_from(both)
            .where(
                SESSIONS.c.token_digest == token_digest,
                SESSIONS.c.expires_at > now,
                SESSIONS.c.seen_at > idle_since,
                USERS.c.active,
            )
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else Session(token_digest, user_of(row), row.csrf, row.seen_at)

    def seen(self, token_digest: str, at: datetime) -> None:
        """Note that a session was used."""
        used = update(SESSIONS).where(SESSIONS.c.token_digest == token_digest)
        with self._database.writing() as connection:
            connection.execute(used.values(seen_at=at))

    def end(self, token_digest: str) -> None:
        """End a session; nothing happens where it has ended already."""
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_digest == token_digest))


@dataclass(frozen=True)
class Limits:
    """How many log-ins may fail.

    Attributes:
        by_name: Of one name from one address.
        by_name_anywhere: Of one name from all addresses; so many that nobody at a desk of their
            own can shut a colleague out.
        by_address: From one address.
        window: Within this time.
    """

    by_name: int = 5
    by_name_anywhere: int = 50
    by_address: int = 20
    window: timedelta = timedelta(minutes=15)


class Attempts:
    """Log-ins that failed, in an open store."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database, self._limits = database, limits

    def begin(self, name: str, address: str, now: datetime) -> datetime | None:
        """Count an attempt as failed before it is made, so that many at once are many too.

        Args:
            name: Who wants to log in.
            address: Where from.
            now: What time it is.

        Returns:
            None where it may be made; else from when on another may be, and this one is not
            counted.
        """
        row = {"name": name, "address": address, "at": now}
        with self._database.writing() as connection:
            old = ATTEMPTS.c.at <= now - self._limits.window
            connection.execute(delete(ATTEMPTS).where(old))
            added = connection.execute(ATTEMPTS.insert().returning(ATTEMPTS.c.id), row)
            own = added.scalar_one()
        # In a transaction of its own: it sees what others have begun meanwhile.
        with self._database.writing() as connection:
            full = self._full_since(connection, row, own)
            if full is None:
                return None
            connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.id == own))
        return full + self._limits.window

    def _full_since(
        self, connection: Connection, row: dict[str, object], own: int
    ) -> datetime | None:
        """When the oldest of the attempts was made that fill a limit; None where none is full."""
        name, address = (ATTEMPTS.c[each] == row[each] for each in ("name", "address"))
        most = (
            (and_(name, address), self._limits.by_name),
            (name, self._limits.by_name_anywhere),
            (address, self._limits.by_address),
        )
        found = []
        for same, limit in most:
            newest = select(ATTEMPTS.c.at).where(same, ATTEMPTS.c.id != own)
            ordered = newest.order_by(ATTEMPTS.c.at.desc())
            found.append(connection.execute(ordered.offset(limit - 1).limit(1)).scalar())
        return max((at for at in found if at is not None), default=None)

    def succeeded(self, name: str, address: str) -> None:
        """Forget what failed of a name at an address, but not of others there, nor elsewhere."""
        same = (ATTEMPTS.c.name == name, ATTEMPTS.c.address == address)
        with self._database.writing() as connection:
            connection.execute(delete(ATTEMPTS).where(*same))
