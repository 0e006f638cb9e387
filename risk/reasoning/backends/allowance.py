"""What a run may use up in tokens and in time, over all the passes that it makes."""

import time
from collections.abc import Callable, Iterable, Iterator

from risk.reasoning.backends.base import Failed, Failure, Outcome, Request

Left = Callable[[], float | None]
"""Seconds until a deadline; None where there is none."""


def no_deadline() -> float | None:
    """Time without end."""
    return None


class Allowance:
    """Tokens and seconds of one run.

    Args:
        tokens: Most tokens read and written; None without end.
        seconds: Most seconds from the first pass on; None without end.
        left: A deadline beside them.
    """

    def __init__(
        self, tokens: int | None = None, seconds: float | None = None, left: Left = no_deadline
    ) -> None:
        self._tokens, self._seconds, self._left = tokens, seconds, left
        self._spent = 0
        self._began: float | None = None

    @property
    def tokens_left(self) -> int | None:
        """Tokens that are left, at least 0; None without end."""
        return None if self._tokens is None else max(self._tokens - self._spent, 0)

    def seconds_left(self) -> float | None:
        """Seconds that are left, at least 0; the clock starts at the first asking."""
        self._began = time.monotonic() if self._began is None else self._began
        ends = [self._left()]
        if self._seconds is not None:
            ends.append(self._seconds - (time.monotonic() - self._began))
        known = [each for each in ends if each is not None]
        return max(min(known), 0.0) if known else None

    def over(self) -> Failed | None:
        """Why nothing more may be asked; None while something may."""
        if self.seconds_left() == 0:
            return Failed(code=Failure.DEADLINE, detail="the run's time is over")
        if self.tokens_left == 0:
            return Failed(code=Failure.BUDGET, detail=f"{self._spent} of {self._tokens} tokens")
        return None

    def counted(
        self,
        answer: Callable[[Iterable[Request | None]], Iterator[tuple[Request, Outcome]]],
        requests: Iterable[Request | None],
    ) -> Iterator[tuple[Request, Outcome]]:
        """One pass, its tokens counted; where nothing is left, each request is told so at once."""
        over = self.over()
        if over is None:
            for request, outcome in answer(requests):
                self._spent += outcome.prompt_tokens + outcome.answer_tokens
                yield request, outcome
            return
        yield from ((each, over) for each in requests if each is not None)
