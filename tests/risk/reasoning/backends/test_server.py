"""Whatever a server does, every case ends answered, failed with a type, or pending."""

import gc
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.reasoning.backends.base import Request
from risk.reasoning.reasoner import reason
from tests.fake_r1 import faults
from tests.fake_r1.faults import Fault, Plan
from tests.fake_r1.server import MODEL, FakeServer
from tests.risk.reasoning.backends.served import HANG, backend, requests


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
