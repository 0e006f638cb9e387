"""The addresses of the API."""

from typing import Annotated, Final

from fastapi import Depends, Header, Query, Request
from starlette.responses import JSONResponse, Response

from pipelines.errors import DamagedError
from pipelines.review.api import decisions, scoring
from pipelines.review.api.asked import QueueQuery
from pipelines.review.api.document import openapi
from pipelines.review.api.doors import Caller, KeyRooms
from pipelines.review.api.records import (
    Application,
    CaseOut,
    DecisionIn,
    DecisionOut,
    QueueOut,
    ReviewOut,
    ScoreOut,
    WholeCaseOut,
)
from pipelines.review.errors import NotFoundError
from pipelines.review.workbench import Bench, Workbench
from pipelines.store import CaseKey
from pipelines.store.desk import DeskRow
from pipelines.store.keys import Scope

CASE: Final = "/cases/{run_key}/{application_id:path}"
_NAMED = "Your own name for this request: sent again with the same body, it is done once."


def _key(run_key: str, application_id: str) -> CaseKey:
    return CaseKey(run_key, application_id)


Key = Annotated[CaseKey, Depends(_key)]
IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", pattern=r"^[\x21-\x7e]{1,200}$", description=_NAMED)
]


def rooms() -> KeyRooms:
    """Everything below `/api/v1`."""
    rooms, champion = KeyRooms(), scoring.Champion()

    def score(body: Application, bench: Bench) -> ScoreOut:
        """Score one application with the champion; nothing of it is kept."""
        return scoring.score(champion.of(bench.config), body.application)

    rooms.declare("POST", "/score", Scope.SCORE, score)
    rooms.declare("GET", "/queue", Scope.QUEUE, queue)
    rooms.declare("GET", CASE, Scope.READ, case)
    rooms.declare("POST", f"{CASE}/decisions", Scope.DECIDE, decide)
    rooms.declare("GET", "/openapi.json", None, document)
    return rooms


def queue(asked: Annotated[QueueQuery, Query()], bench: Bench) -> QueueOut:
    """A page of the queue, the most urgent case first."""
    page = bench.desk.page(asked.wanted())
    cases = tuple(CaseOut.model_validate(row) for row in page.rows)
    return QueueOut(cases=cases, next=page.after.text if page.after else None)


def case(key: Key, bench: Bench) -> WholeCaseOut:
    """A case with its record and all that was done about it."""
    row = _row(bench, key)
    try:
        found = bench.cases.find(row.key)
    except DamagedError:
        found = None
    return WholeCaseOut(
        case=CaseOut.model_validate(row),
        record=None if found is None else found.record,
        history=tuple(ReviewOut.model_validate(each) for each in bench.reviews.of(*row.key)),
    )


def decide(
    key: Key, body: DecisionIn, name: IdempotencyKey, caller: Caller, bench: Bench
) -> DecisionOut:
    """Do something about a case on behalf of a person; sent twice, it is done once."""
    row = _row(bench, key)
    return decisions.decide(bench, decisions.Sent(caller, name, row.key, body))


def document(request: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(openapi(request.app))


def _row(bench: Workbench, key: CaseKey) -> DeskRow:
    row = bench.desk.find(key)
    if row is None:
        raise NotFoundError("there is no such case on the desk")
    return row
