"""A sound server passes every check, and each defect is found and named."""

from collections.abc import Iterator

import pytest

from features.language import LANGUAGES
from risk.reasoning.backends.examination import CheckResult, examine
from risk.reasoning.backends.settings import ServerSettings
from tests.fake_r1 import faults
from tests.fake_r1.replies import Messages, Reply
from tests.fake_r1.server import MODEL, FakeServer

THOUGHT = " ".join(["sum"] * 400)


def obedient(messages: Messages, number: int) -> Reply:
    """Says what it is told to, at length where it is told to think."""
    said = messages[0]["content"]
    thinking = THOUGHT if "partial sum" in said else "easy"
    content = '{"word": "maybe"}' if "JSON object" in said else "maybe"
    tokens = len(thinking.split()) + 1
    return Reply(content, thinking, prompt_tokens=40, answer_tokens=tokens)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(reply=obedient, latency_s=0.02, cached=16) as running:
        yield running


def found(server: FakeServer, key: str = "", **more: object) -> dict[str, tuple[str, str]]:
    given = {"url": server.url, "model": MODEL, "profile": "deepseek-r1", "timeout_s": 20}
    results = examine(ServerSettings.model_validate({**given, **more}), key)
    for result in results:
        said(result)
    return {result.check: (result.status, result.finding) for result in results}


def said(result: CheckResult) -> None:
    for language in LANGUAGES:
        assert result.seen(language)
        assert bool(result.change(language)) == (result.status != "ok")


SOUND = ["reachable", "model", "context", "parser", "schema", "budget", "speed", "caching"]


def test_a_sound_server_passes_every_check(server: FakeServer) -> None:
    server.behaviour.latency_s = 0.4  # so that a loaded machine's own time counts for nothing
    assert found(server) == dict.fromkeys(SOUND, ("ok", "ok"))
    assert not any("F1" in body["messages"][0]["content"] for body in server.counts.bodies)


@pytest.mark.parametrize(
    ("defect", "check", "status", "finding"),
    [
        ({"max_model_len": 4_096}, "context", "fail", "short"),
        ({"max_model_len": None}, "context", "warn", "unknown"),
        ({"shape": "inline"}, "parser", "fail", "in-content"),
        ({"shape": "opened"}, "parser", "fail", "in-content"),
        ({"shape": "none"}, "parser", "fail", "missing"),
        ({"schema": False}, "schema", "fail", "ignored"),
        ({"budget": False}, "budget", "warn", "ignored"),
        ({"one_by_one": True, "latency_s": 0.3}, "speed", "warn", "serial"),
        ({"cached": 0}, "caching", "warn", "unused"),
        ({"cached": None}, "caching", "ok", "untold"),
        ({"lists": False}, "reachable", "warn", "no-list"),
    ],
    ids=lambda each: str(each),
)
def test_each_defect_is_found(
    server: FakeServer, defect: dict[str, object], check: str, status: str, finding: str
) -> None:
    for name, value in defect.items():
        setattr(server.behaviour, name, value)
    got = found(server)
    assert got.pop(check) == (status, finding)
    got.pop("speed", None)
    assert {each for each, _ in got.values()} <= {"ok"}


def test_a_server_that_nobody_reaches_ends_the_examination(server: FakeServer) -> None:
    server.kill()
    assert found(server) == {"reachable": ("fail", "unreachable")}


def test_another_key_or_model_ends_the_examination(server: FakeServer) -> None:
    server.behaviour.api_key = "right"
    assert found(server, "wrong") == {"reachable": ("fail", "key")}
    assert found(server, "right", model="other")["model"] == ("fail", "unknown")
    assert found(server, "right")["parser"] == ("ok", "ok")


def test_a_server_that_answers_no_question_says_why(server: FakeServer) -> None:
    server.behaviour.plan = faults.always(faults.status(500))
    assert found(server)["answer"] == ("fail", "refused")
    server.behaviour.plan = faults.always(faults.Fault("html"))
    assert found(server)["answer"] == ("fail", "refused")


def test_a_schema_or_a_budget_that_is_refused_is_named(server: FakeServer) -> None:
    server.behaviour.plan = faults.at({1: faults.status(400, "no"), 2: faults.status(400, "no")})
    got = found(server)
    assert got["schema"] == ("fail", "refused")
    assert got["budget"] == ("fail", "refused")
    # One question in nine at once.
    server.behaviour.plan = faults.at({server.counts.asked.total() + 5: faults.status(429)})
    assert found(server)["speed"] == ("fail", "refused")


def test_other_ways_to_ask_are_examined_in_their_own_way(server: FakeServer) -> None:
    deepseek = found(server, structured="json_object", send_thinking_budget=False)
    assert deepseek["schema"] == ("ok", "ok")
    assert "budget" not in deepseek
    assert found(server, structured="none")["schema"] == ("warn", "off")
    assert found(server, profile="deepseek-v3")["parser"] == ("warn", "thinks")
    server.behaviour.shape = "inline"
    assert found(server, structured="none")["parser"] == ("warn", "in-content")
    server.behaviour.shape = "none"
    assert found(server, profile="deepseek-v3")["parser"] == ("ok", "none")


def test_what_cannot_be_told_is_said_to_be_so(server: FakeServer) -> None:
    server.behaviour.reply = lambda messages, number: obedient(messages, number)._replace(
        thinking="easy", answer_tokens=5
    )
    assert found(server)["budget"] == ("warn", "unclear")
    server.behaviour.reply = lambda messages, number: Reply(None, "so", "length")
    assert found(server)["schema"] == ("warn", "unclear")
