"""How the parts of a run are shared out: on the threads of this process.

An engine knows neither what a part is made of nor which parts are finished.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Item = TypeVar("Item")
Made = TypeVar("Made")

# While one part is read, the one before is finished: its last rows, its digests, its ids.
_PARTS_AT_ONCE = 2


class Spread(Protocol):
    """Works on the items of one task, as `map` does: results come in the order of the items."""

    def __call__(self, work: Callable[[Item], Made], items: Iterable[Item], /) -> Iterator[Made]:
        """Results, in order; items are taken only as there is room for them."""
        ...


class Engine(Protocol):
    """Runs tasks at once and hands over what came of them."""

    def map(
        self, build: Callable[[Spread], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """Results as they come, in no order; tasks are taken only as there is room for them.

        Args:
            build: Makes what works on tasks, once a process; what it is given spreads a task's
                own items over the cores it may use.
            tasks: Read in the calling thread, while others are worked on.

        Raises:
            Exception: The first that a task raised; tasks under way are waited for.
        """
        ...


class LocalEngine:
    """Threads of this process, all on one part: one reader, and so the memory of one.

    The work must let go of the interpreter's lock, as Arrow, numba and LightGBM do, and must not
    thread by itself: threads of threads cost a factor of seven here.

    Args:
        threads: How many; 0 takes one for each core that this process may use.
    """

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads or cores()

    def map(
        self, build: Callable[[Spread], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """As `Engine.map`."""
        under_way: set[Future[Result]] = set()
        with (
            ThreadPoolExecutor(self.threads, "rows") as rows,
            ThreadPoolExecutor(_PARTS_AT_ONCE, "part") as parts,
        ):
            work = build(_InTurn(rows, self.threads + 1))
            for task in tasks:
                under_way.add(parts.submit(work, task))
                while len(under_way) >= _PARTS_AT_ONCE:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)


class _InTurn:
    """Spreads items over a pool; of several callers one at a time has its items taken.

    Args:
        pool: Works on them.
        most: Items of a caller under way or waiting for it to take what came of them.
    """

    def __init__(self, pool: ThreadPoolExecutor, most: int) -> None:
        self._pool, self._most, self._turn = pool, most, Lock()

    def __call__(self, work: Callable[[Item], Made], items: Iterable[Item], /) -> Iterator[Made]:
        under_way: deque[Future[Made]] = deque()
        with self._turn:
            for future in (self._pool.submit(work, item) for item in items):
                under_way.append(future)
                if len(under_way) >= self._most:
                    yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
