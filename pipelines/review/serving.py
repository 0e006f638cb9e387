"""Serves the workbench by HTTP; encryption is a proxy's part wherever it is not this machine's own.

Addresses of pages hold the ids of applications, so none is logged.
"""

import socket
from collections.abc import Callable
from typing import NamedTuple

import uvicorn

from pipelines.errors import ConfigError
from pipelines.review import rendering
from pipelines.review.app import create_app
from pipelines.review.background import begun
from pipelines.review.security import OURS
from pipelines.review.workbench import Workbench

_ANY = ("0.0.0.0", "::", "")  # noqa: S104 - what is asked for, to be looked at
_LEAVE_S = 5


class Place(NamedTuple):
    """Where the workbench is served.

    Attributes:
        host: Name or address of this machine.
        port: Its port; 0 for any that is free.
        root_path: What a proxy takes off our addresses, such as `/desk`.
    """

    host: str = "127.0.0.1"
    port: int = 8400
    root_path: str = ""

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in OURS


def serve(bench: Workbench, place: Place, told: Callable[[str], None]) -> None:
    """Serve until somebody stops it.

    Args:
        bench: The open workbench.
        place: Where.
        told: Called with the address, as soon as it answers there.

    Raises:
        ConfigError: It cannot be served there.
    """
    server = server_of(bench, place)
    bench.passwords.prepare()
    rendering.prepare()
    with bound(place) as listening, begun(bench):
        root = server.config.root_path
        told(f"http://{_named(place.host)}:{listening.getsockname()[1]}{root}/")
        _until_stopped(server, listening)


def server_of(bench: Workbench, place: Place) -> uvicorn.Server:
    """The server, which does not run yet.

    Raises:
        ConfigError: It cannot be served there.
    """
    hosts = bench.config.web.hosts
    if place.host in _ANY and not hosts:
        raise ConfigError(
            f'--host "{place.host}" answers to every name; list the names that browsers use '
            "as `hosts` in [web] of risk.toml"
        )
    config = uvicorn.Config(
        create_app(bench, () if place.host in _ANY else (place.host,)),
        root_path=f"/{place.root_path.strip('/')}".rstrip("/"),
        access_log=False,
        log_config=None,
        lifespan="off",
        server_header=False,
        # Without a proxy, whoever comes could claim any address to come from.
        proxy_headers=bool(hosts),
        timeout_graceful_shutdown=_LEAVE_S,
    )
    return uvicorn.Server(config)


def _until_stopped(server: uvicorn.Server, bound: socket.socket) -> None:
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        # The server has ended in order, and hands on the signal that told it to.
        return


def bound(place: Place) -> socket.socket:
    """The place, taken.

    Raises:
        ConfigError: It cannot be.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"nothing can be served at {place.host}:{place.port}: {error}; give another --host "
            "or --port"
        ) from error


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host
