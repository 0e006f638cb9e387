import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from features.binning import Bins, quantile_bins
from features.errors import DataError
from risk.validation.stability import Baseline, csi, drift, psi, shares

LAWS = settings(deadline=None, max_examples=60)
COUNTS = st.lists(st.integers(1, 1000), min_size=2, max_size=12)
VALUES = st.lists(
    st.one_of(st.integers(-5, 5).map(float), st.just(np.nan)), min_size=1, max_size=60
).map(np.array)
BINS = Bins(field="x", edges=(-2.0, 0.0, 1.0))


def test_psi_worked_by_hand():
    expected, actual = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.2, 0.2, 0.2, 0.4])
    by_hand = 0.1 * np.log(2) + 0 + 0.1 * np.log(1.5) + 0
    assert psi(expected, actual) == pytest.approx(by_hand)


@given(COUNTS, st.randoms())
@LAWS
def test_psi_is_symmetric_never_negative_and_zero_against_itself(counts, random):
    expected = np.array(counts) / sum(counts)
    actual = np.array(random.sample(counts, len(counts))) / sum(counts)
    assert psi(expected, expected) == 0
    assert psi(expected, actual) >= 0
    assert psi(expected, actual) == pytest.approx(psi(actual, expected))


@given(COUNTS, st.randoms())
@LAWS
def test_merging_bins_never_raises_psi(counts, random):
    expected = np.array(counts) / sum(counts)
    actual = np.array(random.sample(counts, len(counts))) / sum(counts)
    merged = [np.append(s[:-2], s[-2:].sum()) for s in (expected, actual)]
    assert psi(*merged) <= psi(expected, actual) + 1e-12


@pytest.mark.parametrize(
    ("expected", "actual", "message"),
    [
        ([0.5, 0.5], [1.0, 0.0], "every bin filled"),
        ([0.5, 0.5], [0.3, 0.3, 0.4], "same bins"),
        ([50.0, 50.0], [40.0, 60.0], "sum to 1"),
    ],
)
def test_unusable_shares_are_refused(expected, actual, message):
    with pytest.raises(DataError, match=message):
        psi(np.array(expected), np.array(actual))


@given(VALUES, st.integers(1, 4), st.randoms())
@LAWS
def test_a_sample_against_itself_in_any_order_and_number_has_not_moved(values, copies, random):
    again = np.tile(values, copies)
    random.shuffle(again)
    assert csi(BINS, values, again) == pytest.approx(0, abs=1e-12)


@given(VALUES, VALUES)
@LAWS
def test_csi_is_never_negative_whatever_is_empty(development, current):
    assert 0 <= csi(BINS, development, current) < np.inf


def test_a_shifted_score_is_seen_over_frozen_bins():
    rng = np.random.default_rng(0)
    development = rng.normal(size=5_000)
    bins = quantile_bins(development, field="score")
    assert csi(bins, development, rng.normal(size=5_000)) < 0.02
    # Two normals one apart: the index of their densities is 1 (symmetric Kullback-Leibler).
    assert csi(bins, development, rng.normal(1, size=5_000)) == pytest.approx(0.9, abs=0.12)


def test_missing_values_that_appear_are_drift():
    development, current = np.zeros(100), np.where(np.arange(100) < 30, np.nan, 0)
    table = shares(BINS, development, current)
    assert table["bin"].tolist()[-1] == "missing"
    assert table["current_share"].tolist()[-1] == 0.3
    assert csi(BINS, development, current) > 0.25


def test_columns_are_listed_from_the_most_moved():
    rng = np.random.default_rng(0)
    development = rng.normal(size=(1_000, 3))
    current = development + np.array([0, 1, 0.2])
    bins = [quantile_bins(development[:, i], field=f) for i, f in enumerate("abc")]
    assert drift(bins, development, current)["field"].tolist() == ["b", "c", "a"]
    with pytest.raises(DataError, match="frozen bins"):
        drift(bins[:2], development, current)


def test_an_empty_sample_is_refused():
    with pytest.raises(DataError, match='current sample of "x" has no rows'):
        csi(BINS, np.zeros(3), np.array([]))


@given(VALUES, VALUES, st.integers(0, 60))
@LAWS
def test_a_baseline_gives_the_same_index_from_counts_of_parts(development, current, cut):
    if np.isnan(development).all():
        development = np.append(development, 0.0)
    baseline = Baseline.of(development, "raw")
    rows = baseline.count(current[:cut]) + baseline.count(current[cut:])
    assert baseline.psi(rows) == csi(baseline.bins, development, current)
    assert baseline.psi(baseline.count(development)) == 0


def test_a_baseline_is_tenths_of_development_and_comes_back_from_json():
    baseline = Baseline.of(np.arange(1000.0), "raw")
    assert baseline.rows == (*[100] * 10, 0)
    assert Baseline.model_validate_json(baseline.model_dump_json()) == baseline
    assert baseline.psi(np.zeros(11, np.int64)) is None


@pytest.mark.parametrize("rows", [(1, 2), (0, 0, 0, 0, 0), (1, 1, 1, -1, 0)])
def test_a_baseline_that_does_not_fit_its_bins_is_refused(rows):
    with pytest.raises(ValidationError):
        Baseline(bins=BINS, rows=rows)
