import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as reference_log_loss

from features.errors import DataError
from risk.validation.brier import brier
from risk.validation.calibration import (
    binomial_test,
    grade_table,
    hosmer_lemeshow,
    jeffreys_interval,
    jeffreys_test,
    log_loss,
    observed_expected,
    reliability,
)

LAWS = settings(max_examples=50)
SEEDS = st.integers(0, 2**32 - 1)


def sample(seed: int, rows: int = 500):
    rng = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(2 - rng.normal(size=rows)))
    return (rng.random(rows) < probability).astype(float), probability


@pytest.mark.parametrize(
    ("bads", "low", "high"),
    [(0, 0, 0.292), (1, 0.016, 0.501), (2, 0.065, 0.648), (3, 0.139, 0.766)],
)
def test_jeffreys_interval_of_seven_rows(bads, low, high):
    # Limits as in Brown, Cai and DasGupta (2001), to their three decimals.
    found = jeffreys_interval(bads, 7)
    assert found[0] == pytest.approx(low, abs=6e-4)
    assert found[1] == pytest.approx(high, abs=6e-4)
    mirrored = jeffreys_interval(7 - bads, 7)
    assert mirrored == pytest.approx((1 - found[1], 1 - found[0]))


def test_jeffreys_test_is_the_posterior_chance_of_a_rate_below_the_pd():
    # Independent of the beta distribution function: integrate the posterior density.
    grid = np.linspace(0, 0.03, 200_001)[1:]
    density = stats.binom.pmf(12, 400, grid) * grid**-0.5 * (1 - grid) ** -0.5
    whole = np.linspace(0, 1, 2_000_001)[1:-1]
    total = stats.binom.pmf(12, 400, whole) * whole**-0.5 * (1 - whole) ** -0.5
    share = np.trapezoid(density, grid) / np.trapezoid(total, whole)
    assert jeffreys_test(12, 400, 0.03) == pytest.approx(share, abs=1e-5)


@given(SEEDS)
@LAWS
def test_brier_and_log_loss_agree_with_scikit_learn(seed):
    target, probability = sample(seed)
    target[:2] = 0, 1
    assert brier(target, probability) == pytest.approx(brier_score_loss(target, probability))
    assert log_loss(target, probability) == pytest.approx(reference_log_loss(target, probability))


def test_a_certain_and_wrong_pd_has_infinite_log_loss():
    assert log_loss([0, 1], [0.0, 1.0]) == 0
    assert log_loss([0, 1], [0.0, 0.0]) == np.inf


@given(SEEDS, st.floats(0.1, 1))
@LAWS
def test_observed_over_expected_scales_with_the_pd(seed, factor):
    target, probability = sample(seed)
    full, scaled = (observed_expected(target, probability * f) for f in (1, factor))
    assert full.low <= full.ratio <= full.high
    assert scaled.ratio == pytest.approx(full.ratio / factor)
    assert full.observed == target.mean()


@given(SEEDS)
@LAWS
def test_hosmer_lemeshow_agrees_with_a_chi_square_over_all_cells(seed):
    target, probability = sample(seed)
    deciles = np.array_split(np.argsort(probability), 10)
    observed = [[target[d].sum(), (1 - target[d]).sum()] for d in deciles]
    expected = [[probability[d].sum(), (1 - probability[d]).sum()] for d in deciles]
    reference = np.sum((np.array(observed) - expected) ** 2 / np.array(expected))
    for fitted, degrees in ((False, 10), (True, 8)):
        found = hosmer_lemeshow(target, probability, fitted=fitted)
        assert found.statistic == pytest.approx(reference)
        assert found.degrees == degrees
        assert found.p_value == pytest.approx(stats.chi2.sf(reference, degrees))


def test_hosmer_lemeshow_rejects_at_its_level_and_sees_a_wrong_level():
    p_values = np.array([hosmer_lemeshow(*sample(seed)).p_value for seed in range(300)])
    assert 0.02 <= np.mean(p_values < 0.05) <= 0.09
    target, probability = sample(1, 5_000)
    assert hosmer_lemeshow(target, probability / 2).p_value < 1e-6


def test_rows_of_one_pd_stay_in_one_group():
    target = np.tile([0, 0, 1], 30)
    probability = np.repeat([0.2, 0.3, 0.5], 30)
    assert hosmer_lemeshow(target, probability).degrees == 3
    assert reliability(target, probability)["rows"].tolist() == [30, 30, 30]


def test_too_few_groups_and_certain_groups_are_refused():
    with pytest.raises(DataError, match="only 1 groups"):
        hosmer_lemeshow([0, 1], [0.5, 0.5])
    with pytest.raises(DataError, match="fewer groups"):
        hosmer_lemeshow([0, 1, 0], [0.0, 0.5, 0.7])


def test_grades_are_tabled_from_the_safest():
    table = grade_table([0, 1, 0, 0, 1], [0.6, 0.4, 0.02, 0.04, 0.03], ["B", "B", "A", "A", "A"])
    assert table["grade"].tolist() == ["A", "B"]
    assert table["rows"].tolist() == [3, 2]
    assert table["bads"].tolist() == [1, 1]
    assert table["expected"].tolist() == pytest.approx([0.03, 0.5])
    assert table["observed"].tolist() == pytest.approx([1 / 3, 0.5])
    assert (table["low"] <= table["observed"]).all()
    assert table["p_value"].tolist() == pytest.approx(
        [float(jeffreys_test(1, 3, 0.03)), float(jeffreys_test(1, 2, 0.5))]
    )
    with pytest.raises(DataError, match="3 grades"):
        grade_table([0, 1], [0.1, 0.2], ["A", "B", "C"])


@given(SEEDS, st.integers(2, 20))
@LAWS
def test_the_reliability_curve_rises_and_keeps_every_row(seed, groups):
    target, probability = sample(seed)
    table = reliability(target, probability, groups)
    assert table["group"].tolist() == list(range(1, groups + 1))
    assert table["rows"].sum() == len(target)
    assert table["bads"].sum() == target.sum()
    assert table["expected"].is_monotonic_increasing
    assert np.ptp(table["rows"]) <= 1


@pytest.mark.parametrize("statistic", [brier, log_loss, observed_expected, reliability])
@pytest.mark.parametrize(
    ("target", "probability", "message"),
    [([0, 1], [0.5, 600], "not points"), ([0, 1], [-0.1, 0.5], "0 to 1"), ([], [], "no rows")],
)
def test_unusable_samples_are_refused(statistic, target, probability, message):
    with pytest.raises(DataError, match=message):
        statistic(target, probability)


def test_a_pd_of_zero_everywhere_has_no_ratio():
    with pytest.raises(DataError, match="undefined"):
        observed_expected([0, 1], [0, 0])


@given(st.integers(0, 40), st.integers(1, 40), st.floats(0, 1))
def test_binomial_test_is_that_of_scipy(bads: int, more: int, pd_: float) -> None:
    rows = bads + more
    found = binomial_test(bads, rows, pd_)
    assert found == pytest.approx(
        stats.binomtest(bads, rows, pd_, alternative="greater").pvalue, abs=1e-12
    )


def test_a_grade_table_tells_the_test_of_each_grade_and_of_all() -> None:
    target, probability = sample(3, 4000)
    table = grade_table(target, probability, np.digitize(probability, [0.05, 0.1, 0.2]))
    both_sides = 2 * np.minimum(table["p_value"], 1 - table["p_value"])
    assert table["p_level"].tolist() == pytest.approx(both_sides.tolist())
    assert (table["p_adjusted"] >= table["p_level"]).all()
    assert table["p_adjusted"].min() == pytest.approx(min(1, 4 * table["p_level"].min()))
    assert np.abs(table["p_binomial"] - table["p_value"]).max() < 0.05
