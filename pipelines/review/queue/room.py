"""The page of the queue, and the same as a file; what people change there is `changes`."""

from collections.abc import Iterable

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from pipelines.review.queue import changes, export
from pipelines.review.queue.acting import Told
from pipelines.review.queue.asked import FLAGS, TABS, Asked, Tab
from pipelines.review.queue.changes import FULL, asked_in
from pipelines.review.queue.lines import Reading
from pipelines.review.rendering import case_path, go_to, render
from pipelines.review.routing import ACTING, SEEING, Rooms
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench, Workbench
from pipelines.store.desk import COUNTED, Page
from pipelines.store.people import User
from pipelines.store.views import MOST, SavedViews
from risk.desk import Role, State
from risk.policy import RECOMMENDATIONS

PAGE = 50
"""Rows of a page."""


def rooms() -> Rooms:
    """The addresses of the queue."""
    rooms = Rooms()
    rooms.get("/queue", roles=SEEING)(show)
    rooms.get("/queue/export", roles=SEEING)(download)
    changes.declare(rooms)
    return rooms


def show(request: Request, visitor: Who, bench: Bench) -> Response:
    """A page of a queue; a search that finds one application goes to its case."""
    users = bench.people.all()
    reading, told = _reading(bench, visitor, users), request.query_params.get("told", "")
    asked = _seen(asked_in(request.url.query), reading)
    page = bench.desk.page(asked.wanted(visitor.known, PAGE))
    if only := _only(page, asked):
        return go_to(request, only)
    sifts = _sifts(asked, reading)
    return render(
        request,
        visitor,
        "queue/queue.html",
        portfolio=bench.config.name,
        asked=asked,
        lines=reading.lines(page.rows),
        reading=reading,
        tabs=_tabs(asked, bench.desk.counts(visitor.known.name)),
        choices=bench.desk.choices(),
        recommendations=RECOMMENDATIONS if sifts else (),
        older=asked.older(page.after) if page.after else None,
        views=SavedViews(bench.database, visitor.known.name).all(),
        shown_flags=[each for each in FLAGS if sifts or each != "struck"],
        told=Told.read(told),
        full=told == FULL,
        most_views=MOST,
        acts=visitor.known.role in ACTING,
        colleagues=_colleagues(users) if visitor.known.role is Role.SENIOR else (),
        most_held=bench.settings.most_held,
    )


def download(request: Request, visitor: Who, bench: Bench) -> Response:
    """The cases of a queue as a file."""
    reading = _reading(bench, visitor, bench.people.all())
    asked = _seen(asked_in(request.url.query), reading).first
    found = export.pages(bench.desk, asked.wanted(visitor.known, PAGE))
    name = f"queue-{bench.clock():%Y%m%d-%H%M}.csv"
    return StreamingResponse(
        export.lines(found, reading),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _seen(asked: Asked, reading: Reading) -> Asked:
    """What is asked for, as far as the reader may sift by it."""
    return asked if _sifts(asked, reading) else asked.unreasoned


def _sifts(asked: Asked, reading: Reading) -> bool:
    """Whether the reader may sift a queue by reasoning; of what is decided nothing is hidden."""
    return asked.tab == "decided" or not reading.views_first


def _only(page: Page, asked: Asked) -> str:
    """The case that a search means; empty where there is more than one, or none.

    One that another run has replaced is not meant where there is another.
    """
    exact = [row for row in page.rows if asked.search and row.application_id == asked.search]
    meant = [row for row in exact if row.state is not State.REPLACED] or exact
    return case_path(*meant[0].key) if len(meant) == 1 else ""


def _reading(bench: Workbench, visitor: Visitor, users: Iterable[User]) -> Reading:
    return Reading(
        visitor.language,
        bench.dictionary,
        bench.settings,
        {user.name: user.display or user.name for user in users},
        visitor.known,
        bench.clock(),
    )


def _tabs(asked: Asked, counts: dict[str, int]) -> list[tuple[Tab, Asked, str, bool]]:
    """Every queue: its name, its address, how many cases it holds, and whether it is shown."""
    return [
        (tab, asked.under(tab), _counted(counts.get(tab)), tab == asked.tab and not asked.search)
        for tab in TABS
    ]


def _counted(count: int | None) -> str:
    """A count as a tab shows it; empty where it is not counted.

    Example:
        >>> _counted(7), _counted(1001), _counted(None)
        ('7', '1000+', '')
    """
    if count is None:
        return ""
    return f"{COUNTED}+" if count > COUNTED else str(count)


def _colleagues(users: Iterable[User]) -> tuple[User, ...]:
    """Who may be given a case."""
    return tuple(user for user in users if user.active and user.role in ACTING)
