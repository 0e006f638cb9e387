"""`risk intake --ask` against a server: asked, answered, replayed, dead, refused."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.rendering import render
from pipelines.errors import Exit
from risk.reasoning.proposals import proposals_schema
from tests.fake_r1.replies import Messages, Reply, saying
from tests.fake_r1.server import MODEL, Behaviour, FakeServer
from tests.pipelines.command import called
from tests.pipelines.intake.given import DICTIONARY
from tests.pipelines.intake.test_job import CONFIG, NEEDS
from tests.pipelines.test_reason_server import REASONING

LETTER = (
    "申请表\n申请金额：3万\n月收入：约8,000元\n手机号码：13800138000\n本人租房，每月到手8,000元。\n"
)


def quoting(messages: Messages, number: int) -> Reply:
    """A model that quotes the rented home, and an income that stands nowhere."""
    prompt = messages[0]["content"]
    fields = {
        label: fact
        for fact, label in re.findall(r"^(F\d+) \[(?:form|表单)\] (.*?) \|", prompt, re.M)
    }
    (fact,) = re.findall(r"^(F\d+): 本人租房", prompt, re.M)
    said = [
        {"field": fields["居住状况"], "fact": fact, "quote": "租房"},
        {"field": fields["月收入"], "fact": fact, "quote": "9,000元"},
    ]
    return Reply(json.dumps({"proposals": said}, ensure_ascii=False))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(Behaviour(reply=quoting)) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, server: FakeServer) -> Path:
    (tmp_path / "A1").mkdir()
    (tmp_path / "A1" / "letter.txt").write_text(LETTER, "utf-8")
    (tmp_path / "papers.toml").write_text(NEEDS, "utf-8")
    (tmp_path / "dictionary.toml").write_text(render(DICTIONARY), "utf-8")
    reasoning = REASONING.format(url=server.url, model=MODEL, concurrency=2)
    config = f'store = "answers.db"\n{CONFIG}{reasoning}'
    (tmp_path / "risk.toml").write_text(config, "utf-8")
    return tmp_path


def taken(home: Path, *words: str) -> tuple[dict[str, Any], bytes, str]:
    ended = called("intake", "A1", "-o", "out.json", "--row", "row.csv", *words, cwd=home)
    assert ended.returncode == Exit.PARTIAL, ended.stderr
    found = json.loads((home / "out.json").read_text("utf-8"))
    return found, (home / "row.csv").read_bytes(), ended.stdout


def test_the_server_is_asked_once_with_its_own_schema_and_kept_apart(
    home: Path, server: FakeServer
) -> None:
    before, row, _ = taken(home)
    assert not server.counts.bodies
    found, same, said = taken(home, "--ask", "--lang", "en")
    again, _, _ = taken(home, "--ask", "--lang", "zh")
    assert again == found
    (body,) = server.counts.bodies
    schema = body["response_format"]["json_schema"]["schema"]
    assert set(schema["properties"]) == set(proposals_schema()["properties"])
    assert not re.search(r'"(?:pattern|minLength|maxLength)"', json.dumps(schema))
    assert "13800138000" not in json.dumps(body, ensure_ascii=False)
    proposed = found.pop("proposed")
    assert (found, same) == (before, row)
    assert [(p["field"], p["value"], p["by"]) for p in proposed["found"]] == [
        ("housing", "rent", "model")
    ]
    assert proposed["struck"] == {"quote": 1}
    assert "Proposed by the model, not confirmed" in said


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("由模型提出，未经确认", "没有给出可用的回答")),
     ("en", ("Proposed by the model, not confirmed", "gave no answer that can be used"))],
)  # fmt: skip
def test_with_a_dead_server_the_intake_stands_and_says_so(
    home: Path, server: FakeServer, language: str, words: tuple[str, ...]
) -> None:
    before, row, _ = taken(home)
    server.kill()
    found, same, said = taken(home, "--ask", "--lang", language)
    assert (found.pop("proposed")["code"], found, same) == ("unreachable", before, row)
    assert all("".join(word.split()) in "".join(said.split()) for word in words)


def test_an_address_that_answers_no_chat_is_told_and_nothing_is_lost(
    home: Path, server: FakeServer
) -> None:
    server.behaviour.model = "another"
    found, _, said = taken(home, "--ask", "--lang", "en")
    assert found["proposed"]["code"] == "unreachable"
    assert "set model to a name that the server offers" in found["proposed"]["detail"]
    assert "All above stands without it" in " ".join(said.split())


def test_an_answer_that_was_none_is_asked_for_again(home: Path, server: FakeServer) -> None:
    server.behaviour.reply = saying(None, finish_reason="length")
    found, _, _ = taken(home, "--ask")
    assert found["proposed"]["code"] == "thinking-unfinished"
    server.behaviour.reply = quoting
    found, _, _ = taken(home, "--ask")
    assert (found["proposed"]["code"], len(found["proposed"]["found"])) == ("", 1)


def test_the_template_reads_no_papers(home: Path) -> None:
    (home / "risk.toml").write_text(CONFIG, "utf-8")
    ended = called("intake", "A1", "-o", "out.json", "--ask", cwd=home)
    assert ended.returncode == Exit.BAD_INPUT
    assert "--ask needs a model" in ended.stderr
    assert not (home / "out.json").exists()
