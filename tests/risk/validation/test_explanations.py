import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.explanations import (
    against_direction,
    agreement,
    frequency,
    importance,
    rank_correlation,
    shift,
)
from risk.validation.stability import counted_psi

CODES = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)


def padded(codes: list[list[str]], width: int = 4) -> np.ndarray:
    return np.array([[*each, *[""] * (width - len(each))] for each in codes], dtype=np.str_)


def test_importance_is_the_share_of_the_mean_absolute_contribution() -> None:
    values = np.random.default_rng(0).normal(size=(50, 3))
    wanted = np.abs(values).mean(axis=0)
    assert importance(values) == pytest.approx(wanted / wanted.sum())


def test_nothing_is_important_where_nothing_moves() -> None:
    assert importance(np.zeros((4, 2))).tolist() == [0, 0]
    assert importance(np.empty((0, 2))).tolist() == [0, 0]


def test_rank_correlation_passes_over_missing_values() -> None:
    one, other = np.array([1, 2, np.nan, 4, 3.0]), np.array([2.0, 4, 1, 5, 5])
    known = [0, 1, 3, 4]
    assert rank_correlation(one, other) == pytest.approx(
        stats.spearmanr(one[known], other[known]).statistic
    )


@pytest.mark.parametrize("one", [np.ones(3), np.full(3, np.nan), np.empty(0)])
def test_what_is_constant_has_no_rank_correlation(one: FloatArray) -> None:
    assert np.isnan(rank_correlation(one, np.arange(len(one), dtype=np.float64)))


def test_only_the_field_that_is_changed_is_held_against_its_direction() -> None:
    x = np.random.default_rng(1).normal(size=(200, 3))
    x[:50, 0] = np.nan

    def contributions(rows: FloatArray) -> FloatArray:
        # The second depends on the first as well, and still rises with its own value.
        first = np.nan_to_num(rows[:, 0])
        return np.column_stack([first, (2 + np.tanh(first)) * rows[:, 1], -rows[:, 2]])

    table = against_direction(contributions, x, [1, 1, 1])
    assert table["place"].tolist() == [0, 1, 2]
    assert table["against"].tolist() == [0, 0, table["pairs"][2]]
    assert table["pairs"][0] < 150
    assert against_direction(contributions, x, [0, 1, -1])["against"].tolist() == [0, 0]


def test_no_direction_leaves_nothing_to_try() -> None:
    assert against_direction(lambda rows: rows, np.ones((3, 2)), [0, 0]).empty


def test_reasons_are_counted_by_rank_and_at_all() -> None:
    reasons = padded([["a", "b"], ["a"], ["b", "a"], []], 2)
    table = frequency(reasons, ["a", "b", "c", ""])
    assert table["first"].tolist() == [2, 1, 0, 1]
    assert table["among"].tolist() == [3, 2, 0, 3]


def test_rows_without_room_for_reasons_give_none() -> None:
    assert frequency(np.empty((3, 0), dtype=np.str_), ["a"]).to_numpy().tolist() == [[0, 0]]


def test_a_shift_has_the_psi_and_the_p_value_of_scipy() -> None:
    before, now = np.array([50, 30, 20, 0]), np.array([30, 40, 30, 0])
    found = shift(before, now)
    assert found.psi == counted_psi(before, now)
    wanted = stats.chi2_contingency([before[:3], now[:3]], correction=False).pvalue
    assert found.p_value == pytest.approx(wanted)


def test_a_shift_by_chance_alone_is_seldom_proven() -> None:
    draw = np.random.default_rng(4)
    share = np.array([0.5, 0.2, 0.15, 0.08, 0.03, 0.02, 0.01, 0.01])
    found = [shift(draw.multinomial(200, share), draw.multinomial(60, share)) for _ in range(400)]
    assert 0.02 <= np.mean([each.p_value < 0.05 for each in found]) <= 0.08
    assert max(each.psi for each in found) > 0.25


@pytest.mark.parametrize("counts", [([5, 0], [9, 0]), ([1, 2], [2, 1])])
def test_too_few_to_test_prove_nothing(counts: tuple[list[int], list[int]]) -> None:
    assert shift(*map(np.array, counts)).p_value == 1


@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=10))
def test_agreement_is_that_of_sets(rows: list[tuple[list[str], list[str]]]) -> None:
    first, second = zip(*rows, strict=True)
    found = agreement(padded([*first]), padded([*second]))
    for place, (one, other) in enumerate(rows):
        either = set(one) | set(other)
        wanted = len(set(one) & set(other)) / len(either) if either else 1
        assert found.overlap[place] == pytest.approx(wanted)
        assert found.first[place] == (one[:1] == other[:1])


def test_reasons_agree_with_themselves() -> None:
    some = padded([["a", "b"], [], ["c"]])
    assert agreement(some, some).overlap.tolist() == [1, 1, 1]
    assert agreement(some, some[:, :1]).first.tolist() == [1, 1, 1]


def test_other_rows_are_refused() -> None:
    with pytest.raises(DataError, match="same rows"):
        agreement(padded([["a"]]), padded([["a"], ["b"]]))
