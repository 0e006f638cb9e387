"""Logging in and out: the page with the form and the way to the provider, where there is one."""

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from features.language import Language
from pipelines.review import sessions
from pipelines.review.entrance import log_in
from pipelines.review.errors import NotFoundError, TooManyAttemptsError
from pipelines.review.forms import Form
from pipelines.review.hall import remember
from pipelines.review.oidc.provider import provider_of
from pipelines.review.oidc.settings import BEGIN, OUT
from pipelines.review.rendering import go_to, is_local, render, segment, url, words
from pipelines.review.routing import EVERYONE, PUBLIC, Rooms
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench, Workbench, bench_of
from pipelines.store.people import User


def rooms() -> Rooms:
    """The page to log in by, and the way out."""
    rooms = Rooms()
    rooms.get("/login", roles=PUBLIC)(show)
    rooms.post("/login", roles=PUBLIC)(enter)
    rooms.post("/logout", roles=EVERYONE, unchanged=True)(leave)
    return rooms


def show(request: Request, visitor: Who) -> Response:
    """The form, and the way to the provider; whoever has logged in goes on."""
    to = request.query_params.get("next", "")
    if visitor.person is not None:
        return onward(request, to)
    provider = provider_of(request)
    left = provider is not None and provider.ends_sessions and "left" in request.query_params
    return page(request, visitor, to, left=left)


def enter(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Let in whoever knows the password; the session gets a token of its own."""
    if not _by_password(bench):
        raise NotFoundError("nobody logs in by a password here")
    name, to = form["name"], form["next"]
    try:
        user = log_in(bench, name, form["password"], address_of(request))
    except TooManyAttemptsError as error:
        return shut(request, visitor, error, to, name=name)
    if user is None:
        # The same for a wrong name and a wrong password.
        wrong = words().text(visitor.language, "door.wrong")
        return page(request, visitor, to, status=401, error=wrong, name=name)
    bench.sessions.close(visitor.session)
    return begin(request, bench, user, form["next"])


def begin(request: Request, bench: Bench, user: User, to: str) -> Response:
    """Begin a session, and send the person on."""
    answer = onward(request, to)
    sessions.give(answer, bench.sessions.open(user.name))
    if user.language is not None:
        remember(answer, user.language)
    return answer


def leave(request: Request, visitor: Who, bench: Bench) -> Response:
    """End the session."""
    bench.sessions.close(visitor.session)
    answer = go_to(request, "/login?left=1" if visitor.by_provider else "/login")
    sessions.give(answer, sessions.new_token())
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def onward(request: Request, to: str) -> Response:
    """To where the visitor wanted to go, as long as that is ours."""
    return RedirectResponse(to if is_local(to) else url(request, "/"), 303)


def address_of(request: Request) -> str:
    """Where a visitor comes from."""
    return request.client.host if request.client else ""


def page(request: Request, visitor: Visitor, to: str, **values: object) -> Response:
    """The page to log in by.

    Args:
        request: What is answered.
        visitor: Who it is for.
        to: Where the visitor wants to go.
        values: What else it shows: `error`, `name`, `subject`, whether somebody has `left`; and
            its `status`.
    """
    bench = bench_of(request)
    given = {
        "next": to,
        "name": "",
        "subject": "",
        "left": False,
        "local": _by_password(bench),
        "provider": _button(bench, visitor.language, to),
        "end_session": url(request, OUT),
        # What a provider adds to an address is no place to come back to.
        "path": url(request, f"/login?next={segment(to)}" if to else "/login"),
    }
    return render(request, visitor, "login/login.html", **(given | values))  # type: ignore[arg-type]


def shut(
    request: Request, visitor: Visitor, error: TooManyAttemptsError, to: str, *, name: str = ""
) -> Response:
    """The page to log in by, where too many log-ins have failed."""
    wait_s = error.retry_after_s
    told = words().text(visitor.language, "door.attempts", minutes=-(-wait_s // 60))
    answer = page(request, visitor, to, status=429, error=told, retry_after=wait_s, name=name)
    answer.headers["Retry-After"] = str(wait_s)
    return answer


def _by_password(bench: Workbench) -> bool:
    oidc = bench.config.web.oidc
    return oidc is None or oidc.local


def _button(bench: Workbench, language: Language, to: str) -> tuple[str, str] | None:
    """Address and words of the way to the provider.

    A link, since browsers let no form lead to another site; under the name that the provider
    sends people back to, since cookies belong to names.
    """
    web = bench.config.web
    if web.oidc is None:
        return None
    label = web.oidc.label
    said = label.in_(language) if label else words().text(language, "login.provider")
    return f"{web.address}{BEGIN}?next={segment(to)}", said
