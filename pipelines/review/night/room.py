"""The list of nights, and the page of each."""

from datetime import date
from functools import partial

from fastapi import HTTPException, Request
from starlette.responses import Response

from pipelines.rejects import field_named, rule_named
from pipelines.review.errors import NotFoundError
from pipelines.review.night import figures
from pipelines.review.night.delivered import SHOWN, Delivered, read
from pipelines.review.night.tracked import look_up, run_address
from pipelines.review.rendering import render
from pipelines.review.routing import SEEING, Rooms
from pipelines.review.shelf import Shelf
from pipelines.review.visitor import Who
from pipelines.review.workbench import Bench, Workbench
from pipelines.store import Run
from pipelines.tracking import Tracking
from risk.report.monitoring import BEFORE, Nights

_LISTED = 30


def rooms() -> Rooms:
    """The pages about nights."""
    rooms = Rooms()
    rooms.get("/night", roles=SEEING)(show_all)
    rooms.get("/night/{day}", roles=SEEING)(show)
    rooms.get("/night/{day}/tracking", roles=SEEING)(show_tracking)
    return rooms


def show_all(request: Request, visitor: Who, bench: Bench, until: str = "") -> Response:
    """The nights, the newest first."""
    found = bench.runs.nights(_until(until), _LISTED + 1)
    listed = found[:_LISTED]
    nights = figures.gathered(listed, bench.config.validation)
    return render(
        request,
        visitor,
        "night/list.html",
        portfolio=bench.config.name,
        runs=list(zip(listed, reversed(nights.nights), strict=True)),
        chart=figures.chart(nights, visitor.language),
        older=found[_LISTED].business_date if len(found) > _LISTED else None,
        until=until,
    )


def show(request: Request, visitor: Who, bench: Bench, day: str) -> Response:
    """One night."""
    runs = _upto(bench, day)
    night, found = runs[0], read(runs[0])
    nights = figures.gathered(runs, bench.config.validation)
    return render(
        request,
        visitor,
        "night/night.html",
        portfolio=bench.config.name,
        night=night,
        day=night.business_date,
        found=found,
        figures=nights.nights[-1],
        before=len(nights.nights) - 1,
        rates=figures.rates(nights),
        moved=_moved(bench, found, nights),
        cases=_cases(bench, night),
        ties=figures.ties(night.counts, tied=found.ties),
        report=Shelf(bench.config.web.reports).newest(found.model),
        rejects=found.rejects,
        most=SHOWN,
        most_fields=figures.FIELDS,
        field_named=partial(field_named, dictionary=bench.dictionary),
        rule_named=rule_named,
    )


def show_tracking(request: Request, visitor: Who, bench: Bench, day: str) -> Response:
    """What MLflow knows of a night: apart, and taken up by its page where scripts run."""
    night = _upto(bench, day)[0]
    found = read(night)
    tracking = Tracking(bench.config.tracking, bench.config.name)
    return render(
        request,
        visitor,
        "night/tracking.html",
        portfolio=bench.config.name,
        night=night,
        day=night.business_date,
        found=found,
        tracked=look_up(tracking, night.run_key, found),
        run_address=partial(run_address, bench.config.tracking),
    )


def _moved(bench: Workbench, found: Delivered, nights: Nights) -> tuple[figures.Moved, ...]:
    if found.stability is None:
        return ()
    labels = {field.name: field.label for field in bench.dictionary.features}
    return figures.moved(found.stability, nights, labels)


def _cases(bench: Workbench, night: Run) -> dict[str, int]:
    """Cases of a night by what has become of them since."""
    counted = {each.status: each.cases for each in bench.cases.counts(night.business_date)}
    return {status: counted.get(status, 0) for status in ("answered", "pending", "failed")}


def _upto(bench: Workbench, day: str) -> tuple[Run, ...]:
    """A night and those that it is held against.

    Raises:
        NotFoundError: There is no such night.
    """
    wanted = day_of(day)
    found = bench.runs.nights(wanted, BEFORE + 1) if wanted else ()
    if not found or found[0].business_date != wanted:
        raise NotFoundError("there is no night of that day")
    return found


def _until(text: str) -> date | None:
    found = day_of(text)
    if text and found is None:
        raise HTTPException(422)
    return found


def day_of(text: str) -> date | None:
    """A day written as 2026-11-27; None where it is written otherwise.

    Example:
        >>> day_of("2026-11-27"), day_of("20261127"), day_of("2026-02-30")
        (datetime.date(2026, 11, 27), None, None)
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
