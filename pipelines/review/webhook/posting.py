"""Sends a message by HTTP to one address, and follows it nowhere else."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from features.errors import ScorerError

TIMEOUT_S: Final = 10.0


class NotToldError(ScorerError):
    """A message did not arrive, or was not taken."""


def post(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> None:
    """Send a message.

    Args:
        url: Where to.
        body: What is sent.
        headers: What is said of it.
        timeout_s: How long connecting may take, and then sending and the answer's head.

    Raises:
        NotToldError: Nobody answers in time, or the answer is no success; a redirect is none.
    """
    parts = urlsplit(url)
    place = parts.path or "/"
    target = f"{place}?{parts.query}" if parts.query else place
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout_s)
    try:
        connection.connect()
        with _cut_off_after(timeout_s, connection.sock):
            connection.request("POST", target, body, dict(headers))
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        # Its message may hold the address, and an address may hold a secret.
        raise NotToldError(f"nobody answered: {type(error).__name__}") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotToldError(f"the answer was {status}")


def _connection(
    scheme: str, host: str, port: int | None, timeout_s: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout_s)


@contextmanager
def _cut_off_after(timeout_s: float, connected: socket.socket) -> Iterator[None]:
    """End a connection in time: a socket's own limit begins anew with every byte that trickles in.

    Raises:
        TimeoutError: It was ended.
    """
    ended = threading.Event()

    def end() -> None:
        ended.set()
        with suppress(OSError):
            # Past TLS, whose own way to end waits for the other side.
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(timeout_s, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    if ended.is_set():
        raise TimeoutError("the answer did not come to an end")
