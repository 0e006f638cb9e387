import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataError
from risk.validation.abstention import ZONES, abstention, sides
from risk.validation.calibration import jeffreys_interval

ROW = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.booleans())


def test_errors_are_counted_in_each_zone() -> None:
    pd_ = np.array([0.01, 0.02, 0.04, 0.06, 0.09, 0.04])
    low = np.array([0.00, 0.01, 0.03, 0.04, 0.08, 0.07])
    target = np.array([0, 1, 0, 1, 0, 1])
    side = sides(pd_, (low, low + 0.02), 0.05)
    assert [ZONES[place] for place in side.zone] == [
        "sure", "sure", "unsure", "unsure", "sure", "contrary",
    ]  # fmt: skip
    table = abstention(target, pd_, side).set_index("zone")
    assert table["rows"].tolist() == [2, 3, 1]
    assert table["bads"].tolist() == [1, 1, 1]
    assert table["bads_passed"].tolist() == [0, 1, 1]
    assert table["goods_stopped"].tolist()[:2] == [0, 0.5]
    assert np.isnan(table["goods_stopped"].iloc[2])
    assert table["expected"].iloc[0] == pytest.approx(0.05)


def test_intervals_are_jeffreys() -> None:
    draw = np.random.default_rng(0)
    pd_ = draw.random(500)
    target = (draw.random(500) < pd_).astype(np.float64)
    table = abstention(target, pd_, sides(pd_, (pd_ - 0.1, pd_ + 0.1), 0.3))
    low, high = jeffreys_interval(table["bads"], table["rows"].clip(lower=1))
    some = table["rows"] > 0
    assert table.loc[some, "bad_rate_low"].tolist() == low[some].tolist()
    assert table.loc[some, "bad_rate_high"].tolist() == high[some].tolist()
    assert table.loc[~some, "bad_rate"].isna().all()


@given(st.lists(ROW, min_size=1, max_size=30), st.floats(0, 1))
def test_every_row_is_in_one_zone(rows: list[tuple[float, float, float, bool]], cut: float) -> None:
    pd_, one, other, target = np.array(rows).T
    low, high = np.minimum(one, other), np.maximum(one, other)
    side = sides(pd_, (low, high), cut)
    table = abstention(target, pd_, side)
    assert table["rows"].sum() == len(rows)
    assert table["share"].sum() == pytest.approx(1)
    assert (side.zone == 0).tolist() == ((low < cut) & (high >= cut)).tolist()


def test_rows_and_sides_must_match() -> None:
    with pytest.raises(DataError, match="its own side"):
        abstention([0, 1], [0.1, 0.2], sides(np.array([0.1]), (np.zeros(1), np.ones(1)), 0.5))
