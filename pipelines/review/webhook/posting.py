"""Sends a message by HTTP to one address, and follows it nowhere else."""

import http.client
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from features.errors import ScorerError

TIMEOUT_S: Final = 10.0
_READ: Final = 65_536


class NotToldError(ScorerError):
    """A message did not arrive, or was not taken."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Send a message.

    Raises:
        NotToldError: Nobody answers, or the answer is no success; a redirect is none.
    """
    parts = urlsplit(url)
    place = parts.path or "/"
    target = f"{place}?{parts.query}" if parts.query else place
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        answer.read(_READ)
    except (OSError, http.client.HTTPException) as error:
        # Its message may hold the address, and an address may hold a secret.
        raise NotToldError(f"nobody answered: {type(error).__name__}") from None
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise NotToldError(f"the answer was {answer.status}")


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
