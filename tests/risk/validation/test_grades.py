import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from risk.validation.grades import concentration, concentration_change, migration

# The examples of Meliora 0.3's reference pages on the regulator's statistics.
START = [1] * 4 + [2] * 4 + [3] * 4
END = [1, 1, 2, 3, 1, 2, 2, 3, 1, 2, 3, 3]


def test_concentration_equals_a_published_example() -> None:
    found = concentration_change([4, 2], [5, 1])
    assert found.z == pytest.approx(3 / np.sqrt(34), abs=1e-12)
    assert found.p_value == pytest.approx(stats.norm.sf(3 / np.sqrt(34)))
    assert found.now.herfindahl == pytest.approx(26 / 36)
    assert found.before.herfindahl == pytest.approx(20 / 36)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=9).filter(any))
def test_concentration_lies_between_even_and_one_grade(rows: list[int]) -> None:
    found = concentration(rows)
    assert 1 / len(rows) - 1e-12 <= found.herfindahl <= 1 + 1e-12
    # The two say the same: HI = (1 + CV^2) / K.
    assert found.herfindahl == pytest.approx((1 + found.variation**2) / len(rows))
    assert concentration([7 * each for each in rows]) == pytest.approx(found)


def test_migration_equals_a_published_example() -> None:
    found = migration(START, END, ["1", "2", "3"])
    assert (found.upper, found.lower) == pytest.approx((0.8, 0.8), abs=1e-12)
    assert found.z[0, 1] == pytest.approx(2 / np.sqrt(11), abs=1e-12)
    assert found.p_value[0, 2] == pytest.approx(0.5)
    assert np.isnan(np.diag(found.z)).all()
    assert found.counts.tolist() == [[2, 1, 1], [1, 2, 1], [1, 1, 2]]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_bandwidth_is_what_counting_row_by_row_gives(moves: list[tuple[int, int]]) -> None:
    names = [f"g{n}" for n in range(5)]
    found = migration([names[a] for a, _ in moves], [names[b] for _, b in moves], names)
    for bandwidth, side in ((found.upper, 1), (found.lower, -1)):
        own = [(a, b) for a, b in moves if (b - a) * side > 0]
        far = sum(max(a, 4 - a) for a, _ in own)
        expected = sum(abs(a - b) for a, b in own) / far if own else 0
        assert bandwidth == pytest.approx(expected)
    back = migration([names[b] for _, b in moves], [names[a] for a, _ in moves], names)
    assert (back.counts == found.counts.T).all()


def test_a_grade_that_nobody_is_in_counts_and_a_stranger_is_refused() -> None:
    found = migration(["a", "a"], ["a", "c"], ["a", "b", "c"])
    assert found.upper == 1.0
    assert np.isnan(found.z[1]).all()
    with pytest.raises(DataError, match='"d" is no grade; the grades are a, b'):
        migration(["a"], ["d"], ["a", "b"])
    with pytest.raises(DataError, match="1 grades before do not go with 2 after"):
        migration(["a"], ["a", "b"], ["a", "b"])
    with pytest.raises(DataError, match="two grades or more"):
        migration(["a"], ["a"], ["a"])


def test_what_concentration_cannot_say_is_refused() -> None:
    for rows in ([5], [0, 0]):
        with pytest.raises(DataError, match="two grades or more"):
            concentration(rows)
    with pytest.raises(DataError, match="the same grades"):
        concentration_change([1, 2], [1, 2, 3])
    with pytest.raises(DataError, match="equally full"):
        concentration_change([1, 2], [2, 2])
