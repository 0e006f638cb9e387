import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import expit

from features.encoding import FloatArray
from risk.calibration import _FITTERS, METHODS, PD_MAX, PD_MIN, Calibration, Method, fit

LOG_ODDS = st.floats(-50, 50)


def _sample(seed: int, rows: int, slope: float = 1.0, shift: float = 0.0) -> list[FloatArray]:
    rng = np.random.default_rng(seed)
    raw = rng.normal(-1.5, 1.5, rows)
    return [raw, (rng.random(rows) < expit(slope * raw + shift)).astype(np.float64)]


def _fitted(method: Method, seed: int, rows: int) -> Calibration:
    fitted = _FITTERS[method](*_sample(seed, rows))
    return fitted if fitted is not None else Calibration()


@settings(max_examples=60)
@given(
    st.sampled_from(METHODS),
    st.integers(0, 50),
    st.sampled_from([20, 60, 400]),
    st.lists(LOG_ODDS, min_size=2, max_size=30),
)
def test_pd_never_falls_as_log_odds_rise_and_stays_inside(
    method: Method, seed: int, rows: int, raw: list[float]
) -> None:
    calibration = _fitted(method, seed, rows)
    near = [np.nextafter(knot, side) for knot in calibration.raw for side in (-np.inf, np.inf)]
    pd_ = calibration.apply(np.sort([*raw, *calibration.raw, *near]))
    assert (np.diff(pd_) >= 0).all()
    assert (pd_ >= PD_MIN).all()
    assert (pd_ <= PD_MAX).all()


@pytest.mark.parametrize("method", METHODS)
def test_pd_rises_strictly_where_it_is_not_clipped(method: Method) -> None:
    pd_ = _fitted(method, 3, 2000).apply(np.linspace(-6, 5, 500))
    assert (np.diff(pd_) > 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_json_returns_the_same_map(method: Method) -> None:
    calibration = _fitted(method, 1, 500)
    back = Calibration.model_validate_json(calibration.model_dump_json())
    raw = np.linspace(-8, 8, 301)
    assert back == calibration
    assert back.apply(raw).tolist() == calibration.apply(raw).tolist()


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_equals_its_rows_one_by_one(method: Method) -> None:
    calibration, raw = _fitted(method, 2, 500), np.linspace(-7, 7, 203)
    single = [calibration.apply(raw[i : i + 1])[0] for i in range(len(raw))]
    assert calibration.apply(raw).tolist() == single


def test_calibrated_log_odds_are_left_alone() -> None:
    raw, target = _sample(0, 4000)
    assert fit(raw, target).method == "none"


def test_a_stretched_scale_is_straightened() -> None:
    raw, target = _sample(0, 4000, slope=0.5, shift=1.0)
    calibration = fit(raw, target)
    assert calibration.method == "platt"
    assert calibration.slope == pytest.approx(0.5, abs=0.08)
    assert calibration.intercept == pytest.approx(1.0, abs=0.12)


def test_a_bent_scale_is_straightened_piece_by_piece() -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(-1.5, 1.5, 8000)
    bent = np.where(raw > -2, 1.5 * raw, -3 + 0.2 * (raw + 2))
    target = (rng.random(8000) < expit(bent)).astype(np.float64)
    calibration = fit(raw, target)
    assert calibration.method == "isotonic"
    assert calibration.losses["isotonic"] == min(calibration.losses.values())
    assert np.abs(calibration.apply(raw) - expit(bent)).mean() < 0.02


def test_a_reversed_score_is_never_turned_around() -> None:
    raw, target = _sample(0, 1000)
    calibration = fit(-raw, target)
    assert calibration.method != "platt"
    assert (np.diff(calibration.apply(np.linspace(-5, 5, 50))) >= 0).all()


@pytest.mark.parametrize("bads", [0, 1, 4])
def test_too_few_defaults_cannot_choose(bads: int) -> None:
    target = np.zeros(100)
    target[:bads] = 1
    assert fit(np.linspace(-3, 3, 100), target) == Calibration()


def test_a_constant_score_moves_to_the_base_rate() -> None:
    target = np.tile([0.0, 0.0, 0.0, 1.0], 100)
    pd_ = fit(np.full(400, 2.0), target).apply(np.array([2.0]))
    assert pd_[0] == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    "given_",
    [
        {"method": "isotonic"},
        {"method": "platt", "slope": -1.0},
        {"method": "platt", "slope": float("nan")},
        {"method": "isotonic", "raw": (0.0, 0.0), "log_odds": (0.0, 1.0)},
        {"method": "isotonic", "raw": (0.0, 1.0), "log_odds": (1.0, 0.0)},
        {"method": "none", "raw": (0.0,), "log_odds": (1.0,)},
    ],
)
def test_a_map_that_could_fall_is_refused(given_: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Calibration.model_validate(given_)
