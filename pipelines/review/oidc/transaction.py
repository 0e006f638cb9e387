"""A log-in on its way to the provider and back: bound to one browser, for one use, for minutes.

The browser keeps a sealed ticket; state, nonce and verifier follow from it by a key that never
leaves the machine, so that any process which knows the client's secret can end what another began.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

COOKIE: Final = "__Host-mingjian-oidc"
LASTS_S: Final = 600
_LONGEST_PLACE = 1_500
_REMEMBERED = 10_000


class Begun(NamedTuple):
    """A log-in that has begun.

    Attributes:
        sealed: What the browser keeps of it.
        at: When it began, in seconds since 1970.
        to: Where the visitor wanted to go.
        state: What the provider brings back.
        nonce: What the ID token has to hold.
        verifier: What shows that whoever redeems the code asked for it.
    """

    sealed: str
    at: int
    to: str
    state: str
    nonce: str
    verifier: str


class Transactions:
    """Begins and ends log-ins."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        """Seal with a key that follows from the client's secret."""
        self._key = hmac.digest(secret.encode(), b"mingjian: log-in by OpenID Connect", "sha256")
        self._clock, self._lock = clock, threading.Lock()
        self._spent: dict[str, None] = {}

    def begin(self, to: str) -> Begun:
        """Begin a log-in of somebody who wants to go to a place of ours."""
        place = quote(to, safe="")
        told = f"{secrets.token_urlsafe(32)}.{self._now()}."
        told += place if len(place) <= _LONGEST_PLACE else ""
        return self._begun(told)

    def end(self, sealed: str, state: str) -> Begun | None:
        """The log-in that a browser kept and the provider brings back; None where there is none.

        Args:
            sealed: What the browser kept.
            state: What the provider brings back.
        """
        seal, _, told = sealed.partition(".")
        if not hmac.compare_digest(seal.encode(), self._derived("seal", told).encode()):
            return None
        begun = self._begun(told)
        fresh = 0 <= self._now() - begun.at < LASTS_S
        if not fresh or not hmac.compare_digest(state.encode(), begun.state.encode()):
            return None
        return begun if self._is_first(begun.state) else None

    def _begun(self, told: str) -> Begun:
        _, at, place = told.split(".", 2)
        parts = (self._derived(name, told) for name in ("state", "nonce", "verifier"))
        return Begun(f"{self._derived('seal', told)}.{told}", int(at), unquote(place), *parts)

    def _derived(self, name: str, told: str) -> str:
        made = hmac.digest(self._key, f"{name}:{told}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def _is_first(self, state: str) -> bool:
        """Whether a state comes back for the first time; the provider sees to its codes itself."""
        with self._lock:
            if state in self._spent:
                return False
            self._spent[state] = None
            if len(self._spent) > _REMEMBERED:
                del self._spent[next(iter(self._spent))]
            return True

    def _now(self) -> int:
        return int(self._clock().timestamp())
