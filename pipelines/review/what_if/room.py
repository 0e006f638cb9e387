"""The address of a what-if: the case is scored again with what was typed, and nothing is kept."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request
from starlette.responses import Response

from pipelines.errors import TrackingError
from pipelines.review.case import room as case_room
from pipelines.review.case.given import Given
from pipelines.review.case.view import first_view_wanted
from pipelines.review.errors import NotFoundError
from pipelines.review.forms import Form
from pipelines.review.rendering import render
from pipelines.review.routing import SEEING, Rooms
from pipelines.review.visitor import Who
from pipelines.review.what_if.models import model_of
from pipelines.review.what_if.rebuild import NotRebuiltError, Rebuilt, rebuild
from pipelines.review.what_if.told import Told, ties_told
from pipelines.review.what_if.view import WhatIf, unavailable, what_if
from pipelines.review.workbench import Workbench, bench_of
from pipelines.store import CaseKey
from risk.errors import ModelError


def rooms() -> Rooms:
    """The what-if of a case."""
    rooms = Rooms()
    rooms.post(f"{case_room.PATH}/what-if", roles=SEEING)(show)
    return rooms


def show(request: Request, visitor: Who, form: Form, run_key: str, application_id: str) -> Response:
    """The what-if of a case: a part of its page where a script asks for it, else the page."""
    bench, key = bench_of(request), CaseKey(run_key, application_id)
    given = _given(bench, key)
    asked = case_room.asked_for(request.query_params)
    if first_view_wanted(given, case_room.reader_of(bench, visitor)):
        # Whoever has yet to say what the case looks like would read the model's view here.
        return case_room.page(request, visitor, key, asked)
    found = answer(bench, given, form)
    status = 422 if found.refused else 200
    if request.headers.get("hx-request"):
        values = {"key": key, "what_if": found}
        return render(request, visitor, "case/what_if.html", status=status, **values)
    return case_room.page(request, visitor, key, asked, status=status, what_if=found)


def answer(bench: Workbench, given: Given, form: Mapping[str, str]) -> WhatIf:
    """What came of a form."""
    try:
        return what_if(_rebuilt(bench, given), form)
    except NotRebuiltError as error:
        return unavailable(error)


def _rebuilt(bench: Workbench, given: Given) -> Rebuilt:
    if not given.basis.recorded:
        raise NotRebuiltError("manifest")
    try:
        model = model_of(bench.config, given.basis.model)
    except (TrackingError, ModelError) as error:
        raise NotRebuiltError("model") from error
    return rebuild(given.record, model, given.basis.policy, given.dictionary, _ties(bench, given))


def _ties(bench: Workbench, given: Given) -> Told:
    run = bench.runs.find(given.row.run_key)
    return ties_told(Path(run.directory), given.row.application_id) if run else {}


def _given(bench: Workbench, key: CaseKey) -> Given:
    row = bench.desk.find(key)
    given = None if row is None else case_room.given_of(bench, row)
    if given is None:
        raise NotFoundError("there is no such case on the desk")
    return given
