"""Sessions: who comes with which token, and for how long.

The token is in the visitor's cookie alone; the store holds its digest. Before log-in a visitor
has a token that nobody keeps, and the token of the forms follows from it.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from pipelines.errors import StoreError
from pipelines.store.logins import Logins, Session

COOKIE = "__Host-mingjian"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Spans:
    """How long a session lasts.

    Attributes:
        idle: Since it was last used.
        longest: Since log-in.
    """

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)


class Sessions:
    """The sessions of those who have logged in."""

    def __init__(self, logins: Logins, spans: Spans, clock: Callable[[], datetime]) -> None:
        self._logins, self._spans, self._clock = logins, spans, clock

    def open(self, user: str) -> str:
        """Begin a session of a user; returns its token."""
        token, now = new_token(), self._clock()
        csrf = secrets.token_urlsafe(32)
        self._logins.begin(digest_of(token), user, csrf, (now, now + self._spans.longest))
        return token

    def find(self, token: str) -> Session | None:
        """The session of a token; None where there is none, or it has run out."""
        if not is_token(token):
            return None
        now = self._clock()
        session = self._logins.find(digest_of(token), now, now - self._spans.idle)
        if session is not None and now - session.seen_at >= _SEEN_EVERY:
            # On a full disk people can still read; their sessions only end the sooner.
            with suppress(StoreError):
                self._logins.seen(session.token_digest, now)
        return session

    def close(self, token: str) -> None:
        """End a session: its token is worth nothing from now on, whoever kept it."""
        self._logins.end(digest_of(token))


def new_token() -> str:
    """32 random bytes as text."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether a text has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def digest_of(token: str) -> str:
    """What the store knows a token by."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_before(token: str) -> str:
    """The token of the forms of a visitor who has not logged in."""
    return hashlib.sha256(b"before log-in:" + token.encode()).hexdigest()


def give(response: Response, token: str) -> None:
    """Let the visitor's browser keep a token until it is closed."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="lax")
