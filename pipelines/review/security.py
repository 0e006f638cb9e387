"""What stands before every answer: whom a request is addressed to, where from, and how large.

And what goes out with every answer: the headers that forbid a browser all that no page of ours
needs.
"""

import re
from collections.abc import Iterable

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipelines.review.csrf import comes_from_elsewhere
from pipelines.review.refusals import broken, refuse

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes; a text of a megabyte of Chinese takes three times as much in a form."""
OURS = ("localhost", "127.0.0.1", "::1")
"""Names of this machine for itself."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # `no-referrer` would take the Origin off our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_CACHE = "Cache-Control"
# Whatever else a parser of addresses would look over changes what our own addresses become.
_HOST = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d*)?|([A-Za-z0-9._-]+)(?::\d*)?")


class Guard:
    """The outermost part of the app."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        """Guard `app`, which is reached under `hosts` and this machine's own names."""
        self._app = app
        self._hosts = frozenset(name.lower() for name in (*hosts, *OURS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, by the app where nothing is wrong with it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        out = _Out(send, secure=scope["scheme"] == "https")
        try:
            answer = self._refused(request) or self._app
            await answer(scope, receive, out)
        except ClientDisconnect:
            # Whoever has gone hears no answer, and there is nothing to mend.
            return
        except Exception as error:
            if out.begun:
                raise
            await broken(request, error)(scope, receive, out)

    def _refused(self, request: Request) -> Response | None:
        """What is answered at once; None where the app may answer."""
        if _name(request.headers.get("host", "")) not in self._hosts:
            return refuse(request, 400, "host")
        if "\x00" in request.url.path or "%00" in request.scope["query_string"].decode("latin-1"):
            return refuse(request, 404, "not-found")
        if request.method not in ("GET", "HEAD") and comes_from_elsewhere(request):
            return refuse(request, 403, "forged")
        return refuse(request, 413, "too-large") if _announces_too_much(request) else None


class _Out:
    """Sends an answer with the headers that all have."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send, self._secure, self.begun = send, secure, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers.setdefault(_CACHE, "no-store")
            if self._secure:
                headers["Strict-Transport-Security"] = "max-age=31536000"
        await self._send(message)


def _name(host: str) -> str:
    """The name in a Host header, without its port; empty where it is no name alone."""
    found = _HOST.fullmatch(host)
    return (found[1] or found[2]).lower() if found else ""


def _announces_too_much(request: Request) -> bool:
    length = request.headers.get("content-length", "0")
    return not length.isdecimal() or int(length[:20]) > LARGEST_BODY
