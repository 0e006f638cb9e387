"""Work done beside other work, and given up when that other work fails."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Made = TypeVar("Made")


class _GivenUpError(Exception):
    """Nobody waits for the work any longer."""


@contextmanager
def beside(
    work: Callable[[Callable[[], None]], Made], pause: Callable[[], None] = lambda: None
) -> Iterator[Future[Made]]:
    """One piece of work on a thread of its own, while the block goes on.

    Leaving the block, by an error above all, ends the work at its next pause.

    Args:
        work: Is given what to call now and then, which raises where the work has to end.
        pause: Called then; raises where the whole job has to stop.

    Example:
        >>> with beside(lambda pause: 3) as made:
        ...     made.result()
        3
    """
    over = threading.Event()

    def now_and_then() -> None:
        pause()
        if over.is_set():
            raise _GivenUpError

    with ThreadPoolExecutor(1, "beside") as pool:
        try:
            yield pool.submit(work, now_and_then)
        finally:
            over.set()
