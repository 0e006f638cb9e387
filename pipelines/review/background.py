"""What the workbench does beside answering, again and again, each on a thread of its own."""

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Self

from features.errors import ScorerError
from pipelines.errors import DamagedError
from pipelines.eventlog import frames
from pipelines.review.case.room import given_of
from pipelines.review.marks_sending import MARKS_EVERY_S, MarksSending
from pipelines.review.webhook.telling import EVERY_S, Telling
from pipelines.review.workbench import Workbench
from pipelines.store.desk import Wanted

logger = logging.getLogger(__name__)

_TAKE_IN_S = 30.0
_HEAD_S = 3_600.0


def begun(bench: Workbench) -> ExitStack:
    """All of it, until the context ends.

    Cases are taken in, the log's head is recorded, marks go to MLflow, and decisions to whoever is
    to be told of them.

    Raises:
        ConfigError: There is a webhook and no secret to sign its messages with.
    """
    webhook = bench.config.review.webhook
    telling = None if webhook is None else Telling(bench, webhook)
    marks = MarksSending(bench)
    running = ExitStack()
    running.enter_context(Repeating("taking-in", _TAKE_IN_S, lambda: take_in(bench)))
    running.enter_context(Repeating("head", _HEAD_S, lambda: record_head(bench)))
    running.enter_context(Repeating("marks", MARKS_EVERY_S, marks.send))
    if telling is not None:
        running.enter_context(Repeating("webhook", EVERY_S, telling.tell))
    return running


def take_in(bench: Workbench) -> None:
    """Lay the cases of delivered runs on the desk.

    The most urgent one is looked at as its page will: what the registry knows of its model is at
    hand by then.
    """
    if taken := bench.desk.take_in(bench.settings):
        logger.info("taken in: %d cases", taken)
    for row in bench.desk.page(Wanted(limit=1)).rows:
        with suppress(DamagedError):
            given_of(bench, row)


def record_head(bench: Workbench) -> None:
    """Keep the head of the review log in MLflow; once a day, however often this is called."""
    from pipelines.audit.recording import record_head as record

    record(bench.config, bench.database, bench.clock().astimezone())


class Repeating:
    """Does something at once and again and again, while the context lasts; a failure is told."""

    def __init__(self, name: str, every_s: float, work: Callable[[], None]) -> None:
        """Do `work` every `every_s` seconds on a thread called `name`."""
        self._every_s, self._work = every_s, work
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._once()
            if self._ended.wait(self._every_s):
                return

    def _once(self) -> None:
        try:
            self._work()
        except ScorerError as error:
            logger.warning("%s: %s", self._thread.name, error)
        except Exception as error:
            # The next time may go well; without this the thread would end unseen.
            logger.error("defect: %s\n%s", type(error).__name__, "".join(frames(error)))
