"""Whatever a server does, every case ends answered, failed with a type, or pending."""

import gc
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import wire_schema
from risk.reasoning.claims import answer_schema
from risk.reasoning.profiles import PROFILES
from risk.reasoning.reasoner import Rationale, reason
from tests.benchmarks import client_overhead
from tests.fake_r1 import faults
from tests.fake_r1.faults import Fault, Plan
from tests.fake_r1.replies import Reply, saying
from tests.fake_r1.server import MODEL, FakeServer, Shape

HANG, KILL = Fault("hang"), Fault("kill")
# A server that recovers while a loaded machine sleeps would be no fault at all.
QUICK = {"timeout_s": 30, "connect_timeout_s": 10, "retry_wait_s": 0.01, "retries": 2}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


def backend(server: FakeServer, **more: object) -> ServerBackend:
    given = {"url": server.url, "model": MODEL, "profile": "deepseek-r1", "concurrency": 8}
    return ServerBackend(ServerSettings.model_validate({**given, **QUICK, **more}))


def requests(cases: list[CaseFile], to: ServerBackend) -> list[Request]:
    return [Request.of(case, "zh", to.identity) for case in cases]


def codes(made: list[Rationale]) -> Counter[str]:
    return Counter(each.code for each in made)


def failures(outcomes: list[tuple[Request, Outcome]]) -> Counter[str]:
    return Counter(o.code if isinstance(o, Failed) else "" for _, o in outcomes)


def test_every_case_is_asked_and_answered_once_in_order(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.latency_s = 0.05
    made = list(reason(cases, backend(server, concurrency=16), "zh"))
    assert [r.application_id for r in made] == [case.application_id for case in cases]
    assert {(r.status, r.repaired, r.model) for r in made} == {("answered", False, MODEL)}
    assert all(r.prompt_tokens and r.answer_tokens and r.seconds for r in made)
    assert set(server.counts.asked.values()) == set(server.counts.answered.values()) == {1}
    assert len(server.counts.answered) == len(cases)
    assert 1 < server.counts.peak <= 16
    assert server.counts.connections <= 16


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


def test_the_schema_on_the_wire_says_the_same_and_nothing_to_people() -> None:
    def keys(schema: object) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(keys, schema))
        if not isinstance(schema, dict):
            return set()
        return set(schema).union(*map(keys, schema.values()))

    trimmed = wire_schema()
    assert not keys(trimmed) & {"title", "description", "pattern", "minLength", "maxLength"}
    assert len(json.dumps(trimmed)) < 0.6 * len(json.dumps(answer_schema()))
    assert set(trimmed["$defs"]["Claim"]["properties"]) == {
        "kind", "direction", "facts", "sentence", "quotes",
    }  # fmt: skip
    assert trimmed["required"] == answer_schema()["required"]


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


PASSING: list[tuple[Fault, Failure]] = [
    (Fault("refuse"), Failure.UNREACHABLE),
    (Fault("drop"), Failure.UNREACHABLE),
    (Fault("garbage"), Failure.GARBLED),
    (Fault("junk"), Failure.GARBLED),
    (Fault("html"), Failure.GARBLED),
    (Fault("truncated-json"), Failure.GARBLED),
    (Fault("no-choices"), Failure.GARBLED),
    (Fault("no-message"), Failure.GARBLED),
    (Fault("endless"), Failure.GARBLED),
    (faults.status(429), Failure.RATE_LIMITED),
    (faults.status(500), Failure.SERVER_ERROR),
    (faults.status(502, "<html>"), Failure.SERVER_ERROR),
    (faults.status(503), Failure.SERVER_ERROR),
    (faults.status(408), Failure.TIMEOUT),
]


@pytest.mark.parametrize(("fault", "code"), PASSING, ids=lambda each: str(each)[:60])
def test_a_failure_that_passes_is_retried_then_typed_and_pending(
    server: FakeServer, cases: list[CaseFile], fault: Fault, code: Failure
) -> None:
    server.behaviour.plan = faults.always(fault)
    (made,) = reason(cases[:1], backend(server, retries=1), "zh")
    assert (made.status, made.code, made.narrative_by) == ("pending", code, "template")
    assert list(server.counts.asked.values()) == [2]
    assert not server.counts.answered


@pytest.mark.parametrize("fault", [fault for fault, _ in PASSING], ids=lambda f: str(f)[:60])
def test_a_fault_in_the_middle_of_a_batch_costs_no_case_and_no_second_answer(
    server: FakeServer, cases: list[CaseFile], fault: Fault
) -> None:
    server.behaviour.plan = faults.at({3: fault, 4: fault, 11: fault})
    made = list(reason(cases[:20], backend(server), "zh"))
    assert [r.application_id for r in made] == [case.application_id for case in cases[:20]]
    assert {r.status for r in made} == {"answered"}
    assert server.counts.asked.total() == 23
    assert set(server.counts.answered.values()) == {1}


def test_a_hung_request_ends_at_its_time_out_and_the_rest_goes_on(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    hanging = {2: HANG, 5: HANG}
    server.behaviour.plan = faults.at(hanging)
    made = list(reason(cases[:20], backend(server, timeout_s=2, retries=0), "zh"))
    assert codes(made) == {"": 18, "timeout": 2}
    server.behaviour.plan = faults.first(22, HANG)
    again = list(reason(cases[:4], backend(server, timeout_s=2, retries=1), "zh"))
    assert codes(again)["timeout"] <= 2


def test_a_slow_server_is_waited_for(server: FakeServer, cases: list[CaseFile]) -> None:
    server.behaviour.plan = faults.at({n: Fault("slow", seconds=0.4) for n in range(0, 30, 3)})
    made = list(reason(cases[:30], backend(server), "zh"))
    assert codes(made) == {"": 30}
    assert set(server.counts.asked.values()) == {1}


def test_a_server_killed_in_the_middle_leaves_the_rest_pending(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.latency_s = 0.02
    server.behaviour.plan = faults.at({30: KILL})
    made = list(reason(cases, backend(server), "zh"))
    assert [r.application_id for r in made] == [case.application_id for case in cases]
    counted = Counter(r.status for r in made)
    assert counted["answered"] == server.counts.answered.total() >= 20
    assert counted["answered"] + counted["pending"] == len(cases)
    assert codes(made)["unreachable"] == counted["pending"]
    assert set(server.counts.answered.values()) == {1}


def test_a_server_that_comes_back_answers_the_rest(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.plan = faults.at({20: KILL})
    reviving = threading.Thread(target=server.revive)
    reviving.start()
    made = list(reason(cases[:60], backend(server, retries=12, retry_wait_s=0.2), "zh"))
    reviving.join()
    assert codes(made) == {"": 60}
    assert set(server.counts.answered.values()) == {1}


def test_a_server_that_nobody_reaches_is_given_up_after_a_few_requests(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    asked = backend(server, patience=5)
    server.kill()
    made = list(reason(cases, asked, "zh"))
    assert codes(made) == {"unreachable": len(cases)}
    details = Counter(r.detail for r in made)
    assert details["not asked: no answer to 5 requests in a row (unreachable)"] > len(cases) - 25


def test_a_server_that_rejects_everything_is_given_up_and_the_rest_stays_pending(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.plan = faults.always(faults.status(400, "no such response_format"))
    made = list(reason(cases, backend(server, patience=5), "zh"))
    counted = codes(made)
    assert 5 <= counted["request-rejected"] <= 20
    assert counted["unreachable"] == len(cases) - counted["request-rejected"]


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


def test_the_servers_wish_to_be_left_alone_is_granted(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    asked_at: list[float] = []

    def plan(number: int) -> Fault | None:
        asked_at.append(time.monotonic())
        return faults.status(429, retry_after="1") if number == 0 else None

    server.behaviour.plan = plan
    made = list(reason(cases[:6], backend(server, concurrency=1), "zh"))
    assert codes(made) == {"": 6}
    assert asked_at[1] - asked_at[0] >= 1


def test_a_server_that_wants_to_be_left_alone_for_a_day_ends_the_waiting(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.plan = faults.always(faults.status(503, retry_after="86400"))
    made = list(reason(cases[:3], backend(server), "zh"))
    assert codes(made) == {"server-error": 3}
    assert server.counts.asked.total() == 3


def test_a_server_that_takes_few_at_once_is_asked_few_at_once(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    refusals = Counter[int]()

    def plan(number: int) -> Fault | None:
        over = server.counts.under_way > 4
        refusals[number // 50] += over
        return faults.status(429) if over else None

    server.behaviour.latency_s, server.behaviour.plan = 0.01, plan
    made = list(reason(cases * 2, backend(server, concurrency=64, retries=20), "zh"))
    assert codes(made) == {"": 2 * len(cases)}
    # One burst at first; from then on about one refusal a rise of the limit, fewer than answers.
    assert sum(refusals.values()) < 2 * len(cases)


def test_tokens_used_up_end_the_asking_at_once(server: FakeServer, cases: list[CaseFile]) -> None:
    made = list(reason(cases, backend(server, token_budget=20_000), "zh"))
    counted = codes(made)
    assert counted["budget-used-up"] == len(cases) - counted[""]
    spent = sum(r.prompt_tokens + r.answer_tokens for r in made)
    assert spent >= 20_000
    assert server.counts.asked.total() == counted[""] < 40
    assert {r.status for r in made if r.code} == {"pending"}


def test_tokens_that_a_server_does_not_count_are_reckoned(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.reply = saying('{"claims": [], "opinion": {"no_opinion": "refused"}}')
    made = list(reason(cases[:60], backend(server, token_budget=500, concurrency=2), "zh"))
    assert codes(made)["budget-used-up"] > 40


def test_a_deadline_ends_what_is_under_way_too(server: FakeServer, cases: list[CaseFile]) -> None:
    server.behaviour.plan = faults.after(20, HANG)
    began = time.monotonic()
    made = list(reason(cases, backend(server, time_budget_s=2, timeout_s=600), "zh"))
    assert time.monotonic() - began < 2 + 5
    assert codes(made) == {"": 20, "deadline": len(cases) - 20}


def test_a_deadline_ends_what_waits_for_another_try(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.plan = faults.always(faults.status(503, retry_after="600"))
    began = time.monotonic()
    made = list(reason(cases[:5], backend(server, time_budget_s=1), "zh"))
    assert time.monotonic() - began < 6
    assert codes(made) == {"deadline": 5}


def test_none_means_that_an_answer_is_wanted_before_the_next_question(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    asked, events = backend(server, concurrency=16), []

    def source() -> Iterator[Request | None]:
        for n, request in enumerate(requests(cases[:9], asked)):
            events.append(f"asked {n}")
            yield request
            if n % 3 == 2:
                events.append("none")
                yield None

    answers = asked.answer(source())
    while next(answers, None):
        events.append("answered")
    assert events.count("answered") == 9
    for place, event in enumerate(events[:-1]):
        if event == "none":
            assert events[place + 1] == "answered"


def test_requests_are_taken_by_the_callers_thread_and_only_as_there_is_room(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.plan = faults.always(Fault("slow", seconds=0.3))
    asked, taken = backend(server, concurrency=8), []

    def source() -> Iterator[Request]:
        for request in requests(cases, asked):
            taken.append(threading.current_thread())
            yield request

    answers = asked.answer(source())
    next(answers)
    assert 8 <= len(taken) <= 2 * (8 + 1)
    assert set(taken) == {threading.current_thread()}
    answers.close()


@pytest.mark.parametrize("fault", [None, HANG, faults.status(500)], ids=["well", "hang", "500"])
def test_whoever_stops_early_leaves_no_thread_and_no_connection(
    server: FakeServer, cases: list[CaseFile], fault: Fault | None
) -> None:
    before = set(threading.enumerate())
    server.behaviour.plan = lambda number: fault if number > 3 else None
    asked = backend(server, retries=20, retry_wait_s=60)
    answers = asked.answer(requests(cases, asked))
    for _ in range(4):
        next(answers)
    answers.close()
    assert set(threading.enumerate()) == before
    waited = time.monotonic() + 20
    while server.counts.open and time.monotonic() < waited:
        time.sleep(0.01)
    assert server.counts.open == 0
    gc.collect()  # a socket that nobody closed would warn here, and warnings are errors


def test_an_error_of_the_caller_ends_the_run_cleanly(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    asked, before = backend(server), set(threading.enumerate())

    def source() -> Iterator[Request]:
        yield from requests(cases[:3], asked)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        list(asked.answer(source()))
    assert set(threading.enumerate()) == before


def test_a_run_that_cannot_even_begin_says_why_and_leaves_no_thread(
    server: FakeServer, cases: list[CaseFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/bundle.pem")
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://")
    asked, before = backend(server), set(threading.enumerate())
    with pytest.raises(BackendError, match="proxy"):
        list(asked.answer(requests(cases[:1], asked)))
    assert set(threading.enumerate()) == before


def test_nothing_to_ask_asks_nothing(server: FakeServer) -> None:
    assert list(backend(server).answer([])) == []
    assert not server.counts.asked


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


def test_the_identity_is_that_of_the_answer_and_not_of_the_address() -> None:
    given = ServerSettings(url="http://a/v1", model="m", profile="deepseek-r1")

    def identity(**more: object) -> str:
        return ServerBackend(ServerSettings.model_validate({**dict(given), **more})).identity

    same = [{"url": "https://b:8000/v1"}, {"timeout_s": 5}, {"concurrency": 3}, {"retries": 0}]
    other = [
        {"model": "n"}, {"profile": "deepseek-v3"}, {"structured": "none"}, {"seed": 1},
        {"send_thinking_budget": False},
    ]  # fmt: skip
    assert {identity(**more) for more in same} == {identity()}
    assert len({identity(), *(identity(**more) for more in other)}) == len(other) + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "localhost:8000"}, {"url": "http:///v1"}, {"model": ""}, {"concurrency": 0},
        {"timeout": 3}, {"token_budget": 0}, {"time_budget_s": 0},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ServerSettings.model_validate(
            {"url": "http://a/v1", "model": "m", "profile": "deepseek-r1", **wrong}
        )


KINDS = [
    None, Fault("refuse"), Fault("drop"), Fault("garbage"), Fault("html"), Fault("no-choices"),
    faults.status(429), faults.status(500), faults.status(400, "bad"),
    faults.status(400, "maximum context length"),
]  # fmt: skip


@hypothesis_settings(max_examples=25)
@given(
    script=st.lists(st.sampled_from(KINDS), max_size=30),
    concurrency=st.integers(1, 8),
    retries=st.integers(0, 2),
    patience=st.integers(1, 9),
)
def test_no_schedule_of_faults_loses_a_case_or_answers_one_twice(
    cases: list[CaseFile],
    script: list[Fault | None],
    concurrency: int,
    retries: int,
    patience: int,
) -> None:
    plan: Plan = faults.at({n: fault for n, fault in enumerate(script) if fault})
    with FakeServer(plan=plan) as server:
        bounds = {"concurrency": concurrency, "retries": retries, "patience": patience}
        asked = backend(server, **bounds, retry_wait_s=0)
        made = list(reason(cases[:12], asked, "zh", window=6))
        assert [r.application_id for r in made] == [c.application_id for c in cases[:12]]
        answered = sum(r.status == "answered" for r in made)
        assert answered == server.counts.answered.total() == len(server.counts.answered)
        assert all(r.code for r in made if r.status != "answered")
        assert max(server.counts.asked.values()) <= retries + 1


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


def test_the_client_costs_little_and_keeps_its_memory() -> None:
    load = client_overhead.Load(cases=600, concurrency=64, latency_s=0.5)
    (measured,) = client_overhead.measure(load, parts=["whole"])
    # Loose, for a machine that does other work too; the figure is the benchmark's.
    assert measured.cpu_ms_a_case < 20
    assert measured.ratio > 0.15
    assert measured.rss_mb[-1] - measured.rss_mb[0] < 30
