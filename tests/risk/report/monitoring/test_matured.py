from dataclasses import replace

import numpy as np
import pytest

from risk.report.monitoring import Outcomes
from risk.report.monitoring.matured import section
from risk.validation.calibration import observed_expected
from risk.validation.vintages import vintage_table
from tests.risk.report.monitoring.nights import figure, night, nights, table


def outcomes(rows: int = 6_000, factor: float = 1.0, **more: object) -> Outcomes:
    """Outcomes whose odds are the PDs', times a factor in the second of two months."""
    rng = np.random.default_rng(3)
    pd_ = rng.beta(2, 18, rows)
    days = np.where(np.arange(rows) < rows // 2, "2025-03-10", "2025-04-10")
    odds = pd_ / (1 - pd_) * np.where(days == "2025-04-10", factor, 1.0)
    y = (rng.random(rows) < odds / (1 + odds)).astype(np.float64)
    return Outcomes(y, pd_, days.astype("datetime64[D]"), rows, **more)  # type: ignore[arg-type]


def test_the_vintage_that_went_wrong_is_found() -> None:
    told = outcomes(factor=2.0)
    shown = table(section(nights(night(0), outcomes=told)), "vintages")
    assert shown.column("vintage") == ("2025-03", "2025-04")
    assert shown.lights == ("green", "red")
    place = (told.days > np.datetime64("2025-03-20")).astype(np.int64)
    expected = vintage_table(told.y, told.pd_, place, 2)
    assert shown.column("observed") == tuple(expected["observed"])
    assert shown.column("p_adjusted") == tuple(expected["p_adjusted"])


def test_a_vintage_without_bads_where_many_are_expected_is_red() -> None:
    told = outcomes()
    second = told.days > np.datetime64("2025-03-20")
    none = replace(told, y=np.where(second, 0.0, told.y))
    assert table(section(nights(night(0), outcomes=none)), "vintages").lights == ("green", "red")


def test_few_bads_are_too_few_to_rank_and_a_finding_where_many_are_expected() -> None:
    days = np.full(10_000, np.datetime64("2025-03-10", "D"))
    told = Outcomes((np.arange(10_000) < 2).astype(np.float64), np.full(10_000, 5e-3), days, 10_000)
    found = section(nights(night(0), outcomes=told))
    level = figure(found, "observed_expected")
    assert (level.value, level.light) == (pytest.approx(0.04), "red")
    assert figure(found, "auc").because == "too-few"


def test_a_level_is_no_redder_than_its_test() -> None:
    days = np.full(400, np.datetime64("2025-03-10", "D"))
    told = Outcomes((np.arange(400) < 54).astype(np.float64), np.full(400, 0.1), days, 400)
    level = figure(section(nights(night(0), outcomes=told)), "observed_expected")
    assert level.value == pytest.approx(1.35)
    assert level.p_value is not None
    assert 0.01 < level.p_value < 0.05
    assert level.light == "amber"


def test_a_level_that_holds_is_green_and_its_interval_is_told() -> None:
    told = outcomes()
    level = figure(section(nights(night(0), outcomes=told)), "observed_expected")
    assert level.light == "green"
    found = observed_expected(told.y, told.pd_)
    assert (level.value, level.low, level.high) == (found.ratio, found.low, found.high)


def test_labels_that_are_not_final_are_told_with_the_day_they_will_be() -> None:
    told = outcomes(immature=7, first_final="2026-12-01", last_final="2027-01-09", unknown=2)
    remarks = {each.key: each.values for each in section(nights(night(0), outcomes=told)).remarks}
    assert remarks["immature"] == {"rows": 7, "first": "2026-12-01", "last": "2027-01-09"}
    assert remarks["labels_unknown"]["rows"] == 2
    assert "labels_rejected" not in remarks


@pytest.mark.parametrize(
    ("told", "because"),
    [
        (None, "no-outcomes"),
        (outcomes(rows=0), "none-final"),
        (outcomes(rows=40), "too-few"),
    ],
)
def test_where_nothing_can_be_said_the_reason_is(told: Outcomes | None, because: str) -> None:
    found = section(nights(night(0), outcomes=told))
    assert {each.because for each in found.figures} == {because}
    assert found.light == "none"
