"""The address of the case page."""

from collections.abc import Mapping
from functools import partial
from typing import Literal, TypedDict, Unpack

import numpy as np
from fastapi import Request
from starlette.responses import Response

from pipelines.errors import DamagedError
from pipelines.review.case.bar import Asked
from pipelines.review.case.given import Basis, Given, Reader, Voice, basis_of
from pipelines.review.case.history import history
from pipelines.review.case.modelled import modelled
from pipelines.review.case.reruns import predecessors, successor
from pipelines.review.case.view import case_view
from pipelines.review.errors import NotFoundError
from pipelines.review.rendering import render
from pipelines.review.routing import SEEING, Rooms
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Workbench, bench_of
from pipelines.store import CaseKey
from pipelines.store.desk import DeskRow

PATH = "/case/{run_key}/{application_id:path}"


def rooms() -> Rooms:
    """The case page."""
    rooms = Rooms()
    rooms.get(PATH, roles=SEEING)(show)
    return rooms


def show(request: Request, visitor: Who, run_key: str, application_id: str) -> Response:
    """A case."""
    return page(request, visitor, CaseKey(run_key, application_id), asked_for(request.query_params))


def asked_for(query: Mapping[str, str]) -> Asked:
    """What an address asks the page to show."""
    return Asked(decide=query.get("decide", ""), unit=query.get("unit", "points"))


class More(TypedDict, total=False):
    """What else a case's page can be given."""

    status: int
    what_if: object


def page(
    request: Request, visitor: Visitor, key: CaseKey, asked: Asked, **more: Unpack[More]
) -> Response:
    """The page of a case, as it is now.

    Args:
        request: What is answered.
        visitor: Who it is for.
        key: The case.
        asked: Which form is open, with what was typed and what is wrong with it.
        more: HTTP status, 200 where it is not given; what the template `case/what_if.html` shows.

    Raises:
        NotFoundError: There is no such case on the desk.
        StoreError: The store cannot be read.
    """
    bench = bench_of(request)
    row = _row(bench, key)
    try:
        given = given_of(bench, row)
    except DamagedError:
        return _gone(request, visitor, row, "damaged")
    if given is None:
        return _gone(request, visitor, row, "superseded")
    reader = reader_of(bench, visitor)
    view = case_view(given, reader, asked)
    earlier = tuple(predecessors(bench, row, reader))
    shown = {"view": view, "asked": asked, "key": key, "earlier": earlier}
    status, what_if = more.get("status", 200), more.get("what_if")
    return render(request, visitor, "case/case.html", status=status, what_if=what_if, **shown)


def _row(bench: Workbench, key: CaseKey) -> DeskRow:
    row = bench.desk.find(key)
    if row is None:
        raise NotFoundError("there is no such case on the desk")
    return row


def given_of(bench: Workbench, row: DeskRow) -> Given | None:
    """What a case's page is made from; None where another run has taken the case's place.

    Raises:
        DamagedError: The case is in the store and cannot be read.
    """
    case = bench.cases.find(row.key)
    if case is None:
        return None
    basis = basis_of(bench.runs.find(row.run_key), bench.config, partial(modelled, bench.config))
    return Given(
        record=case.record,
        row=row,
        reviews=bench.reviews.of(*row.key),
        basis=basis,
        settings=bench.settings,
        dictionary=bench.dictionary,
        interval=_interval(basis, case.record.score.pd_model),
        attempts=case.attempts,
    )


def _interval(basis: Basis, pd_model: float) -> tuple[float, float] | None:
    if basis.interval is None:
        return None
    low, high = basis.interval.apply(np.array([pd_model]))
    return float(low[0]), float(high[0])


def reader_of(bench: Workbench, visitor: Visitor) -> Reader:
    """The visitor as a reader of a case."""
    names = {user.name: user.display for user in bench.people.all()}
    return Reader(visitor.known, Voice(visitor.language), bench.clock(), names)


def _gone(
    request: Request, visitor: Visitor, row: DeskRow, why: Literal["superseded", "damaged"]
) -> Response:
    """The page of a case of which nothing is left but what people did about it."""
    bench = bench_of(request)
    events = history(bench.reviews.of(*row.key), bench.settings, reader_of(bench, visitor))
    newer = successor(bench, row) if why == "superseded" else ""
    shown = {"row": row, "why": why, "events": events, "newer": newer}
    return render(request, visitor, "case/gone.html", status=410, **shown)
