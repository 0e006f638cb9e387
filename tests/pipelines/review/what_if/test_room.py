import re
from collections.abc import Callable

import pytest
from httpx2 import Response

from features.language import catalogue
from pipelines.cases import CaseRecord
from pipelines.review.background import take_in
from pipelines.review.case import modelled
from pipelines.review.rendering import case_path
from pipelines.review.what_if import models
from pipelines.review.what_if.models import facts_of
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from risk.policy import Recommendation
from tests.pipelines.review.conftest import Browser
from tests.pipelines.review.what_if.conftest import Night

HTMX = {"hx-request": "true"}


@pytest.fixture
def officer(browser: Callable[[], Browser]) -> Browser:
    return browser().log_in("officer")


@pytest.fixture
def ask(officer: Browser, night: Night) -> Callable[..., Response]:
    """Send the what-if of a case: `ask(record, headers, name=value)`."""

    def send(record: CaseRecord, headers: dict[str, str] | None = None, **inputs: str) -> Response:
        data = {"csrf": officer.token(), **inputs}
        return officer.post(f"{address(night, record)}/what-if", data=data, headers=headers or {})

    return send


def address(night: Night, record: CaseRecord) -> str:
    return case_path(night.manifest.key(), record.score.application_id)


def inputs_of(page: str) -> dict[str, str]:
    """Names of the inputs by their labels."""
    found = re.findall(r'<label for="(vary-\d+)">([^<]+?)\s*<', page)
    return {label.strip(): name for name, label in found}


def test_a_script_is_given_the_part_and_a_form_the_whole_page(
    ask: Callable[..., Response], night: Night
) -> None:
    record = night.of(Recommendation.DECLINE)
    part, page = ask(record, HTMX), ask(record)
    assert part.status_code == page.status_code == 200
    assert part.text.startswith('<section class="panel what-if"')
    assert "<html" in page.text
    assert 'id="what-if"' in page.text
    assert "style=" not in part.text
    assert "<script" not in part.text


def test_changes_are_scored_and_nothing_is_kept(
    ask: Callable[..., Response], night: Night, bench: Workbench
) -> None:
    record = night.of(Recommendation.DECLINE)
    key = CaseKey(night.manifest.key(), record.score.application_id)
    before = bench.desk.find(key), bench.reviews.of(*key)
    names = inputs_of(ask(record, HTMX).text)
    changed = ask(record, HTMX, **{names["Monthly income"]: "80000"})
    assert "After the changes" in changed.text
    assert "CNY 80,000" in changed.text
    assert (bench.desk.find(key), bench.reviews.of(*key)) == before


def test_hard_rules_are_called_by_their_labels(ask: Callable[..., Response], night: Night) -> None:
    record = night.of(Recommendation.REFER)
    name = inputs_of(ask(record, HTMX).text)["Longest arrears in the last 24 months"]
    page = ask(record, HTMX, **{name: "200"}).text
    assert "<td>More than 90 days past due</td>" in page


def test_a_refused_value_stays_in_the_form(ask: Callable[..., Response], night: Night) -> None:
    record = night.of(Recommendation.DECLINE)
    names = inputs_of(ask(record, HTMX).text)
    hostile = '"><script>alert(1)</script>'
    answer = ask(record, HTMX, **{names["Monthly income"]: hostile})
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "the value is not a number" in answer.text


def test_who_types_goes_on_where_it_matters(ask: Callable[..., Response], night: Night) -> None:
    record = night.of(Recommendation.DECLINE)
    opened = ask(record, HTMX).text
    name = inputs_of(opened)["Monthly income"]
    changed, refused = ask(record, HTMX, **{name: "80000"}), ask(record, HTMX, **{name: "x"})
    assert [focused(page) for page in (opened, changed.text, refused.text)] == [
        "vary-0", "", name,
    ]  # fmt: skip


def focused(page: str) -> str:
    """The name of what gets the focus, which is one element; empty for what is no input."""
    [tag] = re.findall(r"<[^>]* autofocus[^>]*>", page)
    named = re.search(r' name="([^"]+)"', tag)
    return named[1] if named else ""


def test_every_text_exists_in_chinese(
    ask: Callable[..., Response], night: Night, bench: Workbench
) -> None:
    bench.people.set_language("officer", "zh")
    for record in night.records[:6]:
        page = ask(record, HTMX)
        assert page.status_code == 200
        assert "重新评分" in page.text


def test_a_case_that_is_not_there_is_not_found(officer: Browser) -> None:
    for place in ("/case/x/y/what-if", "/case/%00/%F0/what-if"):
        assert officer.send_form(place).status_code == 404


def test_all_that_can_be_said_stands_in_the_catalogue() -> None:
    known = catalogue("pipelines.review")
    for why in ("manifest", "model", "values", "score"):
        assert f"what-if.unavailable.{why}" in known
    for outcome in ("rule", "unchangeable", "none"):
        assert f"what-if.advice.{outcome}" in known


def test_what_explains_a_score_is_found_by_the_digest_of_the_run(night: Night) -> None:
    facts = facts_of(night.config, night.manifest.model)
    assert facts is not None
    assert facts.interval == night.model.interval is not None
    assert facts.calibration == night.model.calibration
    assert facts_of(night.config, "0" * 64) is None
    assert facts_of(night.config, "' or name = 'x") is None


def test_a_model_that_is_not_registered_is_said(
    ask: Callable[..., Response], night: Night, bench: Workbench
) -> None:
    record = night.records[0]
    other = night.manifest.model_copy(update={"model": "0" * 64})
    bench.runs.finish(night.manifest.key(), "done", {}, other)
    answer = ask(record, HTMX)
    assert answer.status_code == 200
    assert "not in the registry any more" in answer.text
    assert 'name="vary-' not in answer.text


def test_nobody_outside_and_no_other_site_comes_in(
    browser: Callable[[], Browser], officer: Browser, night: Night
) -> None:
    place = f"{address(night, night.records[0])}/what-if"
    assert browser().post(place, data={}).status_code in (303, 401, 403)
    assert officer.post(place, data={"csrf": "x"}).status_code == 403


def test_the_page_of_a_case_offers_it(officer: Browser, night: Night) -> None:
    page = officer.get(f"{address(night, night.records[0])}")
    assert page.status_code == 200
    assert "Open the what-if" in page.text


def test_the_model_of_the_most_urgent_case_is_at_hand_before_anybody_opens_it(
    night: Night, bench: Workbench
) -> None:
    models._facts.cache_clear()
    modelled._LOOKS.clear()
    take_in(bench)
    [look] = modelled._LOOKS.values()
    assert look.found.result(10) is not None
    assert models._facts.cache_info().currsize == 1
