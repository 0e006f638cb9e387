"""Marks of officers reach MLflow once, also those that could not be sent at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import TrackingError
from pipelines.review.marks_sending import _ALL_AFTER, MarksSending
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, Review
from pipelines.tracking import TracePlan, Tracking
from tests.pipelines.review.laid import EVIDENCE, RUN, lay
from tests.pipelines.store.conftest import case_record


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One MLflow store for all tests here: making it takes longer than they do."""
    return str(tmp_path_factory.mktemp("mlruns"))


@pytest.fixture
def marking(bench: Workbench, mlflow: str, request: pytest.FixtureRequest) -> Workbench:
    """A workbench whose traces are its own."""
    changes = {"tracking": mlflow, "name": request.node.name}
    return replace(bench, config=bench.config.model_copy(update=changes))


def mark(bench: Workbench, key: CaseKey, claim: int, verdict: str) -> int:
    said = {"reviewer": "officer", "action": "mark", "comment": f"claim {claim}"}
    review = {**said, "reason_code": verdict, "evidence_digest": EVIDENCE}
    return bench.reviews.append(Review.model_validate({**key._asdict(), **review})).id


def trace(bench: Workbench, *cases: str) -> Tracking:
    tracking = Tracking(bench.config.tracking, bench.config.name)
    records = [case_record(each) for each in cases]
    with tracking.run("reason", "reason") as run:
        tracking.reasoned(lambda: records, TracePlan(run.run_id, RUN, len(records)))
    return tracking


def stands(tracking: Tracking) -> list[tuple[str, str, str, str]]:
    found = tracking._store.client.search_traces(locations=[tracking._store.experiment_id])
    return sorted(
        (t.info.tags["mingjian.application_id"], a.value, a.source.source_id,
         a.metadata["mingjian.claim"])
        for t in found
        for a in t.info.assessments
    )  # fmt: skip


def test_marks_stand_on_their_traces_once(marking: Workbench) -> None:
    first, second = lay(marking, ["A1", "A2"])
    tracking = trace(marking, "A1", "A2")
    mark(marking, first, 0, "right")
    sending = MarksSending(marking)
    sending.send()
    mark(marking, second, 3, "wrong")
    sending.send()
    sending.send()
    MarksSending(marking).send()
    assert stands(tracking) == [("A1", "right", "officer", "0"), ("A2", "wrong", "officer", "3")]


def test_a_trace_that_comes_after_the_mark_gets_it_within_an_hour(marking: Workbench) -> None:
    (key,) = lay(marking, ["A1"])
    mark(marking, key, 0, "useless")
    sending = MarksSending(marking)
    sending.send()
    tracking = trace(marking, "A1")
    for _ in range(_ALL_AFTER):
        sending.send()
    assert stands(tracking) == [("A1", "useless", "officer", "0")]


def test_what_mlflow_did_not_take_is_sent_the_next_time(
    marking: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = lay(marking, ["A1"])
    tracking = trace(marking, "A1")
    mark(marking, key, 1, "wrong")
    sending = MarksSending(marking)

    def away(*_: object) -> None:
        raise TrackingError("the MLflow store cannot be used")

    with monkeypatch.context() as patch:
        patch.setattr(Tracking, "marked", away)
        with pytest.raises(TrackingError):
            sending.send()
    sending.send()
    assert stands(tracking) == [("A1", "wrong", "officer", "1")]


def test_marks_make_no_mlflow_store_of_their_own(bench: Workbench, tmp_path: Path) -> None:
    config = bench.config.model_copy(update={"tracking": str(tmp_path / "none")})
    made = replace(bench, config=config)
    (key,) = lay(made, ["A1"])
    mark(made, key, 0, "right")
    MarksSending(made).send()
    assert not (tmp_path / "none").exists()
