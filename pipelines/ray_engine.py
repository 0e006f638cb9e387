"""Parts of a run on the machines of a Ray cluster, or on the cores of this one.

Rows do not travel: a worker reads its own row groups of the input and writes its own files, so
input, stage and output lie where all workers see them under the same paths. Rows of CSV files and
of databases, which can only be read from their beginning, go with their part. Which parts are
finished stays with the run's own ledger in the process that started it, so that a run may be taken
up again with Ray or without. The only place that knows Ray.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic

from pipelines.engines import Result, Spread, Task, cores
from pipelines.errors import ConfigError, WorkerLostError

logger = logging.getLogger(__name__)

MOST_TRIES = 3
"""How often a part is given out before its worker's end is taken to be the part's own doing."""

_REACH_S = 10
_STORE_BYTES = 100_000_000  # nothing but the worker itself goes through it


class RayEngine:
    """Workers of a Ray cluster, one core and one copy of the model each.

    Args:
        address: Of a running cluster, such as `ray://host:10001` or `auto`; empty starts one on
            this machine for the length of the run.
        workers: How many; 0 takes one for each core of the cluster.

    Raises:
        ConfigError: Ray is not installed, or there is no cluster at the address.
    """

    def __init__(self, address: str = "", workers: int = 0) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise ConfigError(
                "--engine ray needs Ray; install it with: pip install 'mingjian[ray]'"
            ) from error
        self._ray: Any = ray
        self.address, self.workers = address, workers

    def map(
        self, build: Callable[[Spread], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """As `Engine.map`, save that tasks under way are stopped at an error.

        Raises:
            WorkerLostError: Workers died of one task again and again.
        """
        ours = not self._ray.is_initialized()
        if ours:
            self._begin()
        crew: _Crew[Task, Result] | None = None
        try:
            count = self.workers or int(self._ray.cluster_resources().get("CPU", 1))
            crew = _Crew(self._ray, build, count)
            yield from crew.map(tasks)
        finally:
            if crew is not None:
                crew.dismiss()
            if ours:
                self._ray.shutdown()

    def _begin(self) -> None:
        quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
        if self.address:
            try:
                _reach(self.address)
                self._ray.init(address=self.address, **quiet)
            except (OSError, ValueError, RuntimeError) as error:
                raise ConfigError(
                    f"no Ray cluster answers at {self.address} ({error}); start one with "
                    "`ray start --head`, or leave --address out"
                ) from error
            return
        self._ray.init(
            address="local",
            num_cpus=self.workers or cores(),
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            _node_ip_address="127.0.0.1",
            **quiet,
        )


def _reach(address: str) -> None:
    """Refuse an address where nobody listens at once; Ray would go on trying for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_REACH_S).close()


class _Crew(Generic[Task, Result]):
    """The workers of one run; those that are lost are replaced."""

    def __init__(
        self, ray: Any, build: Callable[[Spread], Callable[[Task], Result]], count: int
    ) -> None:
        self._ray = ray
        self._remote = ray.remote(num_cpus=1)(_Worker)
        # Sent once, however many workers there are.
        self._build = ray.put(build)
        self._all = [self._hired() for _ in range(count)]

    def map(self, tasks: Iterable[Task]) -> Iterator[Result]:
        idle, under_way = list(self._all), dict[Any, _Given[Task]]()
        for number, task in enumerate(tasks, 1):
            self._give(_Given(idle.pop(), number, task), under_way)
            while not idle:
                yield from self._came_of(under_way, idle)
        while under_way:
            yield from self._came_of(under_way, idle)

    def dismiss(self) -> None:
        for worker in self._all:
            self._ray.kill(worker)

    def _hired(self) -> Any:
        return self._remote.remote(self._build)

    def _give(self, given: "_Given[Task]", under_way: "dict[Any, _Given[Task]]") -> None:
        under_way[given.worker.work.remote(given.task)] = given

    def _came_of(self, under_way: "dict[Any, _Given[Task]]", idle: list[Any]) -> Iterator[Result]:
        """Wait for the next task to end; a lost worker's is given to a new one."""
        [done], _ = self._ray.wait(list(under_way), num_returns=1)
        given = under_way.pop(done)
        try:
            result: Result = self._ray.get(done)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayActorError as error:
            self._all.remove(given.worker)
            if given.tries == MOST_TRIES:
                raise WorkerLostError(
                    f"{MOST_TRIES} workers died of part {given.number}, one after another; what "
                    "was finished is kept. See whether they have the memory for it, or run "
                    "without --engine ray to see the part's own error"
                ) from error
            logger.warning("a worker was lost; part %d is given to another", given.number)
            self._all.append(self._hired())
            again = _Given(self._all[-1], given.number, given.task, given.tries + 1)
            self._give(again, under_way)
            return
        idle.append(given.worker)
        yield result


class _Given(Generic[Task]):
    """A task in a worker's hands."""

    def __init__(self, worker: Any, number: int, task: Task, tries: int = 1) -> None:
        self.worker, self.number, self.task, self.tries = worker, number, task, tries


class _Worker(Generic[Task, Result]):
    """In a process of its own, maybe elsewhere: what works on tasks, made once."""

    def __init__(self, build: Callable[[Spread], Callable[[Task], Result]]) -> None:
        self._work = build(map)

    def work(self, task: Task) -> Result:
        return self._work(task)
