import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.binning import Bins, fit_bins, iv, level_bins, quantile_bins, woe
from features.errors import DataError

SEEDS = st.integers(0, 2**32 - 1)


def sample(seed: int, rows: int = 400, missing: float = 0.1):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(rows) < 0.5, rng.normal(size=rows), rng.integers(0, 6, rows))
    target = (rng.random(rows) < 1 / (1 + np.exp(2 - values))).astype(float)
    target[:2] = 0, 1
    return np.where(rng.random(rows) < missing, np.nan, values), target


def test_a_value_on_an_edge_goes_left_and_missing_is_last():
    bins = Bins(field="x", edges=(0.0, 1.0))
    given = np.array([-np.inf, 0.0, 0.5, 1.0, 1.1, np.inf, np.nan])
    assert bins.assign(given).tolist() == [0, 0, 1, 1, 2, 2, 3]
    assert bins.labels() == ("(-inf, 0]", "(0, 1]", "(1, inf)", "missing")
    assert bins.count == len(bins.labels())


@pytest.mark.parametrize("edges", [(1.0, 1.0), (2.0, 1.0), (np.nan,), (np.inf,)])
def test_edges_that_do_not_rise_are_refused(edges):
    with pytest.raises(ValidationError, match="finite and rising"):
        Bins(edges=edges)


def test_bins_survive_json():
    values, target = sample(1)
    bins = fit_bins(values, target, field="年龄")
    assert Bins.model_validate_json(bins.model_dump_json()) == bins


def test_woe_and_iv_of_a_worked_example():
    # Bins of 100, 200 and 300 goods and 40, 30 and 30 bads, worked by hand.
    index = np.repeat([0, 0, 1, 1, 2, 2], [100, 40, 200, 30, 300, 30])
    target = np.repeat([0, 1, 0, 1, 0, 1], [100, 40, 200, 30, 300, 30])
    expected = np.log([0.4 / (1 / 6), 0.3 / (2 / 6), 0.3 / (3 / 6)])
    got = woe(index, target, 3, prior_rows=0)
    np.testing.assert_allclose(got, expected)
    shares = np.array([0.4 - 1 / 6, 0.3 - 2 / 6, 0.3 - 3 / 6])
    assert iv(index, target, 3, prior_rows=0) == pytest.approx(shares @ expected)


def test_an_empty_bin_says_nothing_and_a_thin_one_little():
    index = np.repeat([0, 0, 2], [90, 9, 1])
    target = np.repeat([0, 1, 1], [90, 9, 1])
    evidence = woe(index, target, 4)
    assert evidence[1] == evidence[3] == pytest.approx(0, abs=1e-12)
    assert 0 < evidence[2] < np.log(90 / 1)


def test_a_one_sided_bin_without_prior_is_refused():
    with pytest.raises(DataError, match="prior_rows"):
        woe(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, prior_rows=0)


def test_one_outcome_is_refused():
    with pytest.raises(DataError, match="both outcomes"):
        iv(np.array([0, 1]), np.zeros(2), 2)


@pytest.mark.parametrize("values", [[], [np.nan] * 9, [3.0] * 9])
def test_nothing_to_split_gives_one_bin(values):
    target = np.arange(len(values)) % 2
    assert fit_bins(np.array(values, float), target).edges == ()


def test_quantile_bins_are_about_equal_and_merge_ties():
    assert quantile_bins(np.arange(100.0), 4).edges == (24, 49, 74)
    assert quantile_bins(np.array([0.0] * 50 + [1.0] * 2), 4).edges == (0,)
    with pytest.raises(DataError, match="only missing"):
        quantile_bins(np.full(3, np.nan), field="x")


def test_every_level_has_its_bin():
    assert level_bins(3).assign(np.array([0, 1, 2, np.nan])).tolist() == [0, 1, 2, 3]
    assert level_bins(1).edges == ()


@given(seed=SEEDS, direction=st.sampled_from([-1, 0, 1]), max_bins=st.integers(2, 9))
@settings(max_examples=60)
def test_bins_obey_their_limits(seed, direction, max_bins):
    values, target = sample(seed)
    bins = fit_bins(values, target, max_bins, 0.05, direction)
    known = ~np.isnan(values)
    index = bins.assign(values[known])
    sizes = np.bincount(index, minlength=bins.count - 1)[: len(bins.edges) + 1]
    assert bins.count <= max_bins + 1
    assert sizes.min() >= 0.05 * known.sum()
    rates = [target[known][index == i].mean() for i in range(len(sizes))]
    if direction:
        assert (np.diff(rates) * direction >= -1e-12).all()


@given(seed=SEEDS)
@settings(max_examples=30)
def test_a_rising_change_of_scale_changes_no_row(seed):
    values, target = sample(seed)
    before = fit_bins(values, target).assign(values)
    scaled = np.exp(values)
    np.testing.assert_array_equal(fit_bins(scaled, target).assign(scaled), before)


@given(seed=SEEDS, prior=st.floats(0.01, 50))
@settings(max_examples=30)
def test_information_value_is_never_negative_and_woe_flips_with_the_target(seed, prior):
    values, target = sample(seed)
    bins = fit_bins(values, target)
    index = bins.assign(values)
    assert iv(index, target, bins.count, prior) >= 0
    flipped = woe(index, 1 - target, bins.count, prior)
    np.testing.assert_allclose(flipped, -woe(index, target, bins.count, prior), atol=1e-9)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, unique=True))
def test_edges_stay_between_neighbours_at_any_magnitude(points):
    values = np.sort(np.array(points))
    target = np.arange(len(values)) >= len(values) // 2
    bins = fit_bins(values, target, min_share=0.0)
    assert len(np.unique(bins.assign(values))) == len(bins.edges) + 1
