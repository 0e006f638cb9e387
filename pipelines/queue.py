"""Cases that wait for an answer: put away with the template's words, asked about, settled.

So a deadline, a dead server or `kill -9` finds every case in the store, and later nights go on
with it. Delivering them is `pipelines.nightly`.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from pipelines.chosen import Chosen
from pipelines.config import NightSettings
from pipelines.deadline import Deadline
from pipelines.job import Advance
from pipelines.store import CaseStore, StoredCase
from pipelines.telling import Teller
from risk.casefile import CaseFile
from risk.decision import Score
from risk.reasoning.backends.base import Failure
from risk.scoring import Scorer

logger = logging.getLogger(__name__)

Days = tuple[date, date]
"""The first and the last day whose cases are meant."""

_AT_ONCE = 100
_EVERY_S = 2.0
_LONGEST_WAIT_S = 600.0
# So many cases in a row without an answer: nobody is there, and the rest need not be tried.
_SILENCE = 100
_NO_MORE = (Failure.BUDGET, Failure.DEADLINE)


@dataclass
class Asked:
    """What came of asking.

    Attributes:
        rounds: How often the queue was gone through.
        seconds: Time it took, waits included.
        exhausted: The token budget is used up.
    """

    rounds: int = 0
    seconds: float = 0.0
    exhausted: bool = False


class CaseQueue:
    """The cases of one portfolio on their way to an answer.

    Args:
        cases: Where they lie.
        teller: What asks and writes records.
        deadline: When to stop.
        sleep: Waits, in seconds.
    """

    def __init__(
        self,
        cases: CaseStore,
        teller: Teller,
        deadline: Deadline,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cases, self._teller, self._deadline, self._sleep = cases, teller, deadline, sleep

    def file(self, chosen: Chosen, scorer: Scorer, run_key: str, day: date, told: Advance) -> None:
        """Put away the selected cases of a night; a night that lies there already is left.

        Raises:
            DeadlineError: The deadline has come; putting the rest away goes on from the same rows.
            StoreError: The store cannot be written to.
        """
        if sum(self._cases.of_run(run_key).values()) == chosen.total:
            return
        waiting = replace(self._teller, backends=self._teller.backends.deferred())
        records = waiting.records(chosen.cases(scorer, waiting.fitted))

        def filed() -> Iterator[StoredCase]:
            for place, record in enumerate(records):
                if place % _AT_ONCE == 0:
                    self._deadline.check()
                told(place, chosen.total)
                yield StoredCase(run_key, day, place, record)

        self._cases.put(filed())

    def work(self, days: Days, settings: NightSettings, advance: Advance) -> Asked:
        """Ask about all that waits, and come back to what has no answer, until there is no more.

        Raises:
            StoreError: The store cannot be read or written to.
        """
        asked, start, total = Asked(), time.monotonic(), self._cases.waiting(days)
        while self._cases.waiting(days) and not self._deadline.passed:
            self._round(days, asked, lambda: advance(total - self._cases.waiting(days), total))
            last = self._deadline.at is None and asked.rounds > settings.rounds
            if asked.exhausted or last or not self._cases.waiting(days):
                break
            self._pause(min(settings.round_wait_s * 2 ** (asked.rounds - 1), _LONGEST_WAIT_S))
        asked.seconds = time.monotonic() - start
        return asked

    def _round(self, days: Days, asked: Asked, heard: Callable[[], None]) -> None:
        asked.rounds += 1
        going = _Round(asked)
        under_way: deque[StoredCase] = deque()
        settled: list[StoredCase] = []
        last = time.monotonic()

        def wanted() -> Iterator[tuple[Score, CaseFile]]:
            for case in self._pages(days):
                if going.ended or self._deadline.passed:
                    return
                under_way.append(case)
                yield case.record.score, case.record.case

        for record in self._teller.records(wanted()):
            case = under_way.popleft()
            going.hear(record.rationale.status, record.rationale.code)
            settled.append(replace(case, record=record, attempts=case.attempts + 1))
            if len(settled) >= _AT_ONCE or time.monotonic() - last > _EVERY_S:
                self._cases.put(settled)
                settled, last = [], time.monotonic()
                heard()
        self._cases.put(settled)
        heard()

    def _pages(self, days: Days) -> Iterator[StoredCase]:
        page = self._cases.pending(days)
        while page:
            yield from page
            page = self._cases.pending(days, after=page[-1])

    def _pause(self, seconds: float) -> None:
        left = self._deadline.left_s
        wait = seconds if left is None else min(seconds, left)
        logger.warning("cases are without an answer; asking again in %.0f s", wait)
        self._sleep(wait)


class _Round:
    """Hears outcomes, and says when asking on is of no use."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self._silent, self.ended = asked, 0, False

    def hear(self, status: str, code: str) -> None:
        self._silent = self._silent + 1 if status == "pending" else 0
        self._asked.exhausted |= code == Failure.BUDGET
        self.ended |= code in _NO_MORE or self._silent >= _SILENCE
