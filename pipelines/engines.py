"""How the parts of a run are shared out: on the threads of this process.

An engine knows neither what a part is made of nor which parts are finished.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Engine(Protocol):
    """Runs tasks at once and hands over what came of them."""

    def map(
        self, build: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """Results as they come, in no order; tasks are taken only as there is room for them.

        Args:
            build: Makes what works on tasks, once a process.
            tasks: Read in the calling thread, while others are worked on.

        Raises:
            Exception: The first that a task raised; tasks under way are waited for.
        """
        ...


class LocalEngine:
    """Threads of this process.

    The work must let go of the interpreter's lock, as Arrow, numba and LightGBM do, and must not
    thread by itself: threads of threads cost a factor of seven here.

    Args:
        threads: How many; 0 takes one for each core that this process may use.
    """

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads or cores()

    def map(
        self, build: Callable[[], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """As `Engine.map`."""
        work = build()
        under_way: set[Future[Result]] = set()
        with ThreadPoolExecutor(self.threads, "part") as pool:
            for task in tasks:
                under_way.add(pool.submit(work, task))
                # One more than there are threads lies ready, so that none waits for the reader.
                while len(under_way) > self.threads:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
