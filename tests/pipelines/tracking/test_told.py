from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipelines.errors import TrackingError
from pipelines.tracking import RunLog, Tracking
from tests.pipelines.conftest import Bank
from tests.pipelines.tracking.conftest import Room

UNKNOWN = "0" * 32


def log(**more: object) -> RunLog:
    return RunLog(name="validate", job="validate", **more)  # type: ignore[arg-type]


def test_a_run_tells_what_was_logged(room: Room) -> None:
    run_id = room.tracking.record(
        log(params={"rounds": 60}, metrics={"auc": 0.75}, tags={"mingjian.run_key": "key"})
    )
    said = room.tracking.told(run_id)
    assert (said.run_id, said.name, said.status) == (run_id, "validate", "FINISHED")
    assert said.params == {"rounds": "60"}
    assert said.metrics == {"auc": 0.75}
    assert said.tags["mingjian.run_key"] == "key"
    assert abs(datetime.now(UTC) - said.started) < timedelta(minutes=5)


def test_a_text_is_read_back_and_a_missing_one_is_none(room: Room) -> None:
    run_id = room.tracking.record(log(texts={"a.json": "{}", "deep/b.txt": "明鉴\n"}))
    assert room.tracking.text(run_id, "a.json") == "{}"
    assert room.tracking.text(run_id, "deep/b.txt") == "明鉴\n"
    for name in ("b.txt", "deep", "deep/c.txt", "nowhere/b.txt"):
        assert room.tracking.text(run_id, name) is None, name


def test_what_is_no_text_is_named(room: Room, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    run_id = room.tracking.record(log())
    room.client.log_artifact(run_id, str(tmp_path / "picture.png"))
    with pytest.raises(TrackingError, match=r"picture\.png"):
        room.tracking.text(run_id, "picture.png")


def test_a_training_run_tells_its_metrics_and_manifest(bank: Bank) -> None:
    tracking = Tracking(bank.config.tracking, "small")
    said = tracking.told(bank.trained.run_id)
    expected = bank.trained.metrics["out_of_time"]["auc"]
    assert said.metrics["out_of_time.auc"] == pytest.approx(expected)
    assert "fields" in (tracking.text(bank.trained.run_id, "dictionary.toml") or "")


def test_an_unknown_run_is_named(room: Room) -> None:
    room.run()
    for ask in (room.tracking.told, lambda run: room.tracking.text(run, "a.json")):
        with pytest.raises(TrackingError, match=UNKNOWN):
            ask(UNKNOWN)
    with pytest.raises(TrackingError, match=UNKNOWN):
        room.tracking.attach(UNKNOWN, log())


def test_asking_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="no store"):
        Tracking(str(tmp_path / "store"), "small").told(UNKNOWN)
    assert list(tmp_path.iterdir()) == []


def test_more_is_logged_to_a_run_that_stays_ended(room: Room) -> None:
    run_id = room.tracking.record(log(params={"rounds": 60}, metrics={"auc": 0.75}))
    before = room.client.get_run(run_id).info
    frame = pd.DataFrame({"grade": ["A"], "rows": [3]})
    room.tracking.attach(
        run_id,
        log(metrics={"validation.auc": 0.7}, texts={"r.json": "{}"}, tables={"t.csv": frame}),
    )
    after, said = room.client.get_run(run_id).info, room.tracking.told(run_id)
    assert (after.status, after.end_time) == (before.status, before.end_time)
    assert (said.name, said.params) == ("validate", {"rounds": "60"})
    assert said.metrics == {"auc": 0.75, "validation.auc": 0.7}
    assert room.tracking.text(run_id, "r.json") == "{}"
    assert room.tracking.text(run_id, "t.csv") == "grade,rows\nA,3\n"


def test_what_is_attached_again_replaces_what_was(room: Room) -> None:
    run_id = room.tracking.record(log(metrics={"auc": 0.75}))
    room.tracking.attach(run_id, log(metrics={"auc": 0.9}, texts={"r.json": "1"}))
    room.tracking.attach(run_id, log(metrics={"auc": 0.6}, texts={"r.json": "2"}))
    assert room.tracking.told(run_id).metrics == {"auc": 0.6}
    assert room.tracking.text(run_id, "r.json") == "2"


def test_a_param_of_an_ended_run_is_not_changed(room: Room) -> None:
    run_id = room.tracking.record(log(params={"rounds": 60}))
    with pytest.raises(TrackingError, match="rounds"):
        room.tracking.attach(run_id, log(params={"rounds": 61}))
    assert room.tracking.told(run_id).params == {"rounds": "60"}
