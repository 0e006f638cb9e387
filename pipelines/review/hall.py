"""The way in to the rooms, and the language of all pages."""

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from features.language import LANGUAGES, Language
from pipelines.review.errors import NotFoundError
from pipelines.review.forms import Form
from pipelines.review.people import PEOPLE
from pipelines.review.rendering import go_to, is_local, url
from pipelines.review.routing import EVERYONE, PUBLIC, Rooms
from pipelines.review.visitor import LANGUAGE_COOKIE, Who
from pipelines.review.workbench import Bench
from risk.desk import Role

START = "/queue"
"""The page of whoever asks for none."""
_YEAR_S = 365 * 24 * 3600


def rooms() -> Rooms:
    """The address of the workbench itself, and the switch of languages."""
    rooms = Rooms()
    rooms.get("/", roles=EVERYONE)(start)
    rooms.post("/language", roles=PUBLIC)(switch)
    return rooms


async def start(request: Request, visitor: Who) -> Response:
    """Go on to the queue; who keeps the accounts sees no case, and goes on to those."""
    keeper = visitor.known.role is Role.ADMINISTRATOR
    return go_to(request, PEOPLE if keeper else START)


def switch(request: Request, visitor: Who, form: Form, bench: Bench) -> Response:
    """Speak another language from now on, and go back to where the visitor was."""
    language = _language(form["language"])
    if visitor.person is not None:
        bench.people.set_language(visitor.person.name, language)
    back = form["next"] if is_local(form["next"]) else url(request, "/")
    answer = RedirectResponse(back, 303)
    remember(answer, language)
    return answer


def remember(answer: Response, language: Language) -> None:
    """Let the browser ask for a language, where nobody has logged in."""
    answer.set_cookie(
        LANGUAGE_COOKIE, language, _YEAR_S, secure=True, httponly=True, samesite="lax"
    )


def _language(text: str) -> Language:
    for language in LANGUAGES:
        if text == language:
            return language
    raise NotFoundError("there is no such language")
