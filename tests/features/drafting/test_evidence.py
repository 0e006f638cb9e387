import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from features.drafting.evidence import Cells, knows_outcome, separation, shape, trend
from features.drafting.profile import profile

SEEDS = st.integers(0, 2**32 - 1)


def outcome_of(log_odds, seed=0):
    return (np.random.default_rng(seed).random(len(log_odds)) < expit(log_odds)).astype(float)


@given(SEEDS)
@settings(max_examples=20)
def test_a_trend_turns_with_the_value_and_with_the_outcome(seed):
    values = np.random.default_rng(seed).normal(size=3_000)
    outcome = outcome_of(-1.5 + 0.6 * values, seed)
    assert trend(values, outcome) == "rising"
    assert trend(-values, outcome) == "falling"
    assert trend(values, 1 - outcome) == "falling"
    assert trend(np.exp(values), outcome) == "rising"


def test_noise_has_a_trend_about_once_in_a_thousand():
    rng = np.random.default_rng(0)
    found = [
        trend(rng.normal(size=800), outcome_of(np.full(800, -1.5), seed)) for seed in range(400)
    ]
    assert sum(way != "none" for way in found) <= 4


def test_a_curve_that_turns_has_no_trend_but_a_shape():
    values = np.random.default_rng(1).uniform(-1, 1.3, size=20_000)
    outcome = outcome_of(-2 + 2 * values**2)
    assert trend(values, outcome) == "none"
    assert shape(Cells(np.array([500.0] * 3), np.array([90.0, 40.0, 80.0])))
    assert not shape(Cells(np.array([500.0] * 3), np.array([50.0, 52.0, 49.0])))


def test_undetermined_outcomes_and_missing_values_are_left_out():
    values = np.random.default_rng(2).normal(size=2_000)
    outcome = outcome_of(values)
    values[:200], outcome[200:400] = np.nan, np.nan
    assert trend(values, outcome) == "rising"
    assert trend(np.full(2_000, np.nan), outcome) == "none"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=8))
def test_separation_is_the_auc_of_bins_scored_by_their_bad_rate(pairs):
    bads, goods = np.array(pairs, float).T
    filled = (bads + goods) > 0
    bads, goods = bads[filled], goods[filled]
    if not bads.sum() or not goods.sum():
        return
    rate = bads / (bads + goods)
    target = np.repeat([1, 0], [int(bads.sum()), int(goods.sum())])
    score = np.concatenate([np.repeat(rate, bads.astype(int)), np.repeat(rate, goods.astype(int))])
    assert separation(Cells(bads + goods, bads)) == pytest.approx(roc_auc_score(target, score))


def sealed_columns():
    rng = np.random.default_rng(3)
    strong = rng.normal(size=4_000)
    outcome = outcome_of(-2.5 + 1.2 * strong)
    recovered = np.where((outcome == 1) & (rng.random(4_000) < 0.3), rng.lognormal(size=4_000), 0)
    closed = pd.Series(np.where(recovered > 0, "closed", None), dtype="str")
    return outcome, strong, recovered, closed


def test_columns_filled_in_after_the_outcome_are_recognised():
    outcome, strong, recovered, closed = sealed_columns()
    assert knows_outcome(profile(pd.Series(recovered), "x", ("",)), outcome)
    assert knows_outcome(profile(closed, "x", ("",)), outcome)
    few = pd.Series(recovered).where(np.cumsum(recovered > 0) <= 100).replace(0, np.nan)
    assert knows_outcome(profile(few, "x", ("",)), outcome)
    assert knows_outcome(profile(pd.Series(outcome * 3 + 1), "x", ("",)), outcome)
    assert not knows_outcome(profile(pd.Series(strong), "x", ("",)), outcome)


def test_texts_that_are_all_different_do_not_know_the_outcome():
    outcome = outcome_of(np.full(500, -2.0))
    names = pd.Series([f"shop {i}" for i in range(500)], dtype="str")
    assert not knows_outcome(profile(names, "x", ("",)), outcome)
