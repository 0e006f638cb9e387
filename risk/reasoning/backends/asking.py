"""The requests of one run on their event loop: started as the limit allows, asked again, ended.

How one request is asked is `client`; where requests come from is `server`.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from risk.reasoning.backends.base import Failed, Failure, Outcome, Request
from risk.reasoning.backends.budget import Budget
from risk.reasoning.backends.concurrency import AdaptiveLimit

LONGEST_WAIT_S = 60.0
LONGEST_RETRY_AFTER_S = 900.0


class Tried(NamedTuple):
    """What one asking came to.

    Attributes:
        outcome: The answer or the failure.
        overloaded: The server had too much.
        retry_after_s: How long the server wants to be left alone.
    """

    outcome: Outcome
    overloaded: bool = False
    retry_after_s: float = 0.0


class Patience(NamedTuple):
    """How often a request is asked again, and how long a run may take.

    Attributes:
        retries: Most askings after the first.
        wait_s: Longest wait before the first retry; doubles with each.
        time_s: Seconds for the whole run; None without end.
    """

    retries: int
    wait_s: float
    time_s: float | None


Ask = Callable[[Request], Awaitable[Tried]]
Deliver = Callable[[Request, Outcome], None]


@dataclass(eq=False, slots=True)
class _Job:
    """A request that has no outcome yet, and what it waits for: its reply, or its next try."""

    request: Request
    tries: int = 0
    began: float = 0.0
    task: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None


class Asking:
    """Every request submitted gets exactly one outcome, unless the run itself breaks off.

    All methods but `submit` belong to the loop's thread.
    """

    def __init__(
        self,
        ask: Ask,
        deliver: Deliver,
        broke: Callable[[Exception], None],
        limit: AdaptiveLimit,
        budget: Budget,
        patience: Patience,
    ) -> None:
        """`deliver` takes outcomes; `broke` takes the error after which nothing can be asked."""
        self._ask, self._deliver, self._broke = ask, deliver, broke
        self._limit, self._budget, self._patience = limit, budget, patience
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Job] = deque()
        self._asked: set[_Job] = set()
        self._sleeping: set[_Job] = set()
        self._closed: Failed | None = None
        self._woken = False
        self._alarm: asyncio.TimerHandle | None = None
        if patience.time_s is not None:
            self._loop.call_later(patience.time_s, self._out_of_time)

    def submit(self, request: Request) -> None:
        """Take a request; from any thread."""
        self._waiting.append(_Job(request))
        # One wake-up serves all requests that come before the loop gets to it.
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._fill)

    async def end(self) -> None:
        """Leave everything that has no outcome without one."""
        tasks = [job.task for job in self._asked if job.task is not None]
        for task in tasks:
            task.cancel()
        for job in self._sleeping:
            _cancel(job.timer)
        _cancel(self._alarm)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _fill(self) -> None:
        """Start what there is room for, one request a turn of the loop.

        Started together, they would all be written out together, answered together, and stay a
        bunch for good, each waiting for all others at every turn.
        """
        self._woken = False
        while self._waiting and self._closed is not None:
            self._deliver(self._waiting.popleft().request, self._closed)
        if not self._waiting or len(self._asked) >= self._limit.now:
            return
        pause = self._limit.pause_left(self._loop.time())
        if pause:
            _cancel(self._alarm)
            self._alarm = self._loop.call_later(pause, self._fill)
            return
        job = self._waiting.popleft()
        self._asked.add(job)
        job.began = self._loop.time()
        job.task = self._loop.create_task(self._attempt(job))
        self._fill_soon()

    def _fill_soon(self) -> None:
        if not self._woken:
            self._woken = True
            self._loop.call_soon(self._fill)

    async def _attempt(self, job: _Job) -> None:
        try:
            tried = await self._ask(job.request)
        except Exception as error:  # whatever it is, the caller must hear of it
            if job in self._asked:
                self._asked.discard(job)
                self._broke(error)
            return
        if job not in self._asked:
            return  # its time was over, and it has its outcome
        self._asked.discard(job)
        self._settle(job, tried)
        self._fill_soon()

    def _settle(self, job: _Job, tried: Tried) -> None:
        outcome, now = tried.outcome, self._loop.time()
        passes = isinstance(outcome, Failed) and outcome.code.passes
        if tried.overloaded:
            self._limit.fall(job.began, now)
        elif not passes:
            self._limit.rise()
        bearable = tried.retry_after_s <= LONGEST_RETRY_AFTER_S
        if tried.retry_after_s and bearable:
            self._limit.pause(now + tried.retry_after_s)
        job.tries += 1
        if passes and bearable and job.tries <= self._patience.retries and self._closed is None:
            self._later(job, tried.retry_after_s)
        else:
            self._deliver(job.request, outcome)
            closed = self._budget.spend(outcome)
            if closed is not None:
                self._close(closed)

    def _later(self, job: _Job, at_least: float) -> None:
        """Ask again after a wait drawn from zero to a bound that doubles: full jitter."""
        bound = min(self._patience.wait_s * 2 ** (job.tries - 1), LONGEST_WAIT_S)
        wait = at_least + random.uniform(0, bound)  # noqa: S311 - spreads requests over time
        self._sleeping.add(job)
        job.timer = self._loop.call_later(wait, self._wake, job)

    def _wake(self, job: _Job) -> None:
        self._sleeping.discard(job)
        self._waiting.appendleft(job)
        self._fill_soon()

    def _close(self, failure: Failed) -> None:
        """From now on everything that is not under way ends with this failure."""
        if self._closed is None:
            self._closed = failure
        while self._sleeping:
            job = self._sleeping.pop()
            _cancel(job.timer)
            self._deliver(job.request, self._closed)
        self._fill()

    def _out_of_time(self) -> None:
        seconds = self._patience.time_s
        late = Failed(code=Failure.DEADLINE, detail=f"the run's {seconds:g} seconds are over")
        while self._asked:
            job = self._asked.pop()
            if job.task is not None:
                job.task.cancel()
            self._deliver(job.request, late)
        self._close(late)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
