"""The page of a case as a browser gets it."""

import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from pipelines.review.case.bar import Asked
from pipelines.review.case.view import case_view
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from risk.desk import Act, Person, Role
from tests.pipelines.review.case import hostile
from tests.pipelines.review.case.conftest import ALL, key
from tests.pipelines.review.case.records import given_of, reader, records
from tests.pipelines.review.conftest import Browser
from tests.pipelines.review.laid import DAY, RUN, lay
from tests.pipelines.store.conftest import closed

APPROVED = next(r for r in records() if r.decision.model_recommendation == "approve")
DECLINED = next(r for r in records() if r.decision.recommendation == "decline")
OFFICER = Person("officer", Role.OFFICER)
# A number that is none cannot be written as JSON, so this one cannot be read again.
READABLE = [each for each in ALL if each.score.application_id != "DAMAGED"]
Address = Callable[[str], str]
Opens = Callable[[str], Browser]


class Page(HTMLParser):
    """What a page holds: its ids, where its links lead within it, and its open elements."""

    VOID = frozenset(("meta", "link", "input", "br", "path", "line", "rect"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.labels: set[str] = set()
        self.headings: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if (name := given.get("id")) is not None:
            self.ids.append(name)
        if (href := given.get("href") or "").startswith("#"):
            self.targets.add(href[1:])
        for pointing in ("for", "aria-labelledby", "data-span"):
            self.labels.update((given.get(pointing) or "").split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_case_is_a_whole_page_in_both_languages(
    officer: Browser, address: Address, language: str
) -> None:
    officer.send_form("/language", language=language, next="/")
    for record in READABLE:
        answer = officer.get(address(record.score.application_id))
        assert answer.status_code == 200
        assert ("申请材料" in answer.text) == (language == "zh")
        page = Page(answer.text)
        assert len(set(page.ids)) == len(page.ids)
        assert page.targets | page.labels <= set(page.ids)
        assert page.handlers == []
        assert page.headings[0] == 1
        assert all(b <= a + 1 for a, b in pairwise(page.headings))


def test_what_a_case_says_is_text_and_nothing_else(officer: Browser, address: Address) -> None:
    wicked = hostile.scripted_record()
    answer = officer.get(address(wicked.score.application_id))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "49" not in re.findall(r"\{\{.*?\}\}|x' (\d+) ", answer.text)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", answer.text)
    assert "give orders to their reader" in answer.text
    assert 'class="order"' in answer.text


def test_nothing_of_a_protected_field_comes_to_the_page(officer: Browser, address: Address) -> None:
    answer = officer.get(address("PROTECTED"))
    assert answer.status_code == 200
    assert "secretly" not in answer.text


def test_the_parts_stand_in_the_order_of_reading(officer: Browser, address: Address) -> None:
    ids = Page(officer.get(address(APPROVED.score.application_id)).text).ids
    parts = ["score", "reasons", "narrative", "documents", "ties", "what-if", "history"]
    assert [each for each in ids if each in parts] == parts


def test_what_rules_found_stands_before_what_the_model_said(
    officer: Browser, address: Address
) -> None:
    differing = next(r for r in READABLE if r.case.of_kind("contradiction"))
    text = officer.get(address(differing.score.application_id)).text
    assert text.index('id="conflicts"') < text.index('id="narrative"')
    assert "See the passage" in text
    fact = differing.case.of_kind("contradiction")[0]
    assert f"<strong>{fact.label.en}:</strong> " in text.lower()
    alone = next(r for r in READABLE if not r.case.of_kind("contradiction"))
    assert 'id="conflicts"' not in officer.get(address(alone.score.application_id)).text


def test_counter_and_questions_stand_before_the_opinion(officer: Browser, address: Address) -> None:
    text = officer.get(address(APPROVED.score.application_id)).text
    places = [text.index(f"<h3>{title}</h3>") for title in
              ("The strongest case against the score", "Questions to ask", "Opinion")]  # fmt: skip
    assert places == sorted(places)


def test_the_table_of_the_waterfall_adds_up(officer: Browser, address: Address) -> None:
    for unit, places in (("points", 1), ("log-odds", 2)):
        text = officer.get(f"{address(APPROVED.score.application_id)}?unit={unit}").text
        table = text[text.index("<caption>The same as a table") :]
        table = table[: table.index("</table>")].replace("−", "-")
        cells = [float(each) for each in re.findall(r'class="number">\s*([-+\d.]+)\s*<', table)]
        start, total, steps = cells[0], cells[-1], cells[1:-1:2]
        assert round(start + sum(steps), places) == total


def test_a_form_is_opened_by_address_with_what_it_needs(officer: Browser, address: Address) -> None:
    text = officer.get(f"{address(DECLINED.score.application_id)}?decide=approve").text
    (opened,) = re.findall(r'<details class="act" name="act" open>.*?</details>', text, re.DOTALL)
    assert "Override: approve" in opened
    for name in ("csrf", "outcome", "reason_code", "comment", "evidence"):
        assert f'name="{name}"' in opened
    assert DECLINED.rationale.evidence_digest in opened
    assert "Another person" in opened


def test_what_is_on_the_page_can_be_sent(acting: Opens, address: Address) -> None:
    officer = acting("officer")
    here = address(DECLINED.score.application_id)
    text = officer.get(f"{here}?decide=decline").text
    assert f'action="{here}/decide"' in text
    evidence = DECLINED.rationale.evidence_digest
    done = officer.send_form(f"{here}/decide", outcome="decline", comment="", evidence=evidence)
    assert done.status_code == 303
    text = officer.get(here).text
    assert "Officer decided: decline" in text
    assert "The case is decided; only comments can be added." in text
    assert f"/notice{here}" in text


def test_a_second_person_finds_the_proposal(
    acting: Opens, laid: Workbench, address: Address
) -> None:
    wanted = key(DECLINED.score.application_id)
    act = Act("decide", "approve", "security", "enough", DECLINED.rationale.evidence_digest)
    laid.desk.act(wanted, act, OFFICER, laid.settings)
    text = acting("senior").get(address(wanted.application_id)).text
    assert "Officer proposes to approve. That overrides the model" in text
    assert "/confirm" in text
    assert "/return" in text


def test_whoever_looks_on_sees_the_case_and_no_form(still: Opens, address: Address) -> None:
    text = still("validator").get(address(APPROVED.score.application_id)).text
    assert "Your role looks on and does not decide." in text
    assert 'class="act"' not in text
    assert '/mark"' not in text
    assert '/claim"' not in text


def test_who_keeps_accounts_sees_no_case(still: Opens, address: Address) -> None:
    answer = still("administrator").get(address(APPROVED.score.application_id))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/case/x/y", f"/case/{RUN}/nobody", f"/case/{RUN}/%00", f"/case/{RUN}/", "/case/%ED%A0%80/x"],
)
def test_an_unknown_case_is_not_found(officer: Browser, path: str) -> None:
    assert officer.get(path).status_code == 404


def test_whoever_has_not_logged_in_is_sent_to_the_door(
    browser: Callable[[], Browser], address: Address
) -> None:
    answer = browser().get(address("PROTECTED"))
    assert (answer.status_code, "/login" in answer.headers["location"]) == (303, True)


def test_a_case_that_another_run_replaced_keeps_its_history(
    acting: Opens, laid: Workbench, address: Address
) -> None:
    wanted = key(APPROVED.score.application_id)
    act = Act("hold", None, "", "waits for <b>a call</b>", APPROVED.rationale.evidence_digest)
    laid.desk.act(wanted, act, OFFICER, laid.settings)
    with closed(laid.database.name) as engine, engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM cases")
    laid.desk.take_in(laid.settings)
    officer = acting("officer")
    answer = officer.get(address(wanted.application_id))
    assert answer.status_code == 410
    assert "Another run has replaced" in answer.text
    assert "has no case of this application" in answer.text
    assert "waits for &lt;b&gt;a call&lt;/b&gt;" in answer.text
    assert wanted.application_id not in officer.get("/queue").text
    found = officer.get(f"/queue?id={wanted.application_id}")
    assert found.headers["location"] == address(wanted.application_id)


def test_a_replaced_case_and_the_one_in_its_place_lead_to_each_other(
    acting: Opens, laid: Workbench, address: Address
) -> None:
    wanted, again = key(APPROVED.score.application_id), "b" * 64
    act = Act("hold", None, "", "waits for a call", APPROVED.rationale.evidence_digest)
    laid.desk.act(wanted, act, OFFICER, laid.settings)
    laid.cases.supersede(DAY, again)
    lay(laid, [APPROVED], again)
    officer, new = acting("officer"), case_path(again, wanted.application_id)
    old = officer.get(address(wanted.application_id))
    assert (old.status_code, f'href="{new}"' in old.text) == (410, True)
    page = officer.get(new)
    assert page.status_code == 200
    assert f'href="{address(wanted.application_id)}"' in page.text
    assert "put it on hold" in page.text
    found = officer.get(f"/queue?id={wanted.application_id}")
    assert found.headers["location"] == new


def test_a_case_that_cannot_be_read_is_said_to_be_damaged(
    acting: Opens, laid: Workbench, address: Address
) -> None:
    with closed(laid.database.name) as engine, engine.begin() as connection:
        connection.exec_driver_sql("UPDATE cases SET record = '{}'")
    officer = acting("officer")
    answer = officer.get(address(APPROVED.score.application_id))
    assert answer.status_code == 410
    assert "cannot be read" in answer.text
    assert officer.get(address("DAMAGED")).status_code == 410


def test_thirty_pages_of_documents_are_laid_out_fast() -> None:
    spent = []
    for _ in range(4):
        # The thread's own time, and the best of a few: others are at work on the machine, and in
        # this process the garbage of six thousand tests may be swept just then.
        started = time.thread_time()
        case_view(given_of(hostile.long_record()), reader(), Asked())
        spent.append(time.thread_time() - started)
    assert min(spent) < 0.6


def test_thirty_pages_come_whole(acting: Opens, laid: Workbench) -> None:
    lay(laid, [hostile.long_record()], "b" * 64)
    text = acting("officer").get(case_path("b" * 64, "LONG-30-PAGES")).text
    assert text.count("流") >= 60_000
    assert len(Page(text).ids) < 300
