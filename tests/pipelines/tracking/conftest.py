"""A store of its own for prompts and traces, and reasoned cases to put into it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.tracking import RunLog, Tracking
from risk.casefile import CaseFile
from risk.decision import Decision, Score, decide
from risk.policy import Policy, Recommendation
from risk.reasoning.reasoner import Rationale
from tests.risk.reasoning.conftest import cases as cases


@dataclass(frozen=True)
class Record:
    """What `pipelines.reason` keeps of a case."""

    score: Score
    case: CaseFile
    rationale: Rationale
    decision: Decision


def record(
    case: CaseFile, rationale: Rationale, start: Recommendation = Recommendation.REFER
) -> Record:
    score = Score(
        application_id=case.application_id, pd_model=0.1, points=600, grade="C",
        recommendation=start,
    )  # fmt: skip
    policy = Policy(approve=0.08, decline=0.25)
    decision = decide(score, rationale.opinion, rationale.findings, policy)
    return Record(score, case, rationale, decision)


@dataclass(frozen=True)
class Room:
    """An experiment of its own in a store that all tests share: a new store takes seconds."""

    folder: Path
    tracking: Tracking

    @property
    def client(self) -> Any:
        import mlflow

        return mlflow.MlflowClient(self.tracking.uri, self.tracking.uri)

    def run(self) -> str:
        return self.tracking.record(RunLog(name="reason", job="reason"))

    def traces(self, run_id: str) -> list[Any]:
        experiment = self.client.get_run(run_id).info.experiment_id
        found = self.client.search_traces(
            locations=[experiment], filter_string=f"run_id = '{run_id}'"
        )
        return sorted(found, key=lambda t: str(t.info.tags["mingjian.application_id"]))

    def params(self, run_id: str) -> dict[str, str]:
        return dict(self.client.get_run(run_id).data.params)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def room(store: Path, request: pytest.FixtureRequest) -> Room:
    return Room(store, Tracking(str(store), request.node.name))
