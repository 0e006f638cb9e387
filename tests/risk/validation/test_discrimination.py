import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from features.errors import DataError
from risk.validation.discrimination import auc, compare, delong, fallen, gini, ks, ks_interval

# 58 normal and 51 abnormal CT images rated 1 to 5: Hanley and McNeil, Radiology 143 (1982).
RATINGS = np.repeat([1, 2, 3, 4, 5] * 2, [33, 6, 6, 11, 2, 3, 2, 2, 11, 33])
ABNORMAL = np.repeat([0, 1], [58, 51])

LAWS = settings(max_examples=60)
SEEDS = st.integers(0, 2**32 - 1)


def sample(seed: int, rows: int = 60):
    """Outcomes and two related scores, with ties in half the samples."""
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, rows)
    target[:4] = 0, 1, 0, 1
    first = rng.normal(size=rows) + target
    second = first + rng.normal(size=rows)
    if seed % 2:
        first, second = np.round(first), np.round(second)
    return target, first, second


def brute_force_delong(target, scores):
    """Every bad against every good, straight from DeLong et al. (1988), equations 2 to 6."""
    gaps = [s[target == 1][:, None] - s[target == 0] for s in scores]
    kernel = np.array([(gap > 0) + 0.5 * (gap == 0) for gap in gaps])
    of_bads, of_goods = kernel.mean(axis=2), kernel.mean(axis=1)
    m, n = kernel.shape[1:]
    return kernel.mean(axis=(1, 2)), np.cov(of_bads) / m + np.cov(of_goods) / n


def test_delong_of_a_published_example():
    # Stata manual, roctab: area 0.8932, standard error 0.0307, interval 0.83295 to 0.95339.
    found = delong(ABNORMAL, RATINGS)
    assert found.auc == pytest.approx(0.8932, abs=5e-5)
    assert found.variance**0.5 == pytest.approx(0.0307, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((0.83295, 0.95339), abs=5e-6)


@given(SEEDS)
@LAWS
def test_delong_agrees_with_its_definition(seed):
    target, first, second = sample(seed)
    areas, covariance = brute_force_delong(target, [first, second])
    one, both = delong(target, first), compare(target, first, second)
    assert one.auc == pytest.approx(areas[0])
    assert one.variance == pytest.approx(covariance[0, 0])
    assert both.difference == pytest.approx(areas[0] - areas[1])
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert both.z == pytest.approx(both.difference / error, abs=1e-9)
    assert both.p_value == pytest.approx(2 * stats.norm.sf(abs(both.z)))


@given(SEEDS)
@LAWS
def test_auc_and_ks_agree_with_independent_references(seed):
    target, score, _ = sample(seed)
    assert auc(target, score) == pytest.approx(roc_auc_score(target, score))
    reference = stats.ks_2samp(score[target == 1], score[target == 0]).statistic
    assert ks(target, score) == pytest.approx(reference)


@given(SEEDS)
@LAWS
def test_a_reversed_score_mirrors_the_auc(seed):
    target, score, _ = sample(seed)
    assert auc(target, -score) == pytest.approx(1 - auc(target, score))
    assert gini(1 - target, score) == pytest.approx(-gini(target, score))
    assert ks(target, -score) == pytest.approx(ks(target, score))


@given(SEEDS)
@LAWS
def test_a_rising_map_changes_nothing(seed):
    target, first, second = sample(seed)
    mapped = np.exp(first / 2)
    assert auc(target, mapped) == auc(target, first)
    assert ks(target, mapped) == ks(target, first)
    assert delong(target, mapped) == delong(target, first)
    assert compare(target, mapped, second) == compare(target, first, second)


@given(SEEDS)
@LAWS
def test_comparing_is_antisymmetric_and_a_model_equals_itself(seed):
    target, first, second = sample(seed)
    forth, back = compare(target, first, second), compare(target, second, first)
    assert forth.difference == pytest.approx(-back.difference)
    assert forth.p_value == pytest.approx(back.p_value)
    assert compare(target, first, 3 * first + 1) == (0, 0, 0, 0, 1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(7)
    truth, target = stats.norm.cdf(1 / np.sqrt(2)), np.repeat([0, 1], [120, 60])
    covered = 0
    for _ in range(400):
        found = delong(target, rng.normal(size=180) + target)
        covered += found.low <= truth <= found.high
    assert 0.91 <= covered / 400 <= 0.98


def test_a_perfect_score_has_no_variance_and_stays_within_one():
    found = delong([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    assert (found.auc, found.low, found.high) == (1, 1, 1)
    assert compare([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1]).p_value == 0


@pytest.mark.parametrize("statistic", [auc, gini, ks, delong])
@pytest.mark.parametrize(
    ("target", "score", "message"),
    [
        ([0, 0, 0], [1, 2, 3], "both outcomes are needed"),
        ([1, 1], [1, 2], "both outcomes are needed"),
        ([], [], "no rows"),
        ([0, 1], [1, np.nan], "1 scores are missing"),
        ([0, 2], [1, 2], "must be 1"),
        ([0, 1, 1], [1, 2], "do not go with"),
    ],
)
def test_unusable_samples_are_refused(statistic, target, score, message):
    with pytest.raises(DataError, match=message):
        statistic(target, score)


def test_a_variance_needs_two_of_each():
    with pytest.raises(DataError, match="two bads and two goods"):
        delong([0, 0, 1], [1, 2, 3])


def test_a_million_rows_take_seconds():
    rng = np.random.default_rng(0)
    target = rng.random(1_000_000) < 0.05
    first = rng.normal(size=1_000_000) + target
    began = time.perf_counter()
    compare(target, first, first + rng.normal(size=1_000_000))
    assert time.perf_counter() - began < 10


@given(SEEDS)
@LAWS
def test_the_interval_of_ks_holds_the_ks(seed: int) -> None:
    target, first, _ = sample(seed, 200)
    found = ks_interval(target, first)
    assert found.ks == ks(target, first)
    assert 0 <= found.low <= found.high <= 1
    assert found.low <= found.ks
    # Only ranks matter.
    assert ks_interval(target, np.exp(first)) == found
    assert ks_interval(1 - target, -first) == pytest.approx(found, abs=1e-9)


def test_ks_interval_of_two_shares_at_a_known_threshold() -> None:
    # Scores of two values: there is one threshold, and the gap is one of two shares.
    target = np.repeat([0, 0, 1, 1], [700, 300, 40, 60])
    score = np.repeat([0, 1, 0, 1], [700, 300, 40, 60])
    found = ks_interval(target, score)
    bads, goods = 41 / 102, 701 / 1002
    half = 1.959963984540054 * np.sqrt(bads * (1 - bads) / 100 + goods * (1 - goods) / 1000)
    assert found == pytest.approx((0.3, 0.3 - half, 0.3 + half), abs=1e-6)


def test_an_auc_that_has_fallen() -> None:
    before, now = delong(ABNORMAL, RATINGS), delong(ABNORMAL, np.roll(RATINGS, 1))
    found = fallen(before, now)
    error = np.sqrt(before.variance + now.variance)
    assert found.difference == before.auc - now.auc
    assert found.p_value == pytest.approx(stats.norm.sf(found.difference / error), abs=1e-12)
    assert fallen(now, before).p_value == pytest.approx(1 - found.p_value)
    perfect = delong([0, 0, 1, 1], [1, 2, 3, 4])
    with pytest.raises(DataError, match="neither AUC has any variance"):
        fallen(perfect, perfect)


def test_ks_interval_of_a_million_rows_takes_no_square_of_them() -> None:
    rng = np.random.default_rng(0)
    target = (rng.random(1_000_000) < 0.05).astype(float)
    start = time.perf_counter()
    found = ks_interval(target, rng.normal(size=len(target)) + target)
    assert time.perf_counter() - start < 10
    assert found.low < 2 * stats.norm.cdf(0.5) - 1 < found.high
