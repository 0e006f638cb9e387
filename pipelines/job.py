"""What every job has in common: its result, and how it tells how far it is."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.errors import Exit

logger = logging.getLogger(__name__)

Advance = Callable[[int, int], None]
"""Called with what is done and the total so far known (0 = unknown)."""


@dataclass(frozen=True)
class JobResult:
    """What a job did, as `--json` prints it.

    Attributes:
        job: Name of the job.
        run_id: MLflow run.
        run_key: Digest of everything that determined the output.
        counts: Rows by what became of them.
        metrics: Metrics by sample.
        files: Name of each thing written, and where it lies.
        notes: What a person should look at.
        stopped: Whether a deadline ended the job before its work was done.
    """

    job: str
    run_id: str = ""
    run_key: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def exit(self) -> Exit:
        """What the scheduler is told.

        `DEADLINE` where one came too early; `PARTIAL` where rows were rejected, ids came before and
        were told no ties, documents are nobody's, rationales are pending, or a monitor has alerts.
        """
        if self.stopped:
            return Exit.DEADLINE
        left = ("rejected", "repeated", "broken", "pending", "alerts")
        return Exit.PARTIAL if any(self.counts.get(name) for name in left) else Exit.DONE


class Reporter(Protocol):
    """Tells a person or a log what is going on."""

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step, named by a key of the catalogue; its value tells how far it is."""
        ...


class Lap:
    """How far a step is, and how fast: what was done before it began does not count for its speed.

    Attributes:
        done: What is done; None where nobody has said.
        total: Of how much; 0 where that is not known.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._start = clock, clock()
        self._first: tuple[int, float] | None = None
        self._end: float | None = None
        self.done: int | None = None
        self.total = 0

    def advance(self, done: int, total: int) -> None:
        """Hear how far it is."""
        self.done, self.total = done, total
        self._first = self._first or (done, self._clock())

    def stop(self) -> None:
        """Let its time end here."""
        self._end = self._clock()

    @property
    def _now(self) -> float:
        return self._clock() if self._end is None else self._end

    @property
    def seconds(self) -> float:
        """Since it began, or what it took."""
        return self._now - self._start

    @property
    def rate(self) -> float | None:
        """What is done in a second, since it was first said how far it is."""
        if self._first is None or self.done is None or self.done <= self._first[0]:
            return None
        return (self.done - self._first[0]) / max(self._now - self._first[1], 1e-6)

    @property
    def left_s(self) -> float | None:
        """Seconds until it is done, at this rate."""
        rate = self.rate
        if rate is None or self.done is None or self.total < self.done:
            return None
        return (self.total - self.done) / rate


class Timed:
    """A reporter that also remembers how long each step took.

    Attributes:
        laps: The steps so far, by the last word of their key; the same name may come again.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self.laps: list[tuple[str, Lap]] = []

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """As `Reporter.step`."""
        return self._timed(name, total)

    @contextmanager
    def _timed(self, name: str, total: int) -> Iterator[Advance]:
        lap = Lap()
        self.laps.append((name.removeprefix("step."), lap))
        with self._reporter.step(name, total) as told:

            def advance(done: int, total: int) -> None:
                lap.advance(done, total)
                told(done, total)

            try:
                yield advance
            finally:
                lap.stop()

    def seconds(self) -> dict[str, float]:
        """What each step took, in the order of their first start."""
        spent: dict[str, float] = {}
        for name, lap in self.laps:
            spent[name] = spent.get(name, 0.0) + lap.seconds
        return spent

    def rate(self, step: str) -> float | None:
        """What a step did in a second; None where it did nothing."""
        return next((lap.rate for name, lap in self.laps if name == step and lap.rate), None)


class Silent:
    """Reports to the log only."""

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Log the step's name."""
        return _logged(name)


@contextmanager
def _logged(name: str) -> Iterator[Advance]:
    logger.info("step %s", name)
    yield lambda done, total: None
