import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from features.errors import DataError
from risk.validation.summary import summary


def test_a_summary_is_finite_json_and_agrees_with_references():
    rng = np.random.default_rng(0)
    pd_ = rng.random(400)
    target = rng.random(400) < pd_
    found = summary(target, pd_)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["auc"] == pytest.approx(roc_auc_score(target, pd_))
    assert found["auc_low"] < found["auc"] < found["auc_high"]
    assert found["bads"] == target.sum()
    assert found["bad_rate"] == target.mean()
    assert found["gini"] == pytest.approx(2 * found["auc"] - 1)
    assert found["observed_expected"] == pytest.approx(target.mean() / pd_.mean())


def test_certain_and_wrong_probabilities_stay_finite():
    found = summary([0, 0, 1, 1], [0, 1, 0, 1])
    assert np.isfinite(list(found.values())).all()


def test_one_outcome_is_refused():
    with pytest.raises(DataError, match="both outcomes"):
        summary([0, 0, 0], [0.1, 0.2, 0.3])
