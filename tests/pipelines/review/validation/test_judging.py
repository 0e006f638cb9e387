"""The validator's pages about people: overrides and verdicts."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.language import LANGUAGES, Language
from pipelines.review.validation.overrides import summary
from pipelines.review.validation.verdicts import by_versions, in_total
from pipelines.review.workbench import Workbench
from pipelines.store.marks import VERDICTS
from pipelines.store.overrides import Decided
from risk.desk import Role
from tests.pipelines.review.conftest import Browser, person
from tests.pipelines.review.night.nights import DAY
from tests.pipelines.review.night.test_room import told
from tests.pipelines.review.validation.scene import mark, override, reasoned, say

RUN, EARLIER = "1" * 64, "2" * 64
PATHS = ("/validation/overrides", "/validation/overrides/export", "/validation/verdicts")
FROM = DAY - timedelta(29)
Opens = Callable[[], Browser]


@pytest.fixture
def worked(bench: Workbench, tmp_path: Path) -> Workbench:
    """A workbench at which some cases of two nights have been decided."""
    reasoned(bench, RUN, tmp_path / "now")
    reasoned(bench, EARLIER, tmp_path / "before", DAY - timedelta(40), "template/3")
    bench.runs.begin("9" * 64, "nightly", str(tmp_path / "now"), DAY)
    bench.runs.finish("9" * 64, "done", {})
    for number in range(28):
        say(bench, RUN, f"A{number}", "accept", recommendation="approve")
    override(bench, RUN, "A91", "decline", "hidden-debt")
    override(bench, RUN, "A92", "decline", "hidden-debt", reviewer="senior")
    override(bench, RUN, "A93", "approve", "retired-code", reviewer="senior")
    override(bench, EARLIER, "A94", "approve", "security")
    return bench


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.SENIOR, Role.VALIDATOR])
def test_seniors_and_validators_see_what_people_decided(
    role: Role, language: Language, bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    bench.people.set_language(role.value, language)
    visitor = browser().log_in(role.value)
    assert [visitor.get(path).status_code for path in PATHS] == [200, 200, 200]
    reasoned(bench, RUN, tmp_path)
    override(bench, RUN, "A1", "decline", "policy")
    mark(bench, RUN, "A1", "wrong")
    pages = [visitor.get(path).text for path in PATHS]
    told = ("推翻率", "不符合授信政策", "错误占比") if language == "zh" else (
        "Override rate", "Outside the credit policy", "Share wrong"
    )  # fmt: skip
    assert [word in page for word, page in zip(told, pages, strict=True)] == [True] * 3


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMINISTRATOR])
def test_others_do_not_and_are_shown_no_way_there(role: Role, browser: Opens) -> None:
    visitor = browser().log_in(role.value)
    assert [visitor.get(path).status_code for path in PATHS] == [403, 403, 403]
    assert "/validation/overrides" not in visitor.get("/validation").text


def test_overrides_are_told_by_reason_direction_and_who_signed(
    worked: Workbench, browser: Opens
) -> None:
    page = told(browser().log_in("validator").get("/validation/overrides").text)
    assert f"Cases of the nights from {FROM.day} October 2026" in page
    assert "Decisions 31 Overrides 3 Override rate 9.68%" in page
    assert "Debts that were not disclosed hidden-debt 2 66.67% 2 0" in page
    assert "Not on today&#39;s list retired-code 1 33.33% 0 1" in page
    assert "Collateral or guarantee covers the risk security 0 0.00% 0 0" in page
    assert "Senior 2 2 fewer than 30, so no share" in page
    assert "Officer 29 1 fewer than 30, so no share" in page
    assert "Whether an override was right is for outcomes to say" in page


def test_they_can_be_narrowed_to_days_and_to_a_person(worked: Workbench, browser: Opens) -> None:
    visitor = browser().log_in("validator")
    page = told(visitor.get("/validation/overrides?by=senior").text)
    assert "Decisions 2 Overrides 2" in page
    asked = f"from={DAY - timedelta(50)}&until={DAY - timedelta(31)}"
    page = told(visitor.get(f"/validation/overrides?{asked}").text)
    assert "Decisions 1 Overrides 1" in page
    page = told(visitor.get(f"/validation/overrides?from=1990-01-01&until={DAY}").text)
    assert "Decisions 32 Overrides 4" in page
    assert "At most 366 days are counted at once" in page


@pytest.mark.parametrize("path", PATHS)
def test_what_is_no_span_of_days_is_refused(path: str, browser: Opens) -> None:
    visitor = browser().log_in("validator")
    for asked in ("from=x", "until=2026-02-30", f"from={DAY}&until={FROM}"):
        assert visitor.get(f"{path}?{asked}").status_code == 422
    for asked in ("until=0001-01-01", "from=9999-12-31&until=9999-12-31", "by=%ff", "by=x"):
        assert visitor.get(f"{path}?{asked}").status_code == 200


def test_the_export_names_each_override_and_no_spreadsheet_runs_it(
    worked: Workbench, browser: Opens
) -> None:
    worked.people.add(person("=cmd|' /C calc'!A1", Role.SENIOR, display="=1+1"))
    override(worked, RUN, "@A95", "approve", "other", comment="=HYPERLINK(A1)\nsecond line",
             reviewer="=cmd|' /C calc'!A1")  # fmt: skip
    answer = browser().log_in("validator").get("/validation/overrides/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"overrides-{FROM}-{DAY}.csv" in answer.headers["content-disposition"]
    heads, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heads[:4] == ["Night", "Application", "Model recommended", "Decided"]
    assert [row[1] for row in rows] == ["A91", "A92", "A93", "'@A95"]
    assert rows[0][:7] == [
        str(DAY), "A91", "Approve", "Declined", "hidden-debt", "Debts that were not disclosed",
        "Officer",
    ]  # fmt: skip
    assert (rows[3][6], rows[3][9]) == ("'=1+1", "'=HYPERLINK(A1)\nsecond line")
    assert not [cell for row in rows for cell in row if re.match(r"[=+@\-]", cell)]


def test_verdicts_are_told_in_total_and_by_what_wrote_the_sentences(
    worked: Workbench, browser: Opens
) -> None:
    for number in range(40):
        verdict = "wrong" if number < 4 else "right"
        mark(worked, RUN, f"A{number}", verdict)
        mark(worked, RUN, f"A{number}", verdict)
    mark(worked, EARLIER, "A94", "useless")
    visitor = browser().log_in("validator")
    page = told(visitor.get("/validation/verdicts").text)
    assert "Marks 40 Right 36 Wrong 4 Useless 0 Share wrong 10.00% [3.96%, 23.05%]" in page
    assert "1461db02aa77 deepseek-r1 dddddddddddd 1 40 36 4 0 10.00%" in page
    page = told(visitor.get(f"/validation/verdicts?from={DAY - timedelta(60)}").text)
    assert "Marks 41 Right 36 Wrong 4 Useless 1" in page
    assert "template/3 — dddddddddddd 1 1 0 0 1 fewer than 30, so no share" in page


def test_hostile_names_and_codes_stay_text(
    bench: Workbench, browser: Opens, tmp_path: Path
) -> None:
    hostile = '"><script>alert(1)</script>\u202e'
    reasoned(bench, RUN, tmp_path, prompt=f'{{"model": "{hostile[2:]}", "prompt": "p"}}')
    override(bench, RUN, "A1", "approve", hostile, reviewer=hostile)
    mark(bench, RUN, "A1", "right")
    visitor = browser().log_in("validator")
    for path in ("/validation/overrides", "/validation/verdicts"):
        page = visitor.get(path).text
        assert "alert(1)" in page
        assert "<script>alert" not in page
        assert "\u202e" not in page


DECIDED = st.builds(
    Decided,
    reviewer=st.sampled_from(["r7", "r8"]),
    override=st.booleans(),
    reason_code=st.sampled_from(["", "a", "b"]),
    outcome=st.sampled_from(["approve", "decline"]),
    cases=st.integers(1, 50),
)


@given(st.lists(DECIDED, max_size=8), st.sampled_from(["", "r7"]))
def test_no_override_is_lost_or_counted_twice(counted: list[Decided], by: str) -> None:
    found = summary(tuple(counted), by, {"a": "A", "c": "C"})
    ours = [each for each in counted if by in ("", each.reviewer)]
    overrides = [each for each in ours if each.override]
    assert found.decisions == sum(each.cases for each in ours)
    assert found.overrides == sum(each.cases for each in overrides)
    assert sum(each.share for each in found.reasons) == pytest.approx(float(bool(overrides)))
    assert {each.code for each in found.reasons} >= {"a", "c"}
    assert sum(each.decisions for each in found.signers) == sum(each.cases for each in counted)
    assert (found.rate is None) == (found.decisions < 30)


COUNTS = st.fixed_dictionaries({verdict: st.integers(0, 40) for verdict in VERDICTS})


@given(st.dictionaries(st.sampled_from(["1" * 64, "2" * 64, "3" * 64]), COUNTS))
def test_versions_add_up_to_the_total(by_run: dict[str, dict[str, int]]) -> None:
    total = in_total(by_run)  # type: ignore[arg-type]
    parts = by_versions(by_run, ())  # type: ignore[arg-type]
    assert total.marks == sum(sum(run.values()) for run in by_run.values())
    assert sum(each.marks for each in parts) == total.marks
    share = total.wrong
    assert (share is None) == (total.marks < 30)
    if share:
        assert 0 <= share.low <= share.value <= share.high <= 1
