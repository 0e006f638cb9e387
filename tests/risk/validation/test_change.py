import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from risk.validation.change import Change, Share, change

ROWS = st.integers(1, 3_000)


@st.composite
def shares(draw: st.DrawFn) -> Share:
    rows = draw(ROWS)
    return Share(draw(st.integers(0, rows)), rows)


def test_the_interval_is_that_of_a_published_example() -> None:
    """Newcombe (1998), table II, example (a), method 10."""
    assert change(Share(56, 70), Share(48, 80))[:3] == pytest.approx(
        (0.2, 0.0524, 0.3339), abs=5e-5
    )


@given(shares(), shares())
def test_it_is_the_same_the_other_way_round(now: Share, before: Share) -> None:
    there, back = change(now, before), change(before, now)
    turned = Change(-back.difference, -back.high, -back.low, back.p_value)
    assert there == pytest.approx(turned, abs=1e-9)


@given(shares(), shares())
@example(Share(0, 1), Share(132, 132))
@example(Share(132, 132), Share(0, 1))
def test_it_lies_in_its_interval_and_has_a_p_value(now: Share, before: Share) -> None:
    found = change(now, before)
    assert -1 <= found.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.high <= 1
    assert 0 <= found.p_value <= 1 + 1e-9


def test_fishers_test_sees_what_a_chi_square_sees_of_many_rows() -> None:
    found = change(Share(5_200, 10_000), Share(70_000, 140_000))
    table = [[5_200, 4_800], [70_000, 70_000]]
    assert found.p_value == pytest.approx(stats.chi2_contingency(table).pvalue, rel=0.05)


def test_no_rows_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="rows on both sides"):
        change(Share(0, 0), Share(1, 2))
