import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from features.encoding import FloatArray
from features.errors import DataError
from risk.uncertainty import PdInterval
from risk.validation.coverage import coverage


def halves(rows: int, seed: int) -> tuple[FloatArray, FloatArray]:
    draw = np.random.default_rng(seed)
    pd_ = expit(draw.normal(-2.5, 1.2, rows))
    return pd_, (draw.random(rows) < pd_).astype(np.float64)


def test_intervals_that_hold_are_seldom_refused() -> None:
    least = []
    for seed in range(40):
        pd_, target = halves(3000, seed)
        interval = PdInterval.of(pd_[:1500], target[:1500]).apply(pd_[1500:])
        table = coverage(target[1500:], pd_[1500:], interval, pd_[:1500])
        least.append(table["p_adjusted"].min())
        assert table["rows"].sum() == 1500
    assert (np.array(least) < 0.05).mean() <= 0.05


def test_a_book_that_has_turned_bad_is_found() -> None:
    pd_, target = halves(8000, 1)
    late = target[4000:].copy()
    late[np.random.default_rng(2).random(4000) < 0.06] = 1
    interval = PdInterval.of(pd_[:4000], target[:4000]).apply(pd_[4000:])
    table = coverage(late, pd_[4000:], interval, pd_[:4000])
    assert table["p_adjusted"].min() < 0.001
    worst = table.loc[table["p_adjusted"].idxmin()]
    assert worst["observed"] > worst["most"]


@pytest.mark.parametrize(("bads", "beyond"), [(0, 0.0), (10, 0.5), (20, 1), (50, 1), (60, 1.2)])
def test_a_rate_is_told_by_the_bound_it_lies_beyond(bads: int, beyond: float) -> None:
    bounds = (np.full(100, 0.2), np.full(100, 0.5))
    target, pd_ = np.arange(100) < bads, np.full(100, 0.3)
    table = coverage(target, pd_, bounds, np.full(100, 0.3))
    assert table["beyond"].tolist() == pytest.approx([beyond])


def test_a_rate_inside_its_interval_is_no_surprise() -> None:
    target, pd_ = np.array([0, 1] * 10), np.full(20, 0.4)
    table = coverage(target, pd_, (np.full(20, 0.45), np.full(20, 0.55)), np.full(30, 0.4))
    assert table["p_value"].tolist() == [1.0]
    assert table["observed"].tolist() == [0.5]


def test_the_range_is_the_beta_binomial_of_the_calibration_rows() -> None:
    target, pd_ = np.append(np.ones(8), np.zeros(42)), np.full(50, 0.1)
    bounds = (np.full(50, 0.05), np.full(50, 0.1))
    table = coverage(target, pd_, bounds, np.full(200, 0.1))
    above = stats.betabinom(50, 200 * 0.1 + 0.5, 200 * 0.9 + 0.5)
    assert table["p_value"][0] == pytest.approx(2 * above.sf(7))
    assert table["most"][0] == pytest.approx(above.ppf(0.975) / 50)


def test_calibration_rows_are_counted_in_the_range_of_their_group() -> None:
    pd_ = np.repeat([0.1, 0.2], 10)
    target = np.tile([0, 1], 10)
    bounds = (np.full(20, 0.5), np.full(20, 0.5))
    few = coverage(target, pd_, bounds, np.array([0.05] * 400 + [0.3] * 2), groups=2)
    assert few["most"][0] < few["most"][1]


def test_rows_and_intervals_must_match() -> None:
    with pytest.raises(DataError, match="its own interval"):
        coverage([0, 1], [0.1, 0.2], (np.zeros(1), np.ones(1)), np.array([0.1]))
