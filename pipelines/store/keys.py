"""Keys by which other programs come in. A key itself is never stored, only its digest.

Two keys that are valid at once have different names, since the log says by which a decision came.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Row, select, update

from features.errors import ScorerError
from pipelines.store.database import Database
from pipelines.store.tables import API_KEYS

_PREFIX = "mj_"
_NAME = re.compile(r"[^\W_](?:[\w. -]{0,62}[\w.-])?")


class Scope(StrEnum):
    """What a key opens."""

    SCORE = "score"
    READ = "read"
    DECIDE = "decide"
    QUEUE = "queue"


class KeyNameError(ScorerError):
    """A key that is valid has that name already."""


@dataclass(frozen=True)
class ApiKey:
    """A key.

    Attributes:
        key_digest: SHA-256 of it, in hexadecimal.
        name: What it is for, such as the program that has it.
        scopes: What it opens.
        created_at: When it was made, UTC.
        revoked_at: Since when it opens nothing, UTC; None while it does.
    """

    key_digest: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None


class ApiKeys:
    """The keys in an open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, name: str, scopes: frozenset[Scope]) -> str:
        """Make a key; this is the only time that it is told.

        Raises:
            KeyNameError: A valid key has the name.
        """
        key = _PREFIX + secrets.token_urlsafe(32)
        row = {
            "key_digest": digest_of(key),
            "name": name,
            "scopes": " ".join(sorted(scopes)),
            "created_at": datetime.now(UTC),
        }
        valid = select(API_KEYS.c.name).where(
            API_KEYS.c.name == name, API_KEYS.c.revoked_at.is_(None)
        )
        # Alone, so that two at once cannot take the same name.
        with self._database.writing(alone="reviews") as connection:
            if connection.execute(valid).first() is not None:
                raise KeyNameError(f'a key "{name}" is valid; revoke it, or choose another name')
            connection.execute(API_KEYS.insert(), row)
        return key

    def find(self, key: str) -> ApiKey | None:
        """What is known of a key; None where it opens nothing."""
        wanted = select(API_KEYS).where(
            API_KEYS.c.key_digest == digest_of(key), API_KEYS.c.revoked_at.is_(None)
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _key(row)

    def all(self) -> tuple[ApiKey, ...]:
        """All keys, the revoked among them, by name and age."""
        wanted = select(API_KEYS).order_by(API_KEYS.c.name, API_KEYS.c.created_at)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).all()
        return tuple(_key(row) for row in rows)

    def revoke(self, key_digest: str) -> bool:
        """Let a key open nothing from now on; False where it opened nothing before."""
        valid = (API_KEYS.c.key_digest == key_digest, API_KEYS.c.revoked_at.is_(None))
        revoked = update(API_KEYS).where(*valid).values(revoked_at=datetime.now(UTC))
        with self._database.writing() as connection:
            return connection.execute(revoked).rowcount == 1


def is_name(text: str) -> bool:
    """Whether a key can be called so: the log quotes its name in brackets.

    Example:
        >>> is_name("core system 2"), is_name("x] forged")
        (True, False)
    """
    return _NAME.fullmatch(text) is not None


def digest_of(key: str) -> str:
    """What the store knows a key by."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    values = {name: row._mapping[name] for name in ApiKey.__dataclass_fields__}
    scopes = frozenset(Scope(each) for each in str(values["scopes"]).split())
    return ApiKey(**{**values, "scopes": scopes})
