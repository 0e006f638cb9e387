"""The page on which a person changes the own password."""

from fastapi import Request
from starlette.responses import Response

from pipelines.review import sessions
from pipelines.review.entrance import change_password
from pipelines.review.forms import Form
from pipelines.review.login import address_of
from pipelines.review.passwords import LEAST
from pipelines.review.rendering import go_to, render, words
from pipelines.review.routing import EVERYONE, Rooms
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench


def rooms() -> Rooms:
    """The page, and what it sends."""
    rooms = Rooms()
    rooms.get("/password", roles=EVERYONE, unchanged=True)(show)
    rooms.post("/password", roles=EVERYONE, unchanged=True)(change)
    return rooms


def show(request: Request, visitor: Who) -> Response:
    """The form."""
    return _page(request, visitor, "")


def change(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Change it; all other sessions of the person end, and this one gets a token of its own."""
    name = visitor.known.name
    typed = form["current"], form["new"], form["again"]
    wrong = change_password(bench, name, typed, address_of(request))
    if wrong:
        return _page(request, visitor, wrong)
    answer = go_to(request, "/")
    sessions.give(answer, bench.sessions.open(name))
    return answer


def _page(request: Request, visitor: Visitor, wrong: str) -> Response:
    key = f"password.{wrong}"
    error = words().text(visitor.language, key, least=LEAST) if wrong else ""
    status = 422 if wrong else 200
    return render(
        request,
        visitor,
        "login/password.html",
        status=status,
        error=error,
        wrong=wrong,
        least=LEAST,
    )
