import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from risk.report.limits import ValidationLimits
from risk.report.segments.groups import segments
from risk.report.segments.levels import level_table, levels
from tests.risk.report.plain import plain, with_current


def table(planted: float, seed: int = 0, step: float = 0.0) -> pd.DataFrame:
    known = plain(8000, seed)
    part = known.current
    north = (part.rows["region"] == "north").to_numpy()
    said = expit(logit(part.pd_) + step) * np.where(north, planted, 1)
    part = with_current(known, pd_=said.clip(0, 1)).current
    cuts = [*segments(part, known.dictionary).values()]
    return levels(part, cuts, ValidationLimits())


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_weak_spot_comes_first_and_is_red(seed: int) -> None:
    first = table(0.5, seed).iloc[0]
    assert first["segment"].en == "region: the north"
    assert (first["lights"], first["risk"]) == ("red", "risk.understated")
    assert table(1.8, seed).iloc[0]["risk"] == "risk.overstated"


@pytest.mark.parametrize("seed", range(4))
def test_a_level_that_is_wrong_for_all_is_no_weak_spot(seed: int) -> None:
    assert "red" not in set(table(1.0, seed, step=-0.6)["lights"])


def test_rows_that_belong_to_no_part_are_not_shown() -> None:
    known = plain(2000)
    cut = segments(known.current, known.dictionary)["region"].only(np.array([True, False, True]))
    found = levels(known.current, [cut], ValidationLimits())
    assert len(found) == 2
    assert found["rows"].sum() < 2000


def test_what_is_not_shown_is_counted() -> None:
    found = table(1.0)
    shown = level_table("weak_spots", plain(50).current, found, 4)
    assert (len(shown.rows), shown.left_out) == (4, len(found) - 4)
    assert shown.column("segment")[0] == found["segment"][0]
