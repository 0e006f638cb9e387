"""By when a job has to stop."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from pipelines.errors import ConfigError, DeadlineError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_SPAN = re.compile(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class Deadline:
    """A moment after which nothing new is begun.

    Args:
        at: The moment, in local time; None for none.
        now: What tells the time.
    """

    def __init__(
        self, at: datetime | None = None, now: Callable[[], datetime] = datetime.now
    ) -> None:
        self.at, self._now = at, now

    @classmethod
    def parse(cls, text: str, now: Callable[[], datetime] = datetime.now) -> Self:
        """Read a clock time, the next one that comes, or a span such as `4h`, `90m`, `1h30m`.

        Raises:
            ConfigError: It is neither.

        Example:
            >>> Deadline.parse("06:00", lambda: datetime(2026, 11, 27, 22, 30)).at
            datetime.datetime(2026, 11, 28, 6, 0)
            >>> Deadline.parse("1h30m", lambda: datetime(2026, 11, 27, 22, 30)).at
            datetime.datetime(2026, 11, 28, 0, 0)
        """
        if not text:
            return cls(None, now)
        start = now()
        clock, span = _CLOCK.fullmatch(text), _SPAN.fullmatch(text)
        if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
            at = start.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
            return cls(at if at > start else at + timedelta(days=1), now)
        if span:
            hours, minutes, seconds = (int(part or 0) for part in span.groups())
            return cls(start + timedelta(hours=hours, minutes=minutes, seconds=seconds), now)
        raise ConfigError(
            f'"{text}" is no deadline; give a clock time such as 06:00, or a span such as 4h30m'
        )

    @property
    def passed(self) -> bool:
        """Whether it has come."""
        return self.at is not None and self._now() >= self.at

    @property
    def left_s(self) -> float | None:
        """Seconds until it comes, at least 0; None where there is none."""
        return None if self.at is None else max(0.0, (self.at - self._now()).total_seconds())

    def check(self) -> None:
        """Stop here once it has come.

        Raises:
            DeadlineError: It has.
        """
        if self.passed:
            raise DeadlineError(
                f"the deadline ({self.at:%Y-%m-%d %H:%M:%S}) has come; what was finished is kept, "
                "and the same command goes on from it"
            )
