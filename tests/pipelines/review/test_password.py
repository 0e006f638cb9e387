"""Changing a password: what is asked of a new one, and that nothing else is possible before."""

from collections.abc import Callable

import pytest

from pipelines.review import accounts
from pipelines.review.app import create_app
from pipelines.review.routing import PUBLIC, declared
from pipelines.review.sessions import COOKIE
from pipelines.review.workbench import Workbench
from pipelines.store.logins import Limits
from risk.desk import Role
from tests.pipelines.review.conftest import CHEAP, PASSWORD, Browser
from tests.pipelines.review.test_routing import filled

NEW = "a longer password"


def change(visitor: Browser, now: str = PASSWORD, new: str = NEW, again: str = NEW) -> int:
    return visitor.send_form("/password", current=now, new=new, again=again).status_code


def test_a_new_password_serves_from_then_on_and_all_other_sessions_end(
    browser: Callable[[], Browser],
) -> None:
    here, elsewhere = browser().log_in("officer"), browser().log_in("officer")
    before = here.cookies[COOKIE]
    assert change(here) == 303
    assert here.cookies[COOKIE] != before
    assert here.get("/").headers["location"] == "/queue"
    assert elsewhere.get("/").headers["location"].startswith("/login")
    assert browser().send_form("/login", name="officer", password=PASSWORD).status_code == 401
    browser().log_in("officer", NEW)


@pytest.mark.parametrize(
    ("now", "new", "again"),
    [
        ("wrong", NEW, NEW),
        (PASSWORD, NEW, NEW + "x"),
        (PASSWORD, "eleven chrs", "eleven chrs"),
        (PASSWORD, "x" * 1025, "x" * 1025),
        (PASSWORD, PASSWORD, PASSWORD),
        (PASSWORD, "", ""),
    ],
)
def test_what_does_not_do_changes_nothing(
    now: str, new: str, again: str, browser: Callable[[], Browser]
) -> None:
    visitor = browser().log_in("officer")
    assert change(visitor, now, new, again) == 422
    browser().log_in("officer")


def test_the_password_of_now_is_guessed_at_as_seldom_as_at_the_door(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser().log_in("officer")
    for _ in range(Limits().by_name):
        assert change(visitor, now="wrong") == 422
    assert change(visitor) == 429
    browser().log_in("officer")


def test_twelve_characters_of_any_kind_are_enough(browser: Callable[[], Browser]) -> None:
    for name, new in (("officer", "aaaaaaaaaaaa"), ("senior", "密码密码密码密码密码密码")):
        assert change(browser().log_in(name), new=new, again=new) == 303
        browser().log_in(name, new)


def test_a_one_time_password_opens_nothing_but_the_page_to_change_it(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    account = accounts.Account("new.one", Role.SENIOR)
    given = accounts.add(bench.people, CHEAP, account)
    visitor = browser().log_in("new.one", given)
    for method, path, admits in declared(create_app(bench)):
        assert admits is not None
        if admits.roles == PUBLIC or admits.unchanged:
            continue
        fields = {"csrf": visitor.token()} if method != "GET" else None
        answer = visitor.request(method, filled(path), data=fields)
        if method == "GET":
            assert (answer.status_code, answer.headers["location"]) == (303, "/password"), path
        else:
            assert answer.status_code == 403, path
    assert change(visitor, now=given) == 303
    assert visitor.get("/").headers["location"] == "/queue"
