"""What passes is asked again, and tokens, time and patience have their bounds."""

import threading
import time
from collections import Counter

import pytest

from risk.casefile import CaseFile
from risk.reasoning.reasoner import reason
from tests.fake_r1 import faults
from tests.fake_r1.faults import Fault
from tests.fake_r1.replies import saying
from tests.fake_r1.server import FakeServer
from tests.risk.reasoning.backends.served import HANG, KILL, PASSING, backend, codes


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
    asked = backend(server, time_budget_s=5, timeout_s=600)
    began = time.monotonic()
    # Few cases: each that is too late is told by the template, which takes its own time.
    made = list(reason(cases[:40], asked, "zh"))
    assert 5 <= time.monotonic() - began < 60
    assert codes(made) == {"": 20, "deadline": 20}


def test_a_deadline_ends_what_waits_for_another_try(
    server: FakeServer, cases: list[CaseFile]
) -> None:
    server.behaviour.plan = faults.always(faults.status(503, retry_after="600"))
    began = time.monotonic()
    made = list(reason(cases[:5], backend(server, time_budget_s=1), "zh"))
    assert time.monotonic() - began < 60
    assert codes(made) == {"deadline": 5}
