"""What MLflow knows of a night, and that a night's page does without it."""

from pathlib import Path

from pipelines.review.night.delivered import Delivered, read
from pipelines.review.night.tracked import Tracked, look_up, run_address
from pipelines.review.workbench import Workbench
from pipelines.tracking import RunLog, Tracking
from tests.pipelines.review.night.nights import MODEL, deliver


def test_runs_are_found_by_what_they_were_made_from(bench: Workbench, tmp_path: Path) -> None:
    night = deliver(bench, tmp_path / "nights")
    (stored,) = bench.runs.nights()
    found = read(stored)
    tracking = Tracking(str(tmp_path / "mlruns"), "loans")
    assert look_up(tracking, night.key, found) == Tracked()
    ids = [
        tracking.record(RunLog(name=name, job=name, tags=tags))
        for name, tags in {
            "nightly": {"mingjian.run_key": night.key},
            "score": {"mingjian.run_key": found.scores_key},
            "train": {"mingjian.model_digest": MODEL, "mingjian.validation": "amber"},
        }.items()
    ]
    assert look_up(tracking, night.key, found) == Tracked(*ids, validated="amber")


def test_where_mlflow_cannot_be_asked_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database")
    tracking = Tracking(str(tmp_path), "loans")
    assert look_up(tracking, "a" * 64, Delivered(tmp_path)) is None


def test_only_a_server_has_pages_to_link_to() -> None:
    told = {
        "http://mlflow:5000": "http://mlflow:5000/#/runs/ab",
        "https://user:word@mlflow.bank/x/": "https://mlflow.bank/x/#/runs/ab",
        "sqlite:///mlflow.db": "",
        "/var/mlruns": "",
        "javascript:alert(1)//http://x": "",
    }
    assert {where: run_address(where, "ab") for where in told} == told
    assert run_address("http://mlflow", "") == ""
