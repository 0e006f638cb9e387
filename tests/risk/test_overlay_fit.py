import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.special import expit

from features.errors import DataError
from risk.overlay import BOUND, Verdict, Weights
from risk.overlay_fit import Reasoned, cross_fitted, fit, judge


def book(rows: int, seed: int, *, effect: float = 0.0, drift: float = 0.0) -> Reasoned:
    """Rows on which an opinion of each level says that much more of the risk than chance."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2.4, 1.1, rows)
    level = rng.choice(4, rows, p=[0.7, 0.1, 0.1, 0.1])
    real = log_odds + drift + effect * level
    return Reasoned(log_odds, level, (rng.random(rows) < expit(real)).astype(np.float64))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(-1, 1), st.floats(0.2, 2))
def test_fitted_weights_rise_with_confidence_and_keep_the_bound(
    seed: int, effect: float, bound: float
) -> None:
    weights = fit(book(400, seed, effect=effect), bound)
    assert 0 <= weights.low <= weights.medium <= weights.high <= bound


@pytest.mark.parametrize("effect", [0.0, 0.3, 1.2])
def test_the_fit_agrees_with_a_general_optimiser(effect: float) -> None:
    rows = book(1500, 11, effect=effect)

    def loss(parameters: np.ndarray) -> float:
        step, *rises = parameters
        weights = np.concatenate([[0.0], np.cumsum(rises)])
        moved = rows.log_odds + step + weights[rows.level]
        likelihood = (rows.y * moved - np.logaddexp(0, moved)).sum()
        return float(-likelihood + (weights**2).sum() / 2)

    within = {"type": "ineq", "fun": lambda p: BOUND - p[1:].sum()}
    bounds = [(-5, 5), *[(0, BOUND)] * 3]
    best = optimize.minimize(
        loss, np.zeros(4), method="SLSQP", bounds=bounds, constraints=within, tol=1e-12
    )
    found = fit(rows)
    assert [found.low, found.medium, found.high] == pytest.approx(
        np.cumsum(best.x[1:]).tolist(), abs=2e-3
    )


def test_random_opinions_ship_with_weight_0_in_at_least_95_of_100_seeds() -> None:
    shipped = [judge(book(800, seed), book(1200, 1000 + seed)) for seed in range(100)]
    assert sum(overlay.weights.high > 0 for overlay in shipped) <= 5


def test_a_year_in_which_every_pd_is_too_low_is_not_laid_to_random_opinions() -> None:
    drifted = [
        judge(book(800, seed, drift=0.6), book(1200, 1000 + seed, drift=0.6)) for seed in range(60)
    ]
    assert sum(overlay.weights.high > 0 for overlay in drifted) <= 3


def test_a_planted_signal_is_found_and_ships() -> None:
    overlay = judge(book(1500, 1, effect=0.5), book(2500, 2, effect=0.5))
    assert overlay.verdict is Verdict.PROVEN
    assert overlay.weights == overlay.found
    assert overlay.found.low == pytest.approx(0.5, abs=0.35)
    assert overlay.found.high == pytest.approx(1.5, abs=0.3)
    assert overlay.evidence is not None
    assert overlay.evidence.auc.better


def test_a_signal_that_no_later_time_bore_out_ships_with_weight_0() -> None:
    earlier, later = book(1500, 1, effect=0.5), book(2500, 2, effect=0.5)
    overlay = judge(earlier, later, in_time=False)
    assert (overlay.verdict, overlay.weights) == (Verdict.NOT_IN_TIME, Weights())
    assert overlay.found == judge(earlier, later).found


def test_opinions_that_point_the_wrong_way_ship_with_weight_0() -> None:
    overlay = judge(book(1500, 1, effect=-0.5), book(2500, 2, effect=-0.5))
    assert overlay.verdict is Verdict.NO_EFFECT
    assert overlay.weights == overlay.found == Weights()


def test_a_signal_that_turned_between_the_two_periods_is_harmful() -> None:
    overlay = judge(book(1500, 1, effect=0.5), book(2500, 2, effect=-0.5))
    assert overlay.verdict is Verdict.HARMFUL
    assert overlay.weights == Weights()


def test_cross_fitted_effects_come_from_other_rows() -> None:
    rows = book(1500, 3, effect=0.5)
    effect = cross_fitted(rows)
    assert (effect[rows.level == 0] == 0).all()
    assert len(np.unique(effect[rows.level == 3])) == 5
    assert effect.tolist() == cross_fitted(rows).tolist()


def test_too_few_rows_or_bads_are_refused_with_what_is_needed() -> None:
    rows = book(1000, 5)
    with pytest.raises(DataError, match=r"100 rows .* at least 200"):
        fit(rows.at(np.arange(100)))
    good = rows.at(rows.y == 0)
    with pytest.raises(DataError, match="0 bads"):
        judge(rows, good)


def test_too_few_concerns_are_no_proof() -> None:
    rows = book(1000, 5, effect=1.0)
    quiet = rows._replace(level=np.where(np.arange(1000) < 30, rows.level, 0))
    overlay = judge(quiet, rows)
    assert overlay.verdict is Verdict.TOO_FEW
    assert overlay.weights == Weights()


def test_a_confidence_that_nobody_had_takes_the_next_lower_weight() -> None:
    rows = book(2000, 6, effect=0.5)
    weights = fit(rows._replace(level=np.where(rows.level == 2, 0, rows.level)))
    assert weights.medium == weights.low
