"""The limit: halved by a burst of refusals once, raised step by step, never out of its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from risk.reasoning.backends.concurrency import AdaptiveLimit


def test_a_burst_of_refusals_halves_the_limit_once() -> None:
    limit = AdaptiveLimit(64)
    for late in range(30):
        limit.fall(began=0.0, now=1.0 + late)
    assert limit.now == 32
    limit.fall(began=30.5, now=31.0)
    assert limit.now == 16


def test_the_limit_recovers_in_a_few_round_trips() -> None:
    limit = AdaptiveLimit(256)
    for trip in range(10):
        limit.fall(began=trip, now=trip)
    assert limit.now == 1
    trips = 0
    while limit.now < 256:
        for _ in range(limit.now):
            limit.rise()
        trips += 1
    assert 16 <= trips <= 30


@given(st.integers(1, 500), st.lists(st.booleans()))
def test_the_limit_stays_between_one_and_its_maximum(maximum: int, refusals: list[bool]) -> None:
    limit = AdaptiveLimit(maximum)
    for now, refused in enumerate(refusals):
        limit.fall(now, now) if refused else limit.rise()
        assert 1 <= limit.now <= maximum


def test_the_longest_pause_counts() -> None:
    limit = AdaptiveLimit(4)
    assert limit.pause_left(0) == 0
    limit.pause(10)
    limit.pause(5)
    assert [limit.pause_left(now) for now in (0, 9, 10, 11)] == [10, 1, 0, 0]
