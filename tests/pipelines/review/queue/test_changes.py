"""Claiming, releasing, assigning, taking the next ones, and saving views."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import Response

from pipelines.review.app import create_app
from pipelines.review.queue.acting import Told
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from pipelines.store.views import MOST, SavedView, SavedViews
from risk.desk import Role
from tests.pipelines.review.conftest import HOST, Browser, person
from tests.pipelines.review.queue.laid_rows import RUN, many, put

Opens = Callable[[], Browser]


def holder(bench: Workbench, application_id: str) -> str:
    row = bench.desk.find(CaseKey(RUN, application_id))
    assert row is not None
    return row.holder


def send(visitor: Browser, did: str, *ids: str, **fields: str) -> Response:
    data = {"csrf": visitor.token(), "case": [f"{RUN}:{each}" for each in ids], **fields}
    return visitor.post(f"/queue/{did}", data=data)


def told(answer: Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query).get("told", [""])[0]


def test_ticked_cases_are_claimed_and_the_page_one_came_from_says_so(
    bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1", "A2", "A3")
    visitor = browser().log_in("officer")
    done = send(visitor, "claim", "A1", "A2", "A1", shown="q=unassigned&grade=B2")
    assert done.headers["location"] == "/queue?q=unassigned&grade=B2&told=claim.2.0"
    assert [holder(bench, each) for each in ("A1", "A2", "A3")] == ["officer", "officer", ""]
    assert "Claimed: 2." in visitor.get(done.headers["location"]).text


def test_what_another_holds_or_is_decided_or_is_not_there_is_missed_and_the_rest_is_done(
    bench: Workbench, browser: Opens
) -> None:
    put(bench, "theirs", holder="senior")
    put(bench, "done", state="decided", outcome="approve")
    put(bench, "free")
    visitor = browser().log_in("officer")
    answer = send(visitor, "claim", "theirs", "done", "none", "free", "\0", "")
    assert told(answer) == "claim.1.4"
    assert (holder(bench, "theirs"), holder(bench, "free")) == ("senior", "officer")
    assert "Not claimed: 4" in visitor.get(answer.headers["location"]).text


def test_an_officer_releases_their_own_and_a_senior_anybodys(
    bench: Workbench, browser: Opens
) -> None:
    put(bench, "mine", holder="officer")
    put(bench, "theirs", holder="senior")
    assert told(send(browser().log_in("officer"), "release", "mine", "theirs")) == "release.1.1"
    put(bench, "held", holder="officer")
    assert told(send(browser().log_in("senior"), "release", "held", "theirs")) == "release.2.0"
    assert {holder(bench, each) for each in ("mine", "theirs", "held")} == {""}


def test_nothing_ticked_changes_nothing_and_is_said(bench: Workbench, browser: Opens) -> None:
    put(bench, "A1")
    visitor = browser().log_in("officer")
    answer = send(visitor, "claim")
    assert told(answer) == "claim.0.0"
    assert "No case was ticked." in visitor.get(answer.headers["location"]).text
    assert holder(bench, "A1") == ""


def test_a_senior_assigns_to_a_colleague_and_nobody_else_does(
    bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1", "A2", holder="senior")
    assert send(browser().log_in("officer"), "assign", "A1", to="officer").status_code == 403
    senior = browser().log_in("senior")
    assert told(send(senior, "assign", "A1", "A2", to="officer")) == "assign.2.0"
    assert {holder(bench, each) for each in ("A1", "A2")} == {"officer"}


@pytest.mark.parametrize(
    "to", ["", "nobody", "validator", "administrator", "gone", "\0", "x" * 9999]
)
def test_cases_go_to_none_but_those_who_work_on_cases(
    to: str, bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1")
    bench.people.add(person("gone", active=False))
    assert send(browser().log_in("senior"), "assign", "A1", to=to).status_code == 422
    assert holder(bench, "A1") == ""


def test_taking_the_next_gives_the_most_urgent_up_to_the_limit(
    bench: Workbench, browser: Opens
) -> None:
    ids = many(bench, 30)
    visitor = browser().log_in("officer")
    assert told(send(visitor, "take", count="3")) == "take.3.0"
    assert [each for each in ids if holder(bench, each)] == ids[:3]
    most = bench.settings.most_held
    answer = send(visitor, "take", count=str(most), shown="q=mine")
    assert told(answer) == f"take.{most - 3}.3"
    assert "as many as one person may" in visitor.get(answer.headers["location"]).text
    assert [each for each in ids if holder(bench, each)] == ids[:most]


@pytest.mark.parametrize("count", ["", "0", "-1", "21", "9" * 400, "x", "1.5", "٣"])
def test_a_count_that_is_none_takes_nothing(count: str, bench: Workbench, browser: Opens) -> None:
    put(bench, "A1")
    assert send(browser().log_in("officer"), "take", count=count).status_code == 422
    assert holder(bench, "A1") == ""


def test_two_who_take_the_next_at_once_get_different_cases(bench: Workbench) -> None:
    ids = many(bench, 12)
    bench.people.add(person("other"))
    app = create_app(bench)
    visitors = [Browser(app, HOST, follow_redirects=False).log_in(n) for n in ("officer", "other")]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda v: told(send(v, "take", count="5")), visitors)) == [
            "take.5.0", "take.5.0"
        ]  # fmt: skip
    holders = [holder(bench, each) for each in ids]
    assert (holders.count("officer"), holders.count("other")) == (5, 5)


@pytest.mark.parametrize("did", ["claim", "release", "take", "assign"])
def test_who_does_not_work_on_cases_does_not_take_any(
    did: str, bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1")
    for role in (Role.VALIDATOR, Role.ADMINISTRATOR):
        visitor = browser().log_in(role.value)
        assert send(visitor, did, "A1", count="1", to="officer").status_code == 403


def test_there_is_no_judgement_in_bulk(bench: Workbench) -> None:
    paths = {str(getattr(route, "path", "")) for route in create_app(bench).routes}
    assert {path for path in paths if path.startswith("/queue/")} == {
        "/queue/claim", "/queue/release", "/queue/take", "/queue/assign", "/queue/export",
        "/queue/views", "/queue/views/delete",
    }  # fmt: skip


def test_a_page_to_go_back_to_that_is_none_of_ours_is_refused(
    bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1")
    answer = send(browser().log_in("officer"), "claim", "A1", shown="q=//evil.example")
    assert answer.status_code == 422


def test_a_view_is_saved_opened_and_deleted(bench: Workbench, browser: Opens) -> None:
    put(bench, "A1", grade="A1")
    put(bench, "B1", grade="D1")
    visitor = browser().log_in("validator")
    done = visitor.send_form("/queue/views", name=" 大额 <b>", shown="grade=A1&after=1.0:3")
    assert done.headers["location"] == "/queue?grade=A1"
    assert SavedViews(bench.database, "validator").all() == (SavedView("大额 <b>", "grade=A1"),)
    page = visitor.get("/queue").text
    assert "大额 &lt;b&gt;" in page
    assert 'href="/queue?grade=A1"' in page
    assert "大额" not in browser().log_in("officer").get("/queue").text
    visitor.send_form("/queue/views/delete", name="大额 <b>")
    assert "大额" not in visitor.get("/queue").text


@pytest.mark.parametrize(
    "fields", [{}, {"name": "  "}, {"name": "x" * 61}, {"name": "x", "shown": "q=x"}]
)
def test_a_view_without_a_name_or_of_no_queue_is_not_saved(
    fields: dict[str, str], bench: Workbench, browser: Opens
) -> None:
    assert browser().log_in("officer").send_form("/queue/views", **fields).status_code == 422
    assert SavedViews(bench.database, "officer").all() == ()


def test_too_many_views_are_said_to_be(bench: Workbench, browser: Opens) -> None:
    views = SavedViews(bench.database, "officer")
    for n in range(MOST):
        views.save(SavedView(str(n), ""))
    visitor = browser().log_in("officer")
    done = visitor.send_form("/queue/views", name="more", shown="q=mine")
    assert "there are 30 views already" in visitor.get(done.headers["location"]).text


@pytest.mark.parametrize(
    "text",
    ["", "claim", "claim.1", "claim.1.2.3", "judge.1.2", "claim.-1.2", "claim.99999.1", "take.².1"],
)
def test_an_address_that_tells_of_nothing_is_passed_over(text: str) -> None:
    assert Told.read(text) is None


def test_what_is_told_comes_back_as_it_was() -> None:
    assert Told.read(Told("assign", 3, 0).text) == Told("assign", 3, 0)
