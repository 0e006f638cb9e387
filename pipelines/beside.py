"""Work done beside other work, and given up when that other work fails."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

Made = TypeVar("Made")


class _GivenUpError(Exception):
    """Nobody waits for the work any longer."""


class Beside(Generic[Made]):
    """One piece of work on a thread of its own; a context manager.

    Leaving the block, by an error above all, ends the work at its next pause.

    Args:
        work: Is given what to call now and then, which raises where the work has to end.
        pause: Called then; raises where the whole job has to stop.

    Example:
        >>> with Beside(lambda pause: 3) as made:
        ...     made.result()
        3
    """

    def __init__(
        self,
        work: Callable[[Callable[[], None]], Made],
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self._work, self._pause = work, pause
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(1, "beside")

    def __enter__(self) -> Self:
        self._made = self._pool.submit(self._work, self._now_and_then)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._pool.shutdown()

    def result(self) -> Made:
        """What the work made, once it is done.

        Raises:
            Exception: Whatever the work raised.
        """
        return self._made.result()

    def _now_and_then(self) -> None:
        self._pause()
        if self._over.is_set():
            raise _GivenUpError
