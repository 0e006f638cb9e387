"""The log's head in MLflow: once a day, whoever records it, and held against the day before."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.audit.heads import head_of
from pipelines.audit.recording import HEAD, Recorded, record_head
from pipelines.config import RunConfig
from pipelines.store import Database, ReviewLog
from pipelines.tracking import Tracking
from tests.pipelines.audit.conftest import ROWS, Attacker, review

AT = datetime(2026, 3, 2, 18, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def config(
    attacker: Attacker, mlflow_store: str, request: pytest.FixtureRequest, tmp_path: Path
) -> RunConfig:
    """An experiment for each test in one store, which takes seconds to make."""
    name = request.node.name.replace("[", "-").replace("]", "")
    given = {
        "name": name,
        "store": attacker.where,
        "tracking": mlflow_store,
        "policy": {"approve": 0.08, "decline": 0.25},
    }
    return RunConfig.of(given, tmp_path / "risk.toml")


def recorded(config: RunConfig, log: Database, at: datetime = AT) -> Recorded:
    found = record_head(config, log, at)
    assert found is not None
    return found


def test_a_head_is_recorded_once_a_day(config: RunConfig, log: Database) -> None:
    first = recorded(config, log)
    assert recorded(config, log, AT + timedelta(hours=3)).run_id == first.run_id
    tracking = Tracking(config.tracking, config.name)
    told = tracking.told(first.run_id)
    assert (told.name, told.metrics["rows"], told.params["head"]) == (
        "audit 2026-03-02", ROWS, first.head.hash,
    )  # fmt: skip
    assert told.tags["mingjian.audit"] == "whole"
    assert head_of(tracking.text(first.run_id, HEAD) or "") == first.head
    assert recorded(config, log, AT + DAY).run_id != first.run_id
    ReviewLog(log).append(review(50))
    assert recorded(config, log).run_id != first.run_id


def test_a_tail_that_was_cut_is_told_by_the_day_before(
    config: RunConfig, log: Database, attacker: Attacker, caplog: pytest.LogCaptureFixture
) -> None:
    assert recorded(config, log).verdict.found == ()
    attacker.run("delete from reviews where id > 7")
    for day in (1, 2):
        late = recorded(config, log, AT + day * DAY)
        assert [found.kind for found in late.verdict.found] == ["cut"]
    assert "not whole" in caplog.text
    tracking = Tracking(config.tracking, config.name)
    assert tracking.told(late.run_id).tags["mingjian.audit"] == "broken"
    told = json.loads(tracking.text(late.run_id, "found.json") or "")
    assert (told[0]["kind"], told[0]["id"], told[0]["gone"]) == ("cut", 7, 2)


def test_of_two_at_once_one_records(config: RunConfig, log: Database) -> None:
    recorded(config, log, AT - DAY)
    with Database.open(config.store) as other, ThreadPoolExecutor(2) as threads:
        both = list(threads.map(lambda store: record_head(config, store, AT), (log, other)))
    runs = {each.run_id for each in both if each is not None}
    assert len(runs) == 1
    assert recorded(config, log).run_id in runs
