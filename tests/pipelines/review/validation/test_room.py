"""The validator's pages about runs and reports."""

import re
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from features.language import LANGUAGES, Language
from pipelines.night import read_night
from pipelines.review.app import create_app
from pipelines.review.shelf import REPORT
from pipelines.review.workbench import Workbench
from risk.desk import Role
from risk.report.document import Chart, Column, Report, Section, Table
from tests.pipelines.pages.made import HOSTILE, report
from tests.pipelines.review.conftest import HOST, Browser
from tests.pipelines.review.night.nights import DAY, MODEL, deliver, several
from tests.pipelines.review.night.test_room import told
from tests.pipelines.review.validation.scene import file_report, reasoned, shelved

BEFORE = DAY - timedelta(1)
PATHS = ("/validation", "/validation/reports", "/validation/compare")
Opens = Callable[[], Browser]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def opens(bench: Workbench, reports: Path) -> Opens:
    """Opens a browser on a workbench whose reports lie in a folder of the test's own."""
    app = create_app(shelved(bench, reports))
    return lambda: Browser(app, HOST, follow_redirects=False)


@pytest.fixture
def validator(opens: Opens) -> Browser:
    return opens().log_in("validator")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SENIOR, Role.VALIDATOR])
def test_those_who_see_nights_see_runs_and_reports(
    role: Role, language: Language, bench: Workbench, opens: Opens, reports: Path, tmp_path: Path
) -> None:
    bench.people.set_language(role.value, language)
    visitor = opens().log_in(role.value)
    for path in PATHS:
        assert visitor.get(path).status_code == 200
    several(bench, tmp_path, 2)
    deliver(bench, tmp_path)
    file_report(reports / "a")
    for path in (*PATHS, "/validation/report/a", f"/validation/compare?a={DAY}&b={BEFORE}"):
        page = visitor.get(path)
        assert page.status_code == 200
        assert ("模型验证" in page.text) == (language == "zh")
        assert (">Validation<" in page.text) == (language == "en")


def test_an_administrator_sees_none_of_it(opens: Opens) -> None:
    visitor = opens().log_in("administrator")
    for path in (*PATHS, "/validation/report/a"):
        assert visitor.get(path).status_code == 403


def test_a_run_is_told_with_what_made_it(
    bench: Workbench, validator: Browser, tmp_path: Path
) -> None:
    deliver(bench, tmp_path, scored=(750, 250, 0))
    reasoned(bench, "1" * 64, tmp_path / str(DAY))
    page = told(validator.get("/validation").text)
    assert re.search(
        r"1,010 60\.00% 25\.00% 15\.00% 0\.275 Red d{12} 1461db02aa77 deepseek-r1", page
    )
    assert "PD &lt; 8.00% approve, ≥ 25.00% decline; hard rules: 0" in page
    assert f"/night/{DAY}/tracking" in validator.get("/validation").text


def test_a_run_whose_folder_and_manifest_are_gone_is_told_by_its_counts(
    bench: Workbench, validator: Browser, tmp_path: Path
) -> None:
    deliver(bench, tmp_path / "nights")
    (tmp_path / "nights").rename(tmp_path / "away")
    page = told(validator.get("/validation").text)
    assert "60.00% 25.00% 15.00% not known — — —" in page


def test_runs_come_a_page_at_a_time_the_newest_first(
    bench: Workbench, validator: Browser, tmp_path: Path
) -> None:
    days = several(bench, tmp_path, 22)
    first, rest = (validator.get(f"/validation{q}").text for q in ("", f"?until={days[20]}"))
    listed = [re.findall(r'data-row href="/night/([\d-]+)"', page) for page in (first, rest)]
    assert listed == [[str(day) for day in some] for some in (days[:20], days[20:])]
    assert f"/validation?until={days[20]}" in first
    assert validator.get("/validation?until=never").status_code == 422


def test_a_single_night_is_not_offered_for_comparing(
    bench: Workbench, validator: Browser, tmp_path: Path
) -> None:
    deliver(bench, tmp_path)
    alone = validator.get("/validation").text
    several(bench, tmp_path, 1)
    both = validator.get("/validation").text
    for part in ('data-key="c"', 'class="pick"', 'type="radio"'):
        assert (part in alone, part in both) == (False, True)


def test_two_nights_are_compared_by_a_command_that_a_shell_takes(
    bench: Workbench, validator: Browser, reports: Path, tmp_path: Path
) -> None:
    root = tmp_path / "nights of 'us' & <them>"
    for day in (DAY, BEFORE):
        deliver(bench, root, day)
    page = validator.get(f"/validation/compare?a={BEFORE}&b={DAY}").text
    assert "<them>" not in page
    command = re.search(r"<code>(risk compare.*?)</code>", page, re.DOTALL)
    assert command is not None
    told = command[1].replace("&#39;", "'").replace("&amp;", "&")
    told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')
    name = f"compare-{BEFORE}-{DAY}"
    assert shlex.split(told) == [
        "risk", "compare", str(root / str(BEFORE)), str(root / str(DAY)), "--output",
        str(reports / name),
    ]  # fmt: skip


def test_delivered_nights_are_offered_and_the_last_two_stand_there(
    bench: Workbench, validator: Browser, tmp_path: Path
) -> None:
    page = validator.get("/validation/compare").text
    assert "<option" not in page
    for day in (DAY, BEFORE):
        deliver(bench, tmp_path, day)
    page = validator.get("/validation/compare").text
    assert re.findall('<option value="(.*?)">', page) == [str(DAY), str(BEFORE)]
    assert re.findall('name="[ab]" type="date" value="(.*?)"', page) == [str(BEFORE), str(DAY)]
    assert "risk compare" not in page


def test_a_comparison_that_is_done_is_linked(
    bench: Workbench, validator: Browser, reports: Path, tmp_path: Path
) -> None:
    for day in (DAY, BEFORE):
        deliver(bench, tmp_path, day)
    keys = [read_night(tmp_path / str(day)).key for day in (DAY, BEFORE)]
    file_report(reports / "x y", report(), "compare", runs=dict(zip("ab", keys, strict=True)))
    page = validator.get(f"/validation/compare?a={BEFORE}&b={DAY}").text
    assert 'href="/validation/report/x%20y"' in page
    assert "risk compare" not in page


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (f"a={DAY}&b={DAY}", 200),
        (f"a={DAY}", 200),
        (f"a={DAY}&b=2020-01-01", 404),
        (f"a={DAY}&b=x", 422),
    ],
)
def test_what_is_no_pair_of_nights_is_not_compared(
    asked: str, status: int, bench: Workbench, validator: Browser, tmp_path: Path
) -> None:
    deliver(bench, tmp_path)
    page = validator.get(f"/validation/compare?{asked}")
    assert page.status_code == status
    assert "risk compare" not in page.text


def test_reports_are_listed_the_newest_first_a_page_at_a_time(
    validator: Browser, reports: Path
) -> None:
    for number in range(22):
        file_report(reports / f"r{number:02}", report(subjects=(f"champion {number}",)))
    (reports / "broken").mkdir()
    (reports / "broken" / REPORT).write_text("{")
    first, rest = (validator.get(f"/validation/reports?page={n}").text for n in (1, 2))
    assert "Cannot be read" in first
    assert "champion 21" in first
    assert "champion 0<" in re.sub(r"\s+<", "<", rest)
    assert [page.count("data-row") for page in (first, rest)] == [20, 3]
    for none in ("0", "x", "²", "9" * 20):
        assert validator.get(f"/validation/reports?page={none}").status_code == 422
    assert validator.get("/validation/reports?page=99").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_is_drawn_in_the_visitors_language_under_the_strict_policy(
    language: Language, bench: Workbench, opens: Opens, reports: Path
) -> None:
    bench.people.set_language("validator", language)
    file_report(reports / "2026" / "q4", report(portfolio=HOSTILE, subjects=(HOSTILE,)))
    page = opens().log_in("validator").get("/validation/report/2026/q4")
    assert page.status_code == 200
    assert ("模型验证报告" in page.text) == (language == "zh")
    assert "<svg" in page.text
    assert "<script>alert" not in page.text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page.text)
    assert page.text.count("<h1") == 1
    assert "cannot be shown to be as it was written" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_report_that_was_changed_is_shown_with_a_warning(
    validator: Browser, reports: Path
) -> None:
    file_report(reports / "a")
    path = reports / "a" / REPORT
    path.write_text(path.read_text("utf-8").replace('"rows": 1002', '"rows": 9002'), "utf-8")
    page = validator.get("/validation/report/a").text
    assert "cannot be shown to be as it was written" in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is damaged, or is no report"),
        (b'{"format": 7}', "A newer version wrote this report"),
        (b" " * (5 * 1024 * 1024), "larger than any report"),
    ],
)
def test_a_report_that_cannot_be_read_has_a_page_that_says_so(
    content: bytes, said: str, validator: Browser, reports: Path
) -> None:
    (reports / "a").mkdir(parents=True)
    (reports / "a" / REPORT).write_bytes(content)
    page = validator.get("/validation/report/a")
    assert page.status_code == 200
    assert said in page.text


def ill_made() -> dict[str, Report]:
    """Reports of the right form that nothing can be drawn of."""
    columns = (Column(key="field"), Column(key="rows", kind="count"))
    plain = Table(key="rejected", columns=columns, rows=(("age", 1),))
    bars = Chart(kind="bars", label="field", values=("rows",))
    tables = {
        "no such column": plain.model_copy(update={"chart": replace_chart(bars, label="x")}),
        "no such value": plain.model_copy(update={"chart": replace_chart(bars, values=("x",))}),
        "short rows": plain.model_copy(update={"rows": (("age",),)}),
        "few lights": plain.model_copy(update={"rows": (("age", 1), ("b", 2)), "lights": ("red",)}),
        "text in a bar": plain.model_copy(update={"rows": (("age", "one"),), "chart": bars}),
        "endless": plain.model_copy(update={"rows": (("age", float("inf")),), "chart": bars}),
        "huge": plain.model_copy(update={"rows": (("age", 1e308), ("b", -1e308)), "chart": bars}),
        "no key": plain.model_copy(update={"key": "of nothing"}),
        "a slot": plain.model_copy(update={"key": "{0.__class__}"}),
        "no columns": plain.model_copy(update={"columns": (), "rows": ((),), "lights": ("red",)}),
    }
    made = {
        name: report(sections=(Section(key="flow", tables=(table,)),))
        for name, table in tables.items()
    }
    return {**made, "no section": report(sections=(Section(key="moods"),))}


def replace_chart(chart: Chart, **changes: object) -> Chart:
    return chart.model_copy(update=changes)


@pytest.mark.parametrize("name", ill_made())
def test_a_report_of_the_right_form_that_cannot_be_drawn_breaks_no_page(
    name: str, validator: Browser, reports: Path
) -> None:
    file_report(reports / "a", ill_made()[name])
    page = validator.get("/validation/report/a")
    assert page.status_code == 200
    drawn = 'class="report"' in page.text
    assert drawn != ("holds what this version cannot draw" in page.text)
    assert validator.get("/validation/reports").status_code == 200


@pytest.mark.parametrize(
    "place",
    ["", "x", "%2e%2e/secret", "..%2fsecret", "a%00", "a/", "a//", "%2fetc", "%ff", "a%5c..%5ca"],
)
def test_no_address_leads_past_the_reports(place: str, opens: Opens, reports: Path) -> None:
    file_report(reports / "a")
    file_report(reports.parent / "secret", report(portfolio="secret"))
    answer = opens().log_in("validator").get(f"/validation/report/{place}")
    assert answer.status_code == 404


def test_a_night_links_the_newest_report_of_its_model(
    bench: Workbench, validator: Browser, reports: Path, tmp_path: Path
) -> None:
    deliver(bench, tmp_path)
    assert "None in the folder of reports" in validator.get(f"/night/{DAY}").text
    file_report(reports / "other", model="e" * 64)
    file_report(reports / "champion", model=MODEL)
    assert 'href="/validation/report/champion"' in validator.get(f"/night/{DAY}").text
