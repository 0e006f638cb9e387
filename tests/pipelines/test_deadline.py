from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.deadline import Deadline
from pipelines.errors import ConfigError, DeadlineError

NOON = datetime(2026, 11, 27, 12, 0)


def test_without_one_there_is_always_time() -> None:
    deadline = Deadline.parse("")
    deadline.check()
    assert deadline.left_s is None


def test_it_is_heeded_from_its_moment_on() -> None:
    clock = [NOON]
    deadline = Deadline.parse("90m", lambda: clock[0])
    assert deadline.left_s == 5400
    clock[0] = NOON + timedelta(minutes=90)
    assert deadline.passed
    assert deadline.left_s == 0
    with pytest.raises(DeadlineError, match="2026-11-27 13:30:00"):
        deadline.check()


@given(st.datetimes(NOON, NOON + timedelta(days=400)), st.integers(0, 23), st.integers(0, 59))
def test_a_clock_time_is_the_next_one(now: datetime, hour: int, minute: int) -> None:
    at = Deadline.parse(f"{hour}:{minute:02d}", lambda: now).at
    assert at is not None
    assert (at.hour, at.minute) == (hour, minute)
    assert now < at <= now + timedelta(days=1)


@pytest.mark.parametrize("text", ["soon", "24:00", "6:60", "4", "h", "1m2h", "-4h", " ", "4h 30m"])
def test_what_is_no_deadline_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no deadline"):
        Deadline.parse(text)
