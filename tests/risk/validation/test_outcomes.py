import numpy as np
import pytest
from scipy import stats

from risk.validation.outcomes import mean_interval


def test_the_interval_of_a_mean_is_normal_and_stays_in_0_to_1() -> None:
    values = np.random.default_rng(0).random(80)
    wanted = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert mean_interval(values) == pytest.approx((values.mean(), *wanted))
    assert mean_interval(np.append(np.ones(30), 0.5)).high == 1
