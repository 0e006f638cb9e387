import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from features.errors import DataError
from risk.validation.calibration import jeffreys_interval, jeffreys_test, level_p_values
from risk.validation.outcomes import LEAST_OF_EACH
from risk.validation.vintages import (
    drift,
    length_for,
    vintage_table,
    vintages,
)

START = np.datetime64("2023-01-01")


def book(
    drifting: float = 0.0, seed: int = 0, rows: int = 3000
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes, PDs that are too low by one step for all, and days of a year."""
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 365, rows)
    pd_ = expit(-2.5 + rng.normal(size=rows))
    true = expit(logit(pd_) + 0.3 + drifting * days / 364)
    return (rng.random(rows) < true).astype(float), pd_, START + days


def test_drift_of_one_pd_is_the_test_of_cochran_and_armitage() -> None:
    # Agresti, Categorical Data Analysis (2002), table 5.3: malformations by alcohol; z squared is
    # 6.570 with p 0.010.
    rows, bads = [17114, 14502, 793, 127, 38], [48, 38, 5, 1, 1]
    days = np.repeat([0, 1, 3, 8, 14], rows)  # twice the scores 0, 0.5, 1.5, 4, 7
    target = np.concatenate([np.arange(r) < b for r, b in zip(rows, bads, strict=True)])
    found = drift(target, np.full(len(days), 0.01), START + days)
    assert found.z**2 == pytest.approx(6.570, abs=5e-4)
    assert found.p_value == pytest.approx(0.010, abs=5e-4)


def test_a_level_that_is_wrong_for_all_is_no_drift() -> None:
    found = [drift(*book(seed=seed)) for seed in range(400)]
    rejected = np.mean([each.p_value < 0.05 for each in found])
    # 400 draws at 5 %: 2.4 % to 7.9 % holds 99 of 100.
    assert 0.024 <= rejected <= 0.079
    assert np.mean([each.low < 1 < each.high for each in found]) == pytest.approx(1 - rejected)


def test_a_planted_drift_is_found_and_told_in_its_size() -> None:
    found = [drift(*book(1.0, seed)) for seed in range(100)]
    assert all(each.p_value < 1e-3 for each in found)
    assert np.mean(np.log([each.ratio for each in found])) == pytest.approx(1.0, abs=0.06)
    covered = [each.low < np.e < each.high for each in found]
    assert np.mean(covered) >= 0.88


def test_the_first_step_is_near_a_fitted_slope() -> None:
    target, pd_, days = book(0.5, rows=40_000)
    time = (days - START).astype(float) / 364
    fit = LogisticRegression(C=np.inf, tol=1e-9)
    fit.fit(np.column_stack([time, logit(pd_)]), target)
    found = drift(target, pd_, days)
    assert np.log(found.ratio) == pytest.approx(fit.coef_[0, 0], abs=0.02)


def test_one_date_has_no_drift_to_speak_of() -> None:
    with pytest.raises(DataError, match="one date"):
        drift([0, 1], [0.1, 0.2], np.array([START, START]))


def test_a_vintage_table_by_hand() -> None:
    target = np.concatenate([np.arange(100) < 30, np.arange(50) < 5])
    pd_ = np.repeat([0.2, 0.1], [100, 50])
    table = vintage_table(target, pd_, np.repeat([0, 2], [100, 50]), 3)
    assert table["rows"].tolist() == [100, 0, 50]
    assert table.loc[0, ["observed", "expected", "ratio"]].tolist() == pytest.approx(
        [0.3, 0.2, 1.5]
    )
    below = float(jeffreys_test(30, 100, 0.2))
    assert table.loc[0, "p_value"] == pytest.approx(2 * min(below, 1 - below))
    # Five bads, observed and expected, are fewer than are tested.
    assert table["p_value"].notna().tolist() == [True, False, False]
    assert table["p_adjusted"][0] == table["p_value"][0]
    assert table.loc[1].drop(["rows", "bads"]).isna().all()


@pytest.mark.parametrize(("bads", "pd_"), [(0, 0.1), (1000, 0.9), (30, 0.001)])
def test_a_vintage_is_tested_where_enough_are_observed_or_expected(bads: int, pd_: float) -> None:
    target, nowhere = np.arange(1000) < bads, np.zeros(1000, np.int64)
    table = vintage_table(target, np.full(1000, pd_), nowhere, 1)
    assert table["p_value"][0] == table["p_adjusted"][0] < 1e-6


def test_the_level_test_rejects_where_the_interval_excludes_what_is_expected() -> None:
    bads = np.arange(101)
    low, high = jeffreys_interval(bads, 100)
    p_value = level_p_values(bads, np.full(101, 100), np.full(101, 0.3))
    assert ((p_value <= 0.05) == ((low >= 0.3) | (high <= 0.3))).all()


@given(st.lists(st.dates(), min_size=1, max_size=30))
def test_vintages_are_months_and_quarters_in_order(dates: list) -> None:
    days = np.array(dates, "datetime64[D]")
    months, quarters = vintages(days, "month"), vintages(days, "quarter")
    assert list(months.names) == sorted(months.names) or days.min().astype(object).year < 1000
    for place, date in enumerate(dates):
        assert months.names[months.place[place]] == f"{date.year}-{date.month:02}"
        quarter = f"{date.year}Q{(date.month + 2) // 3}"
        assert quarters.names[quarters.place[place]] == quarter


def test_months_need_enough_bads_and_goods_in_nine_rows_of_ten() -> None:
    days = START + np.repeat(np.arange(0, 360, 30), 200)
    few = np.tile(np.arange(200) < LEAST_OF_EACH - 1, 12).astype(float)
    enough = np.tile(np.arange(200) < LEAST_OF_EACH, 12).astype(float)
    assert length_for(days, few) == "quarter"
    assert length_for(days, enough) == "month"
    assert length_for(days, np.full(2400, np.nan)) == "quarter"
    ten_years = START + np.repeat(np.arange(0, 3600, 30), 200)
    assert length_for(ten_years, np.tile(enough, 10)) == "quarter"
