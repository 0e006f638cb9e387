"""The pages of nights: what they tell, and what they say where files are gone or damaged."""

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from features.language import catalogue
from pipelines.night import SCORES
from pipelines.review.night import figures
from pipelines.review.workbench import Workbench
from pipelines.settling import REJECTS
from pipelines.stability import STABILITY
from pipelines.ties.night import COUNTED
from risk.desk import Role
from tests.pipelines.review.conftest import Browser
from tests.pipelines.review.night.nights import DAY, deliver, several
from tests.pipelines.store.conftest import case_record, stored

Opens = Callable[[], Browser]
SHOWN = f"/night/{DAY}"


def told(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SENIOR, Role.VALIDATOR])
def test_those_who_may_see_cases_see_nights(
    role: Role, language: str, bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    several(bench, tmp_path, 3)
    deliver(bench, tmp_path, rejects=[(3, "A3", "age", "missing", "")])
    bench.people.set_language(role.value, "zh" if language == "zh" else "en")
    visitor = browser().log_in(role.value)
    for path in ("/night", SHOWN, f"{SHOWN}/tracking"):
        assert visitor.get(path).status_code == 200


def test_an_administrator_sees_no_night(browser: Opens) -> None:
    visitor = browser().log_in("administrator")
    for path in ("/night", SHOWN, f"{SHOWN}/tracking"):
        assert visitor.get(path).status_code == 403


def test_before_the_first_night_the_list_says_so(browser: Opens) -> None:
    assert "No night has been delivered yet" in browser().log_in("officer").get("/night").text


def test_nights_are_listed_the_newest_first_a_page_at_a_time(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    days = several(bench, tmp_path, 35)
    visitor = browser().log_in("officer")
    first = visitor.get("/night").text
    assert re.findall(r'href="/night/(\d{4}-\d\d-\d\d)"', first) == [str(day) for day in days[:30]]
    assert f"/night?until={days[30]}" in first
    rest = visitor.get(f"/night?until={days[30]}").text
    assert re.findall(r'href="/night/(\d{4}-\d\d-\d\d)"', rest) == [str(day) for day in days[30:]]
    assert "<svg" in first


@pytest.mark.parametrize(
    "day", ["x", "2026-02-30", "20261127", "2027-01-01", "%3Cb%3E", "2026-11-27x"]
)
def test_a_day_that_has_no_night_is_not_found(
    day: str, bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path)
    visitor = browser().log_in("officer")
    assert visitor.get(f"/night/{day}").status_code == 404
    assert visitor.get(f"/night/{day}/tracking").status_code == 404


def test_a_list_until_no_day_is_refused(browser: Opens) -> None:
    assert browser().log_in("officer").get("/night?until=today").status_code == 422


def test_a_night_is_held_against_those_before_it(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    several(bench, tmp_path, 5)
    deliver(bench, tmp_path, approve=450, refer=250, decline=300, scored=(650, 350, 0))
    page = told(browser().log_in("officer").get(SHOWN).text)
    assert "Held against the 5 nights before" in page
    assert "Approval rate 45.00% 60.00% −15.00 points Red" in page
    assert "Referral rate 25.00% 25.00% +0.00 points Green" in page
    # 0.15 ln(.65/.35) + .15 ln(.65/.35) over equal halves.
    assert re.search(r"Score 1,000 0\.093 0\.00\d Green", page)


def test_drift_past_a_limit_lights_up_where_it_is_more_than_chance(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path, scored=(750, 250, 0))
    page = told(browser().log_in("officer").get(SHOWN).text)
    assert re.search(r"Score 1,000 0\.275 0\.00\d Red", page)
    assert "There is no night before to compare with" in page


def test_the_newest_of_two_deliveries_of_a_day_is_shown(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path / "first", approve=1, refer=999, decline=0)
    deliver(bench, tmp_path / "second", approve=777, refer=223, decline=0)
    page = browser().log_in("officer").get(SHOWN).text
    assert "777" in page
    assert page.count("999") == 0


def test_cases_are_counted_as_they_stand_by_now(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path, pending=9)
    bench.cases.put([stored(case_record("A1"), DAY), stored(case_record("A2", "pending"), DAY)])
    page = told(browser().log_in("officer").get(SHOWN).text)
    assert "Cases with a rationale 1 Cases pending 1 Cases that failed 0" in page


@pytest.mark.parametrize("gone", [False, True])
def test_a_night_that_ties_says_how_many_and_whom_it_left_out(
    gone: bool, bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path, ties=True, tied=16, alarms=2, ahead=3)
    if gone:
        shutil.rmtree(tmp_path / str(DAY))
    page = told(browser().log_in("officer").get(SHOWN).text)
    assert "Tied applications 16 Ring alarms 2 Dated in the future, not tied 3" in page
    assert "told no ties" not in page


def test_all_that_a_night_counts_of_its_ties_is_told() -> None:
    told_of = figures.ties(dict.fromkeys(COUNTED, 1), tied=True)
    assert told_of == dict.fromkeys(COUNTED, 1)
    assert [
        name for name in COUNTED if f"night.count.{name}" not in catalogue("pipelines.review")
    ] == []


def test_a_night_that_found_no_ties_says_so_and_one_without_ties_nothing(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    (day,) = several(bench, tmp_path, 1)
    deliver(bench, tmp_path, ties=True)
    visitor = browser().log_in("officer")
    assert "Tied applications 0 Ring alarms 0" in told(visitor.get(SHOWN).text)
    assert "Tied applications" not in visitor.get(f"/night/{day}").text


def test_the_first_fifty_rejected_rows_are_listed_with_their_reasons_and_the_file(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    hostile = "=<script>alert(1)</script>\u202e"
    lines = [(n, f"A{n}", "monthly_income", "below_minimum", hostile) for n in range(1, 61)]
    deliver(bench, tmp_path, rejects=lines, rejected=60)
    page = browser().log_in("officer").get(SHOWN).text
    assert page.count("alert(1)") == 50
    assert "<script>alert" not in page
    assert "'=" not in page
    assert "\u202e" not in page
    assert str(tmp_path / str(DAY) / SCORES / REJECTS) in page
    assert "A50" in page
    assert "A51" not in page


def test_a_night_whose_folder_is_gone_still_has_its_counts(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path / "nights", scored=(500, 500, 0), approve=611)
    (tmp_path / "nights").rename(tmp_path / "away")
    page = browser().log_in("officer").get(SHOWN).text
    assert "is not there on this machine" in page
    assert "611" in page


def test_another_night_in_the_folder_is_not_taken_for_this_one(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path)
    deliver(bench, tmp_path / "other", DAY - timedelta(days=1))
    (tmp_path / str(DAY)).rename(tmp_path / "away")
    (tmp_path / "other" / str(DAY - timedelta(days=1))).rename(tmp_path / str(DAY))
    assert "Another night lies in this folder" in browser().log_in("officer").get(SHOWN).text


@pytest.mark.parametrize("file", [STABILITY, REJECTS, "manifest.json"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe{", b"{}", b"a,b\n" + b"x" * 200_000])
def test_damaged_files_are_said_to_be(
    file: str, content: bytes, bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    deliver(bench, tmp_path)
    (tmp_path / str(DAY) / SCORES / file).write_bytes(content)
    page = browser().log_in("officer").get(SHOWN)
    assert page.status_code == 200
    assert "cannot be read as they were delivered" in page.text
