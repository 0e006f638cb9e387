"""Asks a provider by HTTP: within bounds of time and size, and wherever it points, only there."""

import logging
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from pipelines.review.addresses import LOOPBACK
from pipelines.review.oidc.errors import LogInFailedError, ProviderAwayError
from pipelines.review.oidc.transaction import Begun

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 5.0
LARGEST: Final = 1_000_000
"""Bytes of an answer."""
_CODE = re.compile(r"[a-z_]{1,40}")


class Client(NamedTuple):
    """What a provider knows the workbench by.

    Attributes:
        id: Its name.
        secret: What shows that it is the one.
        redirect_uri: Where people are sent back to.
        scope: What it asks for, parted by spaces.
    """

    id: str
    secret: str
    redirect_uri: str
    scope: str


class Wire:
    """Speaks with a provider as one of its clients."""

    def __init__(self, client: Client, issuer: str) -> None:
        """Speak as a client with the provider at `issuer`."""
        self._client = client
        # The machine's own certificates: a bank's provider is often known to the bank alone.
        self._certificates = ssl.create_default_context()
        self._elsewhere = urlsplit(issuer).hostname not in LOOPBACK

    def read(self, url: str) -> Mapping[str, object]:
        """A JSON object at an address of the provider.

        Raises:
            ProviderAwayError: It is not there.
        """
        try:
            with self._opened() as client:
                answer = client.request("GET", url, withhold_token=True)
                found = answer.raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise _away(error) from error
        if not isinstance(found, dict):
            raise ProviderAwayError("the provider does not answer with an object")
        return found

    def redeem(self, url: str, method: str, code: str, begun: Begun) -> Mapping[str, object]:
        """The tokens that a code stands for.

        Args:
            url: The provider's token endpoint.
            method: How the client shows who it is there.
            code: What the provider sent along.
            begun: The log-in that it was sent for.

        Raises:
            LogInFailedError: The provider does not take the code.
            ProviderAwayError: It does not answer.
        """
        try:
            with self._opened(token_endpoint_auth_method=method) as client:
                tokens = client.fetch_token(
                    url,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                    redirect_uri=self._client.redirect_uri,
                )
        except OAuthError as error:
            raise LogInFailedError(f"the provider refused the code: {coded(error.error)}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise _away(error) from error
        return dict(tokens)

    def authorization(self, url: str, begun: Begun, language: str) -> str:
        """Where the visitor's browser asks the provider who the visitor is."""
        with self._opened(code_challenge_method="S256") as client:
            made, _ = client.create_authorization_url(
                url,
                state=begun.state,
                code_verifier=begun.verifier,
                nonce=begun.nonce,
                ui_locales=language,
            )
        return str(made)

    def _opened(self, **more: str) -> OAuth2Client:
        return OAuth2Client(
            self._client.id,
            self._client.secret,
            scope=self._client.scope,
            redirect_uri=self._client.redirect_uri,
            timeout=TIMEOUT_S,
            verify=self._certificates,
            follow_redirects=False,
            # No proxy stands between this machine and itself.
            trust_env=self._elsewhere,
            event_hooks={"response": [_bound]},
            **more,
        )


class _Bounded(httpx2.SyncByteStream):
    """A body that ends in an error where it is too long, or takes too long."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size, until = 0, time.monotonic() + TIMEOUT_S
        for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST or time.monotonic() > until:
                raise httpx2.ReadError("the answer is too long")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def _bound(answer: httpx2.Response) -> None:
    if isinstance(answer.stream, httpx2.SyncByteStream):
        answer.stream = _Bounded(answer.stream)


def coded(text: object) -> str:
    """An error's code, as far as it is one; nothing that a provider wrote about a person."""
    return text if isinstance(text, str) and _CODE.fullmatch(text) else "no code"


def _away(error: Exception) -> ProviderAwayError:
    return ProviderAwayError(f"the provider does not answer: {type(error).__name__}")
