"""What every job has in common: its result, and how it tells how far it is."""

import logging
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

        `DEADLINE` where one came too early; `PARTIAL` where rows were rejected, documents are
        nobody's, or rationales are pending.
        """
        if self.stopped:
            return Exit.DEADLINE
        left = sum(self.counts.get(name, 0) for name in ("rejected", "broken", "pending"))
        return Exit.PARTIAL if left else Exit.DONE


class Reporter(Protocol):
    """Tells a person or a log what is going on."""

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step, named by a key of the catalogue; its value tells how far it is."""
        ...


class Silent:
    """Reports to the log only."""

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Log the step's name."""
        return _logged(name)


@contextmanager
def _logged(name: str) -> Iterator[Advance]:
    logger.info("step %s", name)
    yield lambda done, total: None
