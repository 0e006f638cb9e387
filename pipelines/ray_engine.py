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
_LOOK_S, _LONG_S = 1, 30
_STORE_BYTES = 100_000_000  # nothing but the worker itself goes through it


class RayEngine:
    """Workers of a Ray cluster, one core and one copy of the model each.

    Args:
        address: Of a running cluster that this machine is part of, such as `host:6379` or `auto`;
            empty starts one on this machine for the length of the run.
        workers: How many; 0 takes one for each core of the cluster.
        pause: Called each second in which nothing comes; raises where the job has to stop.

    Raises:
        ConfigError: Ray is not installed, or the address is one for Ray's client.
    """

    def __init__(
        self, address: str = "", workers: int = 0, pause: Callable[[], None] = lambda: None
    ) -> None:
        if address.startswith("ray://"):
            raise ConfigError(
                f"--address {address} is for Ray's client, which cannot see the run's files; run "
                "the command on a machine of the cluster, with --address auto or HOST:6379"
            )
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
        except ImportError as error:
            raise ConfigError(
                "--engine ray needs Ray; install it with: pip install 'mingjian[ray]'"
            ) from error
        self._ray: Any = ray
        self.address, self.workers, self._pause = address, workers, pause

    def map(
        self, build: Callable[[Spread], Callable[[Task], Result]], tasks: Iterable[Task]
    ) -> Iterator[Result]:
        """As `Engine.map`, save that tasks under way are stopped at an error.

        Raises:
            ConfigError: There is no cluster at the address.
            WorkerLostError: Workers died of one task again and again.
        """
        ours = not self._ray.is_initialized()
        if ours:
            self._begin()
        crew: _Crew[Task, Result] | None = None
        try:
            count = self.workers or int(self._ray.cluster_resources().get("CPU", 1))
            crew = _Crew(self._ray, build, count, self._pause)
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
    """The workers of one run; those that are lost are replaced.

    A worker is given tasks from when it says that it has begun: one that the cluster has no room
    for may come late or never, and the others do the work meanwhile.
    """

    def __init__(
        self,
        ray: Any,
        build: Callable[[Spread], Callable[[Task], Result]],
        count: int,
        pause: Callable[[], None],
    ) -> None:
        self._ray, self._pause = ray, pause
        self._remote = ray.remote(num_cpus=1)(_Worker)
        # A worker that the machine killed for its memory is lost like any other.
        self._losses = (ray.exceptions.RayActorError, ray.exceptions.OutOfMemoryError)
        # Sent once, however many workers there are.
        self._build = ray.put(build)
        self._idle: list[Any] = []
        self._again: list[_Given[Task]] = []
        self._beginning: dict[Any, Any] = {}
        self._under_way: dict[Any, _Given[Task]] = {}
        self._lost_in_a_row = 0
        for _ in range(count):
            self._hire()

    def map(self, tasks: Iterable[Task]) -> Iterator[Result]:
        left = (_Given(number, task) for number, task in enumerate(tasks, 1))
        while True:
            given = self._again.pop() if self._again else next(left, None)
            if given is not None:
                while not self._idle:
                    yield from self._next()
                given.worker = self._idle.pop()
                self._under_way[given.worker.work.remote(given.task)] = given
            elif self._under_way:
                yield from self._next()
            else:
                return

    def dismiss(self) -> None:
        at_work = [given.worker for given in self._under_way.values()]
        for worker in (*self._idle, *self._beginning.values(), *at_work):
            self._ray.kill(worker)

    def _hire(self) -> None:
        worker = self._remote.remote()
        self._beginning[worker.begin.remote(self._build)] = worker

    def _next(self) -> Iterator[Result]:
        """Wait for a task to end, or for a worker to begin."""
        done = self._done()
        given = self._under_way.pop(done, None)
        worker = given.worker if given else self._beginning.pop(done)
        try:
            result: Result = self._ray.get(done)
        except self._ray.exceptions.RayTaskError as error:
            self._ray.kill(worker)
            raise error.cause from error
        except self._losses as error:
            # One that merely cannot be reached would keep its core.
            self._ray.kill(worker)
            self._replace(given, error)
            return
        self._idle.append(worker)
        if given is None:
            self._lost_in_a_row = 0
        else:
            yield result

    def _done(self) -> Any:
        awaited = [*self._under_way, *self._beginning]
        waited_s, done = 0, list[Any]()
        while not done:
            done, _ = self._ray.wait(awaited, num_returns=1, timeout=_LOOK_S)
            waited_s += _LOOK_S
            if not done:
                self._pause()
                if waited_s == _LONG_S and not self._under_way:
                    logger.warning("no worker has begun yet; has the cluster a free core?")
        return done[0]

    def _replace(self, given: "_Given[Task] | None", error: Exception) -> None:
        """Have another worker, and give it what the lost one had in its hands."""
        if given is None:
            self._lost_in_a_row += 1
            if self._lost_in_a_row == MOST_TRIES:
                raise WorkerLostError(
                    f"{MOST_TRIES} workers died as they began; what was finished is kept. See "
                    "whether the machines of the cluster have the memory for the model"
                ) from error
        elif given.tries == MOST_TRIES:
            raise WorkerLostError(
                f"{MOST_TRIES} workers died of part {given.number}, one after another; what "
                "was finished is kept. See whether they have the memory for it, or run "
                "without --engine ray to see the part's own error"
            ) from error
        else:
            logger.warning("a worker was lost; part %d is given to another", given.number)
            given.tries += 1
            self._again.append(given)
        self._hire()


class _Given(Generic[Task]):
    """A task, and the worker in whose hands it is."""

    def __init__(self, number: int, task: Task) -> None:
        self.number, self.task, self.tries = number, task, 1
        self.worker: Any = None


class _Worker(Generic[Task, Result]):
    """In a process of its own, maybe elsewhere: what works on tasks, made once."""

    def begin(self, build: Callable[[Spread], Callable[[Task], Result]]) -> None:
        """Make it; not in the constructor, whose errors Ray takes for the worker's death."""
        self._work = build(map)

    def work(self, task: Task) -> Result:
        return self._work(task)
