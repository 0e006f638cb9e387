import numpy as np
import pytest

from features.encoding import FloatArray
from risk.errors import ModelError
from risk.patterns import Forest, PatternTables, check_scores, check_values
from risk.patterns.checking import provoking
from tests.risk.patterns.conftest import Train, Trained


@pytest.fixture
def model(train: Train) -> Trained:
    return train(trees=10)


@pytest.fixture
def tables(model: Trained) -> PatternTables:
    return PatternTables(Forest.of(model.text), model.x[:60])


def test_right_tables_pass(model: Trained, tables: PatternTables) -> None:
    check_scores(tables, model.predict)
    check_values(tables, model.predict)


def test_a_score_that_differs_in_its_last_bit_is_found(
    model: Trained, tables: PatternTables
) -> None:
    def off(x: FloatArray) -> FloatArray:
        return np.nextafter(model.predict(x), np.inf)

    with pytest.raises(ModelError, match="do not score as LightGBM does"):
        check_scores(tables, off)
    with pytest.raises(ModelError, match="do not score as LightGBM does"):
        check_values(tables, off)


def test_values_that_do_not_add_up_are_found(model: Trained, tables: PatternTables) -> None:
    entries = tables._explanation.get().entries
    changed = entries * np.where(np.abs(entries) < 0.05, 1.001, 1.0)
    tables._explanation.get().entries[:] = changed
    with pytest.raises(ModelError, match=r"do not (add up|score)"):
        check_values(tables, model.predict)


def test_values_that_add_up_but_are_not_shapley_values_are_found(
    model: Trained, tables: PatternTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    from risk.patterns import leaves

    gain, loss = leaves.weights()
    monkeypatch.setattr("risk.patterns.checking.weights", lambda: (gain * 1.01, loss * 1.01))
    with pytest.raises(ModelError, match="not those of the formula"):
        check_values(tables, model.predict)


def test_provoking_rows_sit_on_thresholds_and_hold_what_is_odd(
    model: Trained, tables: PatternTables
) -> None:
    rows = provoking(tables.forest, model.x)
    assert np.isnan(rows).any()
    assert np.isinf(rows).any()
    for feature, grid in enumerate(tables.forest.thresholds):
        assert np.isin(rows[len(model.x) :, feature], grid).any()
