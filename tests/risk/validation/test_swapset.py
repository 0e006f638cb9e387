import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from features.errors import DataError
from risk.validation.swapset import CELLS, approved, cells, exchange, gains, swap_set


def table(*counts: tuple[int, int]) -> pd.DataFrame:
    """Rows and bads of each cell."""
    return pd.DataFrame(counts, columns=["rows", "bads"]).assign(cell=CELLS)


TARGET = [0, 0, 1, 0, 1, 0, 1, 1]
FIRST = [1, 2, 3, 4, 5, 6, 7, 8]
SECOND = [1, 2, 8, 4, 5, 3, 7, 6]


def test_a_swap_set_by_hand() -> None:
    found = swap_set(TARGET, FIRST, SECOND, 0.5)
    table = found.table.set_index("cell")
    # Both approve rows 1, 2, 4; the second takes row 6 in for row 3.
    assert table["rows"].to_dict() == dict(zip(CELLS, (3, 1, 1, 3), strict=True))
    assert table["bads"].to_dict() == dict(zip(CELLS, (0, 0, 1, 3), strict=True))
    assert [CELLS[each] for each in found.cell] == [
        *["both"] * 2, "swapped_out", "both", "neither", "swapped_in", "neither", "neither",
    ]  # fmt: skip
    assert table.loc["swapped_out", "bad_rate"] == 1
    assert table.loc["swapped_out", "high"] == 1


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_both_models_approve_the_same_number(seed: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, 60)
    first, second = rng.integers(0, 9, 60), rng.integers(0, 9, 60)
    table = swap_set(target, first, second, rate).table.set_index("cell")
    assert table.loc["swapped_in", "rows"] == table.loc["swapped_out", "rows"]
    assert table["rows"].sum() == 60
    assert table["bads"].sum() == target.sum()
    assert table["bad_rate"].isna().tolist() == (table["rows"] == 0).tolist()
    same = swap_set(target, first, first, rate).table.set_index("cell")
    assert same.loc[["swapped_in", "swapped_out"], "rows"].tolist() == [0, 0]


def test_an_exchange_by_hand() -> None:
    # The second takes 40 others: 2 of them are bad, where 12 of the 40 left out are.
    found = exchange(table((100, 5), (40, 2), (40, 12), (20, 10)))
    assert (found.rows, found.avoided) == (40, 10)
    known = stats.chi2_contingency([[2, 38], [12, 28]], correction=False).pvalue
    assert found.p_value == pytest.approx(known, abs=1e-12)
    low, high = (stats.binomtest(n, 40).proportion_ci(method="wilson") for n in (2, 12))
    below = np.hypot(0.3 - high.low, low.high - 0.05)
    above = np.hypot(high.high - 0.3, 0.05 - low.low)
    assert (found.low, found.high) == pytest.approx((10 - 40 * below, 10 + 40 * above), abs=1e-9)


def test_nobody_swapped_is_no_exchange() -> None:
    found = exchange(table((100, 5), (0, 0), (0, 0), (20, 10)))
    assert (found.rows, found.avoided, found.low, found.high, found.p_value) == (0, 0, 0, 0, 1)
    assert exchange(table((9, 0), (3, 0), (3, 0), (9, 0))).p_value == 1


def test_the_interval_of_an_exchange_covers_the_truth() -> None:
    covered = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        odds = rng.normal(-2, 1, 1000)
        true = 1 / (1 + np.exp(-odds))
        target = rng.random(1000) < true
        first, second = odds + rng.normal(0, 1, 1000), odds + rng.normal(0, 0.7, 1000)
        found = swap_set(target.astype(float), first, second, 0.7)
        expected = true[found.cell == 2].sum() - true[found.cell == 1].sum()
        gain = exchange(found.table)
        covered.append(gain.low <= expected <= gain.high)
    # 150 draws at 95 %: 90 % or more holds 99 of 100.
    assert np.mean(covered) >= 0.9


def test_cells_need_no_outcomes() -> None:
    found = swap_set(TARGET, FIRST, SECOND, 0.5)
    assert cells(FIRST, SECOND, 0.5).tolist() == found.cell.tolist()


def test_gains_by_hand() -> None:
    table = gains(TARGET, FIRST, [0, 0.25, 0.5, 1])
    assert table["rows"].tolist() == [0, 2, 4, 8]
    assert table["bads"].tolist() == [0, 0, 1, 4]
    assert np.isnan(table["bad_rate"][0])
    assert table["bad_rate"].tolist()[1:] == [0, 0.25, 0.5]
    assert table["bads_refused"].tolist() == [1, 1, 0.75, 0]
    assert table["goods_refused"].tolist() == [1, 0.5, 0.25, 0]


def test_a_rate_is_taken_exactly_and_refused_outside_its_range() -> None:
    for percent in range(101):
        assert approved(np.arange(100), percent / 100).sum() == percent
    with pytest.raises(DataError, match="lies in 0 to 1"):
        approved([1.0], 1.2)
