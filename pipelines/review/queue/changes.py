"""What people change in the queue: who works on which case, and which views they keep."""

from urllib.parse import urlencode

from fastapi import HTTPException, Request
from starlette.responses import Response

from pipelines.pages.words import plain
from pipelines.review.forms import Form, Typed
from pipelines.review.queue import acting
from pipelines.review.queue.acting import Told
from pipelines.review.queue.asked import Asked
from pipelines.review.queue.lines import read_key
from pipelines.review.rendering import go_to
from pipelines.review.routing import ACTING, SEEING, Rooms
from pipelines.review.visitor import Who
from pipelines.review.workbench import Bench, Workbench
from pipelines.store import CaseKey
from pipelines.store.views import SavedView, SavedViews
from risk.desk import Person, Role

FULL = "full"
"""What an address says where a view could not be saved, since there are too many."""
_LONGEST_NAME = 60


def declare(rooms: Rooms) -> None:
    """Add the addresses of these changes."""
    rooms.post("/queue/claim", roles=ACTING)(claim)
    rooms.post("/queue/release", roles=ACTING)(release)
    rooms.post("/queue/take", roles=ACTING)(take)
    rooms.post("/queue/assign", roles=frozenset({Role.SENIOR}))(assign)
    rooms.post("/queue/views", roles=SEEING)(save)
    rooms.post("/queue/views/delete", roles=SEEING)(forget)


def claim(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Take the cases that were ticked."""
    told = acting.each("claim", _ticked(form), lambda key: bench.desk.claim(key, visitor.known))
    return _back(request, form, told)


def release(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Give the cases back that were ticked."""
    told = acting.each("release", _ticked(form), lambda key: bench.desk.release(key, visitor.known))
    return _back(request, form, told)


def assign(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Give the cases that were ticked to a colleague."""
    to = _colleague(bench, form["to"])
    told = acting.each(
        "assign", _ticked(form), lambda key: bench.desk.assign(key, to, visitor.known)
    )
    return _back(request, form, told)


def take(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Be given the most urgent cases that nobody holds."""
    asked = form["count"]
    most = bench.settings.most_held
    if not (asked.isascii() and asked.isdecimal() and 1 <= int(asked[:9]) <= most):
        raise HTTPException(422)
    return _back(request, form, acting.take(bench, visitor.known, int(asked)))


def save(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Keep what the queue shows under a name."""
    asked, name = _asked(form).first, plain(form["name"]).strip()
    if not name or len(name) > _LONGEST_NAME:
        raise HTTPException(422)
    saved = SavedViews(bench.database, visitor.known.name).save(SavedView(name, asked.query))
    return _to(request, asked, "" if saved else FULL)


def forget(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Keep a view no longer."""
    SavedViews(bench.database, visitor.known.name).delete(form["name"])
    return _to(request, _asked(form), "")


def asked_in(query: str) -> Asked:
    """What an address asks for; one that no page of ours leads to is not answered."""
    try:
        return Asked.read(query)
    except ValueError:
        raise HTTPException(422) from None


def _asked(form: Typed) -> Asked:
    """What the page showed that a form was sent from."""
    return asked_in(form["shown"])


def _ticked(form: Typed) -> tuple[CaseKey, ...]:
    return tuple(read_key(text) for text in form.all("case"))


def _colleague(bench: Workbench, name: str) -> Person:
    user = bench.people.find(name)
    if user is None or not user.active or user.role not in ACTING:
        raise HTTPException(422)
    return Person(user.name, user.role)


def _back(request: Request, form: Typed, told: Told) -> Response:
    """To where the form was sent from, which says what came of it."""
    return _to(request, _asked(form), told.text)


def _to(request: Request, asked: Asked, told: str) -> Response:
    query = "&".join(filter(None, (asked.query, urlencode({"told": told}) if told else "")))
    return go_to(request, f"/queue?{query}" if query else "/queue")
