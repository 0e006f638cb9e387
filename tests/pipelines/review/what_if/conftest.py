"""Cases of the small bank as a reasoned run files them, and a workbench that has them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from features.intake import check
from pipelines.cases import CaseRecord
from pipelines.config import RunConfig
from pipelines.manifest import RunManifest
from pipelines.review.what_if.models import model_of
from pipelines.review.what_if.rebuild import Rebuilt, rebuild
from pipelines.review.workbench import Workbench
from pipelines.store import Database, StoredCase
from risk.casefile import CaseFile
from risk.decision import Decision, Score
from risk.desk import Role
from risk.filing import Filing
from risk.model import PDModel
from risk.policy import Recommendation
from risk.reasoning.backends.template import compose
from risk.reasoning.narrative import narrate
from risk.reasoning.reasoner import Rationale
from risk.scoring import Scorer
from tests.pipelines.conftest import Bank
from tests.pipelines.review.conftest import CHEAP, Clock, person

DAY = date(2026, 11, 27)


class Night(NamedTuple):
    """Some cases, the model that scored them, and what their run was made from."""

    config: RunConfig
    model: PDModel
    manifest: RunManifest
    records: tuple[CaseRecord, ...]

    def of(self, recommendation: Recommendation) -> CaseRecord:
        """The first case with a recommendation, and no hard rule hit."""
        return next(
            record
            for record in self.records
            if record.score.recommendation == recommendation and not record.score.rules
        )

    def rebuilt(self, record: CaseRecord) -> Rebuilt:
        policy, dictionary = self.config.policy, self.config.read_dictionary()
        return rebuild(record, self.model, policy, dictionary)


@pytest.fixture(scope="session")
def night(bank: Bank) -> Night:
    config, digest = bank.config, bank.champion().digest
    model = model_of(config, digest)
    dictionary = config.read_dictionary()
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    frame.loc[::7, "monthly_income"] = ""
    also = [rule.field for rule in config.policy.rules]
    accepted = check(frame, dictionary, binding=also).accepted.iloc[:60]
    filing = Filing(accepted, model.quantiles, dictionary)
    scores = Scorer(model, config.policy).cases(accepted)
    records = tuple(_record(score, filing.case(n, score)) for n, score in enumerate(scores))
    manifest = RunManifest.of("reason", data={}, config=config.decides(), model=digest)
    return Night(config, model, manifest, records)


def _record(score: Score, case: CaseFile) -> CaseRecord:
    rationale = Rationale.model_validate(
        {
            "application_id": score.application_id,
            "status": "answered",
            "code": "",
            "detail": "",
            "language": "en",
            "narrative": narrate(compose(case, "en"), case, (), "en"),
            "narrative_by": "template",
            "backend": "template",
            "request_digest": "1" * 64,
            "case_digest": case.digest,
            "evidence_digest": "2" * 64,
        }
    )
    kept = {"recommendation": score.recommendation, "model_recommendation": score.recommendation}
    decision = Decision.model_validate({**kept, "causes": ("score",)})
    return CaseRecord(
        score=score, case=case, rationale=rationale, decision=decision, pd_final=score.pd_model
    )


@pytest.fixture
def bench(night: Night, tmp_path: Path, clock: Clock) -> Iterator[Workbench]:
    """The workbench of that bank; its people are called as their roles are."""
    with Database.open(str(tmp_path / "store.db")) as database:
        made = Workbench(night.config, night.config.read_dictionary(), database, CHEAP, clock)
        for role in Role:
            made.people.add(person(role.value, role))
        _deliver(made, night)
        yield made


def _deliver(bench: Workbench, night: Night) -> None:
    key = night.manifest.key()
    cases = [StoredCase(key, DAY, n, record) for n, record in enumerate(night.records)]
    bench.runs.begin(key, "reason", "cases", DAY)
    bench.cases.put(cases)
    bench.runs.finish(key, "done", {"cases": len(cases)}, night.manifest)
    bench.desk.take_in(bench.settings)
