import numpy as np
import pytest

from tests.benchmarks.coverage import LINES, Line

SAMPLES = 300


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_no_interval_and_no_test_is_far_from_what_it_says(line: Line) -> None:
    rng = np.random.default_rng(1)
    share = sum(line.trial(rng) for _ in range(SAMPLES)) / SAMPLES
    # Four standard errors of so few samples; the command draws enough for one percent point.
    assert abs(share - (line.low + line.high) / 2) < 4 * np.sqrt(0.05 * 0.95 / SAMPLES)
