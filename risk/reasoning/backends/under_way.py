"""Which requests an engine is working on, held to a budget of tokens and to a deadline.

Requests join the engine one by one as others leave it, so that no answer waits for the longest of
its batch. What the engine is, and what a reply means, is told elsewhere.
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from risk.errors import BackendError
from risk.reasoning import prompt
from risk.reasoning.backends.base import Failed, Failure, Outcome, Request
from risk.reasoning.backends.reply import Reply, read
from risk.reasoning.profiles import Profile


class EngineDiedError(BackendError):
    """The engine's own process ended, or does nothing any more."""


class RefusedError(BackendError):
    """The engine will never take this request; the message is the type of its error."""


class Rendered(NamedTuple):
    """Messages as the engine takes them, and how many tokens the model will read."""

    turns: list[dict[str, str]]
    tokens: int


class Engine(Protocol):
    """Something that works on many requests at once, in steps.

    Each method may raise `EngineDiedError`, and none of them anything that quotes a case.
    """

    def render(self, messages: Sequence[prompt.Message]) -> Rendered:
        """The messages as the engine takes them; `RefusedError` where it never will."""

    def ask(self, rendered: Rendered) -> str:
        """Hand a request over; its number comes back. `RefusedError` as above."""

    def finished(self) -> Iterator[tuple[str, Reply]]:
        """Make a step; what it has finished, by number."""

    def drop(self, numbers: Sequence[str]) -> None:
        """Let go of requests; what is unknown or finished is passed over."""


class Limits(NamedTuple):
    """How far one call may go.

    Attributes:
        concurrency: Most requests at once.
        token_budget: Most tokens read and written, which is never exceeded; None for no limit.
        time_budget_s: Seconds after which what is under way is dropped and no more is asked; None
            for no limit.
    """

    concurrency: int
    token_budget: int | None = None
    time_budget_s: float | None = None


def answer(
    engine: Engine,
    requests: Iterable[Request | None],
    profile: Profile,
    limits: Limits,
    messages: Callable[[Request], Sequence[prompt.Message]] = prompt.messages,
) -> Iterator[tuple[Request, Outcome]]:
    """Answer requests as they finish; see `Backend.answer`.

    Raises:
        EngineDiedError: After all that was under way has been yielded as failed.
    """
    work = _Work(engine, profile, limits, messages)
    source = iter(requests)
    try:
        while not work.done:
            yield from work.fill(source)
            yield from work.step()
    except EngineDiedError:
        yield from work.lose(Failure.SERVER_ERROR)
        raise
    finally:
        work.abandon()


class _Asked(NamedTuple):
    """A request under way; `most` is what it may cost in tokens, `at` when it was asked."""

    request: Request
    most: int
    at: float


class _Work:
    """The books of one call of `answer`: what is under way, what was spent, what time is left."""

    def __init__(
        self,
        engine: Engine,
        profile: Profile,
        limits: Limits,
        messages: Callable[[Request], Sequence[prompt.Message]],
    ) -> None:
        self._engine, self._profile, self._limits = engine, profile, limits
        self._messages = messages
        self._under_way: dict[str, _Asked] = {}
        self._held: Request | None = None
        self._drained = False
        self._spent = 0
        seconds = limits.time_budget_s
        self._end = time.monotonic() + (math.inf if seconds is None else seconds)

    @property
    def done(self) -> bool:
        """Whether there is nothing left to ask or to wait for."""
        return self._drained and not self._under_way and self._held is None

    def fill(self, source: Iterator[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Take requests while there is room; yields those that are not to be asked."""
        while len(self._under_way) < self._limits.concurrency:
            request = self._next(source)
            if request is None:
                return
            try:
                refused = self._ask(request)
            except EngineDiedError:
                yield request, Failed(code=Failure.SERVER_ERROR)
                raise
            if refused is not None:
                yield request, refused
            if self._held is not None:
                return

    def _next(self, source: Iterator[Request | None]) -> Request | None:
        if self._held is not None:
            request, self._held = self._held, None
            return request
        try:
            return next(source)
        except StopIteration:
            self._drained = True
            return None

    def _ask(self, request: Request) -> Failed | None:
        """Ask; or hold the request back until more of the budget is free; or say why not."""
        if time.monotonic() >= self._end:
            return Failed(code=Failure.DEADLINE)
        try:
            rendered = self._engine.render(self._messages(request))
            if rendered.tokens > self._profile.prompt_tokens:
                room = f"{rendered.tokens} tokens, {self._profile.prompt_tokens} fit"
                return Failed(code=Failure.TOO_LONG, detail=room)
            most = rendered.tokens + self._profile.reply_tokens
            if most > self._left():
                self._held = request if self._under_way else None
                spent = f"{self._spent} tokens spent"
                return None if self._held else Failed(code=Failure.BUDGET, detail=spent)
            self._under_way[self._engine.ask(rendered)] = _Asked(request, most, time.monotonic())
        except RefusedError as error:
            return Failed(code=Failure.REJECTED, detail=str(error))
        return None

    def _left(self) -> float:
        """Tokens of the budget that are neither spent nor promised to what is under way."""
        promised = sum(each.most for each in self._under_way.values())
        budget = self._limits.token_budget
        return (math.inf if budget is None else budget) - self._spent - promised

    def step(self) -> Iterator[tuple[Request, Outcome]]:
        """Let the engine work until it has news; yields what is finished."""
        if not self._under_way:
            return
        if time.monotonic() >= self._end:
            yield from self.lose(Failure.DEADLINE)
            return
        for number, reply in self._engine.finished():
            asked = self._under_way.pop(number)
            self._spent += reply.prompt_tokens + reply.answer_tokens
            timed = reply._replace(seconds=time.monotonic() - asked.at)
            yield asked.request, _outcome(timed, self._profile)

    def lose(self, code: Failure) -> Iterator[tuple[Request, Outcome]]:
        """End what is under way; yields each as failed."""
        lost = list(self._under_way.values())
        self.abandon()
        for asked in lost:
            yield asked.request, Failed(code=code, seconds=time.monotonic() - asked.at)

    def abandon(self) -> None:
        """Let the engine drop what is under way, so that the next call finds it idle."""
        numbers = list(self._under_way)
        self._under_way.clear()
        with contextlib.suppress(EngineDiedError):
            self._engine.drop(numbers)


def _outcome(reply: Reply, profile: Profile) -> Outcome:
    if reply.finish_reason in ("error", "abort"):
        return Failed(
            code=Failure.SERVER_ERROR,
            detail=reply.finish_reason,
            model=reply.model,
            prompt_tokens=reply.prompt_tokens,
            answer_tokens=reply.answer_tokens,
            seconds=reply.seconds,
        )
    return read(reply, profile)
