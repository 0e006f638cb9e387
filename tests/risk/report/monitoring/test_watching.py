import math

import pytest

from risk.report.document import Report
from risk.report.monitoring import Rationales, Reviewed, monitoring, series
from tests.risk.report.monitoring.nights import night, nights


def test_a_quiet_month_is_green_and_comes_back_from_json() -> None:
    report = monitoring(nights(*(night(n) for n in range(30))))
    assert (report.kind, report.light) == ("monitoring", "green")
    assert report.subjects == ("2026-11-01 - 2026-11-30",)
    assert Report.from_json(report.to_json()) == report


def test_one_night_is_told_by_its_date_alone() -> None:
    assert monitoring(nights(night(3, judged=False), night(4))).subjects == ("2026-11-05",)


def test_series_have_a_value_a_night_and_none_where_nothing_is_known() -> None:
    quiet = {"rationales": Rationales(), "reviewed": Reviewed()}
    empty = night(2, read=0, scored=0, decisions={}, spread=None, psi=None, fields=(), **quiet)
    told = series(nights(*(night(n, **quiet) for n in (0, 1)), empty))
    assert told["read"] == [1_000, 1_000, 0]
    assert told["approval_rate"][:2] == [0.7, 0.7]
    assert math.isnan(told["approval_rate"][2])
    assert told["mean_pd"][:2] == pytest.approx([0.05, 0.05])
    assert not {"verified_share", "override_rate"} & set(told)
    assert series(nights()) == {}


def test_the_figures_of_the_last_night_go_to_a_tracker_by_name() -> None:
    told = monitoring(nights(night(0), night(1))).metrics()
    assert told["night_scores.psi.last_night"] == 0
    assert told["night_decisions.approval_rate.last_night"] == 0.7
