"""Nights in a store: runs with cases, delivered or not."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from features.language import Text
from pipelines.cases import CaseRecord
from pipelines.store import CaseKey, CaseStore, Database, RunStore
from pipelines.store.desk import Desk
from risk.casefile import CaseFile, Fact
from risk.desk import DeskSettings, Person, Role
from risk.reasoning.findings import Check, Finding
from risk.reasoning.narrative import Sentence
from tests.pipelines.store.conftest import case_record, stored

RUN, DAY = "a" * 64, date(2026, 3, 2)
SETTINGS = DeskSettings(amount="loan_amount", product="loan_product")
LI, WANG = Person("li", Role.OFFICER), Person("wang", Role.OFFICER)
ZHAO, SUN = Person("zhao", Role.SENIOR), Person("sun", Role.SENIOR)

Night = Callable[..., None]


def key(application_id: str, run: str = RUN) -> CaseKey:
    return CaseKey(run, application_id)


def fact(number: int, field: str, value: object, kind: str = "form") -> Fact:
    shown = Text(zh=str(value), en=str(value))
    return Fact.model_validate(
        {"id": f"F{number}", "kind": kind, "field": field, "label": field}
        | {"value": value, "display": shown}
    )


def asked_for(
    application_id: str,
    amount: object = 10_000.0,
    status: str = "answered",
    product: object = "car",
    evidence: str = "2" * 64,
) -> CaseRecord:
    """A case whose form says an amount and a product, which its score says otherwise."""
    record = case_record(application_id, status)
    facts = (
        fact(1, "loan_amount", 1.0, "score"),
        fact(2, "loan_amount", amount),
        fact(3, "loan_product", product),
    )
    case = CaseFile(application_id=application_id, facts=facts, documents={})
    rationale = record.rationale.model_copy(update={"evidence_digest": evidence})
    return record.model_copy(update={"case": case, "rationale": rationale})


def doubtful(application_id: str) -> CaseRecord:
    """A case with an order in a document, and two sentences struck of three."""
    record = asked_for(application_id)
    finding = Finding(check=Check.INSTRUCTION, detail="document")
    kept = Sentence.model_validate({"text": "x", "kind": "document", "mark": "cited", "claim": 0})
    struck = (kept, *[kept.model_copy(update={"struck": True})] * 2)
    narrative = record.rationale.narrative.model_copy(update={"sentences": struck})
    return record.model_copy(
        update={
            "case": record.case.model_copy(update={"findings": (finding,)}),
            "rationale": record.rationale.model_copy(update={"narrative": narrative}),
        }
    )


@pytest.fixture
def night(database: Database) -> Night:
    """Files cases in a run of a day, and delivers it unless told not to."""

    def file(
        records: Sequence[CaseRecord], *, run: str = RUN, day: date = DAY, delivered: bool = True
    ) -> None:
        runs = RunStore(database, "loans")
        runs.begin(run, "reason", "cases", day)
        cases = [stored(each, day, run_key=run, place=place) for place, each in enumerate(records)]
        CaseStore(database, "loans").put(cases)
        if delivered:
            runs.finish(run, "done", {})

    return file


@pytest.fixture
def desk(database: Database, night: Night) -> Desk:
    """A desk with three cases on it, of which the second one is worth most."""
    night([asked_for("A1", 100.0), asked_for("A2", 30_000.0), asked_for("A3", 2_000.0)])
    desk = Desk(database, "loans")
    desk.take_in(SETTINGS)
    return desk
