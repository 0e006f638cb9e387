from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from risk.validation.paired_shares import share_difference

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def table(both: int, first: int, second: int, neither: int) -> tuple[list[bool], list[bool]]:
    """Two columns from the four cells of a table."""
    cells = ((True, True), (True, False), (False, True), (False, False))
    counts = (both, first, second, neither)
    pairs = [cell for cell, times in zip(cells, counts, strict=True) for _ in range(times)]
    return [one for one, _ in pairs], [other for _, other in pairs]


def test_the_interval_is_that_of_a_worked_example() -> None:
    # ci.prop.ps(.05, 12, 4, 26, 6) of R's statpsych, by the authors of the method.
    found = share_difference(*table(6, 26, 4, 12))
    assert found.low == pytest.approx(0.2548067, abs=1e-6)
    assert found.high == pytest.approx(0.6251933, abs=1e-6)
    assert found.difference == pytest.approx(22 / 48)


def test_the_p_value_is_that_of_mcnemars_exact_test() -> None:
    # Before and after a transplantation, Bentur et al. (2009): 1 and 7 of 21 changed.
    found = share_difference(*table(1, 1, 7, 12))
    exact = 2 * sum(comb(8, k) for k in (0, 1)) / 2**8
    assert found.p_value == pytest.approx(exact, abs=1e-12)


def test_what_never_differs_has_no_difference_and_still_an_interval() -> None:
    found = share_difference([True] * 30, [True] * 30)
    assert (found.difference, found.p_value) == (0.0, 1.0)
    assert found.low < 0 < found.high


@given(PAIRS)
def test_turned_around_it_changes_sign_alone(pairs: list[tuple[bool, bool]]) -> None:
    one, other = ([pair[side] for pair in pairs] for side in (0, 1))
    found, back = share_difference(one, other), share_difference(other, one)
    assert found.difference == -back.difference
    assert (found.low, found.high) == pytest.approx((-back.high, -back.low))
    assert found.p_value == pytest.approx(back.p_value)
    assert -1 <= found.low <= found.high <= 1


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    rng, rounds, n = np.random.default_rng(5), 2000, 80
    held = 0
    for _ in range(rounds):
        first = rng.random(n) < 0.9
        second = np.where(rng.random(n) < 0.1, rng.random(n) < 0.5, first)
        found = share_difference(first, second)
        truth = 0.9 - (0.9 * 0.9 + 0.1 * 0.5)
        held += found.low <= truth <= found.high
    assert 0.94 <= held / rounds <= 0.975


def test_cases_that_do_not_pair_are_refused() -> None:
    for one, other in (([], []), ([True], [True, False])):
        with pytest.raises(DataError, match="pair"):
            share_difference(one, other)
