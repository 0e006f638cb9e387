"""The provider: what it says of itself, and whom it says is there."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Self
from urllib.parse import urlencode, urlsplit

from authlib.oidc.discovery import get_well_known_url
from fastapi import Request
from joserfc.jwk import KeySet

from pipelines.review.addresses import unheard
from pipelines.review.oidc.errors import LogInFailedError, ProviderAwayError, UnknownKeyError
from pipelines.review.oidc.id_token import Claims, Expected, claims_of, keys_of
from pipelines.review.oidc.settings import DONE, OidcSettings, secret
from pipelines.review.oidc.transaction import Begun, Transactions
from pipelines.review.oidc.wire import Client, Wire
from pipelines.review.workbench import Workbench

_KEPT_S = 3_600.0
_AT_ONCE, _TURN_S = 8, 1.0


class Known(NamedTuple):
    """What a provider says of itself.

    Attributes:
        authorization: Where browsers ask it.
        token: Where codes are redeemed.
        keys: Where its public keys are.
        end_session: Where people log out of it; empty where it has no such place.
        method: How a client shows who it is.
        names_itself: Whether it always says who sends people back.
    """

    authorization: str
    token: str
    keys: str
    end_session: str
    method: str
    names_itself: bool

    @classmethod
    def of(cls, said: Mapping[str, object], issuer: str) -> Self:
        """Read what a provider says of itself.

        Raises:
            ProviderAwayError: It is another one, or names no address that may be used.
        """
        if said.get("issuer") != issuer:
            raise ProviderAwayError("the provider names another issuer; see issuer in [web.oidc]")
        methods = said.get("token_endpoint_auth_methods_supported")
        posts = isinstance(methods, list) and "client_secret_basic" not in methods
        end = said.get("end_session_endpoint")
        return cls(
            _endpoint(said.get("authorization_endpoint"), issuer),
            _endpoint(said.get("token_endpoint"), issuer),
            _endpoint(said.get("jwks_uri"), issuer),
            _endpoint(end, issuer) if end else "",
            "client_secret_post" if posts else "client_secret_basic",
            said.get("authorization_response_iss_parameter_supported") is True,
        )


class Provider:
    """Whom the workbench asks who somebody is."""

    def __init__(self, bench: Workbench, settings: OidcSettings) -> None:
        """Be a client of the provider of the settings; it is asked when somebody logs in.

        Raises:
            ConfigError: There is no secret to show it.
        """
        kept, address = secret(), bench.config.web.address
        client = Client(settings.client_id, kept, f"{address}{DONE}", " ".join(settings.scopes))
        self.settings = settings
        self.transactions = Transactions(kept, bench.clock)
        self._clock, self._home = bench.clock, f"{address}/login"
        self._wire = Wire(client, settings.issuer)
        # Whoever waits for a slow provider takes a place from those who work.
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._known: Known | None = None
        self._keys: KeySet | None = None
        self._until = 0.0

    def authorization(self, begun: Begun, language: str) -> str:
        """Where to send somebody who wants to log in.

        Raises:
            ProviderAwayError: The provider does not answer.
        """
        with self._turn():
            return self._wire.authorization(self._asked().authorization, begun, language)

    def claims(self, code: str, begun: Begun) -> Claims:
        """Whom the provider sent back with a code.

        Raises:
            LogInFailedError: The code or the token does not hold.
            ProviderAwayError: The provider does not answer.
        """
        with self._turn():
            known = self._asked()
            tokens = self._wire.redeem(known.token, known.method, code, begun)
            access_token = tokens.get("access_token")
            expected = Expected(
                self.settings.issuer,
                self.settings.client_id,
                begun.nonce,
                access_token if isinstance(access_token, str) else "",
                begun.at,
                int(self._clock().timestamp()),
            )
            return self._verified(known, tokens.get("id_token"), expected)

    def check_sender(self, named: str | None) -> None:
        """See that it was this provider who sent somebody back, as far as it says who does.

        Raises:
            LogInFailedError: It was another one.
        """
        silent = named is None and not (self._known and self._known.names_itself)
        if not silent and named != self.settings.issuer:
            raise LogInFailedError("another provider sent the visitor back")

    @property
    def ends_sessions(self) -> bool:
        """Whether people can log out of it, as far as is known."""
        return self._known is not None and self._known.end_session != ""

    def end_session(self) -> str:
        """Where to log out of it; empty where nobody can.

        Raises:
            ProviderAwayError: The provider does not answer.
        """
        with self._turn():
            place = self._asked().end_session
        told = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self._home}
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(told)}" if place else ""

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=_TURN_S):
            raise ProviderAwayError("too many are waiting for the provider")
        try:
            yield
        finally:
            self._turns.release()

    def _asked(self) -> Known:
        """What it says of itself, asked for once an hour."""
        known = self._known
        if known is None or time.monotonic() >= self._until:
            issuer = self.settings.issuer
            said = self._wire.read(get_well_known_url(issuer, external=True))
            known = self._known = Known.of(said, issuer)
            self._keys, self._until = None, time.monotonic() + _KEPT_S
        return known

    def _verified(self, known: Known, id_token: object, expected: Expected) -> Claims:
        keys = self._keys or self._shown(known)
        try:
            return claims_of(id_token, keys, expected)
        except UnknownKeyError:
            # It may have changed its keys since.
            return claims_of(id_token, self._shown(known), expected)

    def _shown(self, known: Known) -> KeySet:
        keys = self._keys = keys_of(self._wire.read(known.keys))
        return keys


def opened(bench: Workbench) -> Provider | None:
    """The provider of a workbench's settings; None where there is none.

    Raises:
        ConfigError: There is one, and no secret to show it.
    """
    settings = bench.config.web.oidc
    return None if settings is None else Provider(bench, settings)


def provider_of(request: Request) -> Provider | None:
    """The provider of a request's app."""
    found = request.app.state.provider
    return found if isinstance(found, Provider) else None


def _endpoint(given: object, issuer: str) -> str:
    """An address that a provider names; one elsewhere cannot point at this machine.

    Raises:
        ProviderAwayError: It may not be used.
    """
    try:
        place = unheard(given if isinstance(given, str) else "")
    except ValueError as error:
        raise ProviderAwayError("the provider names an address that is not https") from error
    if urlsplit(place).scheme == "http" and urlsplit(issuer).scheme != "http":
        raise ProviderAwayError("the provider names an address that is not https")
    return place
