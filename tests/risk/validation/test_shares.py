import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from risk.validation.shares import Shares, gaps, score_test, wilson


def test_wilson_bounds_are_those_of_scipy() -> None:
    low, high = wilson(Shares(np.array([0.0, 3, 10]), np.array([10.0, 10, 10])))
    for place, some in enumerate((0, 3, 10)):
        known = stats.binomtest(some, 10).proportion_ci(method="wilson")
        assert (low[place], high[place]) == pytest.approx((known.low, known.high), abs=1e-9)


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_score_test_is_pearsons_chi_square(first: int, second: int, data: st.DataObject) -> None:
    some = data.draw(st.integers(0, first)), data.draw(st.integers(0, second))
    found = score_test(Shares(np.array(some, float), np.array([first, second], float)))[1]
    table = np.array([some, (first - some[0], second - some[1])])
    if (table.sum(axis=1) == 0).any():
        assert found == 1
        return
    known = stats.chi2_contingency(table, correction=False).pvalue
    assert found == pytest.approx(known, abs=1e-9)


def test_a_share_of_no_rows_is_not_tested() -> None:
    shares = Shares(np.array([2.0, 0]), np.array([10.0, 0]))
    assert np.isnan(score_test(shares)[1])
    assert np.isnan([each[1] for each in gaps(shares)]).all()
