from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from risk.validation.multiplicity import holm
from risk.validation.ordering import higher_rate, inversions

LAWS = settings(max_examples=60)
GRADES = st.lists(
    st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=6,
)


def p_of(bads: int, rows: int, others: int, other_rows: int) -> float:
    first, second = (
        (np.array([bads]), np.array([rows])),
        (np.array([others]), np.array([other_rows])),
    )
    return float(higher_rate(first, second)[0])


def test_the_lady_tasting_tea() -> None:
    # Fisher, The Design of Experiments: 3 of 4 right is 17/70, of which 16/70 are its own.
    assert p_of(3, 4, 1, 4) == pytest.approx(1 / 70 + 8 / 70)
    assert p_of(4, 4, 0, 4) == pytest.approx(0.5 / 70)


@pytest.mark.parametrize("table", [(7, 40, 2, 50), (30, 400, 21, 380), (0, 10, 0, 9)])
def test_it_is_fishers_test_less_half_of_the_observed_table(table: tuple[int, ...]) -> None:
    bads, rows, others, other_rows = table
    crossed = [[bads, others], [rows - bads, other_rows - others]]
    fisher = stats.fisher_exact(crossed, alternative="greater").pvalue
    own = comb(rows, bads) * comb(other_rows, others) / comb(rows + other_rows, bads + others)
    assert p_of(*table) == pytest.approx(fisher - own / 2)


@pytest.mark.parametrize(
    ("rows", "others", "rate"),
    [(100, 100, 0.02), (100, 100, 0.05), (100, 100, 0.2), (300, 100, 0.02), (100, 300, 0.05)],
)
def test_a_true_null_is_rejected_at_no_more_than_its_level(
    rows: int, others: int, rate: float
) -> None:
    bads, other = np.arange(rows + 1)[:, None], np.arange(others + 1)[None]
    chance = stats.binom.pmf(bads, rows, rate) * stats.binom.pmf(other, others, rate)
    p_value = higher_rate((bads, np.full_like(bads, rows)), (other, np.full_like(other, others)))
    assert 0.02 < chance[p_value <= 0.05].sum() < 0.054
    assert chance[p_value <= 0.01].sum() < 0.0125


@given(GRADES)
@LAWS
def test_seen_from_the_other_side_the_chances_add_up_to_one(grades: list[tuple[int, int]]) -> None:
    bads, rows = np.array(grades).T
    ahead, back = inversions(bads, rows), inversions(bads[::-1], rows[::-1])
    again = back.assign(a=len(rows) - 1 - back["riskier"], b=len(rows) - 1 - back["safer"])
    again = again.sort_values(["a", "b"], ignore_index=True)
    assert ahead["p_value"].to_numpy() + again["p_value"].to_numpy() == pytest.approx(1)
    assert ahead["difference"].to_numpy() == pytest.approx(-again["difference"].to_numpy())
    assert ahead["p_adjusted"].tolist() == holm(ahead["p_value"]).tolist()
    assert (ahead["low"] - 1e-12 <= ahead["difference"]).all()
    assert (ahead["difference"] <= ahead["high"] + 1e-12).all()


def test_the_interval_of_a_pair_equals_newcombes_example() -> None:
    # Newcombe 1998, table II, row (a), method 10: 56/70 less 48/80.
    found = inversions([48, 56], [80, 70]).iloc[0]
    assert (found["low"], found["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_two_grades_that_changed_places_are_found() -> None:
    found = inversions([5, 60, 20, 110], [500, 500, 500, 500])
    wrong = found[found["p_adjusted"] < 0.01]
    assert wrong[["safer", "riskier"]].to_numpy().tolist() == [[1, 2]]
    assert wrong["adjacent"].tolist() == [True]


def test_a_rate_that_falls_by_small_steps_is_found_over_all_of_them() -> None:
    found = inversions([90, 78, 66, 52], [1000] * 4).set_index(["safer", "riskier"])
    assert (found.loc[found["adjacent"], "p_adjusted"] > 0.05).all()
    assert found.loc[(0, 3), "p_adjusted"] < 0.01


def test_grades_without_rows_are_passed_over() -> None:
    found = inversions([1, 0, 4], [50, 0, 50])
    assert found[["safer", "riskier", "adjacent"]].to_numpy().tolist() == [[0, 2, True]]
    assert not len(inversions([3, 0], [9, 0]))


@pytest.mark.parametrize(
    ("bads", "rows", "message"),
    [([1, 2], [3], "do not go with"), ([4], [3], "more bads than rows"), ([-1], [3], "fewer")],
)
def test_what_cannot_be_counted_is_refused(bads: list[int], rows: list[int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        inversions(bads, rows)
