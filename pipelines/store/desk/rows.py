"""The rows of the desk, and what of them follows from the record of a case."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from sqlalchemy import Row

from pipelines.errors import StoreError
from pipelines.store.cases import CaseKey
from pipelines.store.tables import CASES
from risk.desk import DeskSettings, Outcome, State, priority
from risk.policy import Recommendation
from risk.reasoning.findings import Check

READ = (
    CASES.c.run_key,
    CASES.c.application_id,
    CASES.c.business_date,
    CASES.c.place,
    CASES.c.status,
    CASES.c.recommendation,
    CASES.c.model_recommendation,
    CASES.c.pd,
    CASES.c.points,
    CASES.c.grade,
    CASES.c.updated_at,
    CASES.c.record,
)
"""What of a case `facts_of` and `laid` read."""


@dataclass(frozen=True)
class DeskRow:
    """One case as it lies on the desk.

    Attributes:
        id: Its number on the desk.
        run_key: The reasoned run it belongs to.
        application_id: The application.
        portfolio: Whose it is.
        business_date: The day whose applications the run is about.
        product: The product applied for; empty where it is unknown.
        amount: The amount applied for; None where it is unknown.
        expected_loss: PD times amount; None where the amount is unknown.
        queued_at: When its run was delivered, UTC.
        due_at: Until when it should be decided, UTC.
        priority: What the queue is sorted by, the largest first.
        state: Where it stands.
        decided: Whether it is decided or replaced: nothing is left to do.
        holder: Who works on it; empty for nobody.
        proposer: Who proposed an outcome; empty for nobody.
        proposal: Id of the review that proposed it; None where nothing is or was proposed.
        outcome: What was decided; empty before.
        recommendation: After the ratchet.
        model_recommendation: Of model and hard rules.
        grade: Grade of the master scale.
        pd: PD of the model, in [0, 1].
        points: Scorecard points.
        pending: Whether its rationale is still to be written.
        struck: How many sentences of its narrative were struck.
        suspected: Whether one of its documents seems to give orders to its reader.
        moved: Whether reasoning changed the recommendation.
        evidence_digest: Of all that its rationale rests on.
        case_at: When the case was written that the row was made from, UTC.
        updated_at: When the row was changed last, UTC.
    """

    id: int
    run_key: str
    application_id: str
    portfolio: str
    business_date: date
    product: str
    amount: float | None
    expected_loss: float | None
    queued_at: datetime
    due_at: datetime
    priority: float
    state: State
    decided: bool
    holder: str
    proposer: str
    proposal: int | None
    outcome: Outcome | Literal[""]
    recommendation: Recommendation
    model_recommendation: Recommendation
    grade: str
    pd: float
    points: float
    pending: bool
    struck: int
    suspected: bool
    moved: bool
    evidence_digest: str
    case_at: datetime
    updated_at: datetime

    @property
    def key(self) -> CaseKey:
        """What the case is found by."""
        return CaseKey(self.run_key, self.application_id)


class _Fact(BaseModel):
    kind: str
    field: str
    value: float | str | None = None


class _Finding(BaseModel):
    check: str


class _Case(BaseModel):
    facts: tuple[_Fact, ...]
    findings: tuple[_Finding, ...] = ()


class _Sentence(BaseModel):
    struck: bool = False


class _Narrative(BaseModel):
    sentences: tuple[_Sentence, ...]


class _Rationale(BaseModel):
    narrative: _Narrative
    evidence_digest: str


class _Record(BaseModel):
    """The little of a record that the desk needs; the rest is not even looked at."""

    case: _Case
    rationale: _Rationale

    def form(self, field: str) -> float | str | None:
        """The value of a form fact; None where there is none."""
        named = (fact for fact in self.case.facts if fact.kind == "form" and fact.field == field)
        found = next(named, None)
        return None if found is None else found.value


def row_of(row: "Row[*tuple[Any, ...]]") -> DeskRow:
    """A row as the table holds one."""
    values = dict(row._mapping)
    for name in ("recommendation", "model_recommendation"):
        values[name] = Recommendation(values[name])
    return DeskRow(**{**values, "state": State(values["state"])})


def facts_of(case: "Row[*tuple[Any, ...]]", settings: DeskSettings) -> dict[str, Any]:
    """What a case says of itself, by the columns of the desk.

    Raises:
        StoreError: Its record cannot be read.
    """
    record = _read(case)
    product, amount = record.form(settings.product), _amount(record.form(settings.amount))
    return {
        "product": "" if product is None else str(product),
        "amount": amount,
        "expected_loss": None if amount is None else case.pd * amount,
        "recommendation": case.recommendation,
        "model_recommendation": case.model_recommendation,
        "grade": case.grade,
        "pd": case.pd,
        "points": case.points,
        "pending": case.status == "pending",
        "struck": sum(each.struck for each in record.rationale.narrative.sentences),
        "suspected": any(each.check == Check.INSTRUCTION for each in record.case.findings),
        "moved": case.recommendation != case.model_recommendation,
        "evidence_digest": record.rationale.evidence_digest,
        "case_at": case.updated_at,
    }


def rank(facts: dict[str, Any], queued_at: datetime, settings: DeskSettings) -> float:
    """The priority of a case; one whose amount is unknown counts as an amount of one."""
    loss = facts["expected_loss"]
    return priority(facts["pd"] if loss is None else loss, queued_at, settings)


def _amount(value: float | str | None) -> float | None:
    known = isinstance(value, float) and math.isfinite(value)
    return float(value) if known and value is not None else None


def _read(case: "Row[*tuple[Any, ...]]") -> _Record:
    try:
        return _Record.model_validate_json(case.record)
    except ValidationError:
        # Its message quotes the record.
        raise StoreError(
            f"case {case.application_id} of run {case.run_key} in the store cannot be read; "
            "another version of mingjian wrote it, or it was edited; run that night again"
        ) from None
