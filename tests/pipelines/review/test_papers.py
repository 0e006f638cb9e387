"""What is taken away from a case: the page as a PDF, and the letter to the applicant."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from pipelines.fonts import chinese_font
from pipelines.manifest import RunManifest
from pipelines.review.app import create_app
from pipelines.review.papers import alone
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, StoredCase
from risk.desk import Act, Person, Role
from risk.notice import NoticeSettings
from risk.policy import Recommendation
from tests.pipelines.pages.test_pdf import needs_pango
from tests.pipelines.review.case.records import POLICY, records
from tests.pipelines.review.conftest import HOST, Browser

RUN, DAY = "a" * 64, date(2026, 11, 27)
SENDER = NoticeSettings.model_validate({"lender": "Example Bank", "contact": "95500"})
RECORDS = {str(each.score.recommendation): each for each in records("en")}


@pytest.fixture
def laid(bench: Workbench) -> Workbench:
    config = bench.config.model_copy(update={"notice": SENDER})
    bench = replace(bench, config=config)
    manifest = RunManifest.of("reason", data={}, config={"policy": POLICY.model_dump(mode="json")})
    bench.runs.begin(RUN, "reason", "cases", DAY)
    bench.cases.put(StoredCase(RUN, DAY, n, each) for n, each in enumerate(RECORDS.values()))
    bench.runs.finish(RUN, "done", {}, manifest)
    bench.desk.take_in(bench.settings)
    return bench


@pytest.fixture
def desk_of(laid: Workbench) -> Callable[[str], Browser]:
    app = create_app(laid)
    return lambda name: Browser(app, HOST, follow_redirects=False).log_in(name)


def key_of(recommendation: str) -> CaseKey:
    return CaseKey(RUN, RECORDS[recommendation].score.application_id)


def declined(bench: Workbench, key: CaseKey) -> None:
    row = bench.desk.find(key)
    assert row is not None
    act = Act("decide", "decline", "other", "as the policy says", row.evidence_digest)
    bench.desk.act(key, act, Person("senior", Role.SENIOR), bench.settings)


def reading(desk_of: Callable[[str], Browser], language: str) -> Browser:
    """The officer, with pages in a language."""
    officer = desk_of("officer")
    officer.send_form("/language", language=language, next="/")
    return officer


def words_of(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


@needs_pango
@pytest.mark.skipif(chinese_font() is None, reason="no Chinese font on this machine")
def test_a_case_is_printed_as_its_reader_sees_it(desk_of: Callable[[str], Browser]) -> None:
    key = key_of("decline")
    officer = reading(desk_of, "zh")
    answer = officer.get(f"/export{case_path(*key)}")
    assert answer.headers["content-type"] == "application/pdf"
    assert "attachment" in answer.headers["content-disposition"]
    assert key.application_id in words_of(answer.content)
    assert officer.get(f"/export/case/{RUN}/nobody").status_code == 404


@needs_pango
def test_what_was_decided_stands_at_the_head_of_the_paper(
    desk_of: Callable[[str], Browser], laid: Workbench
) -> None:
    key = key_of("refer")
    declined(laid, key)
    officer = reading(desk_of, "en")
    pages = PdfReader(io.BytesIO(officer.get(f"/export{case_path(*key)}").content)).pages
    head = pages[0].extract_text().partition("Probability of default")[0]
    assert "Decided" in head
    assert "Declined" in head
    assert f"1 / {len(pages)}" in pages[0].extract_text()


def test_a_printed_page_needs_nothing_beside_it(desk_of: Callable[[str], Browser]) -> None:
    page = desk_of("officer").get(case_path(*key_of("decline"))).text
    whole = alone(page)
    assert "/static/review.css" in page
    assert "<script" in page
    assert "/static/review" not in whole
    assert "<script" not in whole
    assert ".what-if { display: none; }" in whole
    assert "csrf" not in whole.partition("hx-headers")[2].partition(">")[2]
    assert whole.count("<style>") == page.count('rel="stylesheet"') + 1


@needs_pango
def test_the_letter_to_a_declined_applicant_is_printed_and_logged(
    desk_of: Callable[[str], Browser], laid: Workbench
) -> None:
    key = key_of("decline")
    assert RECORDS["decline"].decision.model_recommendation is Recommendation.DECLINE
    officer = reading(desk_of, "en")
    before = officer.send_form(f"/notice{case_path(*key)}")
    declined(laid, key)
    page = officer.get(case_path(*key)).text
    assert 'action="/notice' in page
    assert "<span>nobody</span>" not in page
    answer = officer.send_form(f"/notice{case_path(*key)}")
    assert before.status_code == 404
    assert answer.status_code == 200
    assert "Example Bank" in words_of(answer.content)
    assert laid.reviews.of(*key)[-1].action == "notice"


def test_where_a_person_declined_no_reason_code_knows_why(
    desk_of: Callable[[str], Browser], laid: Workbench
) -> None:
    key = key_of("refer")
    declined(laid, key)
    officer = reading(desk_of, "en")
    page = officer.get(case_path(*key)).text
    assert 'action="/notice' not in page
    assert "the person&#39;s own reasons" in page
    answer = officer.send_form(f"/notice{case_path(*key)}")
    assert answer.status_code == 409
    assert all(each.action != "notice" for each in laid.reviews.of(*key))


def test_what_is_not_set_up_is_named_in_the_log(
    laid: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    key = key_of("decline")
    declined(laid, key)
    bare = replace(laid, config=laid.config.model_copy(update={"notice": None}))
    officer = Browser(create_app(bare), HOST, follow_redirects=False).log_in("officer")
    assert officer.send_form(f"/notice{case_path(*key)}").status_code == 503
    assert "[notice]" in caplog.text
