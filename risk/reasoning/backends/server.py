"""The back end that asks a model behind any OpenAI-compatible address, many requests at once.

The event loop runs in a thread of its own, so that replies are read and time-outs are kept while
the caller checks answers, reads cases or writes records. What is asked and how replies are read
is `client` and `wire`; retries and bounds are `asking`.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from risk.errors import BackendError
from risk.reasoning.backends.allowance import Allowance, Left, no_deadline
from risk.reasoning.backends.asking import Asking, Patience
from risk.reasoning.backends.base import Outcome, Request
from risk.reasoning.backends.budget import Budget
from risk.reasoning.backends.concurrency import AdaptiveLimit
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import wire_schema
from risk.reasoning.question import CASE, Question, schema_digest

_INSTALL = 'the server back end needs the openai client; pip install "mingjian[server]"'
_AHEAD = 8  # one request in so many is taken before its turn, so that no slot waits for the caller


class ServerBackend:
    """Answers through a server."""

    name = "server"

    def __init__(
        self,
        settings: ServerSettings,
        api_key: str = "",
        left: Left = no_deadline,
        question: Question = CASE,
    ) -> None:
        """Prepare to ask; nothing is sent yet.

        Args:
            settings: The server and the bounds of all that is asked here.
            api_key: What the server lets in; empty where it lets everybody in.
            left: A deadline beside the time budget of the settings.
            question: What is asked here.

        Raises:
            BackendError: The client is not installed, or the key cannot be sent.
        """
        if not (api_key.isascii() and api_key.isprintable()):
            raise BackendError("the api key holds characters that no header can carry; mend it")
        load_client()
        self._settings, self._api_key, self._question = settings, api_key, question
        self._allowance = Allowance(settings.token_budget, settings.time_budget_s, left)
        digest = schema_digest(wire_schema(question))
        self._identity = settings.identity(question.words(), digest)

    @property
    def identity(self) -> str:
        """Prompt, schema, model, profile and sampling; neither address nor time-outs."""
        return self._identity

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Answer requests as replies come; each gets one outcome.

        Raises:
            BackendError: Nothing can be asked with this address, key or model.
        """
        yield from self._allowance.counted(self._pass, requests)

    def _pass(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        with _Run(self._settings, self._api_key, self._allowance, self._question) as run:
            source = iter(requests)
            more = True
            while more or run.open:
                more = more and run.take(source)
                if run.open:
                    yield run.next()


def load_client() -> None:
    """Import the client, which takes a while.

    Raises:
        BackendError: It is not installed.
    """
    try:
        from risk.reasoning.backends import client  # noqa: F401
    except ImportError as error:
        raise BackendError(_INSTALL) from error


class _Run:
    """The two ends of one run: the caller's thread here, the event loop in its own."""

    def __init__(
        self, settings: ServerSettings, api_key: str, allowance: Allowance, question: Question
    ) -> None:
        self._settings, self._api_key, self._allowance = settings, api_key, allowance
        self._question = question
        self._limit = AdaptiveLimit(settings.concurrency)
        self._outcomes: queue.SimpleQueue[tuple[Request, Outcome] | Exception] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="server back end", daemon=True)
        self._asking: Asking | None = None
        self.open = 0  # requests without an outcome handed over

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._asking is None:
            self._thread.join()
            self.next()  # raises what kept it from beginning
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def take(self, source: Iterator[Request | None]) -> bool:
        """Take requests while there is room; whether there may be more later."""
        while self._has_room():
            try:
                request = next(source)
            except StopIteration:
                return False
            if request is None:
                return True
            self.open += 1
            if self._asking is not None:
                self._asking.submit(request)
        return True

    def _has_room(self) -> bool:
        room = self._limit.now + max(self._limit.now // _AHEAD, 1)
        done = self._outcomes.qsize()
        # Outcomes that wait to be handed over leave their places, but not without end.
        return self.open - done < room and self.open < 2 * room

    def next(self) -> tuple[Request, Outcome]:
        """The next outcome, when it comes.

        Raises:
            BackendError: None will come.
        """
        came = self._outcomes.get()
        if isinstance(came, Exception):
            raise came
        self.open -= 1
        return came

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._outcomes.put(error)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from risk.reasoning.backends.client import Line, open_client

        settings = self._settings
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with open_client(settings, self._api_key) as client:
            self._asking = Asking(
                Line(client, settings, self._question).ask,
                lambda request, outcome: self._outcomes.put((request, outcome)),
                self._outcomes.put,
                self._limit,
                Budget(self._allowance.tokens_left, settings.patience),
                Patience(settings.retries, settings.retry_wait_s, self._allowance.seconds_left()),
            )
            self._ready.set()
            await self._over.wait()
            await self._asking.end()
