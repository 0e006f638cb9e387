import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from risk.validation.calibration import jeffreys_interval
from risk.validation.rates import bad_rates, margin


def test_unknown_outcomes_are_rows_and_no_more() -> None:
    table = bad_rates([1, 0, np.nan, np.nan], [0, 0, 0, 2], 4)
    assert table["rows"].tolist() == [3, 0, 1, 0]
    assert table["known"].tolist() == [2, 0, 0, 0]
    assert table["bad_rate"].fillna(-1).tolist() == [0.5, -1, -1, -1]
    low, high = jeffreys_interval(1, 2)
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([float(low), float(high)])


def test_every_row_belongs_to_one_part() -> None:
    with pytest.raises(DataError, match="1 parts do not go with 2 outcomes"):
        bad_rates([1, 0], [0], 1)


@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_a_margin_lies_on_its_side_and_nearest_to_the_cut(seed: int, rows: int) -> None:
    score = np.random.default_rng(seed).integers(0, 9, 30)
    inside = score < 5
    passed, refused = margin(score, inside, rows)
    assert passed.sum() == min(rows, inside.sum())
    assert refused.sum() == min(rows, (~inside).sum())
    assert not (passed & ~inside).any()
    assert not (refused & inside).any()
    if 0 < passed.sum() < inside.sum():
        assert score[passed].min() >= score[inside & ~passed].max()
    if 0 < refused.sum() < (~inside).sum():
        assert score[refused].max() <= score[~inside & ~refused].min()
