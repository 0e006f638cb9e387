"""The webhook: every decision is told, in order and signed, whatever fails in between."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import NamedTuple

import pytest

from pipelines.errors import ConfigError
from pipelines.review.settings import WebhookSettings
from pipelines.review.webhook.posting import NotToldError
from pipelines.review.webhook.telling import EVERY_S, SECRET, Telling
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from pipelines.store.outbox import Outbox
from risk.desk import Act, Person, Role
from tests.pipelines.review.laid import EVIDENCE, lay

KEY = "a secret of sixteen"
OFFICER = Person("officer", Role.OFFICER)


class Heard(NamedTuple):
    """A message as it arrived."""

    path: str
    signature: str
    body: bytes

    @property
    def id(self) -> str:
        return str(json.loads(self.body)["application_id"])


class Listener:
    """Another system, which answers as it is told to."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.heard.append(Heard(self.path, self.headers["Mingjian-Signature"], body))
                self.send_response(outer.answers.pop(0) if outer.answers else 200)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/decided?to=us"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def telling(
    bench: Workbench, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Telling]:
    """Begins to tell, as a process would that has just been started."""
    monkeypatch.setenv(SECRET, KEY)
    settings = WebhookSettings(url=listener.url)
    return lambda clock=lambda: 0.0: Telling(bench, settings, clock)


def decide(bench: Workbench, *keys: CaseKey) -> None:
    for key in keys:
        act = Act("decide", "approve", evidence=EVIDENCE, comment="of nobody's concern")
        bench.desk.act(key, act, OFFICER, bench.settings)


def test_a_decision_is_told_once_and_signed(
    bench: Workbench, listener: Listener, telling: Callable[..., Telling]
) -> None:
    (key,) = lay(bench, ["审批 1"])
    told = telling()
    bench.desk.claim(key, OFFICER)
    decide(bench, key)
    told.tell()
    told.tell()
    (heard,) = listener.heard
    parts = dict(each.split("=") for each in heard.signature.split(","))
    signed = hmac.new(KEY.encode(), f"{parts['t']}.".encode() + heard.body, hashlib.sha256)
    assert parts["v1"] == signed.hexdigest()
    assert heard.path == "/decided?to=us"
    body = json.loads(heard.body)
    (_, review) = bench.reviews.of(*key)
    assert (body["application_id"], body["outcome"]) == ("审批 1", "approve")
    assert (body["id"], body["hash"]) == (review.id, review.hash)
    assert "concern" not in heard.body.decode()


def test_what_was_decided_before_the_webhook_was_set_is_not_told(
    bench: Workbench, listener: Listener, telling: Callable[..., Telling]
) -> None:
    first, second = lay(bench, ["A1", "A2"])
    decide(bench, first)
    told = telling()
    decide(bench, second)
    told.tell()
    assert [each.id for each in listener.heard] == ["A2"]


def test_a_failure_holds_back_what_comes_after_and_is_tried_again_later_and_later(
    bench: Workbench, listener: Listener, telling: Callable[..., Telling]
) -> None:
    now = [0.0]
    keys = lay(bench, ["A1", "A2"])
    told = telling(lambda: now[0])
    decide(bench, *keys)
    listener.answers = [500, 302]
    with pytest.raises(NotToldError, match="500"):
        told.tell()
    told.tell()
    assert len(listener.heard) == 1
    now[0] += EVERY_S
    with pytest.raises(NotToldError, match="302"):
        told.tell()
    now[0] += EVERY_S
    told.tell()
    assert len(listener.heard) == 2
    now[0] += EVERY_S
    told.tell()
    assert [each.id for each in listener.heard] == ["A1", "A1", "A1", "A2"]
    assert {each.path for each in listener.heard} == {"/decided?to=us"}


def test_a_process_that_dies_between_telling_and_noting_tells_once_more(
    bench: Workbench, listener: Listener, telling: Callable[..., Telling],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    keys = lay(bench, ["A1", "A2", "A3"])
    told = telling()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for key in keys:
        decide(bench, key)
        with monkeypatch.context() as patch:
            patch.setattr(Outbox, "told", killed)
            with pytest.raises(KeyboardInterrupt):
                told.tell()
        told = telling()
    told.tell()
    heard = [each.id for each in listener.heard]
    assert list(dict.fromkeys(heard)) == ["A1", "A2", "A3"]
    assert heard[-3:] == ["A1", "A2", "A3"]


def test_nobody_there_is_a_failure_that_names_nothing(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, KEY)
    (key,) = lay(bench, ["A1"])
    told = Telling(bench, WebhookSettings(url="http://127.0.0.1:9/token-in-path"))
    decide(bench, key)
    with pytest.raises(NotToldError) as error:
        told.tell()
    assert "token" not in str(error.value)


@pytest.mark.parametrize("secret", [None, "", "too short"])
def test_nothing_is_told_without_a_secret(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    monkeypatch.delenv(SECRET, raising=False)
    if secret is not None:
        monkeypatch.setenv(SECRET, secret)
    with pytest.raises(ConfigError, match=SECRET):
        Telling(bench, WebhookSettings(url="https://bank.example/x"))


@pytest.mark.parametrize(
    "url",
    ["http://bank.example/", "ftp://x/", "https://", "https://u:p@bank.example/", "x", "",
     "http://localhost.evil.example/", "https://bank.example/#x", "https://bank.example:0/",
     "https://bank.example:99999/", "https://a b/", "https://bank.example/\n"],
)  # fmt: skip
def test_an_address_that_others_could_listen_in_on_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|name and password|url"):
        WebhookSettings(url=url)


def test_each_portfolio_tells_of_its_own(bench: Workbench) -> None:
    (key,) = lay(bench, ["A1"])
    other = Outbox(bench.database, "another", "webhook")
    own = Outbox(bench.database, bench.config.name, "webhook")
    other.begin()
    own.begin()
    decide(bench, key)
    assert other.waiting(5) == ()
    assert [each.application_id for each in own.waiting(5)] == ["A1"]
