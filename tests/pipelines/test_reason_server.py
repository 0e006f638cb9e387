"""`risk reason` with a model behind an address: killed, restarted, replayed, kept from leaking."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import cases, score
from pipelines.job import Silent
from pipelines.sources import open_source
from tests.fake_r1.faults import Fault, after, never
from tests.fake_r1.replies import faithful
from tests.fake_r1.server import MODEL, Behaviour, FakeServer
from tests.pipelines.command import COMMAND, called, content, risk, surroundings
from tests.pipelines.conftest import CONFIG, Bank

KILLS = int(os.environ.get("MINGJIAN_SERVER_KILLS", "1"))
CONCURRENCY = 8
REASONING = """
[reasoning]
backend = "server"
gpu_hour_price = 18.0

[reasoning.server]
url = "{url}"
model = "{model}"
profile = "deepseek-r1"
concurrency = {concurrency}
retries = 1
retry_wait_s = 0.05
timeout_s = 20
"""


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(Behaviour(reply=faithful, latency_s=0.05)) as running:
        yield running


@pytest.fixture
def night(bank: Bank, server: FakeServer) -> Iterator[Path]:
    """The bank's folder with a scored night; the config names the server and a fresh store."""
    reasoning = REASONING.format(url=server.url, model=MODEL, concurrency=CONCURRENCY)
    config = f'store = "answers.db"\n{CONFIG}{reasoning}'
    (bank.folder / "reasoning.toml").write_text(config, "utf-8")
    scores = bank.folder / "scores"
    if not scores.exists():
        source = open_source(str(bank.tonight))
        score.run(bank.config, source, bank.champion(), score.ScoreOptions(scores), Silent())
    yield bank.folder
    for place in bank.folder.glob("answers.db*"):
        place.unlink()


def words(output: Path) -> tuple[str, ...]:
    where = ("--scores", "scores", "--input", "tonight.csv", "--output", str(output))
    return ("reason", *where, "--config", "reasoning.toml", "--lang", "zh")


def test_killed_at_any_moment_it_ends_with_the_same_bytes_and_asks_nothing_twice(
    night: Path, server: FakeServer, tmp_path: Path
) -> None:
    chance = random.Random(11)  # noqa: S311 - moments, not secrets
    for _ in range(KILLS):
        asked, answered = server.counts.asked.total(), server.counts.answered.total()
        more = chance.randrange(1, 8)
        server.behaviour.plan = after(asked + more, Fault("hang"))  # no run ends before its kill
        process = subprocess.Popen(
            [*COMMAND, *words(tmp_path / "cases")],
            cwd=night,
            env=surroundings(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and server.counts.answered.total() < answered + more:
            time.sleep(0.02)
        time.sleep(chance.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (tmp_path / "cases").exists()
    server.behaviour.plan = never
    done = called(*words(tmp_path / "cases"), cwd=night)
    assert done.returncode == 0, done.stderr
    asked = server.counts.asked.total()
    # What was under way when a process died may be asked again: twice the slots and one more, with
    # what was answered and not yet handed over. Nothing that was kept is.
    with sqlite3.connect(night / "answers.db") as store:
        (kept,) = store.execute("select count(*) from answers").fetchone()
    assert asked - kept <= KILLS * 2 * (CONCURRENCY + 1)
    again = called(*words(tmp_path / "again"), cwd=night)
    assert again.returncode == 0, again.stderr
    assert server.counts.asked.total() == asked
    assert content(tmp_path / "cases") == content(tmp_path / "again")


def test_with_the_server_down_every_case_is_pending_and_the_next_run_completes_it(
    night: Path, server: FakeServer, tmp_path: Path
) -> None:
    server.kill()
    down = called(*words(tmp_path / "cases"), cwd=night)
    assert down.returncode == 10, down.stderr
    assert "pending, unreachable" in down.stdout
    assert "ConnectionRefusedError" in down.stdout
    records = list(cases.read_cases(tmp_path / "cases"))
    assert {(r.rationale.status, r.rationale.code) for r in records} == {("pending", "unreachable")}
    assert all(r.rationale.narrative.text for r in records)
    server.revive()
    up = called(*words(tmp_path / "cases"), cwd=night)
    assert up.returncode == 0, up.stderr
    records = list(cases.read_cases(tmp_path / "cases"))
    assert {r.rationale.status for r in records} == {"answered"}


def test_a_key_that_is_refused_is_named_and_never_told(
    night: Path, server: FakeServer, tmp_path: Path
) -> None:
    server.behaviour.api_key = "right"
    done = risk(*words(tmp_path / "cases"), cwd=night, MINGJIAN_API_KEY="wrong-secret")
    assert done.returncode == 10
    assert "give the api key" in done.stderr
    everything = b"".join(content(tmp_path / "cases").values()) + done.stderr.encode()
    assert b"wrong-secret" not in everything


def test_the_thinking_lies_in_its_own_table_and_nowhere_else(
    night: Path, server: FakeServer, tmp_path: Path
) -> None:
    def thoughtful(messages: object, number: int) -> object:
        return faithful(messages, number)._replace(thinking="a-thought-of-its-own")

    server.behaviour.reply = thoughtful  # type: ignore[assignment]
    done = called(*words(tmp_path / "cases"), cwd=night)
    assert done.returncode == 0, done.stderr
    assert b"a-thought-of-its-own" not in b"".join(content(tmp_path / "cases").values())
    with sqlite3.connect(night / "answers.db") as store:
        assert store.execute("select distinct text from thinking").fetchall() == [
            ("a-thought-of-its-own",)
        ]
        (kept,) = store.execute("select group_concat(outcome) from answers").fetchone()
    assert "a-thought-of-its-own" not in kept
