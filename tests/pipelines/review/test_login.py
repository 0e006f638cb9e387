"""Logging in and out: who comes in, how often one may try, and how long it lasts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from pipelines.errors import StoreError
from pipelines.review.entrance import log_in
from pipelines.review.errors import TooManyAttemptsError
from pipelines.review.sessions import COOKIE, digest_of
from pipelines.review.workbench import Workbench
from pipelines.store import Database
from pipelines.store.logins import Limits
from risk.desk import Role
from tests.pipelines.review.conftest import PASSWORD, Browser, Clock, person

WRONG = "wrong"


def test_the_right_password_lets_in_and_goes_on_to_where_one_wanted(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    asked = visitor.get("/?a=1").headers["location"]
    assert asked == "/login?next=%2F%3Fa%3D1"
    done = visitor.send_form("/login", name=" OFFICER ", password=PASSWORD, next="/?a=1")
    assert (done.status_code, done.headers["location"]) == (303, "/?a=1")
    assert visitor.get("/").headers["location"] == "/queue"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)",
           "/\t/evil.example", "\\\\evil.example", "evil"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_by_a_link_to_the_log_in(
    to: str, browser: Callable[[], Browser]
) -> None:
    done = browser().send_form("/login", name="officer", password=PASSWORD, next=to)
    assert done.headers["location"] == "/"


def test_the_token_is_renewed_at_log_in_and_kept_as_a_digest_only(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    visitor.token()
    before = visitor.cookies[COOKIE]
    visitor.log_in("officer")
    after = visitor.cookies[COOKIE]
    assert before != after
    assert bench.sessions.find(before) is None
    found = bench.sessions.find(after)
    assert found is not None
    assert found.token_digest == digest_of(after) != after


def test_the_cookie_is_shut_to_scripts_and_to_other_sites(browser: Callable[[], Browser]) -> None:
    given = browser().send_form("/login", name="officer", password=PASSWORD).headers
    cookie = next(each for each in given.get_list("set-cookie") if each.startswith(f"{COOKIE}="))
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"path=/", "secure", "httponly", "samesite=lax"}


def test_logging_in_again_ends_the_session_before(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    visitor = browser().log_in("officer")
    first = visitor.cookies[COOKIE]
    visitor.send_form("/login", name="senior", password=PASSWORD)
    assert bench.sessions.find(first) is None


def test_log_out_ends_the_session_in_the_store(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    visitor = browser().log_in("officer")
    token = visitor.cookies[COOKIE]
    done = visitor.send_form("/logout")
    assert (done.status_code, done.headers["location"]) == (303, "/login")
    assert bench.sessions.find(token) is None
    visitor.cookies.set(COOKIE, token)
    assert visitor.get("/").headers["location"].startswith("/login")


def test_a_session_ends_when_idle_and_in_any_case_after_its_time(
    clock: Clock, browser: Callable[[], Browser]
) -> None:
    visitor = browser().log_in("officer")
    for _ in range(24):
        clock.advance(minutes=29)
        assert visitor.get("/").headers["location"] == "/queue"
    clock.advance(minutes=25)
    assert visitor.get("/").headers["location"].startswith("/login")
    visitor = browser().log_in("officer")
    clock.advance(minutes=31)
    assert visitor.get("/").headers["location"].startswith("/login")


def test_a_wrong_name_and_a_wrong_password_look_the_same(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    bench.people.add(person("gone", active=False))
    bench.people.add(person("elsewhere", password_hash="", subject="s1"))
    pages = set()
    for name in ("officer", "nobody", "gone", "elsewhere"):
        visitor = browser()
        password = "wrong" if name == "officer" else PASSWORD
        answer = visitor.send_form("/login", name=name, password=password)
        pages.add((answer.status_code, answer.text.replace(name, "").replace(visitor.token(), "")))
    assert len(pages) == 1
    assert pages.pop()[0] == 401


def test_five_failures_of_a_name_shut_it_for_a_while_and_no_longer(
    clock: Clock, browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    for _ in range(5):
        assert visitor.send_form("/login", name="officer", password=WRONG).status_code == 401
        clock.advance(minutes=1)
    shut = visitor.send_form("/login", name="Officer", password=PASSWORD)
    assert shut.status_code == 429
    assert int(shut.headers["retry-after"]) == 10 * 60
    assert visitor.send_form("/login", name="senior", password=PASSWORD).status_code == 303
    clock.advance(minutes=10, seconds=1)
    assert browser().send_form("/login", name="officer", password=PASSWORD).status_code == 303


def test_nobody_shuts_a_colleague_out_from_another_place(bench: Workbench) -> None:
    for _ in range(Limits().by_address):
        with suppress(TooManyAttemptsError):
            assert log_in(bench, "officer", WRONG, "10.0.0.66") is None
    with pytest.raises(TooManyAttemptsError):
        log_in(bench, "officer", PASSWORD, "10.0.0.66")
    assert log_in(bench, "officer", PASSWORD, "10.0.0.7") is not None
    # Nor does the colleague's success let go on guessing.
    with pytest.raises(TooManyAttemptsError):
        log_in(bench, "officer", WRONG, "10.0.0.66")


def test_guesses_at_one_name_from_everywhere_are_limited_too(bench: Workbench) -> None:
    limits = Limits()
    for n in range(limits.by_name_anywhere):
        assert log_in(bench, "officer", WRONG, f"10.0.{n // limits.by_name}.1") is None
    with pytest.raises(TooManyAttemptsError):
        log_in(bench, "officer", PASSWORD, "10.0.0.7")


def test_trying_while_shut_does_not_keep_it_shut(
    clock: Clock, browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    for _ in range(5):
        visitor.send_form("/login", name="officer", password=WRONG)
    for _ in range(14):
        clock.advance(minutes=1)
        assert visitor.send_form("/login", name="officer", password=WRONG).status_code == 429
    clock.advance(minutes=1, seconds=1)
    assert visitor.send_form("/login", name="officer", password=PASSWORD).status_code == 303


def test_twenty_failures_from_an_address_shut_it_for_all_names(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    for n in range(20):
        assert visitor.send_form("/login", name=f"n{n}", password=WRONG).status_code == 401
    assert visitor.send_form("/login", name="officer", password=PASSWORD).status_code == 429


def test_a_success_forgets_what_failed_of_the_name(browser: Callable[[], Browser]) -> None:
    for _ in range(2):
        visitor = browser()
        for _ in range(4):
            assert visitor.send_form("/login", name="officer", password=WRONG).status_code == 401
        visitor.log_in("officer")


def test_many_guesses_at_once_are_no_more_than_five(browser: Callable[[], Browser]) -> None:
    visitors = [browser() for _ in range(12)]
    tokens = [visitor.token() for visitor in visitors]

    def guess(n: int) -> int:
        fields = {"csrf": tokens[n], "name": "officer", "password": "no"}
        return visitors[n].post("/login", data=fields).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count(401) <= 5
    assert set(answers) <= {401, 429}


def test_a_store_that_takes_nothing_any_more_is_still_read(
    bench: Workbench, clock: Clock, browser: Callable[[], Browser]
) -> None:
    visitor = browser().log_in("officer")
    clock.advance(minutes=10)
    with pytest.MonkeyPatch.context() as full:
        full.setattr(Database, "writing", refused)
        assert visitor.get("/password").status_code == 200
        assert visitor.send_form("/logout").status_code == 503
    clock.advance(minutes=21)
    # What could not be noted is not counted.
    assert visitor.get("/password").status_code == 303


def refused(*_: object, **__: object) -> None:
    raise StoreError("the store (store.db) cannot be used: OperationalError (SQLITE_FULL)")


def test_who_is_shut_out_or_has_another_role_feels_it_at_once(
    bench: Workbench, browser: Callable[[], Browser]
) -> None:
    visitor = browser().log_in("officer")
    bench.people.set_role("officer", Role.VALIDATOR)
    session = bench.sessions.find(visitor.cookies[COOKIE])
    assert session is not None
    assert session.user.role is Role.VALIDATOR
    bench.people.set_active("officer", active=False)
    assert visitor.get("/").headers["location"].startswith("/login")


def test_a_part_of_a_page_sends_the_whole_page_to_the_log_in(
    browser: Callable[[], Browser],
) -> None:
    answer = browser().get("/", headers={"hx-request": "true", "referer": "https://localhost/"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/login")
