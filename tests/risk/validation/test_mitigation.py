import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from risk.validation.discrimination import gini
from risk.validation.mitigation import approved_in_groups, lifted, neutral, price, typical_values


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 500)), min_size=2, max_size=6),
    st.floats(0.1, 1),
)
def test_lifted_rates_are_near_enough_and_the_same_over_all(
    groups: list[tuple[float, int]], least: float
) -> None:
    rates, rows = (np.array(each, float) for each in zip(*groups, strict=True))
    found = lifted(rates, rows, least)
    assert found.min() >= least * found.max() - 1e-9
    assert found @ rows == pytest.approx(rates @ rows, abs=1e-6)
    # Nobody passes anybody: the order of the groups stays.
    order = np.argsort(rates, kind="stable")
    assert (np.diff(found[order]) >= -1e-12).all()
    if rates.min() >= least * rates.max():
        assert found.tolist() == rates.tolist()


def test_a_ratio_that_is_none_is_refused() -> None:
    with pytest.raises(DataError, match="above 0"):
        lifted(np.array([0.5, 0.7]), [1, 1], 0)


def test_each_group_has_its_own_cut_off() -> None:
    score = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    group = np.array([0, 1, 0, 1, 0, 1])
    taken = approved_in_groups(score, group, np.array([1 / 3, 2 / 3]))
    assert np.flatnonzero(taken).tolist() == [0, 1, 3]


def test_neutral_columns_hold_one_value_and_the_others_stay() -> None:
    x = np.arange(12.0).reshape(4, 3)
    changed = neutral(x, [1], np.array([7.0, 8, 9]))
    assert changed[:, 1].tolist() == [8] * 4
    assert changed[:, [0, 2]].tolist() == x[:, [0, 2]].tolist()
    assert x[0, 1] == 1


def test_what_is_typical_leaves_missing_values_out() -> None:
    reference = np.array([[1.0, np.nan, 0], [4, np.nan, 2], [np.nan, np.nan, 2]])
    found = typical_values(reference, [2])
    assert found[0] == 2.5
    assert np.isnan(found[1])
    assert found[2] == 2


@given(st.integers(0, 2**32 - 1))
def test_the_gini_of_a_decision_is_that_of_a_score_of_two_values(seed: int) -> None:
    rng = np.random.default_rng(seed)
    target, taken = np.append([0, 1], rng.integers(0, 2, 40)), rng.random(42) < 0.6
    found = price(target, taken)
    assert found.gini == pytest.approx(gini(target, (~taken).astype(float)))
    if taken.any():
        assert found.bad_rate == pytest.approx(target[taken].mean())
    else:
        assert np.isnan(found.bad_rate)
