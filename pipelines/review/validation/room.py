"""The validator's pages about models and runs; those about people are `judging`."""

import logging
import shlex
from datetime import date

from fastapi import HTTPException, Request
from markupsafe import Markup
from starlette.responses import Response

from pipelines.eventlog import frames
from pipelines.pages.page import part
from pipelines.review import shelf
from pipelines.review.errors import NotFoundError
from pipelines.review.night.room import day_of
from pipelines.review.rendering import render
from pipelines.review.routing import SEEING, Rooms
from pipelines.review.shelf import Shelf
from pipelines.review.validation import judging
from pipelines.review.validation.delivered import lines
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench, Workbench
from pipelines.store import Run
from risk.report.document import Report

logger = logging.getLogger(__name__)

_RUNS, _REPORTS, _OFFERED = 20, 20, 100


def rooms() -> Rooms:
    """The addresses of the validator's pages."""
    rooms = Rooms()
    rooms.get("/validation", roles=SEEING)(show_runs)
    rooms.get("/validation/compare", roles=SEEING)(show_compare)
    rooms.get("/validation/reports", roles=SEEING)(show_reports)
    rooms.get("/validation/report/{place:path}", roles=SEEING)(show_report)
    judging.declare(rooms)
    return rooms


def shelf_of(bench: Workbench) -> Shelf:
    """Where the reports of a portfolio lie."""
    return Shelf(bench.config.web.reports)


def show_runs(request: Request, visitor: Who, bench: Bench, until: str = "") -> Response:
    """The delivered nights with what made them, the newest first."""
    found = bench.runs.nights(_until(until), _RUNS + 1)
    return render(
        request,
        visitor,
        "validation/runs.html",
        judges=judging.may_see(visitor),
        lines=list(lines(bench, found[:_RUNS])),
        older=found[_RUNS].business_date if len(found) > _RUNS else None,
        until=until,
    )


def show_compare(
    request: Request, visitor: Who, bench: Bench, a: str = "", b: str = ""
) -> Response:
    """Two nights to be compared: the command that does it, and the report where it is done."""
    one, other = (_night(bench, day) if day else None for day in (a, b))
    pair = (one, other) if one and other and one.run_key != other.run_key else None
    return render(
        request,
        visitor,
        "validation/compare.html",
        judges=judging.may_see(visitor),
        asked=(a, b),
        nights=[run.business_date for run in bench.runs.nights(limit=_OFFERED)],
        pair=pair,
        command=_command(bench, *pair) if pair else "",
        found=shelf_of(bench).comparing(pair[0].run_key, pair[1].run_key) if pair else None,
    )


def show_reports(request: Request, visitor: Who, bench: Bench, page: str = "1") -> Response:
    """The reports in the folder of reports, the newest first."""
    number = int(page) if page.isdecimal() and 0 < len(page) < 6 else 0
    if number < 1:
        raise HTTPException(422)
    filed = shelf_of(bench).filed()
    start = (number - 1) * _REPORTS
    return render(
        request,
        visitor,
        "validation/reports.html",
        judges=judging.may_see(visitor),
        reports=[(each, shelf.told(each)) for each in filed[start : start + _REPORTS]],
        folder=bench.config.web.reports,
        older=number + 1 if len(filed) > start + _REPORTS else 0,
        newer=number - 1,
    )


def show_report(request: Request, visitor: Who, bench: Bench, place: str) -> Response:
    """One report, drawn in the visitor's language."""
    filed = shelf_of(bench).find(place)
    found = shelf.read(filed)
    drawn = _drawn(found.report, visitor) if found.report else None
    return render(
        request,
        visitor,
        "validation/report.html",
        judges=judging.may_see(visitor),
        filed=filed,
        drawn=drawn,
        trouble=found.trouble or ("" if drawn else "undrawable"),
        touched=found.touched,
        file=filed.folder / shelf.REPORT,
    )


def _drawn(report: Report, visitor: Visitor) -> Markup | None:
    """A report as markup; None where it holds what cannot be drawn."""
    try:
        return part(report, visitor.language)
    except Exception as error:
        # Anybody may have written the file: there is no end to how its parts may not fit.
        where = "".join(frames(error))
        logger.warning("a report cannot be drawn: %s\n%s", type(error).__name__, where)
        return None


def _until(text: str) -> date | None:
    found = day_of(text)
    if text and found is None:
        raise HTTPException(422)
    return found


def _night(bench: Workbench, day: str) -> Run:
    """The night of a day.

    Raises:
        HTTPException: That is no day.
        NotFoundError: There is no such night.
    """
    wanted = _until(day)
    found = bench.runs.nights(wanted, 1)
    if not found or found[0].business_date != wanted:
        raise NotFoundError("there is no night of that day")
    return found[0]


def _command(bench: Workbench, a: Run, b: Run) -> str:
    """What compares two nights, as a shell takes it."""
    name = f"compare-{a.business_date}-{b.business_date}"
    output = str(bench.config.web.reports / name)
    return shlex.join(["risk", "compare", a.directory, b.directory, "--output", output])
