"""A night whole, with a model that answers, is down, is late, or dies with the job."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from features.errors import DataError
from pipelines import nightly, verifying
from pipelines.cases import read_cases
from pipelines.config import RunConfig
from pipelines.deadline import Deadline
from pipelines.errors import ConfigError, Exit, LockedError, TrackingError
from pipelines.job import Advance, JobResult, Silent
from pipelines.locking import held
from pipelines.manifest import RunManifest
from pipelines.sources import open_source
from pipelines.store import Database, RunStore
from tests.fake_r1.replies import faithful
from tests.fake_r1.server import MODEL, Behaviour, FakeServer
from tests.pipelines.command import content
from tests.pipelines.conftest import CONFIG, Bank
from tests.pipelines.test_reason_server import REASONING

FIRST, SECOND = date(2026, 11, 26), date(2026, 11, 27)
NIGHTLY = "\n[nightly]\nrounds = 1\nround_wait_s = 0.01\n"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(Behaviour(reply=faithful)) as running:
        yield running


def config_of(bank: Bank, folder: Path, url: str | None) -> RunConfig:
    """The bank's config with a store of its own, and a server where one is named."""
    reasoning = REASONING.format(url=url, model=MODEL, concurrency=8) if url else ""
    text = f'store = "{folder / "store.db"}"\n{CONFIG}{reasoning}{NIGHTLY}'
    path = bank.folder / f"nightly-{folder.name}.toml"
    path.write_text(text, "utf-8")
    return RunConfig.read(path)


def made(
    bank: Bank,
    folder: Path,
    url: str | None,
    day: date = FIRST,
    source: Path | None = None,
    deadline: Deadline | None = None,
    *,
    allow_empty: bool = False,
) -> JobResult:
    until = deadline or Deadline()
    options = nightly.NightOptions(
        day, folder / "nights", "en", deadline=until, allow_empty=allow_empty
    )
    applications = open_source(str(source or bank.tonight))
    config = config_of(bank, folder, url)
    return nightly.run(
        config, applications, bank.champion(), options, Clock(until) if deadline else Silent()
    )


def test_a_night_without_a_model_is_whole(bank: Bank, tmp_path: Path) -> None:
    result = made(bank, tmp_path, None)
    folder = tmp_path / "nights" / "2026-11-26"
    assert result.exit is Exit.DONE
    assert result.counts["scored"] == 200
    assert result.counts["reasoned"] == len(list(read_cases(folder / "cases")))
    assert verifying.run(folder, "en", Silent()).exit is Exit.DONE
    assert sorted(p.name for p in folder.iterdir()) == [
        "cases", "night.json", "scores", "waiting.json",
    ]  # fmt: skip


def test_a_night_is_filed_in_the_store_and_measured_in_mlflow(
    bank: Bank, tmp_path: Path, server: FakeServer
) -> None:
    down = made(bank, tmp_path, "http://127.0.0.1:9/v1")
    config = config_of(bank, tmp_path, server.url)
    with Database.open(config.store) as database:
        states = {run.job: run.state for run in RunStore(database, "small").of(FIRST)}
    assert states == {"score": "done", "reason": "partial", "nightly": "partial"}
    assert down.metrics["asked"]["tokens_read"] == 0
    up = made(bank, tmp_path, server.url)
    with Database.open(config.store) as database:
        runs = RunStore(database, "small").of(FIRST)
    last = {run.job: run for run in runs}
    assert {run.job: run.state for run in last.values()} == {
        "score": "done", "reason": "done", "nightly": "done",
    }  # fmt: skip
    assert last["nightly"].run_key == up.run_key
    assert last["nightly"].counts == dict(up.counts)
    folder = tmp_path / "nights" / "2026-11-26"
    for name, run in (("scores", last["score"]), ("cases", last["reason"])):
        assert run.directory == str(folder / name)
        assert run.manifest == RunManifest.read(folder / name).to_json()
    logged = mlflow.MlflowClient(f"sqlite:///{bank.folder}/mlruns/mlflow.db").get_run(up.run_id)
    said = logged.data.metrics
    assert said["psi"] == up.metrics["scored"]["psi"] >= 0
    assert said["ask_tokens_read"] == up.metrics["asked"]["tokens_read"] > 0
    assert said["ask_tokens_written"] > 0
    assert said["ask_cost"] > 0
    assert {"seconds.load", "seconds.queue", "seconds.deliver"} <= set(said)


def test_a_night_without_applications_is_refused_unless_it_is_allowed(
    bank: Bank, tmp_path: Path
) -> None:
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).iloc[:0]
    frame.to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(DataError, match=r"none\.csv has a header and no rows.*--allow-empty"):
        made(bank, tmp_path, None, source=tmp_path / "none.csv")
    assert not (tmp_path / "nights").exists()
    empty = made(bank, tmp_path, None, source=tmp_path / "none.csv", allow_empty=True)
    assert empty.exit is Exit.DONE
    assert empty.counts["scored"] == empty.counts["rejected"] == 0
    assert "psi" not in empty.metrics["scored"]
    assert verifying.run(tmp_path / "nights" / "2026-11-26", "en", Silent()).exit is Exit.DONE


def test_made_again_it_is_left_as_it_is(bank: Bank, tmp_path: Path, server: FakeServer) -> None:
    made(bank, tmp_path, server.url)
    before, asked = content(tmp_path / "nights"), server.counts.asked.total()
    again = made(bank, tmp_path, server.url)
    assert content(tmp_path / "nights") == before
    assert server.counts.asked.total() == asked
    assert again.exit is Exit.DONE


def test_a_night_without_its_model_is_scored_and_the_next_one_reasons_about_it(
    bank: Bank, tmp_path: Path, server: FakeServer
) -> None:
    down = made(bank, tmp_path, "http://127.0.0.1:9/v1")
    first = tmp_path / "nights" / "2026-11-26"
    assert down.exit is Exit.PARTIAL
    assert down.counts["scored"] == 200
    assert down.counts["reasoned"] == 0
    waiting = [r.score.application_id for r in read_cases(first / "cases")]
    assert down.counts["pending"] == len(waiting) > 5
    assert all(r.rationale.narrative.told for r in read_cases(first / "cases"))

    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    frame["application_id"] = "N" + frame["application_id"]
    frame.to_csv(tmp_path / "next.csv", index=False)
    up = made(bank, tmp_path, server.url, SECOND, tmp_path / "next.csv")
    second = tmp_path / "nights" / "2026-11-27"
    assert up.exit is Exit.DONE
    assert up.counts["late_reasoned"] == len(waiting)
    late = list(read_cases(second / "late"))
    assert [r.score.application_id for r in late] == waiting
    assert {r.rationale.status for r in late} == {"answered"}
    origins = pd.read_parquet(second / "late" / nightly.ORIGINS)
    assert origins["application_id"].tolist() == waiting
    assert verifying.run(second, "en", Silent()).exit is Exit.DONE


def test_the_same_night_takes_up_what_it_left_pending(
    bank: Bank, tmp_path: Path, server: FakeServer
) -> None:
    made(bank, tmp_path, "http://127.0.0.1:9/v1")
    folder = tmp_path / "nights" / "2026-11-26"
    scores = content(folder / "scores")
    up = made(bank, tmp_path, server.url)
    assert up.exit is Exit.DONE
    assert {r.rationale.status for r in read_cases(folder / "cases")} == {"answered"}
    assert content(folder / "scores") == scores


class Clock(Silent):
    """Lets the deadline come a second after the model is first asked, however slow the machine."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline

    def step(self, name: str, total: int = 0) -> AbstractContextManager[Advance]:
        if name == "step.queue":
            self.deadline.at = datetime.now() + timedelta(seconds=1)
        return super().step(name, total)


def test_a_deadline_leaves_the_scores_and_keeps_the_cases_for_later(
    bank: Bank, tmp_path: Path, server: FakeServer
) -> None:
    server.behaviour.latency_s = 60
    deadline = Deadline()
    late = made(bank, tmp_path, server.url, deadline=deadline)
    assert deadline.at is not None
    assert datetime.now() - deadline.at < timedelta(seconds=30)
    assert late.exit is Exit.DEADLINE
    assert late.counts["scored"] == 200
    assert late.counts["pending"] > 5
    server.behaviour.latency_s = 0
    assert made(bank, tmp_path, server.url).exit is Exit.DONE


def test_a_night_that_cannot_be_recorded_is_delivered_and_recorded_by_the_next_start(
    bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    config = config_of(bank, tmp_path, None)
    options = nightly.NightOptions(FIRST, tmp_path / "nights", "en")

    def night(tracking: str) -> JobResult:
        there = config.model_copy(update={"tracking": tracking})
        source, stored = open_source(str(bank.tonight)), bank.champion()
        return nightly.run(there, source, stored, options, Silent())

    with pytest.raises(TrackingError, match=r"is delivered to .*2026-11-26, but not recorded"):
        night("http://127.0.0.1:9")
    assert verifying.run(options.folder, "en", Silent()).exit is Exit.DONE
    before = content(tmp_path / "nights")
    assert night(config.tracking).exit is Exit.DONE
    assert content(tmp_path / "nights") == before


def test_a_second_start_is_refused(bank: Bank, tmp_path: Path) -> None:
    import threading

    refused: list[type[Exception]] = []

    def second() -> None:
        try:
            made(bank, tmp_path, None)
        except LockedError as error:
            refused.append(type(error))

    with held(tmp_path / "nights" / "2026-11-26"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert refused == [LockedError]


def test_another_input_for_the_same_night_is_refused(
    bank: Bank, tmp_path: Path, changed_night: object
) -> None:
    made(bank, tmp_path, None)
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).iloc[:50]
    frame.to_csv(tmp_path / "other.csv", index=False)
    before = content(tmp_path / "nights")
    with pytest.raises(DataError, match="holds another run"):
        made(bank, tmp_path, None, source=tmp_path / "other.csv")
    assert content(tmp_path / "nights") == before


@pytest.mark.parametrize("harm", ["changed", "missing", "extra", "manifest"])
def test_a_harmed_night_is_told(bank: Bank, tmp_path: Path, harm: str) -> None:
    made(bank, tmp_path, None)
    folder = tmp_path / "nights" / "2026-11-26"
    path = folder / "cases" / "cases.jsonl"
    if harm == "changed":
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    elif harm == "missing":
        path.unlink()
    elif harm == "extra":
        (folder / "scores" / "extra.csv").touch()
    else:
        place = folder / "scores" / "manifest.json"
        said = json.loads(place.read_text("utf-8"))
        place.write_text(json.dumps(said), "utf-8")
    found = verifying.run(folder, "en", Silent())
    assert found.exit is Exit.BAD_INPUT
    assert len(found.notes) == found.counts["problems"] == 1


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither a run"):
        verifying.run(tmp_path, "en", Silent())
