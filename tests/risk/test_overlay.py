import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.special import expit, logit

from features.errors import DataError
from risk.errors import ModelError
from risk.overlay import (
    BOUND,
    Evidence,
    Overlay,
    Reasoned,
    Verdict,
    Weights,
    cross_fitted,
    fit,
    judge,
    levels,
    raised,
)
from risk.reasoning.claims import NoOpinion, Opinion
from risk.validation.paired import Gain

CONFIDENCES = ("low", "medium", "high")
CONCERNS = [Opinion(stance="concern", direction="raises", confidence=c) for c in CONFIDENCES]
SILENT = [
    None,
    NoOpinion(no_opinion="template"),
    *(Opinion(stance="agree", confidence=c) for c in CONFIDENCES),
    *(
        Opinion(stance="concern", direction=d, confidence=c)
        for d in ("lowers", "neutral")
        for c in CONFIDENCES
    ),
]
GOOD = Gain(difference=0.01, low=0.002, high=0.018, p_value=0.01)
OPEN = Gain(difference=0.01, low=-0.002, high=0.022, p_value=0.1)
BAD = Gain(difference=-0.01, low=-0.018, high=-0.002, p_value=0.01)

opinions = st.sampled_from([*CONCERNS, *SILENT])
pds = st.floats(min_value=1e-6, max_value=1 - 1e-6)
steps = st.floats(min_value=0, max_value=0.5)


def weights_of(low: float, more: float, most: float) -> Weights:
    return Weights(low=low, medium=low + more, high=low + more + most)


def evidence(auc: Gain = GOOD, brier: Gain = OPEN, at_level: Gain = OPEN) -> Evidence:
    sizes = {"fitted_rows": 500, "fitted_bads": 50, "rows": 500, "bads": 50, "concerns": 40}
    return Evidence(auc=auc, brier=brier, brier_at_level=at_level, **sizes)


def proven(weights: Weights) -> Overlay:
    return Overlay(
        weights=weights, found=weights, verdict=Verdict.PROVEN, evidence=evidence(), fitted_on="0"
    )


def book(rows: int, seed: int, *, effect: float = 0.0, drift: float = 0.0) -> Reasoned:
    """Rows on which an opinion of each level says that much more of the risk than chance."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2.4, 1.1, rows)
    level = rng.choice(4, rows, p=[0.7, 0.1, 0.1, 0.1])
    real = log_odds + drift + effect * level
    return Reasoned(log_odds, level, (rng.random(rows) < expit(real)).astype(np.float64))


@given(st.lists(st.tuples(pds, opinions), min_size=1, max_size=20), steps, steps, steps)
def test_no_opinion_ever_lowers_a_pd_or_moves_it_beyond_the_bound(
    rows: list[tuple[float, Opinion | NoOpinion | None]], low: float, more: float, most: float
) -> None:
    overlay = proven(weights_of(low, more, most))
    before = np.array([pd_ for pd_, _ in rows])
    after = overlay.apply(before, [opinion for _, opinion in rows])
    assert (after >= before).all()
    assert (after < 1).all()
    assert (logit(after) - logit(before) <= BOUND + 1e-6).all()


@given(pds, steps, steps, steps)
def test_a_surer_concern_never_counts_less(
    pd_: float, low: float, more: float, most: float
) -> None:
    overlay = proven(weights_of(low, more, most))
    after = overlay.apply(np.full(4, pd_), [None, *CONCERNS])
    assert (np.diff(after) >= 0).all()


@given(st.lists(st.tuples(pds, opinions), max_size=20))
def test_without_proof_every_pd_stays_to_the_last_bit(
    rows: list[tuple[float, Opinion | NoOpinion | None]],
) -> None:
    before = np.array([pd_ for pd_, _ in rows])
    found = Overlay(found=weights_of(0.2, 0.2, 0.2), verdict=Verdict.NOT_BETTER)
    for overlay in (Overlay.none(), found):
        assert overlay.apply(before, [o for _, o in rows]).tobytes() == before.tobytes()


@given(pds, st.sampled_from(SILENT))
def test_what_is_no_concern_on_the_risky_side_counts_nothing(
    pd_: float, opinion: Opinion | NoOpinion | None
) -> None:
    before = np.array([pd_])
    assert proven(weights_of(0.4, 0.3, 0.3)).apply(before, [opinion]).tolist() == [pd_]


@given(st.lists(st.tuples(pds, opinions), min_size=2, max_size=20))
def test_a_batch_equals_its_rows_one_by_one(
    rows: list[tuple[float, Opinion | NoOpinion | None]],
) -> None:
    overlay = proven(weights_of(0.1, 0.2, 0.3))
    whole = overlay.apply(np.array([p for p, _ in rows]), [o for _, o in rows])
    single = [overlay.apply(np.array([p]), [o])[0] for p, o in rows]
    assert whole.tolist() == single


@settings(max_examples=25, deadline=None)
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


@given(steps, steps, steps)
def test_the_record_survives_json(low: float, more: float, most: float) -> None:
    overlay = proven(weights_of(low, more, most))
    assert Overlay.from_json(overlay.to_json()) == overlay


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.NOT_BETTER},
        {"evidence": None},
        {"evidence": evidence(auc=OPEN)},
        {"evidence": evidence(brier=BAD)},
        {"bound": 0.1},
    ],
)
def test_weights_that_are_not_borne_out_cannot_be_read(changes: dict[str, object]) -> None:
    overlay = proven(weights_of(0.2, 0.2, 0.2)).model_copy(update=changes)
    with pytest.raises(ModelError, match="evaluate-reasoning"):
        Overlay.from_json(overlay.to_json())


def test_levels_follow_stance_side_and_confidence() -> None:
    assert levels([*CONCERNS, *SILENT]).tolist() == [1, 2, 3, *[0] * len(SILENT)]


def test_pds_that_an_overlay_cannot_take_are_refused() -> None:
    with pytest.raises(DataError, match="strictly between"):
        raised(np.array([0.0]), np.array([1.0]))
    with pytest.raises(DataError, match="2 opinions"):
        raised(np.array([0.5]), np.array([1.0, 0.0]))
    assert raised(np.array([1 - 1e-16]), np.array([1.5]))[0] < 1
