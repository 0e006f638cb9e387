"""The server back end against the real vLLM server, with a model that writes noise."""

import importlib.util
import json
import urllib.request
from collections.abc import Iterator

import pytest

from risk.casefile import CaseFile
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import parameters
from risk.reasoning.claims import answer_schema
from risk.reasoning.findings import Check, Finding
from risk.reasoning.profiles import Profile
from risk.reasoning.reasoner import reason
from tests.vllm.serving import NAME, Server

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("vllm") is None,
    reason="vLLM is not in this environment; `make test-vllm` has one of its own",
)

MALFORMED = Finding(check=Check.FORM, detail="malformed", words="prose-around-json")


def backend(server: Server, profile: Profile, **more: object) -> ServerBackend:
    given = {"url": server.url, "model": NAME, "profile": profile, "retries": 1, **more}
    return ServerBackend(ServerSettings.model_validate({"retry_wait_s": 0.1, **given}))


def asked(cases: list[CaseFile], identity: str) -> list[Request]:
    return [Request.of(case, "zh", identity) for case in cases]


def codes(got: list[tuple[Request, Outcome]]) -> list[Failure]:
    return [outcome.code for _, outcome in got if isinstance(outcome, Failed)]


@pytest.fixture(scope="module")
def answers(
    server: Server, profile: Profile, cases: list[CaseFile]
) -> list[tuple[Request, Outcome]]:
    """What the server said on each case."""
    asking = backend(server, profile)
    return list(asking.answer(asked(cases, asking.identity)))


def test_every_request_is_answered_once(
    answers: list[tuple[Request, Outcome]], cases: list[CaseFile]
) -> None:
    ids = [request.application_id for request, _ in answers]
    assert sorted(ids) == sorted(case.application_id for case in cases)


def test_an_answer_obeys_the_schema_and_its_thinking_is_split_off(
    answers: list[tuple[Request, Outcome]], profile: Profile
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    good = [outcome for _, outcome in answers if isinstance(outcome, Answered)]
    assert len(good) > len(answers) / 2
    for outcome in good:
        jsonschema.validate(json.loads(outcome.text), answer_schema())
        assert outcome.thinking
        assert outcome.finish_reason == "stop"
        assert outcome.model == NAME
        assert 0 < outcome.answer_tokens <= profile.reply_tokens
        assert outcome.prompt_tokens > 1_000


def test_what_is_no_answer_has_a_type(answers: list[tuple[Request, Outcome]]) -> None:
    known = {Failure.TRUNCATED, Failure.REPETITION, Failure.NO_THINKING}
    assert set(codes(answers)) <= known


def test_thinking_ends_at_its_budget(server: Server, profile: Profile) -> None:
    settings = ServerSettings(url=server.url, model=NAME, profile=profile)
    ends = []
    for number in range(8):
        body = {"messages": [{"role": "user", "content": str(number)}], "return_token_ids": True}
        sent = json.dumps({**parameters(settings), **body}).encode()
        asking = urllib.request.Request(  # noqa: S310 - our own server
            f"{server.url}/chat/completions", sent, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asking, timeout=120) as came:  # noqa: S310
            choice = json.load(came)["choices"][0]
        ends.append(choice["token_ids"].index(server.think_end))
        assert choice["message"]["reasoning"] is not None
    assert max(ends) in (profile.thinking_tokens - 1, profile.thinking_tokens)


def test_a_reply_without_a_thinking_budget_may_end_while_thinking(
    server: Server, profile: Profile, cases: list[CaseFile]
) -> None:
    short = profile.model_copy(update={"thinking_tokens": 0, "answer_tokens": 8})
    asking = backend(server, short, send_thinking_budget=False)
    got = list(asking.answer(asked(cases[:8], asking.identity)))
    assert Failure.UNFINISHED_THINKING in codes(got)
    assert all(outcome.answer_tokens <= 8 for _, outcome in got)


def test_a_case_that_does_not_fit_fails_alone(
    server: Server, profile: Profile, cases: list[CaseFile]
) -> None:
    asking = backend(server, profile)
    long = Request.of(cases[2], "zh", asking.identity, "说" * 20_000, [MALFORMED])
    first, second = asked(cases[:2], asking.identity)
    got = {r.digest: o for r, o in asking.answer([first, long, second])}
    outcome = got.pop(long.digest)
    assert isinstance(outcome, Failed)
    assert outcome.code is Failure.TOO_LONG
    assert len(got) == 2
    assert not any(isinstance(o, Failed) and o.code is Failure.TOO_LONG for o in got.values())


def test_no_more_is_asked_once_the_token_budget_is_used_up(
    server: Server, profile: Profile, cases: list[CaseFile]
) -> None:
    asking = backend(server, profile, token_budget=20_000, concurrency=2)
    got = list(asking.answer(asked(cases, asking.identity)))
    assert len(got) == len(cases)
    used = [outcome.prompt_tokens + outcome.answer_tokens for _, outcome in got]
    assert 20_000 <= sum(used) < 20_000 + 2 * max(used)  # what is under way is let finish
    assert codes(got).count(Failure.BUDGET) >= len(cases) - 6


def test_a_whole_pass_leaves_a_record_of_every_case(
    server: Server, profile: Profile, cases: list[CaseFile]
) -> None:
    made = list(reason(cases, backend(server, profile), "zh"))
    assert [r.application_id for r in made] == [case.application_id for case in cases]
    assert all(r.code for r in made if r.status != "answered")
    assert any(r.repaired for r in made)


def test_a_server_killed_in_the_middle_loses_no_case(
    server: Server, profile: Profile, cases: list[CaseFile]
) -> None:
    """The last test of the module: it kills the server."""
    going = backend(server, profile, concurrency=4)
    records = reason(_killing(server, cases), going, "zh", window=4)
    made = list(records)
    assert [r.application_id for r in made] == [case.application_id for case in cases]
    pending = [r for r in made if r.status == "pending"]
    assert len(pending) > len(cases) // 2
    assert {r.code for r in pending} <= {Failure.UNREACHABLE, Failure.SERVER_ERROR, Failure.TIMEOUT}


def _killing(server: Server, cases: list[CaseFile]) -> Iterator[CaseFile]:
    """The cases; the server is killed when the sixth is asked for."""
    for place, case in enumerate(cases):
        if place == 5:
            server.kill()
        yield case
