"""Who is there, and in which language they are spoken to."""

from collections.abc import Callable

import pytest

from pipelines.review.app import create_app
from pipelines.review.workbench import Workbench
from tests.pipelines.review.conftest import HOST, Browser, person


def spoken(visitor: Browser, place: str = "/login", **headers: str) -> str:
    return visitor.get(place, headers=headers).headers["content-language"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("fr,de", "zh-CN"),
        ("fr, en;q=0.1", "en"),
        ("en;q=0, zh;q=0.1", "zh-CN"),
        ("x" * 10_000, "zh-CN"),
        (";;;q=,,en;q=9", "zh-CN"),
    ],
)
def test_before_log_in_the_browser_says_which_language(
    header: str, language: str, browser: Callable[[], Browser]
) -> None:
    assert spoken(browser(), **{"accept-language": header}) == language


def test_a_wish_in_the_address_counts_more(browser: Callable[[], Browser]) -> None:
    assert spoken(browser(), "/login?lang=en", **{"accept-language": "zh"}) == "en"
    assert spoken(browser(), "/login?lang=fr", **{"accept-language": "en"}) == "en"


def test_the_switch_is_remembered_before_log_in_and_goes_back(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    done = visitor.send_form("/language", language="en", next="/login?next=%2Fqueue")
    assert (done.status_code, done.headers["location"]) == (303, "/login?next=%2Fqueue")
    assert spoken(visitor, **{"accept-language": "zh"}) == "en"


def test_the_switch_of_a_person_holds_wherever_the_person_logs_in(
    browser: Callable[[], Browser],
) -> None:
    browser().log_in("officer").send_form("/language", language="zh", next="/password")
    elsewhere = browser().log_in("officer")
    assert spoken(elsewhere, "/password", **{"accept-language": "en"}) == "zh-CN"


def test_who_never_chose_is_spoken_to_as_the_browser_says(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    bench.people.add(person("new", language=None))
    visitor = browser().log_in("new")
    assert spoken(visitor, "/password", **{"accept-language": "en"}) == "en"
    assert spoken(visitor, "/password", **{"accept-language": "zh"}) == "zh-CN"


def test_the_switch_sends_nobody_elsewhere(browser: Callable[[], Browser]) -> None:
    done = browser().send_form("/language", language="en", next="//evil.example")
    assert done.headers["location"] == "/"
    assert browser().send_form("/language", language="fr", next="/").status_code == 404


def test_behind_a_proxy_all_addresses_have_its_prefix(bench: Workbench) -> None:
    app = create_app(bench)
    visitor = Browser(app, HOST, follow_redirects=False, root_path="/desk")
    assert visitor.get("/desk/").headers["location"] == "/desk/login?next=%2Fdesk%2F"
    assert "/desk/static/htmx.min.js?v=" in visitor.get("/desk/login").text
    assert visitor.get("/desk/api/v1/none").json()["type"] == "urn:mingjian:problem:not-found"
