import re

import lightgbm as lgb
import numpy as np
import pytest

from risk.errors import ModelError
from risk.patterns import Forest, UnsupportedForestError
from risk.patterns.forest import Missing
from tests.risk.patterns.conftest import Train


def _text(**parameters: object) -> str:
    x = np.random.default_rng(0).normal(size=(300, 3))
    y = (x[:, 0] > 0).astype(float) + (x[:, 1] > 1)
    settings = {"verbosity": -1, "num_threads": 1, **parameters}
    return str(lgb.train(settings, lgb.Dataset(x, y), 3).model_to_string())


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"objective": "multiclass", "num_class": 3}, "several classes"),
        (
            {"objective": "regression", "boosting": "rf", "bagging_freq": 1}
            | {"bagging_fraction": 0.5},
            "averages its trees",
        ),
        ({"objective": "regression", "linear_tree": True}, "linear models"),
    ],
)
def test_models_of_another_kind_are_named(parameters: dict[str, object], said: str) -> None:
    with pytest.raises(UnsupportedForestError, match=said):
        Forest.of(_text(**parameters))


@pytest.mark.parametrize("kept", [0, 5, 100, 700, -40])
def test_a_text_cut_short_is_refused(train: Train, kept: int) -> None:
    text = train().text
    text = text[: text.index("end of trees")][:kept] if kept >= 0 else text[:300]
    with pytest.raises(ModelError, match="not a LightGBM model's text"):
        Forest.of(text)


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("num_leaves=8", "num_leaves=9"),
        ("leaf_value=", "leaf_value=nan "),
        ("left_child=", "left_child=1 "),
        ("num_class=1", "number=1"),
        ("split_feature=", "split_feature=9 "),
        (r"split_feature=\d", "split_feature=7"),
        (r"split_feature=\d", "split_feature=-1"),
        (r"decision_type=\d", "decision_type=14"),
        (r"threshold=\S+", "threshold=nan"),
    ],
)
def test_a_damaged_text_is_refused(train: Train, line: str, instead: str) -> None:
    with pytest.raises(ModelError):
        Forest.of(re.sub(line, instead, train().text, count=1))


def test_a_tree_that_runs_in_a_circle_is_refused(train: Train) -> None:
    text = train().text
    line = next(each for each in text.split("\n") if each.startswith("left_child="))
    children = ["0" if int(c) > 0 else c for c in line.removeprefix("left_child=").split()]
    with pytest.raises(ModelError, match="node"):
        Forest.of(text.replace(line, "left_child=" + " ".join(children), 1))


@pytest.mark.parametrize(
    ("missing", "kind"), [("nan", Missing.NAN), ("zero", Missing.ZERO), ("none", Missing.NONE)]
)
def test_what_counts_as_missing_is_read(train: Train, missing: str, kind: Missing) -> None:
    forest = Forest.of(train(missing=missing, trees=10).text)
    assert kind in {column.missing for column in forest.columns}
    for column in forest.columns:
        assert column.absent in (0, len(forest.thresholds[column.feature]))


def test_levels_are_those_that_go_left(train: Train) -> None:
    model = train(categories=(1,), trees=20)
    levels = [column.levels for column in Forest.of(model.text).columns if column.levels]
    assert levels
    assert all(level < 40 for each in levels for level in each)
