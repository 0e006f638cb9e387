import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import expit
from sklearn.isotonic import isotonic_regression

from features.encoding import FloatArray
from features.errors import DataError
from risk.uncertainty import PdInterval, Steps

ROWS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40)


def arrays(rows: list[tuple[int, bool]]) -> tuple[FloatArray, FloatArray]:
    score, target = np.array(rows, dtype=np.float64).T
    return score / 12, target


def isotonic(score: FloatArray, target: FloatArray, new: float, outcome: float) -> float:
    """What the definition says: the new row is added with an outcome, and all is fitted again."""
    knots, place = np.unique(np.append(score, new), return_inverse=True)
    rows = np.bincount(place)
    rates = np.bincount(place, np.append(target, outcome)) / rows
    return float(isotonic_regression(rates, sample_weight=rows)[np.searchsorted(knots, new)])


@settings(max_examples=60)
@given(ROWS, st.floats(-0.1, 1.1))
@example([(0, False)], 2.0)
@example([(3, True), (3, False)], 0.25)
def test_bounds_are_isotonic_rates_with_the_row_added_as_good_and_as_bad(
    rows: list[tuple[int, bool]], new: float
) -> None:
    score, target = arrays(rows)
    asked = np.append(score, new)
    low, high = PdInterval.of(score, target).apply(asked)
    for place, each in enumerate(asked.tolist()):
        assert low[place] == pytest.approx(isotonic(score, target, each, 0), abs=1e-12)
        assert high[place] == pytest.approx(isotonic(score, target, each, 1), abs=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # MAPIE divides by zero on its way
def test_bounds_are_those_of_mapie_up_to_the_largest_calibration_score() -> None:
    from mapie._venn_abers import VennAbers

    draw = np.random.default_rng(0)
    for rows in (5, 40, 300):
        pd_ = np.round(draw.random(rows), 2)
        target = (draw.random(rows) < pd_).astype(np.float64)
        asked = np.append(draw.random(50), pd_)
        theirs = VennAbers()
        theirs.fit(np.column_stack([1 - pd_, pd_]), target)
        _, bounds = theirs.predict_proba(np.column_stack([1 - asked, asked]))
        low, high = PdInterval.of(pd_, target).apply(asked)
        inside = asked <= pd_.max()
        assert low == pytest.approx(bounds[:, 0], abs=1e-12)
        assert high[inside] == pytest.approx(bounds[inside, 1], abs=1e-12)
        # The one more bad above all others is a step of its own.
        assert (high[~inside] == 1).all()


@given(ROWS)
def test_bounds_rise_with_the_score_and_the_lower_is_below_the_upper(
    rows: list[tuple[int, bool]],
) -> None:
    asked = np.linspace(-0.1, 1.1, 60)
    low, high = PdInterval.of(*arrays(rows)).apply(asked)
    assert (low < high).all()
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()


@given(ROWS)
def test_the_scale_of_the_score_does_not_matter(rows: list[tuple[int, bool]]) -> None:
    score, target = arrays(rows)
    plain = PdInterval.of(score, target).apply(score)
    bent = PdInterval.of(np.exp(3 * score), target).apply(np.exp(3 * score))
    assert np.array_equal(plain, bent)


@given(ROWS)
def test_an_interval_survives_json(rows: list[tuple[int, bool]]) -> None:
    interval = PdInterval.of(*arrays(rows))
    assert PdInterval.model_validate_json(interval.model_dump_json()) == interval
    assert interval.rows == len(rows)
    assert interval.bads == sum(bad for _, bad in rows)


def test_the_bound_of_the_true_outcome_is_calibrated_however_wrong_the_pd() -> None:
    draw = np.random.default_rng(3)
    apart = []
    for _ in range(400):
        log_odds = draw.normal(-1, 1.5, 121)
        target = (draw.random(121) < expit(log_odds)).astype(np.float64)
        wrong = expit(0.3 * log_odds - 4)  # an order is all it has
        low, high = PdInterval.of(wrong[:-1], target[:-1]).apply(wrong[-1:])
        true = high if target[-1] else low
        apart.append((true[0], target[-1] - true[0]))
    bound, residual = np.array(apart).T
    for inside in (bound < 0.15, (bound >= 0.15) & (bound < 0.4), bound >= 0.4):
        error = residual[inside].std() / np.sqrt(inside.sum())
        assert abs(residual[inside].mean()) < 3 * error


def test_mean_bounds_enclose_the_default_rate_of_new_rows() -> None:
    draw = np.random.default_rng(5)
    log_odds = draw.normal(-2, 1.2, 60_000)
    target = (draw.random(60_000) < expit(log_odds)).astype(np.float64)
    low, high = PdInterval.of(log_odds[:20_000], target[:20_000]).apply(log_odds[20_000:])
    new = target[20_000:]
    error = np.sqrt(new.mean() / 20_000 + new.mean() / 40_000)
    assert low.mean() - 2 * error < new.mean() < high.mean() + 2 * error
    assert (high - low).mean() < 0.01


def test_a_missing_score_has_no_interval() -> None:
    interval = PdInterval.of([0.1, 0.2], [0, 1])
    assert np.isnan(interval.apply(np.array([np.nan]))).all()


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_rows_of_one_outcome_bound_one_side(outcome: float) -> None:
    low, high = PdInterval.of(np.linspace(0, 1, 9), np.full(9, outcome)).apply(np.array([0.5]))
    assert (low[0] == 0) == (outcome == 0)
    assert (high[0] == 1) == (outcome == 1)


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        PdInterval.of([], [])


@pytest.mark.parametrize(
    ("edges", "values"),
    [((1.0,), (0.1,)), ((1.0, 1.0), (0.1, 0.2, 0.3)), ((1.0,), (0.2, 0.1)), ((), (1.5,))],
)
def test_steps_that_do_not_rise_within_0_to_1_are_refused(
    edges: tuple[float, ...], values: tuple[float, ...]
) -> None:
    with pytest.raises(ValidationError):
        Steps(edges=edges, values=values)
