import logging

import numpy as np
import pytest

from features.encoding import FloatArray
from risk import booster_text, patterns
from risk.attribution import ShapAttribution, TableAttribution, attribution, check_additivity
from risk.errors import ModelError
from tests.risk.patterns.conftest import Trained, trained


@pytest.fixture(scope="module")
def model() -> Trained:
    return trained(features=5, leaves=12, trees=20, rows=1500)


@pytest.fixture(scope="module")
def text(model: Trained) -> str:
    return booster_text.prepare(model.text)


def test_a_model_that_tables_hold_is_explained_by_them(model: Trained, text: str) -> None:
    made = attribution(text, model.x[:100], model.predict)
    assert isinstance(made, TableAttribution)
    found = made.explain(model.x[100:120])
    assert found.raw.tolist() == model.predict(model.x[100:120]).tolist()
    wanted = ShapAttribution(text, model.x[:100], model.predict).explain(model.x[100:120])
    np.testing.assert_allclose(found.contributions, wanted.contributions, rtol=0, atol=1e-7)


@pytest.mark.parametrize("error", [patterns.UnsupportedForestError, ModelError])
def test_shap_takes_over_where_tables_do_not_hold_and_says_so(
    model: Trained,
    text: str,
    error: type[ModelError],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object) -> None:
        raise error("too deep a tree")

    monkeypatch.setattr(patterns, "check_values", refuse)
    with caplog.at_level(logging.WARNING):
        made = attribution(text, model.x[:100], model.predict)
    assert made.name == "shap"
    assert "too deep a tree: reasons come from shap instead" in caplog.text
    assert made.explain(model.x[:3]).contributions.shape == (3, 5)
    assert made.explain(model.x[:0]).contributions.shape == (0, 5)


def test_shap_that_misses_the_score_is_refused(model: Trained, text: str) -> None:
    def off(x: FloatArray) -> FloatArray:
        return model.predict(x) + np.arange(len(x))

    with pytest.raises(ModelError, match="no reason can be trusted"):
        ShapAttribution(text, model.x[:100], off)


@pytest.mark.parametrize("gap", [2e-6, -2e-6, np.nan, np.inf])
def test_contributions_that_do_not_add_up_are_refused(gap: float) -> None:
    contributions = np.array([[0.5, 0.5], [0.25, 0.25]])
    check_additivity(contributions, 1.0, np.array([2.0, 1.5]))
    with pytest.raises(ModelError, match="no reason can be trusted"):
        check_additivity(contributions, 1.0, np.array([2.0, 1.5 + gap]))
