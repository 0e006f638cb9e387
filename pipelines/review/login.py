"""Logging in and out."""

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from pipelines.review import sessions
from pipelines.review.entrance import log_in
from pipelines.review.errors import TooManyAttemptsError
from pipelines.review.forms import Form, Typed
from pipelines.review.hall import remember
from pipelines.review.rendering import go_to, is_local, render, url, words
from pipelines.review.routing import EVERYONE, PUBLIC, Rooms
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench
from pipelines.store.people import User


def rooms() -> Rooms:
    """The page to log in by, and the way out."""
    rooms = Rooms()
    rooms.get("/login", roles=PUBLIC)(show)
    rooms.post("/login", roles=PUBLIC)(enter)
    rooms.post("/logout", roles=EVERYONE, unchanged=True)(leave)
    return rooms


def show(request: Request, visitor: Who) -> Response:
    """The form; whoever has logged in goes on."""
    to = request.query_params.get("next", "")
    if visitor.person is not None:
        return _on(request, to)
    return render(request, visitor, "login/login.html", next=to, name="")


def enter(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Let in whoever knows the password; the session gets a token of its own."""
    address = request.client.host if request.client else ""
    try:
        user = log_in(bench, form["name"], form["password"], address)
    except TooManyAttemptsError as error:
        return _again(request, visitor, form, error)
    if user is None:
        return _again(request, visitor, form, None)
    bench.sessions.close(visitor.session)
    return begin(request, bench, user, form["next"])


def begin(request: Request, bench: Bench, user: User, to: str) -> Response:
    """Begin a session, and send the person on."""
    answer = _on(request, to)
    sessions.give(answer, bench.sessions.open(user.name))
    if user.language is not None:
        remember(answer, user.language)
    return answer


def leave(request: Request, visitor: Who, bench: Bench) -> Response:
    """End the session."""
    bench.sessions.close(visitor.session)
    answer = go_to(request, "/login")
    sessions.give(answer, sessions.new_token())
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _on(request: Request, to: str) -> Response:
    """To where the visitor wanted to go, as long as that is ours."""
    return RedirectResponse(to if is_local(to) else url(request, "/"), 303)


def _again(
    request: Request, visitor: Visitor, form: Typed, error: TooManyAttemptsError | None
) -> Response:
    """The form once more, with what is wrong; the same for a wrong name and a wrong password."""
    wait_s = error.retry_after_s if error else 0
    told = "door.attempts" if error else "door.wrong"
    page = render(
        request,
        visitor,
        "login/login.html",
        status=429 if error else 401,
        error=words().text(visitor.language, told, minutes=-(-wait_s // 60)),
        retry_after=wait_s,
        name=form["name"],
        next=form["next"],
    )
    if error:
        page.headers["Retry-After"] = str(wait_s)
    return page
