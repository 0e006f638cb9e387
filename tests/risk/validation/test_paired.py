import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from risk.validation.brier import brier
from risk.validation.calibration import log_loss
from risk.validation.discrimination import auc
from risk.validation.paired import (
    Gain,
    at_level,
    auc_gain,
    bootstrap_gain,
    brier_gain,
    log_loss_gain,
)

RNG = np.random.default_rng(4)
PD = RNG.uniform(0.01, 0.6, 600)
Y = (RNG.random(600) < PD).astype(np.float64)
NOISY = np.clip(PD + RNG.normal(0, 0.1, 600), 0.01, 0.99)


def test_each_gain_is_the_difference_of_the_figures_and_above_0_for_the_better() -> None:
    assert auc_gain(Y, PD, NOISY).difference == pytest.approx(auc(Y, PD) - auc(Y, NOISY))
    assert brier_gain(Y, PD, NOISY).difference == pytest.approx(brier(Y, NOISY) - brier(Y, PD))
    expected = log_loss(Y, NOISY) - log_loss(Y, PD)
    assert log_loss_gain(Y, PD, NOISY).difference == pytest.approx(expected)
    for gain in (auc_gain, brier_gain, log_loss_gain):
        assert gain(Y, PD, NOISY).difference > 0


def test_the_row_wise_interval_is_that_of_a_paired_z_test() -> None:
    gains = (NOISY - Y) ** 2 - (PD - Y) ** 2
    found = brier_gain(Y, PD, NOISY)
    low, high = stats.norm.interval(0.95, gains.mean(), stats.sem(gains))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.p_value == pytest.approx(2 * stats.norm.sf(gains.mean() / stats.sem(gains)))


def test_a_pd_gains_nothing_over_itself() -> None:
    for gain in (auc_gain, brier_gain, log_loss_gain):
        found = gain(Y, PD, PD)
        assert (found.difference, found.p_value, found.better, found.worse) == (0, 1, False, False)


def test_the_detectable_gain_is_found_in_four_samples_of_five() -> None:
    rng = np.random.default_rng(0)
    power = Gain.of_rows(rng.normal(0, 1, 400)).detectable
    found = [Gain.of_rows(rng.normal(power, 1, 400)).better for _ in range(400)]
    assert 0.72 < np.mean(found) < 0.88


@given(st.floats(-3, 3))
def test_a_common_step_of_all_pds_leaves_nothing_at_level(step: float) -> None:
    odds = PD / (1 - PD) * np.exp(step)
    moved = at_level(Y, odds / (1 + odds))
    assert moved.mean() == pytest.approx(Y.mean(), abs=1e-9)
    assert moved == pytest.approx(at_level(Y, PD), abs=1e-8)


def test_level_needs_both_outcomes() -> None:
    with pytest.raises(DataError, match="both outcomes"):
        at_level(np.zeros(3), np.full(3, 0.5))


def test_a_bootstrap_comes_near_to_delong_and_keeps_to_the_auc_of_ties() -> None:
    generator = np.random.default_rng(3)
    y = (generator.random(3000) < 0.2).astype(float)
    first = np.round(y + generator.normal(0, 1.5, 3000), 1)
    second = np.round(y + generator.normal(0, 2, 3000), 1)
    exact, drawn = auc_gain(y, first, second), bootstrap_gain(y, first, second, draws=2000)
    assert drawn.difference == pytest.approx(exact.difference, abs=1e-12)
    assert drawn.low == pytest.approx(exact.low, abs=0.002)
    assert drawn.high == pytest.approx(exact.high, abs=0.002)


def test_a_bootstrap_of_the_same_score_shows_nothing() -> None:
    y = np.array([0.0, 1.0] * 20)
    gain = bootstrap_gain(y, np.arange(40.0), np.arange(40.0), draws=50)
    assert (gain.difference, gain.low, gain.high, gain.p_value) == (0, 0, 0, 1)
