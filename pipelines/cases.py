"""The records of a reasoned run: one case whole, as a reviewer needs it and an auditor asks for it.

Read and written as JSON lines; making them is `pipelines.reason`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.errors import ConfigError
from risk.casefile import CaseFile
from risk.decision import Decision, Score
from risk.policy import Recommendation
from risk.reasoning.reasoner import Rationale

CASES, SELECTION = "cases.jsonl", "selection.parquet"
ENDED = ("reasoned", "pending", "failed")
"""Counts that add up to the cases of a run."""


class CaseRecord(BaseModel):
    """One reasoned case.

    Attributes:
        score: As the model and the policy gave it.
        case: What was reasoned about.
        rationale: What came of it.
        decision: The recommendation, after the ratchet.
        pd_final: PD with the proven effect of the opinion, in [0, 1]; the model's own where there
            is none. It is for people to see: the recommendation does not rest on it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: Score
    case: CaseFile
    rationale: Rationale
    decision: Decision
    pd_final: float = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _never_laxer(self) -> Self:
        if self.pd_final < self.score.pd_model:
            raise ValueError("an opinion never lowers a PD")
        return self

    @property
    def moved(self) -> bool:
        """Whether the recommendation is another than the score's."""
        return self.decision.recommendation != self.score.recommendation


def read_cases(folder: Path) -> Iterator[CaseRecord]:
    """The records of a reasoned run, in order.

    Raises:
        ConfigError: The directory holds no reasoned run.
    """
    path = folder / CASES
    if not path.exists():
        raise ConfigError(f"{folder} holds no {CASES}; give the directory `risk reason` wrote")
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield CaseRecord.model_validate_json(line)


def case(folder: Path, application_id: str) -> CaseRecord:
    """The record of one application.

    Raises:
        ConfigError: It was not reasoned about in this run.
    """
    for record in read_cases(folder):
        if record.score.application_id == application_id:
            return record
    raise ConfigError(
        f"{application_id} has no rationale in {folder}; {SELECTION} there says which have, and why"
    )


def count_cases(folder: Path) -> int:
    """How many cases a reasoned run holds."""
    return sum(1 for _ in read_cases(folder))


def examples(folder: Path) -> tuple[CaseRecord, ...]:
    """One case of each recommendation, the one with the most reasons and documents to show."""
    best: dict[Recommendation, CaseRecord] = {}
    for record in read_cases(folder):
        found = best.get(record.decision.recommendation)
        if found is None or _to_show(record) > _to_show(found):
            best[record.decision.recommendation] = record
    return tuple(best[each] for each in Recommendation if each in best)


def _to_show(record: CaseRecord) -> tuple[int, int]:
    told = record.rationale.narrative.told
    return len(record.case.documents), sum(len(sentence.evidence) for sentence in told)
