"""What goes to a server, and what each of its answers and failures is called."""

import json
import logging
from collections.abc import Callable

import pytest

from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.reasoning.backends.base import Answered, Failure, Outcome
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import wire_schema
from risk.reasoning.profiles import PROFILES
from risk.reasoning.reasoner import reason
from tests.benchmarks import client_overhead
from tests.fake_r1 import faults
from tests.fake_r1.faults import Fault
from tests.fake_r1.replies import Reply
from tests.fake_r1.server import MODEL, FakeServer, Shape
from tests.risk.reasoning.backends.served import PASSING, backend, failures, requests


def test_what_is_sent(server: FakeServer, cases: list[CaseFile]) -> None:
    list(reason(cases[:1], backend(server, seed=7), "en"))
    assert not [name for name in server.counts.headers if "stainless" in name]
    (body,) = server.counts.bodies
    asked = body["response_format"]["json_schema"]["schema"]
    assert asked == wire_schema()
    assert [m["role"] for m in body["messages"]] == ["user"]
    profile = PROFILES["deepseek-r1"]
    assert (body["temperature"], body["top_p"], body["seed"]) == (0.6, 0.95, 7)
    assert body["max_tokens"] == profile.thinking_tokens + profile.answer_tokens
    assert body["thinking_token_budget"] == profile.thinking_tokens
    assert cases[0].application_id not in json.dumps(body["messages"])


def test_the_deepseek_api_and_plain_servers_are_asked_in_their_own_way(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    more = {"structured": "json_object", "send_thinking_budget": False}
    list(reason(cases[:1], backend(server, **more, profile="deepseek-v3.1-thinking"), "zh"))
    list(reason(cases[:1], backend(server, structured="none"), "zh"))
    first, second = server.counts.bodies
    assert first["response_format"] == {"type": "json_object"}
    assert first["chat_template_kwargs"] == {"thinking": True}
    assert "thinking_token_budget" not in first
    assert "response_format" not in second


@pytest.mark.parametrize("shape", ["reasoning", "reasoning_content", "inline", "opened"])
def test_thinking_is_found_wherever_the_server_leaves_it(
    server: FakeServer, cases: list[CaseFile], shape: Shape
) -> None:
    server.behaviour.shape = shape
    asked = backend(server)
    ((_, outcome),) = asked.answer(requests(cases[:1], asked))
    assert isinstance(outcome, Answered)
    assert outcome.thinking == "The facts speak for themselves."
    assert outcome.text.startswith("{")


@pytest.mark.parametrize(("fault", "code"), PASSING, ids=lambda each: str(each)[:60])
def test_a_failure_that_passes_is_retried_then_typed_and_pending(
    server: FakeServer, cases: list[CaseFile], fault: Fault, code: Failure
) -> None:
    server.behaviour.plan = faults.always(fault)
    (made,) = reason(cases[:1], backend(server, retries=1), "zh")
    assert (made.status, made.code, made.narrative_by) == ("pending", code, "template")
    assert list(server.counts.asked.values()) == [2]
    assert not server.counts.answered


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 9000.",
        "The decoder prompt (length 9000) is longer than the maximum model length of 4096.",
        "The input (9000 tokens) is longer than the model's context length (4096 tokens).",
        "the request exceeds the available context size, try increasing it",
    ],
)
def test_a_case_over_the_context_fails_for_good_and_is_not_asked_again(
    server: FakeServer, cases: list[CaseFile], said: str
) -> None:
    server.behaviour.plan = faults.always(faults.status(400, said))
    (made,) = reason(cases[:1], backend(server), "zh")
    assert (made.status, made.code) == ("failed", "case-too-long")
    assert server.counts.asked.total() == 1


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_rejected_request_fails_for_good(
    server: FakeServer, cases: list[CaseFile], status: int
) -> None:
    server.behaviour.plan = faults.at({1: faults.status(status, "bad")})
    asked = backend(server, concurrency=1)
    outcomes = list(asked.answer(requests(cases[:4], asked)))
    assert failures(outcomes) == {"": 3, "request-rejected": 1}
    assert server.counts.asked.total() == 4


@pytest.mark.parametrize(
    ("fault", "setting"),
    [
        (faults.status(401), "api key"),
        (faults.status(402), "credit"),
        (faults.status(403), "api key"),
        (faults.status(404), "model"),
        (faults.status(400, "Model Not Exist"), "model"),
        (faults.status(307), "url"),
    ],
    ids=lambda each: str(each)[:50],
)
def test_where_nothing_can_be_asked_the_setting_is_named_and_all_stays_pending(
    server: FakeServer, cases: list[CaseFile], fault: Fault, setting: str
) -> None:
    server.behaviour.plan = faults.after(4, fault)
    asked = backend(server, concurrency=2)
    got: list[Outcome] = []
    answers = asked.answer(requests(cases, asked))
    with pytest.raises(BackendError, match=setting):
        got.extend(outcome for _, outcome in answers)
    assert 3 <= len(got) <= 4
    assert all(isinstance(outcome, Answered) for outcome in got)
    made = list(reason(cases[:10], asked, "zh"))
    assert {(r.status, r.code) for r in made} == {("pending", "unreachable")}


def test_a_key_is_sent_and_another_model_is_named(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.api_key = "s3cret"
    given = ServerSettings(url=server.url, model="other", profile="deepseek-r1")
    right = ServerBackend(given.model_copy(update={"model": MODEL}), "s3cret")
    assert [r.status for r in reason(cases[:3], right, "zh")] == ["answered"] * 3
    with pytest.raises(BackendError, match='"other" now') as caught:
        list(ServerBackend(given, "s3cret").answer(requests(cases[:1], right)))
    assert "s3cret" not in str(caught.value)
    with pytest.raises(BackendError, match="characters"):
        ServerBackend(given, "key\n")


def test_bad_replies_are_typed_and_sent_back_once(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    bad: dict[str, Callable[[], Reply]] = {
        "thinking-unfinished": lambda: Reply(None, finish_reason="length"),
        "truncated": lambda: Reply('{"claims": [', finish_reason="length"),
        "repetition": lambda: Reply("{}", finish_reason="repetition"),
        "content-filtered": lambda: Reply("", finish_reason="content_filter"),
        "thinking-empty": lambda: Reply("{}", thinking=None),
        "refused": lambda: Reply("I'm sorry, but I can't help with that."),
        "server-error": lambda: Reply("", finish_reason="abort"),
    }
    server.behaviour.schema = False
    for code, reply in bad.items():
        server.behaviour.reply = lambda _messages, _number, reply=reply: reply()
        (made,) = reason(cases[:1], backend(server, retries=0), "zh")
        assert made.code == code


def test_nothing_of_a_case_reaches_a_log_or_a_record_of_failure(
    server: FakeServer, cases: list[CaseFile], caplog: pytest.LogCaptureFixture
) -> None:
    secret = cases[0].facts[0].label.zh

    def echo(number: int) -> Fault:
        return faults.status((400, 429, 500)[number % 3], f"could not read {secret}")

    server.behaviour.plan = lambda number: echo(number) if number % 2 else Fault("truncated-json")
    with caplog.at_level(logging.DEBUG):
        made = list(reason(cases[:12], backend(server, retries=1), "zh"))
    assert all(secret not in r.detail and r.detail for r in made)
    assert secret not in caplog.text


def test_the_client_costs_little_and_keeps_its_memory() -> None:
    load = client_overhead.Load(cases=600, concurrency=64, latency_s=0.5)
    (measured,) = client_overhead.measure(load, parts=["whole"])
    # Loose, for a machine that does other work too; the figure is the benchmark's.
    assert measured.cpu_ms_a_case < 20
    assert measured.ratio > 0.15
    assert measured.rss_mb[-1] - measured.rss_mb[0] < 30
