from datetime import date
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.monitoring.folders import Dated, Window, dated, missing, opened
from risk.report.monitoring import Unusable


def day(text: str) -> date:
    return date.fromisoformat(f"2026-11-{text}")


def days(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir(parents=True)


def test_folders_that_are_no_days_are_passed_over(tmp_path: Path) -> None:
    days(tmp_path, "2026-11-03", "2026-11-01", "20261102", "2026-13-01", "notes", ".2026-11-04.old")
    (tmp_path / "2026-11-02").touch()
    assert [each.day for each in dated(tmp_path, Window())] == [day("01"), day("03")]


def test_nights_after_the_last_are_left_and_those_before_the_first_are_kept(
    tmp_path: Path,
) -> None:
    days(tmp_path, "2026-11-01", "2026-11-02", "2026-11-03")
    found = dated(tmp_path, Window(day("02"), day("02")))
    assert [each.day for each in found] == [day("01"), day("02")]
    with pytest.raises(ConfigError, match="no night of the dates"):
        dated(tmp_path, Window(day("04")))
    with pytest.raises(ConfigError, match="no night of the dates"):
        dated(tmp_path, Window(day("03"), day("01")))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(), ["03"]),
        (Window(since=day("04")), []),
        (Window(since=day("02")), ["03"]),
        (Window(until=day("07")), ["03", "06", "07"]),
        # The run was not live before its first night.
        (Window(since=date(2020, 1, 1)), ["03"]),
    ],
)
def test_days_without_a_night_are_those_between_the_first_and_the_last(
    tmp_path: Path, window: Window, expected: list[str]
) -> None:
    found = [Dated(day(each), tmp_path) for each in ("01", "02", "04", "05")]
    told = missing(found, window)
    assert [each.day for each in told] == [f"2026-11-{each}" for each in expected]
    assert {each.why for each in told} <= {"missing"}


@pytest.mark.parametrize("window", [Window(until=date(9999, 12, 31)), Window()])
def test_a_mistyped_date_is_refused_and_fills_no_report(tmp_path: Path, window: Window) -> None:
    found = [Dated(day("01"), tmp_path)]
    if window.until is None:
        found.insert(0, Dated(date(1026, 11, 1), tmp_path))
    with pytest.raises(ConfigError, match="give --since and --until"):
        missing(found, window)


def test_a_night_that_has_not_ended_is_told_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    days(tmp_path, "2026-11-01")
    found = Dated(day("01"), tmp_path / "2026-11-01")
    assert opened(found, "small") == Unusable("2026-11-01", "unfinished")
    (found.folder / "night.json").write_text("{", "utf-8")
    told = opened(found, "small")
    assert isinstance(told, Unusable)
    assert told.why == "damaged"
