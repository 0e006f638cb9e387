"""One request over HTTP through the openai client, asked once.

Needs the extra `server`: loaded by the back end's constructor and by nothing before it. When and
how often a request is asked is `asking`.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import aiohttp
import httpx2
import openai

from risk.errors import BackendError
from risk.reasoning.backends.asking import Tried
from risk.reasoning.backends.base import Failed, Failure, Request
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import Envelope, refused, understood
from risk.reasoning.question import Question

_TOLD = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
# What the client would tell of this machine with every request.
_UNTOLD = {f"X-Stainless-{name}": openai.Omit() for name in (*_TOLD, "Retry-Count", "Read-Timeout")}
LARGEST_REPLY_BYTES = 8 << 20  # far over any answer within its tokens


def open_client(settings: ServerSettings, api_key: str) -> openai.AsyncOpenAI:
    """A client for the running loop; its own retries are off, since ours count.

    Raises:
        BackendError: The surroundings do not let it be made.
    """
    try:
        return _client(settings, api_key)
    except Exception as error:  # whatever a library makes of a bad proxy or certificate
        raise BackendError(
            f"no client can be made for {settings.url} ({type(error).__name__}); look at the "
            "proxy and certificate variables of the environment (HTTPS_PROXY, SSL_CERT_FILE)"
        ) from None


def _client(settings: ServerSettings, api_key: str) -> openai.AsyncOpenAI:
    most = settings.concurrency + 1
    # aiohttp below: at hundreds of connections the default transport takes most of a core.
    http = openai.DefaultAioHttpClient(
        timeout=httpx2.Timeout(None, connect=settings.connect_timeout_s),
        limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most),
        follow_redirects=False,  # a case goes to the address in the settings and nowhere else
        event_hooks={"response": [_bound]},
        headers={"Accept-Encoding": "identity"},
    )
    return openai.AsyncOpenAI(
        base_url=settings.url,
        api_key=api_key or "none",
        max_retries=0,
        http_client=http,
    )


class Line:
    """Asks a server over an open client."""

    def __init__(
        self, client: openai.AsyncOpenAI, settings: ServerSettings, question: Question
    ) -> None:
        """Ask one kind of question through `client` as `settings` say."""
        self._client, self._settings = client, settings
        self._envelope = Envelope(settings, question)

    async def ask(self, request: Request) -> Tried:
        """Ask once, within the time that a request may take.

        Raises:
            BackendError: The reply shows that nothing can be asked there at all.
        """
        started = time.monotonic()
        came = await exchange(self._client, self._settings, self._envelope.of(request))
        if isinstance(came, Tried):
            return came
        return understood(came, self._settings.profile, time.monotonic() - started)


async def exchange(
    client: openai.AsyncOpenAI, settings: ServerSettings, body: bytes
) -> bytes | Tried:
    """Send a chat request: the reply's body where its status is good, else what went wrong.

    Raises:
        BackendError: The reply shows that nothing can be asked there at all.
    """
    try:
        async with asyncio.timeout(settings.timeout_s):
            response = await client.post(
                "/chat/completions",
                cast_to=httpx2.Response,
                content=body,
                options={"headers": _UNTOLD},
            )
    except TimeoutError:
        detail = f"no reply within {settings.timeout_s:g} s"
        return _failed(Failure.TIMEOUT, detail, overloaded=True)
    except openai.APIStatusError as error:
        wait_s = retry_after(error.response.headers)
        return refused(error.status_code, error.response.text, wait_s, settings)
    except openai.APIConnectionError as error:
        return _failed(Failure.UNREACHABLE, _root(error))
    except (aiohttp.ClientError, _TooLargeError) as error:
        return _failed(Failure.GARBLED, type(error).__name__)
    return response.content


async def models(client: openai.AsyncOpenAI, settings: ServerSettings) -> bytes | int | str:
    """The list of models: its body; a bad status; or the name of what kept it from coming."""
    try:
        async with asyncio.timeout(settings.connect_timeout_s + 20):
            response = await client.get("/models", cast_to=httpx2.Response)
    except openai.APIStatusError as error:
        return error.status_code
    except (openai.APIConnectionError, TimeoutError, aiohttp.ClientError, _TooLargeError) as error:
        return _root(error)
    return response.content


class _TooLargeError(Exception):
    """A body over any bound."""


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends in an error where it does not end in time."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_REPLY_BYTES:
                raise _TooLargeError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


def retry_after(headers: httpx2.Headers) -> float:
    """Seconds from `Retry-After`, given in seconds or as a date; 0 where there is none.

    Example:
        >>> retry_after(httpx2.Headers({"Retry-After": "1.5"}))
        1.5
        >>> retry_after(httpx2.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))
        0.0
    """
    given = headers.get("retry-after", "")
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), 1e9) if seconds == seconds else 0.0


def _failed(code: Failure, detail: str, *, overloaded: bool = False) -> Tried:
    return Tried(Failed(code=code, detail=detail), overloaded)


def _root(error: BaseException) -> str:
    """The name of what lies behind an error; its message may hold an address."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
