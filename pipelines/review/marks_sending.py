"""Sends officers' marks on to MLflow after the store has them; whoever marks never waits for it.

Marks are compared with what stands on the traces: all of them at first and then now and again,
since a trace may be written after its case was marked, and in between those made meanwhile.
"""

import logging
from collections.abc import Iterator
from typing import Final

from pipelines.review.workbench import Workbench
from pipelines.store.marks import LoggedMark, Marks
from pipelines.tracking import Tracking
from pipelines.tracking.marks import TraceMark

logger = logging.getLogger(__name__)

MARKS_EVERY_S: Final = 10.0
_ALL_AFTER: Final = 360
"""Every how many times all marks are compared: once an hour."""


class MarksSending:
    """Sends the marks of a portfolio."""

    def __init__(self, bench: Workbench) -> None:
        self._marks = Marks(bench.database, bench.config.name)
        self._tracking = Tracking(bench.config.tracking, bench.config.name)
        self._last, self._times = 0, 0

    def send(self) -> None:
        """Send what is not there yet.

        Raises:
            TrackingError: MLflow cannot be reached; the same is tried next time.
            StoreError: The store cannot be read.
        """
        if self._times % _ALL_AFTER == 0:
            self._last = 0
        made = list(_traced(self._marks.after(self._last)))
        if made:
            done = self._tracking.marked(made)
            self._last = made[-1].review
            if done.sent:
                logger.info("marks sent: %d, without a trace: %d", done.sent, done.without_trace)
        self._times += 1


def _traced(marks: Iterator[LoggedMark]) -> Iterator[TraceMark]:
    for each in marks:
        yield TraceMark(
            review=each.review,
            run_key=each.run_key,
            application_id=each.application_id,
            evidence_digest=each.evidence_digest,
            reviewer=each.reviewer,
            claim=each.mark.claim,
            verdict=each.mark.verdict,
            at_ms=int(each.at.timestamp() * 1_000),
        )
