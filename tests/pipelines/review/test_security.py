"""What stands before every answer, and the headers that go out with it."""

import asyncio
import logging
import time
from collections.abc import Callable

import pytest
from starlette.types import Message

from pipelines.review.app import create_app
from pipelines.review.entrance import same_name
from pipelines.review.security import LARGEST_BODY, POLICY
from pipelines.review.workbench import Workbench
from pipelines.store.keys import ApiKeys, Scope
from tests.pipelines.review.conftest import HOST, Browser

PLACES = ("/login", "/queue", "/nowhere", "/static/htmx.min.js", "/static/none", "/password")


@pytest.mark.parametrize("place", PLACES)
def test_every_answer_carries_the_headers(place: str, browser: Callable[[], Browser]) -> None:
    headers = browser().get(place).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "max-age" in headers["strict-transport-security"]
    assert headers["cache-control"] == ("no-cache" if place.endswith(".js") else "no-store")


def test_no_policy_allows_anything_inline() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[::1", "a:b:c"])
def test_another_host_is_refused(host: str, browser: Callable[[], Browser]) -> None:
    answer = browser().get("/login", headers={"host": host})
    assert answer.status_code == 400
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "host",
    ["localhost/static/x", "localhost?x", "localhost#x", "evil.example\\@localhost", "a@localhost",
     "localhost:80:90", "localhost:evil", "[::1]x", "localhost/api/", "localhost,evil.example"],
)  # fmt: skip
def test_a_host_that_is_more_than_a_name_and_a_port_is_refused(
    host: str, browser: Callable[[], Browser]
) -> None:
    assert browser().get("/login", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8400", "[::1]:80", "desk.bank.example"])
def test_our_own_names_and_those_of_the_settings_are_answered(
    host: str, browser: Callable[[], Browser]
) -> None:
    assert browser().get("/login", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://localhost:444"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://["},
        {"origin": "https://[x]"},
    ],
)
def test_a_change_asked_for_by_another_site_is_refused(
    headers: dict[str, str], browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    fields = {"csrf": visitor.token(), "language": "zh", "next": "/login"}
    assert visitor.post("/language", data=fields, headers=headers).status_code == 403
    own = {"origin": HOST, "sec-fetch-site": "same-origin"}
    assert visitor.post("/language", data=fields, headers=own).status_code == 303


@pytest.mark.parametrize("before", ["https://[", "https://[x]/queue", "https://localhost[/queue"])
def test_a_page_before_that_has_no_address_is_passed_over(
    before: str, browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    fields = {"csrf": visitor.token(), "name": "officer", "password": "wrong"}
    answer = visitor.post("/login", data=fields, headers={"referer": before})
    assert answer.status_code == 401


def test_a_change_needs_the_token_of_its_own_session(browser: Callable[[], Browser]) -> None:
    visitor, other = browser(), browser()
    fields = {"language": "zh", "next": "/login"}
    stolen = other.token()
    visitor.token()
    for token in ("", "x", stolen, "\ud7ff"):
        assert visitor.post("/language", data={"csrf": token, **fields}).status_code == 403
    header = {"X-CSRF-Token": visitor.token()}
    assert visitor.post("/language", data=fields, headers=header).status_code == 303


def test_a_token_from_before_log_in_is_worth_nothing_after(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    before = visitor.token()
    visitor.log_in("officer")
    fields = {"csrf": before, "language": "zh", "next": "/"}
    assert visitor.post("/language", data=fields).status_code == 403


def test_a_body_that_is_too_large_is_refused_announced_or_not(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    token = visitor.token().encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    body = b"csrf=" + token + b"&name=" + b"x" * LARGEST_BODY
    assert visitor.post("/login", content=body, headers=kind).status_code == 413
    pieces = (body[n : n + 65_536] for n in range(0, len(body), 65_536))
    answer = visitor.post("/login", content=pieces, headers=kind)
    assert answer.status_code == 413
    assert "content-security-policy" in answer.headers


def test_a_megabyte_is_read_and_a_nul_is_dropped(browser: Callable[[], Browser]) -> None:
    visitor = browser()
    answer = visitor.send_form("/login", name="\x00\u202e" + "字" * 300_000, password="x" * 100_000)
    assert answer.status_code == 401
    assert "\x00" not in answer.text
    assert "\u202e" not in answer.text


def test_accents_without_end_in_a_name_hold_nobody_up(browser: Callable[[], Browser]) -> None:
    name = "a" + 20_000 * "\u0301" + 20_000 * "\u0316"
    started = time.thread_time()
    assert same_name(name) == same_name(name[:1_000])
    # To put all of them in order takes more than ten seconds.
    assert time.thread_time() - started < 2
    assert browser().send_form("/login", name=name).status_code == 401


@pytest.mark.parametrize("charset", ["punycode", "undefined", "utf-16", "utf-7", "latin-1", "x"])
def test_a_form_in_another_encoding_is_refused(
    charset: str, browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    fields = {"csrf": visitor.token(), "name": "\xe9-99999999", "password": "wrong"}
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    for said, status in (("", 401), ("; charset=UTF-8", 401), (f"; charset={charset}", 415)):
        kind = {"content-type": f"multipart/form-data; boundary=x{said}"}
        answer = visitor.post("/login", content=f"{parts}--x--\r\n".encode(), headers=kind)
        assert answer.status_code == status


@pytest.mark.parametrize("place", ["/%00", "/case/%00/x", "/login?next=%00", "/static/%00"])
def test_a_nul_in_an_address_is_no_page(place: str, browser: Callable[[], Browser]) -> None:
    assert browser().get(place).status_code == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--\r\n',
        ),
        ("application/x-www-form-urlencoded", b"%ff%fe=%zz&&&=;"),
        ("application/x-www-form-urlencoded", b"a=1&" * 5_000),
        ("application/json", b"{"),
        ("", b"\xff"),
    ],
)
def test_a_form_that_cannot_be_read_changes_nothing_and_breaks_nothing(
    kind: str, body: bytes, browser: Callable[[], Browser]
) -> None:
    visitor = browser()
    visitor.token()
    answer = visitor.post("/login", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403, 422)


def test_a_defect_is_told_without_its_words(
    bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(bench)

    def fail() -> None:
        raise RuntimeError("Zhang Wei owes 5000")

    app.add_api_route("/fails", fail)
    with caplog.at_level(logging.INFO):
        answer = Browser(app, HOST).get("/fails")
    assert answer.status_code == 500
    assert "content-security-policy" in answer.headers
    assert "Zhang" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("place", [b"/login", b"/api/v1/score"])
def test_who_goes_away_in_mid_sentence_is_no_defect(
    place: bytes, bench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    key = ApiKeys(bench.database).make("core", frozenset(Scope))
    said = {
        b"host": b"localhost",
        b"content-length": b"1000",
        b"authorization": f"Bearer {key}".encode(),
        b"content-type": b"application/x-www-form-urlencoded",
    }
    if place != b"/login":
        said[b"content-type"] = b"application/json"
    scope = {
        "type": "http", "method": "POST", "scheme": "https", "path": place.decode(),
        "raw_path": place, "query_string": b"", "root_path": "", "headers": list(said.items()),
    }  # fmt: skip
    heard = iter([{"type": "http.request", "body": b"csrf", "more_body": True}])

    async def receive() -> Message:
        return next(heard, {"type": "http.disconnect"})

    async def send(_: Message) -> None:
        """Nobody is there to be answered."""

    with caplog.at_level(logging.INFO):
        asyncio.run(create_app(bench)(scope, receive, send))
    assert caplog.text == ""


def test_a_store_that_is_away_is_told_and_comes_back(
    browser: Callable[[], Browser],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from pipelines.errors import StoreError

    visitor = browser().log_in("officer")
    caplog.clear()

    def away(*_: object) -> None:
        raise StoreError("the store (postgresql) cannot be used: OperationalError")

    with monkeypatch.context() as without:
        without.setattr("pipelines.store.database.Database.reading", away)
        answer = visitor.get("/password")
        assert answer.status_code == 503
        assert "postgresql" not in answer.text
        assert "the store (postgresql) cannot be used: OperationalError" in caplog.text
        assert browser().get("/login").status_code == 200
    assert visitor.get("/password").status_code == 200
