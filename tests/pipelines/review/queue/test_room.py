"""The page of the queue: what it lists, what it links to, and who sees it."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipelines.errors import StoreError
from pipelines.review.app import create_app
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store.desk import Desk
from risk.desk import Role
from tests.pipelines.review.conftest import HOST, Browser, Clock, person
from tests.pipelines.review.queue.laid_rows import NIGHT, RUN, ids_in, many, put

Opens = Callable[[], Browser]


def counts(page: str) -> dict[str, str]:
    return dict(
        re.findall(r'<a href="/queue[^"]*"[^>]*>([^<]+) <span class="count">([^<]+)<', page)
    )


def links(page: str, rel: str) -> list[str]:
    found = re.findall(rf'<a class="button" href="([^"]+)" rel="{rel}"', page)
    return [each.replace("&amp;", "&") for each in found]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["officer", "senior", "validator"])
def test_those_who_may_see_cases_see_the_queue(
    name: str, language: str, bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1")
    bench.people.set_language(name, "zh" if language == "zh" else "en")
    page = browser().log_in(name).get("/queue")
    assert page.status_code == 200
    assert ids_in(page.text) == ["A1"]
    assert ('name="case"' in page.text) == (name != "validator")
    assert ("/queue/assign" in page.text) == (name == "senior")


def test_an_administrator_sees_no_case(browser: Opens) -> None:
    visitor = browser().log_in("administrator")
    assert {visitor.get(path).status_code for path in ("/queue", "/queue/export")} == {403}


def test_the_most_urgent_come_first_and_pages_lead_through_all_of_them_and_back(
    bench: Workbench, browser: Opens
) -> None:
    ids = many(bench, 120)
    visitor = browser().log_in("officer")
    pages = ["/queue"]
    listed: list[str] = []
    while pages[-1]:
        page = visitor.get(pages[-1]).text
        listed += ids_in(page)
        pages.append(next(iter(links(page, "next")), ""))
    assert listed == ids
    assert len(pages) == 4
    back = links(visitor.get(pages[2]).text, "prev")
    assert ids_in(visitor.get(back[0]).text) == ids[50:100]


@pytest.mark.parametrize(
    "query",
    ["after=1.0", "after=nan:2", "after=x", "q=none", "night=x", "flag=x", "grade=" + "g" * 300],
)
def test_a_forged_address_is_a_page_that_says_so_and_nothing_else(
    query: str, bench: Workbench, browser: Opens
) -> None:
    put(bench, "the-only-case")
    visitor = browser().log_in("officer")
    for path in ("/queue", "/queue/export"):
        answer = visitor.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "the-only-case" not in answer.text


def test_tabs_hold_their_cases_and_their_counts(bench: Workbench, browser: Opens) -> None:
    put(bench, "mine", holder="officer")
    put(bench, "yours", holder="senior")
    put(bench, "pending", pending=True)
    for state in ("asked", "held", "escalated", "second", "decided"):
        put(
            bench,
            state,
            state=state,
            holder="senior",
            outcome="decline" if state == "decided" else "",
        )
    visitor = browser().log_in("officer")
    for tab in ("mine", "pending", "asked", "held", "escalated", "second", "decided"):
        assert ids_in(visitor.get(f"/queue?q={tab}").text) == [tab]
    assert ids_in(visitor.get("/queue?q=unassigned").text) == ["pending"]
    page = visitor.get("/queue").text
    assert set(ids_in(page)) == {"mine", "yours", "pending", "asked", "held", "escalated", "second"}
    assert counts(page) == {
        "All": "7", "Mine": "1", "Unassigned": "1", "Second review": "1", "Rationale pending": "1",
        "Information asked": "1", "On hold": "1", "Escalated": "1",
    }  # fmt: skip


def test_a_thousand_are_counted_and_no_more(bench: Workbench, browser: Opens) -> None:
    many(bench, 1_005)
    assert counts(browser().log_in("officer").get("/queue").text)["All"] == "1000+"


def test_filters_narrow_a_queue_down_together(bench: Workbench, browser: Opens) -> None:
    put(bench, "A1", grade="A1", product="car", recommendation="approve")
    put(bench, "A2", grade="A1", product="house", suspected=True, business_date=date(2026, 11, 26))
    put(bench, "A3", grade="D1", product="car", pending=True, struck=2)
    visitor = browser().log_in("officer")
    asked = {
        "grade=A1": ["A1", "A2"],
        "grade=A1&product=car": ["A1"],
        "recommendation=approve": ["A1"],
        "night=2026-11-26": ["A2"],
        "flag=pending": ["A3"],
        "flag=suspected&grade=A1": ["A2"],
        "flag=struck": ["A3"],
        "q=pending&product=car&grade=D1": ["A3"],
        "product=boat": [],
    }
    for query, ids in asked.items():
        assert sorted(ids_in(visitor.get(f"/queue?{query}").text)) == ids, query


def test_a_form_of_filters_that_is_sent_without_any_asks_for_all(
    bench: Workbench, browser: Opens
) -> None:
    put(bench, "A1")
    page = browser().log_in("officer").get("/queue?product=&grade=&recommendation=&night=&flag=")
    assert ids_in(page.text) == ["A1"]


def test_a_search_for_an_id_opens_the_case(bench: Workbench, browser: Opens) -> None:
    odd = 'A/1 ?é#"<b>'
    put(bench, odd, "A10", "A11")
    visitor = browser().log_in("officer")
    found = visitor.get("/queue", params={"id": f"  {odd} "})
    assert (found.status_code, found.headers["location"]) == (303, case_path(RUN, odd))
    assert ids_in(visitor.get("/queue?id=A1").text) == ["A10", "A11"]
    assert "No application begins with" in visitor.get("/queue?id=Z").text


def test_a_search_for_an_id_of_two_nights_lists_both(bench: Workbench, browser: Opens) -> None:
    put(bench, "A1")
    put(bench, "A1", run_key="c" * 64, business_date=date(2026, 11, 28))
    page = browser().log_in("officer").get("/queue?id=A1")
    assert ids_in(page.text) == ["A1", "A1"]


def test_a_row_tells_what_a_person_has_to_know(
    bench: Workbench, clock: Clock, browser: Opens
) -> None:
    due = clock.now - timedelta(hours=5)
    put(bench, "late", queued_at=due - timedelta(hours=24), due_at=due, holder="senior",
        struck=1, suspected=True, model_recommendation="approve", recommendation="refer",
        amount=None)  # fmt: skip
    put(bench, "early", pending=True, holder="officer")
    page = browser().log_in("officer").get("/queue").text
    late, early = sorted(page.split("<tr class=")[1:], key=lambda row: "early" in row)
    told = ("5 h overdue", "29 h", "Senior", "Claim struck", "Instruction suspected", "Approve",
            "Refer", "became", "12.50%", "B2", "601.5")  # fmt: skip
    assert [each for each in told if each not in late] == []
    assert [each for each in ("21 h left", "You", "Rationale pending") if each not in early] == []
    assert "overdue" not in early


def test_what_no_field_of_the_form_holds_has_no_column(bench: Workbench) -> None:
    put(bench, "A1", product="", amount=None)

    def heads(**review: str) -> set[str]:
        settings = bench.settings.model_copy(update=review)
        config = bench.config.model_copy(update={"review": settings})
        app = create_app(replace(bench, config=config))
        page = Browser(app, HOST, follow_redirects=False).log_in("officer").get("/queue").text
        return {each for each in ("Product", "Amount") if f">{each}" in page}

    assert heads(product="", amount="") == set()
    assert heads(product="loan_purpose", amount="loan_amount") == {"Product", "Amount"}


def test_an_amount_names_its_unit_in_head_and_card(bench: Workbench) -> None:
    put(bench, "A1", amount=12_000)
    settings = bench.settings.model_copy(update={"amount": "loan_amount"})
    config = bench.config.model_copy(update={"review": settings})
    app = create_app(replace(bench, config=config))
    page = Browser(app, HOST, follow_redirects=False).log_in("officer").get("/queue").text
    assert 'data-label="Amount (CNY)">12,000</td>' in page
    assert ">Amount (CNY)</th>" in page


def test_hostile_text_is_text(bench: Workbench, browser: Opens) -> None:
    hostile = '<script>alert(1)</script>"\u202e\x07'
    put(bench, hostile, product=hostile, grade=hostile, holder=hostile)
    bench.people.add(person("x", Role.SENIOR, display=hostile))
    page = browser().log_in("senior").get("/queue").text
    assert "<script>alert" not in page
    assert not {"\u202e", "\x07"} & set(page)


def test_without_its_store_the_queue_is_a_page_that_says_so(
    browser: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreError("away")

    visitor = browser().log_in("officer")
    monkeypatch.setattr(Desk, "page", away)
    assert visitor.get("/queue").status_code == 503
    assert visitor.get("/queue/export").status_code == 503


def test_a_night_has_its_cases_in_the_queue(bench: Workbench, browser: Opens) -> None:
    put(bench, "A1")
    page = browser().log_in("validator").get(f"/queue?night={NIGHT}").text
    assert ids_in(page) == ["A1"]


def with_first_view(bench: Workbench) -> Workbench:
    """A desk whose officers give a view of their own first."""
    review = bench.settings.model_copy(update={"first_view": True})
    return replace(bench, config=bench.config.model_copy(update={"review": review}))


@pytest.mark.parametrize(("name", "seen"), [("officer", False), ("validator", True)])
def test_who_gives_a_first_view_does_not_read_the_reasoning_in_the_list(
    bench: Workbench, name: str, seen: bool
) -> None:
    strict = with_first_view(bench)
    put(strict, "A1", model_recommendation="approve", recommendation="refer", moved=True, struck=2)
    visitor = Browser(create_app(strict), HOST, follow_redirects=False).log_in(name)
    table = visitor.get("/queue").text.split("<tbody>")[1]
    assert ("Refer" in table, "struck" in table.lower()) == (seen, seen)
    cells = visitor.get("/queue/export").text
    assert ("Refer" in cells, "struck" in cells.lower()) == (seen, seen)


@pytest.mark.parametrize(("name", "sifts"), [("officer", False), ("validator", True)])
def test_who_gives_a_first_view_does_not_sift_by_the_reasoning_either(
    bench: Workbench, name: str, sifts: bool
) -> None:
    strict = with_first_view(bench)
    put(strict, "A1", recommendation="refer", struck=2)
    put(strict, "A2", recommendation="approve", struck=0)
    visitor = Browser(create_app(strict), HOST, follow_redirects=False).log_in(name)
    page = visitor.get("/queue").text
    offered = 'name="recommendation"' in page, 'value="struck"' in page
    assert offered == (sifts, sifts)
    for query in ("recommendation=refer", "flag=struck", "recommendation=refer&flag=struck"):
        found = sorted(ids_in(visitor.get(f"/queue?{query}").text))
        assert found == (["A1"] if sifts else ["A1", "A2"])
        assert ("A2" in visitor.get(f"/queue/export?{query}").text) is not sifts
    assert 'name="recommendation"' in visitor.get("/queue?q=decided").text
