import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.encoding import FloatArray
from risk.errors import ModelError
from risk.patterns import Forest, PatternTables, UnsupportedForestError
from risk.patterns.checking import direct, provoking
from tests.risk.patterns.conftest import KINDS, Train, Trained, odd_rows, trained

RELAXED = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def _brute_force(model: Trained, x: FloatArray, reference: FloatArray) -> FloatArray:
    """Shapley values by their definition: every coalition, every reference, LightGBM's scores."""
    features = x.shape[1]
    values = np.zeros(x.shape)
    for row in range(len(x)):
        worth = {}
        for held in itertools.product([False, True], repeat=features):
            mixed = np.where(held, x[row], reference)
            worth[held] = model.predict(mixed).mean()
        for held, score in worth.items():
            size = sum(held)
            for feature in range(features):
                if held[feature]:
                    weight = math.factorial(size - 1) * math.factorial(features - size)
                    without = (*held[:feature], False, *held[feature + 1 :])
                    gain = score - worth[without]
                    values[row, feature] += weight / math.factorial(features) * gain
    return values


@RELAXED
@given(KINDS, odd_rows(4))
def test_scores_equal_lightgbm_in_every_bit(kind: dict[str, Any], rows: FloatArray) -> None:
    model = trained(**kind)
    tables = PatternTables(Forest.of(model.text), model.x[:20])
    for x in (rows, provoking(tables.forest, model.x[:50])):
        wanted = model.predict(x)
        assert tables.raw(x).tobytes() == wanted.tobytes()
        assert tables.explain(x).raw.tobytes() == wanted.tobytes()


@RELAXED
@given(KINDS, odd_rows(4, most=2), st.integers(1, 9))
def test_values_are_those_of_brute_force_over_all_coalitions(
    kind: dict[str, Any], rows: FloatArray, references: int
) -> None:
    model = trained(**kind)
    reference = provoking(Forest.of(model.text), model.x[:5])[-references:]
    tables = PatternTables(Forest.of(model.text), reference)
    wanted = _brute_force(model, rows, reference)
    np.testing.assert_allclose(tables.contributions(rows), wanted, rtol=0, atol=1e-12)


@RELAXED
@given(KINDS, odd_rows(4))
def test_values_add_up_to_the_score(kind: dict[str, Any], rows: FloatArray) -> None:
    model = trained(**kind, trees=20)
    tables = PatternTables(Forest.of(model.text), model.x[:50])
    found = tables.explain(rows)
    total = tables.base + found.contributions.sum(axis=1)
    np.testing.assert_allclose(total, found.raw, rtol=0, atol=1e-12)
    assert tables.base == pytest.approx(model.predict(model.x[:50]).mean(), abs=1e-12)


@RELAXED
@given(KINDS, odd_rows(4, most=12))
def test_a_batch_equals_its_rows_one_by_one(kind: dict[str, Any], rows: FloatArray) -> None:
    model = trained(**kind)
    tables = PatternTables(Forest.of(model.text), model.x[:20])
    whole = tables.explain(rows)
    for row in range(len(rows)):
        single = tables.explain(rows[row : row + 1])
        assert single.contributions.tobytes() == whole.contributions[row].tobytes()
        assert single.raw[0] == whole.raw[row]


def test_values_are_those_of_shap_with_all_references(train: Train) -> None:
    shap = pytest.importorskip("shap")
    model = train(features=12, leaves=31, trees=40, rows=3000)
    reference, rows = model.x[:1000], model.x[1000:1020]
    masker = shap.maskers.Independent(reference, max_samples=len(reference))
    explainer = shap.TreeExplainer(model.booster, masker, feature_perturbation="interventional")
    wanted = explainer.shap_values(rows, check_additivity=False)
    tables = PatternTables(Forest.of(model.text), reference)
    np.testing.assert_allclose(tables.contributions(rows), wanted, rtol=0, atol=1e-7)


def test_a_deep_tree_over_many_features_is_exact(train: Train) -> None:
    model = train(features=16, leaves=31, trees=8, rows=4000, min_data_in_leaf=1, max_bin=40)
    forest = Forest.of(model.text)
    tables = PatternTables(forest, model.x[:100])
    rows = provoking(forest, model.x[100:120])
    assert tables.raw(rows).tobytes() == model.predict(rows).tobytes()
    wanted = direct(forest, rows[::4], model.x[:100])
    np.testing.assert_allclose(tables.contributions(rows[::4]), wanted, rtol=0, atol=1e-12)


def test_more_thresholds_than_a_byte_counts_are_exact() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20_000, 2))
    y = (rng.random(20_000) < 1 / (1 + np.exp(-np.sin(9 * x).sum(axis=1)))).astype(float)
    settings = {"objective": "binary", "num_leaves": 255, "max_bin": 2000, "verbosity": -1}
    booster = lgb.train({**settings, "min_data_in_bin": 1, "num_threads": 1}, lgb.Dataset(x, y), 10)
    forest = Forest.of(booster.model_to_string())
    assert max(map(len, forest.thresholds)) > 255
    tables = PatternTables(forest, x[:100])
    rows = provoking(forest, x[:500])
    wanted = booster.predict(rows, raw_score=True, num_threads=1)
    assert tables.raw(rows).tobytes() == wanted.tobytes()
    gap = tables.base + tables.contributions(rows).sum(axis=1) - wanted
    assert np.abs(gap).max() < 1e-12


def test_rows_beyond_a_block_are_looked_up_too(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = train()
    tables = PatternTables(Forest.of(model.text), model.x[:20])
    whole = tables.explain(model.x)
    monkeypatch.setattr("risk.patterns.tables.BLOCK", 7)
    parted = tables.explain(model.x)
    assert parted.raw.tobytes() == whole.raw.tobytes()
    assert parted.contributions.tobytes() == whole.contributions.tobytes()


def test_threads_that_ask_at_once_get_the_same_tables(train: Train) -> None:
    model = train(trees=30)
    tables = PatternTables(Forest.of(model.text), model.x[:20])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: tables.explain(model.x), range(8)))
    assert len({each.contributions.tobytes() for each in found}) == 1


def test_a_tree_without_a_split_adds_its_value() -> None:
    x = np.random.default_rng(0).normal(size=(200, 2))
    settings = {"objective": "regression", "verbosity": -1, "min_data_in_leaf": 500}
    booster = lgb.train(settings, lgb.Dataset(x, np.full(200, 3.0) + x[:, 0]), 2)
    tables = PatternTables(Forest.of(booster.model_to_string()), x[:5])
    assert tables.raw(x).tobytes() == booster.predict(x, raw_score=True).tobytes()
    assert not tables.contributions(x).any()


def test_no_row_gives_nothing(train: Train) -> None:
    model = train()
    tables = PatternTables(Forest.of(model.text), model.x[:20])
    assert tables.raw(model.x[:0]).shape == (0,)
    assert tables.contributions(model.x[:0]).shape == (0, 4)


@pytest.mark.parametrize("rows", [np.zeros((2, 3)), np.zeros((2, 4), np.float32), np.zeros(4)])
def test_rows_of_another_shape_are_refused(train: Train, rows: FloatArray) -> None:
    model = train()
    tables = PatternTables(Forest.of(model.text), model.x[:20])
    with pytest.raises(ModelError, match="float64 rows of 4 columns"):
        tables.raw(rows)
    with pytest.raises(ModelError, match="float64 rows of 4 columns"):
        PatternTables(tables.forest, rows)


def test_values_without_a_reference_are_refused(train: Train) -> None:
    model = train()
    with pytest.raises(ModelError, match="at least one reference row"):
        PatternTables(Forest.of(model.text), model.x[:0])


def test_a_leaf_that_asks_for_too_many_features_is_refused() -> None:
    features = 20
    x = np.ones((3000, features)) * (np.arange(3000)[:, None] % 2)
    nodes = features
    # A chain: each node asks for another feature and has a leaf on its left.
    tree = [
        "Tree=0", f"num_leaves={nodes + 1}", "num_cat=0",
        "split_feature=" + " ".join(map(str, range(nodes))),
        "threshold=" + " ".join(["0.5"] * nodes),
        "decision_type=" + " ".join(["2"] * nodes),
        "left_child=" + " ".join(str(~n) for n in range(nodes)),
        "right_child=" + " ".join([*(str(n) for n in range(1, nodes)), str(~nodes)]),
        "leaf_value=" + " ".join(["0.5"] * (nodes + 1)), "is_linear=0",
    ]  # fmt: skip
    head = ["tree", "num_class=1", "num_tree_per_iteration=1", f"max_feature_idx={features - 1}"]
    text = "\n".join([*head, "", *tree, "", "end of trees", ""])
    tables = PatternTables(Forest.of(text), x[:4])
    with pytest.raises(UnsupportedForestError, match="a leaf depends on more than"):
        tables.contributions(x)
    assert tables.raw(x).tolist() == [0.5] * 3000
