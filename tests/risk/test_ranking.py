import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.encoding import FloatArray
from risk.ranking import NONE, rank

GROUPS = [[0], [2, 1], [3], [5, 4, 6]]
ROWS = st.lists(
    st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1e-9]), min_size=7, max_size=7),
    min_size=0,
    max_size=8,
).map(lambda rows: np.array(rows, dtype=np.float64).reshape(-1, 7))


@given(ROWS, st.integers(1, 6), st.sampled_from([1.0, -1.0]))
def test_groups_are_sorted_by_their_sums_and_ties_keep_their_order(
    rows: FloatArray, count: int, sign: float
) -> None:
    found = rank(rows, GROUPS, count, sign=sign, least=1e-6)
    for row, given_ in enumerate(rows):
        sums = [sign * sum(given_[column] for column in group) for group in GROUPS]
        order = sorted((g for g in range(4) if sums[g] > 1e-6), key=lambda g: -sums[g])[:count]
        rest = [NONE] * (count - len(order))
        assert found.groups[:, row].tolist() == order + rest
        for place, group in enumerate(order):
            columns = GROUPS[group]
            assert found.values[place, row] == sign * sums[group]
            assert found.leads[place, row] == max(columns, key=lambda c: sign * given_[c])
        assert found.leads[len(order) :, row].tolist() == rest
        assert np.isnan(found.values[len(order) :, row]).all()


@given(ROWS)
def test_layout_and_neighbours_change_nothing(rows: FloatArray) -> None:
    whole = rank(np.asfortranarray(rows), GROUPS, 3, sign=1.0, least=0.0)
    for row in range(len(rows)):
        single = rank(rows[row : row + 1].copy(), GROUPS, 3, sign=1.0, least=0.0)
        for one, all_ in zip(single, whole, strict=True):
            np.testing.assert_array_equal(one[:, 0], all_[:, row])
