"""An officer's shift, and the second pair of eyes after it, by the keyboard alone."""

import io
import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from features.language import LANGUAGES, Language
from pipelines.store import CaseKey, StoredReview
from pipelines.store.desk import DeskRow, Wanted
from risk.desk import State
from risk.policy import Recommendation
from tests.pipelines.review.browser.conftest import SHIFT, Desk, Opens
from tests.pipelines.review.browser.keyboard import Keyboard

MOST_KEYS = 6
WHY = {"zh": "收入已电话核实，与流水一致。", "en": "Income checked by telephone; it agrees."}


def key_at(page: Page) -> CaseKey:
    """The case whose page is open."""
    _, _, run, application = urlsplit(page.url).path.split("/", 3)
    return CaseKey(run, unquote(application))


def last(desk: Desk, key: CaseKey) -> StoredReview:
    return desk.bench.reviews.of(*key)[-1]


def row_of(desk: Desk, key: CaseKey) -> DeskRow:
    found = desk.bench.desk.find(key)
    assert found is not None
    return found


def clear_case(desk: Desk) -> DeskRow:
    """The most urgent open case about which the model is sure."""
    rows = desk.bench.desk.page(Wanted(state=State.OPEN, limit=200)).rows
    return next(
        row for row in rows
        if row.model_recommendation is not Recommendation.REFER and not row.holder
    )  # fmt: skip


def accept(keys: Keyboard) -> None:
    """Follow the recommendation where there is one, else decline, which overrides nothing."""
    leading = keys.page.locator("details.act > summary.primary")
    keys.press((leading.get_attribute("data-key") or "") if leading.count() else "d")
    keys.go("Enter")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shift_is_worked_without_a_mouse(desk: Desk, opens: Opens, language: Language) -> None:
    page = opens(desk.address, language)
    keys = Keyboard(page)
    keys.log_in("officer")
    assert urlsplit(page.url).path == "/queue"
    assert page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[language]
    keys.pressed = 0
    keys.go("j", "Enter")
    worked = [key_at(page)]
    accept(keys)
    assert keys.pressed <= MOST_KEYS
    while len(worked) < SHIFT:
        worked.append(key_at(page))
        accept(keys)
    assert len(set(worked)) == SHIFT
    for key in worked:
        assert row_of(desk, key).state is State.DECIDED
        assert (last(desk, key).action, last(desk, key).reviewer) == ("accept", "officer")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_override_goes_to_a_second_person(desk: Desk, opens: Opens, language: Language) -> None:
    page = opens(desk.address, language)
    keys = Keyboard(page)
    keys.log_in("officer")
    key = clear_case(desk).key
    propose_override(keys, desk, key, language)
    assert row_of(desk, key).state is State.SECOND
    proposed = last(desk, key)
    assert (proposed.action, proposed.comment) == ("propose", WHY[language])
    assert proposed.reason_code == desk.bench.settings.reasons[0].code
    keys.log_out()
    page.goto("/queue")
    assert urlsplit(page.url).path == "/login"
    keys.log_in("senior")
    find(keys, key)
    printed = print_case(page, desk, key)
    assert close(WHY[language]) in printed
    keys.press("y")
    keys.go("Enter")
    assert row_of(desk, key).state is State.DECIDED
    confirmed = last(desk, key)
    assert (confirmed.action, confirmed.reviewer) == ("override", "senior")
    assert confirmed.recommendation == proposed.recommendation


def test_nobody_confirms_an_own_proposal(desk: Desk, opens: Opens) -> None:
    page = opens(desk.address)
    keys = Keyboard(page)
    keys.log_in("senior")
    key = clear_case(desk).key
    propose_override(keys, desk, key, "en")
    find(keys, key)
    expect(page.locator("details.act > summary[data-key=y]")).to_have_count(0)
    form = {
        "csrf": page.locator("input[name=csrf]").first.input_value(),
        "evidence": row_of(desk, key).evidence_digest,
        "outcome": last(desk, key).recommendation or "",
    }
    refused = page.request.post(f"{page.url}/confirm", form=form, headers={"Origin": desk.address})
    assert refused.status == 403
    assert row_of(desk, key).state is State.SECOND


def find(keys: Keyboard, key: CaseKey) -> None:
    """Search the queue for a case, which opens it."""
    keys.page.goto("/queue")
    keys.press("/")
    keys.write(key.application_id)
    keys.go("Enter")
    assert key_at(keys.page) == key


def propose_override(keys: Keyboard, desk: Desk, key: CaseKey, language: Language) -> None:
    """Decide against the model, with the first reason there is."""
    find(keys, key)
    approved = row_of(desk, key).model_recommendation is Recommendation.APPROVE
    keys.press("d" if approved else "a")
    expect(keys.page.locator("select[name=reason_code]:focus")).to_have_count(1)
    keys.press("ArrowDown")
    keys.tab_to("textarea[name=comment]")
    keys.write(WHY[language])
    keys.go("Control+Enter")


def print_case(page: Page, desk: Desk, key: CaseKey) -> str:
    """The text of the printed case, which has all of its narrative and documents."""
    pages = PdfReader(io.BytesIO(page.pdf())).pages
    printed = close("".join(each.extract_text() for each in pages))
    stored = desk.bench.cases.find(key)
    assert stored is not None
    assert key.application_id in printed
    for sentence in stored.record.rationale.narrative.sentences:
        assert close(sentence.text)[:20] in printed
    # The numbers of sentences stand in between, and a PDF takes some characters for radicals.
    for document in map(close, stored.record.case.documents.values()):
        pairs = [document[at : at + 2] for at in range(len(document) - 1)]
        assert sum(pair in printed for pair in pairs) > 0.8 * len(pairs)
    return printed


def close(text: str) -> str:
    """A text without spaces and ligatures, which a PDF has of its own."""
    return "".join(unicodedata.normalize("NFKC", text).split())
