"""What `risk doctor` tells, and the code it ends with."""

import io
import json
from dataclasses import asdict

import pytest
from rich.console import Console

from features.language import LANGUAGES, Language
from pipelines import doctor
from pipelines.errors import Exit
from pipelines.job import Silent
from pipelines.terminal import summary
from risk.reasoning.backends.settings import ServerSettings
from tests.fake_r1.replies import Messages, Reply
from tests.fake_r1.server import MODEL, FakeServer


def obedient(messages: Messages, number: int) -> Reply:
    thinking = " ".join(["sum"] * (400 if "partial sum" in messages[0]["content"] else 4))
    return Reply("maybe", thinking, answer_tokens=len(thinking.split()) + 1)


def diagnosis(server: FakeServer, language: Language = "en") -> doctor.Diagnosis:
    settings = ServerSettings(url=server.url, model=MODEL, profile="deepseek-r1")
    return doctor.run(settings, "", language, Silent())


def drawn(*parts: object) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(*parts)
    return console.file.getvalue()


def test_the_exit_code_is_that_of_the_worst_check() -> None:
    with FakeServer(reply=obedient, latency_s=0.4) as server:
        assert diagnosis(server).exit == Exit.DONE
        server.behaviour.budget = False
        assert diagnosis(server).exit == Exit.PARTIAL
        server.behaviour.schema = False
        found = diagnosis(server)
    assert found.exit == Exit.BAD_INPUT
    assert found.counts == {"ok": 6, "warn": 1, "fail": 1}
    assert json.loads(json.dumps(asdict(found)))["checks"][4]["finding"] == "ignored"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_says_what_was_seen_and_what_to_change(language: Language) -> None:
    with FakeServer(reply=obedient, latency_s=0.4, max_model_len=4_096) as server:
        found = diagnosis(server, language)
    shown = drawn(doctor.table(found, language), summary(found, language))
    assert "--max-model-len 32768" in shown
    assert shown.count("→") == 1
    for line in found.checks:
        assert line.seen.split("{")[0] in shown
