import lightgbm as lgb
import numpy as np
import pytest

from features.encoding import FloatArray
from risk.booster_text import check, prepare, ranked
from risk.errors import ModelError

DIRECTIONS = [1, -1, 0]


def _boosted(method: str = "basic", *, missing: float = 0.1) -> tuple[lgb.Booster, FloatArray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1500, 3))
    x[:, 0] = x[:, 0].round(1)
    x[:, :2][rng.random((1500, 2)) < missing] = np.nan
    known = np.nan_to_num(x)
    log_odds = known[:, 0] - known[:, 1] + np.sin(3 * known[:, 2])
    y = rng.random(1500) < 1 / (1 + np.exp(-log_odds))
    parameters = {
        "objective": "binary",
        "num_leaves": 12,
        "num_threads": 1,
        "verbosity": -1,
        "monotone_constraints": DIRECTIONS,
        "monotone_constraints_method": method,
    }
    rows = lgb.Dataset(x, y.astype(float), feature_name=["f0", "f1", "f2"])
    return lgb.train(parameters, rows, 30), x


def test_preparing_changes_no_prediction_where_training_saw_the_missing_values() -> None:
    booster, x = _boosted()
    text = prepare(booster.model_to_string())
    assert check(text, DIRECTIONS) == 30
    assert "num_threads" not in text
    known = x[~np.isnan(x[:, 2])]
    prepared = lgb.Booster(model_str=text)
    assert prepared.predict(known).tolist() == booster.predict(known).tolist()


def test_a_value_missing_for_the_first_time_takes_the_larger_side() -> None:
    booster, _ = _boosted(missing=0)
    prepared = lgb.Booster(model_str=prepare(booster.model_to_string()))
    tree = prepared.dump_model()["tree_info"][0]["tree_structure"]
    for _ in range(2):
        counts = [tree[side].get("internal_count", tree[side].get("leaf_count")) for side in SIDES]
        assert tree["missing_type"] == "NaN"
        assert tree["default_left"] == (counts[0] >= counts[1])
        tree = tree[SIDES[int(counts[0] < counts[1])]]
        if "split_index" not in tree:
            break


SIDES = ("left_child", "right_child")


def test_ranks_lead_every_row_the_same_way() -> None:
    booster, x = _boosted()
    text = prepare(booster.model_to_string())
    on_ranks, thresholds = ranked(text)
    rows = [x, np.nextafter(x, np.inf)]
    for column, values in enumerate(thresholds):
        for number in (values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)):
            row = np.resize(x, (len(values), 3)).copy()
            row[:, column] = number
            rows.append(row)
    all_rows = np.concatenate(rows)
    ranks = np.column_stack(
        [np.searchsorted(values, all_rows[:, c]) for c, values in enumerate(thresholds)]
    ).astype(float)
    ranks[np.isnan(all_rows)] = np.nan
    plain = lgb.Booster(model_str=text).predict(all_rows, raw_score=True)
    assert lgb.Booster(model_str=on_ranks).predict(ranks, raw_score=True).tolist() == plain.tolist()


def test_a_split_that_parts_only_missing_values_is_kept() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 1))
    x[::3] = np.nan
    y = np.isnan(x[:, 0]) ^ (rng.random(1000) < 0.1)
    parameters = {"objective": "binary", "num_leaves": 2, "num_threads": 1, "verbosity": -1}
    rows = lgb.Dataset(x, y.astype(float), feature_name=["f0"])
    booster = lgb.train(parameters, rows, 3)
    assert "threshold=inf" in booster.model_to_string()
    text = prepare(booster.model_to_string())
    check(text, [0])
    assert lgb.Booster(model_str=text).predict(x).tolist() == booster.predict(x).tolist()


def test_a_tree_that_is_not_monotone_is_refused() -> None:
    text = prepare(_boosted()[0].model_to_string())
    turned = text.replace("monotone_constraints=1 -1 0", "monotone_constraints=-1 -1 0")
    with pytest.raises(ModelError, match="not monotone"):
        check(turned, [-1, -1, 0])


def test_a_text_of_another_kind_is_refused() -> None:
    booster, _ = _boosted()
    with pytest.raises(ModelError, match="cut short"):
        check(booster.model_to_string(), DIRECTIONS)
    with pytest.raises(ModelError, match="cut short"):
        check("", DIRECTIONS)
