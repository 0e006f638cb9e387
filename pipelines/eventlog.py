"""What a job says where nobody watches: one JSON object a line, for every event.

Events hold counts, names of steps and ids of runs; nothing of an applicant. What a person sees on
a terminal is `pipelines.terminal`.
"""

import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import TextIO

from pipelines.job import Advance, Lap
from pipelines.passwords import hidden

PROGRESS_EVERY_S = 10.0
_LONGEST = 4_000


class EventLog:
    """Writes events to a stream, one line each.

    Args:
        stream: Where the lines go; None for whatever stderr is when one is written.
        job: Name of the job; it stands in every line.
    """

    def __init__(self, stream: TextIO | None = None, job: str = "") -> None:
        self._stream, self.job = stream, job
        self._one_at_a_time = threading.Lock()

    def write(self, event: str, fields: Mapping[str, object], level: str = "info") -> None:
        """Write an event; a field that is None is left out."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {"time": now, "level": level, "event": event, "job": self.job or None, **fields}
        known = {name: value for name, value in said.items() if value is not None}
        stream = self._stream or sys.stderr
        plain = (stream.encoding or "").lower().replace("-", "") != "utf8"
        line = hidden(json.dumps(known, ensure_ascii=plain, default=str))
        with self._one_at_a_time:
            stream.write(f"{line}\n")
            stream.flush()


class EventHandler(logging.Handler):
    """Hands records of `logging` to an event log."""

    def __init__(self, log: EventLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as an event."""
        try:
            trace = "".join(frames(record.exc_info[1])) if record.exc_info else None
            said = record.getMessage()[:_LONGEST]
            level = record.levelname.lower()
            self._log.write("log", {"logger": record.name, "message": said, "trace": trace}, level)
        except Exception:  # as every handler: a line that cannot be written ends no job
            self.handleError(record)


class EventReporter:
    """Tells of a job's steps in an event log.

    Args:
        log: Where to.
        every_s: Seconds between two lines on the progress of a step, at least.
        clock: What tells the time, in seconds.
    """

    def __init__(
        self,
        log: EventLog,
        every_s: float = PROGRESS_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._every_s, self._clock = log, every_s, clock

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        """Begin a step; `name` is a key of the catalogue."""
        return self._step(name.removeprefix("step."), total)

    @contextmanager
    def _step(self, step: str, total: int) -> Iterator[Advance]:
        self._log.write("step-started", {"step": step, "total": total or None})
        lap, last = Lap(self._clock), self._clock()

        def advance(done: int, total: int) -> None:
            nonlocal last
            lap.advance(done, total)
            if self._clock() - last >= self._every_s:
                last = self._clock()
                self._log.write("step-progress", {"step": step, **_far(lap)})

        try:
            yield advance
        except BaseException as error:
            kind = type(error).__name__
            failed = {"step": step, "error": kind, **_far(lap)}
            self._log.write("step-failed", failed, "warning")
            raise
        self._log.write("step-finished", {"step": step, **_far(lap), "left_s": None})


def _far(lap: Lap) -> dict[str, float | None]:
    """How far a step is, and how fast."""
    return {
        "done": lap.done,
        "total": lap.total or None,
        "seconds": round(lap.seconds, 3),
        "rate": None if lap.rate is None else round(lap.rate, 1),
        "left_s": None if lap.left_s is None else round(lap.left_s, 1),
    }


def frames(error: BaseException | None) -> list[str]:
    """Where an error and its causes were raised, without their words, which may quote a row."""
    if error is None:
        return []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    places = [
        f'  File "{place.filename}", line {place.lineno}, in {place.name}\n'
        for place in traceback.extract_tb(error.__traceback__)
    ]
    head = "Traceback (most recent call last):\n"
    return [*frames(cause), head, *places, f"{type(error).__name__}\n"]
