import pandas as pd
import pytest

from features.language import Text
from risk.report.document import Report
from risk.report.monitoring import NightFigures, Nights, Unusable, monitoring
from risk.report.monitoring.volumes import section
from tests.risk.report.monitoring.nights import figure, night, nights, table


def few(n: int, rows: int) -> NightFigures:
    return night(n, read=rows, scored=rows)


@pytest.mark.parametrize(
    ("rows", "light"), [(1_000, "green"), (501, "green"), (500, "amber"), (200, "red"), (0, "red")]
)
def test_a_night_with_far_fewer_rows_than_those_before_is_told(rows: int, light: str) -> None:
    told = section(nights(night(0), night(1), few(2, rows)))
    read = figure(told, "rows_read")
    assert (read.value, read.light) == (rows, light)
    assert table(told, "night_volumes").lights == ("green", "green", light)


def test_too_many_rows_are_told_as_well() -> None:
    assert figure(section(nights(night(0), few(1, 5_000))), "rows_read").light == "red"


def test_the_rows_are_held_against_fourteen_nights_and_no_more() -> None:
    told = section(nights(few(0, 1_000_000), *(night(n) for n in range(1, 16))))
    assert figure(told, "rows_read").light == "green"
    assert table(told, "night_volumes").column("rows_before")[-1] == 1_000


def test_rejected_rows_are_judged_by_their_share() -> None:
    lights = {}
    for rejected in (12, 50, 80):
        told = section(nights(night(0, rejected=rejected, scored=1_000 - rejected)))
        found = figure(told, "rejected_share")
        assert (found.value, found.rows) == (rejected / 1_000, 1_000)
        assert table(told, "night_volumes").lights == (found.light,)
        lights[rejected] = found.light
    assert lights == {12: "green", 50: "amber", 80: "red"}


def test_one_rejected_row_of_a_small_night_is_no_alarm() -> None:
    told = section(nights(night(0, read=12, scored=11, rejected=1)))
    assert told.light == "green"


@pytest.mark.parametrize(
    ("then", "now", "light"),
    [(10, 99, "green"), (10, 100, "red"), (99, 0, "green"), (100, 0, "red")],
)
def test_volumes_are_judged_where_enough_rows_stand_on_the_larger_side(
    then: int, now: int, light: str
) -> None:
    told = section(nights(few(0, then), few(1, now)))
    assert figure(told, "rows_read").light == light
    assert table(told, "night_volumes").lights[1] == light


def test_nights_read_for_comparison_have_no_lights() -> None:
    before = night(0, judged=False, rejected=500, scored=500)
    told = section(nights(before, night(1)))
    assert table(told, "night_volumes").lights == ("none", "green")
    assert told.remarks[0].values["nights"] == told.remarks[0].values["before"] == 1


def test_nights_that_are_not_there_are_told() -> None:
    absent = (
        *(Unusable(f"2026-10-{n:02}", "missing") for n in range(1, 13)),
        Unusable("2026-10-30", "unfinished"),
        Unusable("2026-10-31", "damaged", Text("甲", "changed")),
    )
    told = section(nights(night(0), unusable=absent)).remarks
    assert [(each.key, each.light) for each in told[1:]] == [
        ("night_missing", "amber"), ("night_unfinished", "amber"), ("night_damaged", "red"),
    ]  # fmt: skip
    assert told[1].values["nights"] == 12
    assert str(told[1].values["days"]).endswith("2026-10-10 ...")


def test_rules_are_counted_over_the_nights_that_are_judged() -> None:
    income, high = Text("收入", "income"), Text("过高", "too high")
    lines = [
        ("2026-11-01", income, high, 100),
        ("2026-11-02", income, high, 3),
        ("2026-11-02", income, Text("缺失", "missing"), 5),
        ("2026-11-03", income, high, 4),
    ]
    rejects = pd.DataFrame(lines, columns=["day", "field", "rule", "lines"])
    told = section(nights(night(0, judged=False), night(1), night(2), rejects=rejects))
    shown = table(told, "night_rules")
    assert shown.column("rule") == (high, Text("缺失", "missing"))
    assert shown.column("lines_last") == (4, 0)
    assert shown.column("lines_all") == (7, 5)


@pytest.mark.parametrize(
    "odd",
    [
        nights(),
        nights(unusable=(Unusable("2026-11-01", "damaged", "x"),)),
        nights(night(0, judged=False)),
        nights(night(0, read=0, scored=0, decisions={}, spread=None, psi=None, fields=())),
    ],
)
def test_a_report_is_written_whatever_is_not_known(odd: Nights) -> None:
    report = monitoring(odd)
    assert len(report.sections) == 5
    assert Report.from_json(report.to_json()) == report
    for part in report.sections:
        assert all(each.because for each in part.figures if each.value is None)
