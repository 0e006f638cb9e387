"""What a row of the queue says."""

from datetime import timedelta

import pytest

from pipelines.review.queue.lines import span


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (2879, "47 h"), (2880, "2 d")]
)
def test_a_span_is_told_in_the_largest_unit_that_tells_it_well(minutes: int, told: str) -> None:
    assert span(timedelta(minutes=minutes, seconds=59), "en") == told
