import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from features.dictionary import DataDictionary
from features.errors import DataError
from risk.errors import ModelError
from risk.logistic import LogisticScorecard
from risk.scorecard import Scaling
from risk.validation.discrimination import auc

DICTIONARY = DataDictionary.parse("""
[fields.late]
role = "feature"
type = "integer"
direction = "rising"
[fields.income]
role = "feature"
type = "number"
direction = "falling"
[fields.noise]
role = "feature"
type = "number"
[fields.purpose]
role = "feature"
type = "category"
levels = ["car", "shop", "trip", "home"]
""")

LAWS = settings(max_examples=8)
SEEDS = st.integers(0, 2**32 - 1)


def sample(seed: int, rows: int = 2_000):
    """A matrix, outcomes, and the true log-odds they were drawn from."""
    rng = np.random.default_rng(seed)
    late, income = rng.poisson(0.7, rows), rng.lognormal(size=rows)
    noise, purpose = rng.normal(size=rows), rng.integers(0, 4, rows)
    truth = -2 + 0.8 * late - 0.7 * np.log(income) + np.array([0.0, 1.5, 0.0, -1.0])[purpose]
    x = np.asfortranarray(np.column_stack([late, income, noise, purpose]), dtype=float)
    target = rng.random(rows) < expit(truth)
    x[rng.random(rows) < 0.1, 1] = np.nan
    return x, target.astype(float), truth


def fitted(seed: int = 0, rows: int = 2_000) -> LogisticScorecard:
    x, y, _ = sample(seed, rows)
    return LogisticScorecard.fit(x, y, DICTIONARY)


def test_it_comes_close_to_the_truth_on_new_rows():
    x, y, truth = sample(1, 20_000)
    card = fitted(2, 20_000)
    assert auc(y, truth) - auc(y, card.predict(x)) < 0.02
    assert card.predict(x).mean() == pytest.approx(y.mean(), rel=0.05)


def test_what_says_nothing_is_left_out():
    card = fitted(rows=20_000)
    assert [c.field for c in card.characteristics] == ["purpose", "late", "income"]
    assert all(c.weight > 0 for c in card.characteristics)


@given(SEEDS, st.sampled_from([(0, 1), (1, -1)]))
@LAWS
def test_risk_never_moves_against_a_direction(seed, column_and_direction):
    column, direction = column_and_direction
    card = fitted(seed)
    rows = np.tile(np.array([1.0, 1.0, 0.0, 1.0]), (60, 1))
    rows[:, column] = np.linspace(0, 8, 60)
    assert (np.diff(card.predict(rows)) * direction >= 0).all()


@given(SEEDS)
@LAWS
def test_points_of_the_table_add_up_to_the_points_of_the_pd(seed):
    card, scaling = fitted(seed), Scaling(base_points=500, base_odds=20, pdo=40)
    x, _, _ = sample(seed + 1, 50)
    table = card.points_table(scaling).set_index(["field", "bin"])["points"]
    total = np.full(len(x), table["base", ""])
    for item in card.characteristics:
        labels = np.array(item.bins.labels())[item.bins.assign(x[:, item.column])]
        total += table[item.field][labels].to_numpy()
    np.testing.assert_allclose(total, scaling.points(card.predict(x)), atol=1e-8)


@given(SEEDS)
@LAWS
def test_a_scorecard_survives_json_and_scores_rows_one_by_one(seed):
    card = fitted(seed)
    x, _, _ = sample(seed + 1, 20)
    again = LogisticScorecard.from_dict(json.loads(json.dumps(card.to_dict())))
    assert again == card
    singly = np.concatenate([again.predict(x[i : i + 1]) for i in range(len(x))])
    np.testing.assert_array_equal(singly, card.predict(x))


def test_a_copied_column_of_turned_sign_does_not_stay():
    x, y, _ = sample(3, 5_000)
    # The third column is the first with noise: once both are in, its own weight may turn over.
    x[:, 2] = x[:, 0] + np.random.default_rng(0).normal(scale=0.4, size=len(x))
    card = LogisticScorecard.fit(x, y, DICTIONARY)
    assert all(c.weight > 0 for c in card.characteristics)


def test_missing_values_weigh_as_they_were_seen():
    x, y, _ = sample(4, 5_000)
    x[y == 1, 1] = np.where(np.arange(int(y.sum())) % 2, np.nan, x[y == 1, 1])
    card = LogisticScorecard.fit(x, y, DICTIONARY)
    rows = np.array([[0, np.nan, 0, 0], [0, 1.0, 0, 0]])
    assert card.predict(rows)[0] > card.predict(rows)[1]


def test_without_any_information_everyone_has_the_base_rate():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50_000, 4)), np.arange(50_000) % 5 == 0
    x[:, 3] = 0
    card = LogisticScorecard.fit(x, y, DICTIONARY)
    assert card.characteristics == ()
    np.testing.assert_allclose(card.predict(x), 0.2)


def test_unusable_input_is_refused():
    x, y, _ = sample(0, 100)
    with pytest.raises(ModelError, match="4 features"):
        LogisticScorecard.fit(x[:, :3], y, DICTIONARY)
    with pytest.raises(DataError, match="both outcomes"):
        LogisticScorecard.fit(x, np.zeros(100), DICTIONARY)
    with pytest.raises(ModelError, match="4 columns"):
        fitted().predict(x[:, :3])
    with pytest.raises(ModelError, match="broken at intercept"):
        LogisticScorecard.from_dict({"columns": [], "characteristics": []})
