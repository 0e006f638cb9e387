"""Cases as the real reasoning pass leaves them: the fake mind's answers, with one wrong claim."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np

from features.dictionary import DataDictionary
from features.language import Language
from features.synthetic import make_book
from pipelines.cases import CaseRecord
from pipelines.review.case.given import Basis, Given, Reader, Voice
from pipelines.store import StoredReview
from pipelines.store.desk import DeskRow
from risk.decision import Score, decide
from risk.desk import DeskSettings, Person, Role, State
from risk.policy import Policy, Recommendation
from risk.reasoning.backends.base import Answered, Outcome, Request
from risk.reasoning.reasoner import Rationale, reason
from risk.scorecard import Scaling
from tests.fake_r1.answers import compose
from tests.fake_r1.cases import Known, known_cases

POLICY = Policy.model_validate(
    {
        "approve": 0.08,
        "decline": 0.25,
        "rules": [
            {
                "name": "over-90-days",
                "field": "max_overdue_days_24m",
                "op": ">",
                "value": 90,
                "decision": "decline",
                "label": {"zh": "逾期超过90天", "en": "More than 90 days past due"},
            }
        ],
    }
)
BASIS = Basis(POLICY, Scaling(), model="c" * 64, prompt="d" * 64, version="0.1.0")
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Mind:
    """A back end that answers faithfully but for one claim, which no case bears out."""

    name = "server"
    identity = "mind"

    def __init__(self, known: Iterable[Known]) -> None:
        self._truths = {each.case.application_id: each.truth for each in known}

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        for request in requests:
            if request is not None:
                yield request, Answered(text=self._said(request), model="fake-r1")

    def _said(self, request: Request) -> str:
        case = request.case
        truth = self._truths[case.application_id]
        answer = compose(case, request.language, 3, truth=truth).answer
        said = json.loads(answer.model_dump_json())
        wrong = {**said["claims"][0], "sentence": "9" * 9, "quotes": []}
        return json.dumps({**said, "claims": [*said["claims"][:12], wrong]}, ensure_ascii=False)


@cache
def records(language: Language = "en") -> tuple[CaseRecord, ...]:
    """Seven cases, with scores on both sides of the cut-offs."""
    known = known_cases(7, language)
    told = reason([each.case for each in known], Mind(known), language)
    pds = np.linspace(0.02, 0.4, len(known))
    return tuple(
        _record(each, rationale, float(pd_))
        for each, rationale, pd_ in zip(known, told, pds, strict=True)
    )


def _record(known: Known, rationale: Rationale, pd_: float) -> CaseRecord:
    case, scaling = known.case, Scaling()
    drawn = _score(known)
    severity = POLICY.recommend(np.array([pd_]), np.array([0.0]), _no_rows())[0][0]
    score = drawn.model_copy(
        update={
            "pd_model": pd_,
            "points": float(scaling.points(np.array([pd_]))[0]),
            "grade": str(scaling.grade(np.array([pd_]))[0]),
            "recommendation": Recommendation(str(severity)),
        }
    )
    decision = decide(score, rationale.opinion, rationale.findings, POLICY)
    return CaseRecord(score=score, case=case, rationale=rationale, decision=decision, pd_final=pd_)


def _no_rows() -> object:
    """A row in which no hard rule is hit."""
    import pandas as pd

    return pd.DataFrame({"max_overdue_days_24m": [0.0]})


def _score(known: Known) -> Score:
    """The score whose reasons the case's facts tell."""
    sides: dict[str, list[dict[str, object]]] = {"raises": [], "lowers": []}
    for fact in known.case.of_kind("score"):
        size = 0.4 / (fact.rank or 1) * (1 if fact.direction == "raises" else -1)
        sides[fact.direction].append(
            {"rank": fact.rank, "code": fact.code, "field": fact.field, "contribution": size}
        )
    return Score.model_validate(
        {
            "application_id": known.case.application_id,
            "pd_model": 0.1,
            "points": 0,
            "grade": "",
            "recommendation": "refer",
            "reasons": sides["raises"],
            "protective": sides["lowers"],
        }
    )


@cache
def dictionary() -> DataDictionary:
    return make_book(20, seed=7).dictionary


def row_of(record: CaseRecord, **more: object) -> DeskRow:
    """A case on the desk."""
    decision = record.decision
    given = {
        "id": 1,
        "run_key": "a" * 64,
        "application_id": record.score.application_id,
        "portfolio": "small",
        "business_date": date(2026, 11, 27),
        "product": "auto_loan",
        "amount": 100_000.0,
        "expected_loss": 1.0,
        "queued_at": NOON - timedelta(hours=5, minutes=20),
        "due_at": NOON + timedelta(hours=18, minutes=40),
        "priority": 0.0,
        "state": State.OPEN,
        "decided": False,
        "holder": "",
        "proposer": "",
        "proposal": None,
        "outcome": "",
        "recommendation": decision.recommendation,
        "model_recommendation": decision.model_recommendation,
        "grade": record.score.grade,
        "pd": record.score.pd_model,
        "points": record.score.points,
        "pending": False,
        "struck": 0,
        "suspected": False,
        "moved": record.moved,
        "evidence_digest": record.rationale.evidence_digest,
        "case_at": NOON,
        "updated_at": NOON,
    }
    return DeskRow(**{**given, **more})  # type: ignore[arg-type]


def given_of(
    record: CaseRecord,
    reviews: tuple[StoredReview, ...] = (),
    settings: DeskSettings | None = None,
    **more: object,
) -> Given:
    """A case with what else its page is made from; `more` is about its row."""
    desk = settings or DeskSettings(amount="loan_amount", product="product")
    return Given(record, row_of(record, **more), reviews, BASIS, desk, dictionary())


def review(record: CaseRecord, action: str, by: str = "li", **more: object) -> StoredReview:
    """Something that was done about a case."""
    given = {
        "run_key": "a" * 64,
        "application_id": record.score.application_id,
        "reviewer": by,
        "action": action,
        "evidence_digest": record.rationale.evidence_digest,
        "id": 7,
        "created_at": NOON,
        "previous_hash": "0" * 64,
        "hash": "1" * 64,
    }
    return StoredReview.model_validate({**given, **more})


def reader(role: Role = Role.OFFICER, language: Language = "en", name: str = "li") -> Reader:
    return Reader(Person(name, role), Voice(language), NOON, {"li": "Li Jing", "wang": "Wang"})
