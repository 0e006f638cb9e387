import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from features.binning import Bins, quantile_bins
from features.dictionary import Field
from features.errors import DataError
from risk.validation.stability import (
    Baseline,
    counted_psi,
    csi,
    drift,
    psi,
    psi_parts,
    shares,
    shift,
)

LAWS = settings(max_examples=60)
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


@given(st.integers(0, 6_000), st.integers(0, 40), st.integers(0, 99))
@LAWS
def test_rows_are_counted_alike_however_many_values_and_edges_there_are(rows, edges, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(-2, edges + 3, rows).astype(np.float64)
    values[rng.random(rows) < 0.2] = np.nan
    bins = Bins(field="x", edges=tuple(range(edges)))
    baseline = Baseline(bins=bins, rows=(1, *[0] * (edges + 1)))
    expected = np.bincount(bins.assign(values), minlength=bins.count)
    assert baseline.count(values).tolist() == expected.tolist()


def field(kind: str, levels: int = 0) -> Field:
    given = {"name": "x", "role": "feature", "type": kind}
    names = tuple(f"level {n}" for n in range(levels))
    return Field.model_validate({**given, **({"levels": names} if levels else {})})


def test_a_category_has_a_bin_a_level_and_one_for_the_missing():
    values = np.array([0.0, 2.0, 2.0, np.nan])
    baseline = Baseline.of_field(values, field("category", 4))
    assert baseline.rows == (1, 0, 2, 0, 1)
    # A level that was not there at development is seen when it comes.
    assert baseline.psi(baseline.count(np.array([3.0] * 4))) > 1


def test_levels_beyond_counting_share_bins():
    values = np.random.default_rng(0).integers(0, 5_000, 20_000).astype(np.float64)
    baseline = Baseline.of_field(values, field("category", 5_000))
    assert len(baseline.rows) == 11
    assert baseline.psi(baseline.count(values % 1_000)) > 0.25


def test_a_field_never_filled_in_at_development_shows_when_it_is():
    baseline = Baseline.of_field(np.full(50, np.nan), field("number"))
    assert baseline.rows == (0, 50)
    assert baseline.psi(baseline.count(np.full(20, np.nan))) == 0
    assert baseline.psi(baseline.count(np.arange(20.0))) > 1


@pytest.mark.parametrize("rows", [(1, 2), (0, 0, 0, 0, 0), (1, 1, 1, -1, 0)])
def test_a_baseline_that_does_not_fit_its_bins_is_refused(rows):
    with pytest.raises(ValidationError):
        Baseline(bins=BINS, rows=rows)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=2, max_size=12))
@LAWS
def test_what_the_bins_add_is_the_whole_index(rows):
    then, now = np.array(rows).T
    if not then.any() or not now.any():
        return
    parts = psi_parts(then, now)
    assert parts.sum() == pytest.approx(counted_psi(then, now), abs=1e-12)
    assert (parts >= 0).all()
    assert shift(then, now).psi == counted_psi(then, now)


def test_the_chance_of_a_shift_is_that_of_a_chi_square_worked_by_hand():
    # 90 of 200 and 110 of 200 against 100 expected each: 4 x 10^2 / 100.
    found = shift(np.array([90, 110]), np.array([110, 90]))
    assert found.p_value == pytest.approx(stats.chi2.sf(4.0, 1))
    assert found.by_chance == pytest.approx(1 / 200 + 1 / 200)


@pytest.mark.parametrize(
    ("share", "then", "now"),
    [
        (np.ones(10) / 10, 100, 100),
        (np.ones(10) / 10, 3_000, 200),
        (np.array([0.9, 0.05, 0.03, 0.01, 0.005, 0.005]), 3_000, 1_000),
    ],
)
def test_without_a_shift_the_index_is_what_chance_makes_it_and_few_are_rejected(share, then, now):
    rng, draws = np.random.default_rng(0), 800
    both = rng.multinomial(then, share, draws), rng.multinomial(now, share, draws)
    found = np.array([shift(*each) for each in zip(*both, strict=True)])
    # Where a bin expects few rows the index comes out up to a tenth higher.
    assert found[:, 0].mean() == pytest.approx(found[:, 1].mean(), rel=0.1)
    # Two standard errors of 5 % in 800 draws are 1.5 %.
    assert (found[:, 2] < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_one_bin_alone_has_not_moved():
    assert shift(np.array([5, 0]), np.array([9, 0])) == (0.0, 0.0, 1.0)
