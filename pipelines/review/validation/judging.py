"""The validator's pages about people: overrides by reason, and verdicts on narratives.

They name people, so officers do not come in here.
"""

from typing import Final

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from pipelines.review.rendering import render
from pipelines.review.routing import Rooms
from pipelines.review.validation import overrides, verdicts
from pipelines.review.validation.span import LONGEST, span_of
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench, Workbench
from pipelines.store.marks import Marks
from pipelines.store.overrides import Overrides
from risk.desk import Role
from risk.report.reasoning.marked import LEAST

JUDGING: Final = frozenset({Role.SENIOR, Role.VALIDATOR})
"""Who sees what single people decided."""


def declare(rooms: Rooms) -> None:
    """Add the addresses."""
    rooms.get("/validation/overrides", roles=JUDGING)(show_overrides)
    rooms.get("/validation/overrides/export", roles=JUDGING)(download)
    rooms.get("/validation/verdicts", roles=JUDGING)(show_verdicts)


def may_see(visitor: Visitor) -> bool:
    """Whether a visitor may see these pages."""
    return visitor.known.role in JUDGING


def show_overrides(request: Request, visitor: Who, bench: Bench) -> Response:
    """Decisions against the model, by reason and by who signed them."""
    span = span_of(request, bench)
    counted = Overrides(bench.database, bench.config.name).counts(span.days)
    labels = overrides.labels_of(bench.settings.reasons, visitor.language)
    return render(
        request,
        visitor,
        "validation/overrides.html",
        judges=True,
        span=span,
        longest=LONGEST,
        least=LEAST,
        summary=overrides.summary(counted, span.by, labels),
        names=_names(bench),
    )


def download(request: Request, visitor: Who, bench: Bench) -> Response:
    """The overrides one by one, as a file."""
    span = span_of(request, bench)
    found = Overrides(bench.database, bench.config.name).each(span.days, span.by)
    labels = overrides.labels_of(bench.settings.reasons, visitor.language)
    return StreamingResponse(
        overrides.lines(found, labels, _names(bench), visitor.language),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="overrides-{span.first}-{span.last}.csv"'
        },
    )


def show_verdicts(request: Request, visitor: Who, bench: Bench) -> Response:
    """What officers said of sentences."""
    span = span_of(request, bench)
    by_run = Marks(bench.database, bench.config.name).by_run(span.days)
    made = (*bench.runs.made("reason", span.days), *bench.runs.made("late", span.days))
    return render(
        request,
        visitor,
        "validation/verdicts.html",
        judges=True,
        span=span,
        longest=LONGEST,
        least=LEAST,
        total=verdicts.in_total(by_run),
        versions=verdicts.by_versions(by_run, made),
    )


def _names(bench: Workbench) -> dict[str, str]:
    """What people are called, by the name they log in by."""
    return {user.name: user.display or user.name for user in bench.people.all()}
