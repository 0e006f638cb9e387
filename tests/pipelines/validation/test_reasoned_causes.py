"""Each cause of another recommendation by two real runs that differ in it alone."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pipelines.backends import Backends
from pipelines.cases import CASES, CaseRecord, read_cases
from pipelines.manifest import RunManifest
from pipelines.rundir import RunDirectory
from pipelines.store import AnswerStore, Remembering
from pipelines.validation.reasoned import read_reasoned
from risk.decision import decide
from risk.policy import Recommendation
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.findings import Check, Finding
from risk.report.reasoning.changed import Changes, changes
from tests.fake_r1.server import MODEL, FakeServer
from tests.pipelines.conftest import Bank
from tests.pipelines.validation.passes import (
    LIMIT,
    MOVABLE,
    Runs,
    concerned,
    in_chinese,
    nowhere,
    scored,
)


def between(a: Path, b: Path) -> Changes:
    return changes(read_reasoned(a, None, None), read_reasoned(b, None, None))


def found(both: Changes) -> dict[str, int]:
    """Changed cases by their causes."""
    return {str(key): int(n) for key, n in both.changed["causes"].value_counts().items()}


def test_other_answers_to_the_same_requests_are_chance(runs: Runs, server: FakeServer) -> None:
    first = runs(server)
    server.behaviour.reply = concerned()
    both = between(first, runs(server))
    assert len(both.both) == LIMIT
    assert found(both) == {"chance": MOVABLE}


def test_replayed_answers_change_nothing(runs: Runs, server: FakeServer, tmp_path: Path) -> None:
    server.behaviour.reply = concerned()
    settings = ServerSettings.model_validate(
        {"url": server.url, "model": MODEL, "profile": "deepseek-r1"}
    )
    with AnswerStore(str(tmp_path / "answers.db")) as store:
        backends = Backends(Remembering(ServerBackend(settings), store))
        first = runs.by(backends)
        server.behaviour.reply = concerned(nowhere)
        both = between(first, runs.by(backends))
    assert found(both) == {}
    assert (both.both["evidence_digest_a"] == both.both["evidence_digest_b"]).all()


def test_another_language_is_the_prompt(runs: Runs, server: FakeServer) -> None:
    server.behaviour.reply = concerned(in_chinese)
    assert found(between(runs(server, "en"), runs(server, "zh"))) == {"prompt": MOVABLE}


def test_another_model_is_the_weights(runs: Runs, server: FakeServer) -> None:
    first = runs(server)
    server.behaviour.reply = concerned()
    assert found(between(first, runs(server, model="other-r1"))) == {"weights": MOVABLE}


def test_language_and_model_at_once_cannot_be_told_apart(runs: Runs, server: FakeServer) -> None:
    server.behaviour.reply = concerned(in_chinese)
    both = between(runs(server, "en"), runs(server, "zh", "other-r1"))
    assert found(both) == {"prompt;weights": MOVABLE}


def test_another_document_is_data(
    bank: Bank, runs: Runs, server: FakeServer, changed_night: Callable[..., Path], tmp_path: Path
) -> None:
    server.behaviour.reply = concerned(lambda prompt: "bees" in prompt)
    first = runs(server)
    read = read_reasoned(first, None, None).cases
    known = read.loc[~read["suspected"], "application_id"].iloc[0]
    ids = pd.read_csv(bank.tonight, dtype=str)["application_id"].tolist()
    table = changed_night(ids.index(known), application_text="He keeps bees.")
    night = table, scored(bank, table, tmp_path / "scores")
    both = between(first, runs(server, night=night))
    assert found(both) == {"data": 1}
    assert both.changed["application_id"].tolist() == [known]


def test_a_lost_server_is_pending_and_nothing_else(runs: Runs, server: FakeServer) -> None:
    server.behaviour.reply = concerned()
    first = runs(server)
    server.kill()
    assert found(between(first, runs(server, "zh"))) == {"pending": MOVABLE}


def delivered_again(folder: Path, target: Path, edit: Callable[[CaseRecord], CaseRecord]) -> Path:
    """The run as another version of the code would have delivered it."""
    manifest = RunManifest.read(folder)
    other = manifest.model_copy(update={"version": "0.0.1", "outputs": {}})
    with RunDirectory(target, other.key()) as stage:
        lines = (edit(record).model_dump_json() + "\n" for record in read_cases(folder))
        stage.path(CASES).write_text("".join(lines), "utf-8")
        stage.commit(other, manifest.counts)
    return target


def test_the_same_replies_under_other_checks_are_the_verifier(
    bank: Bank, runs: Runs, server: FakeServer, tmp_path: Path
) -> None:
    def suspicious(record: CaseRecord) -> CaseRecord:
        suspected = Finding(check=Check.INSTRUCTION, detail="suspected", fact="F1")
        said = record.rationale.model_copy(update={"findings": (suspected,)})
        made = decide(record.score, said.opinion, said.findings, bank.config.policy)
        return record.model_copy(update={"rationale": said, "decision": made})

    first = runs(server)
    other = delivered_again(first, tmp_path / "other", suspicious)
    assert found(between(first, other)) == {"verifier": MOVABLE}


def test_the_same_opinion_under_another_ratchet_is_the_verifier(
    runs: Runs, server: FakeServer, tmp_path: Path
) -> None:
    def deaf(record: CaseRecord) -> CaseRecord:
        made = record.decision.model_copy(
            update={"recommendation": Recommendation.APPROVE, "causes": ("score",)}
        )
        return record.model_copy(update={"decision": made})

    server.behaviour.reply = concerned()
    first = runs(server)
    other = delivered_again(first, tmp_path / "other", deaf)
    assert found(between(first, other)) == {"verifier": LIMIT}
