"""Pages that say why something was not done, in the visitor's words and with what to do next.

What a message of an error holds stays in the code: a page says what its kind of error means.
"""

import logging
from contextlib import suppress

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.errors import ScorerError
from pipelines.errors import ConfigError, StoreError, TrackingError
from pipelines.eventlog import frames
from pipelines.review import errors
from pipelines.review.api import doors, problems
from pipelines.review.rendering import asked, go_to, path_of, render, segment, words
from pipelines.review.routing import API, allowed
from pipelines.review.visitor import stranger, visit, wished_language
from pipelines.store.repeats import OtherBodyError, UnderWayError
from risk.desk import ForbiddenError, IncompleteError, StaleError

logger = logging.getLogger(__name__)

_KINDS: dict[type[ScorerError], tuple[int, str]] = {
    errors.LogInNeededError: (401, "log-in"),
    errors.PasswordChangeNeededError: (403, "password"),
    errors.NotAllowedError: (403, "role"),
    errors.ForgedError: (403, "forged"),
    errors.NotFoundError: (404, "not-found"),
    errors.NoNoticeError: (409, "no-notice"),
    errors.TooManyAttemptsError: (429, "attempts"),
    ForbiddenError: (403, "rules"),
    StaleError: (409, "stale"),
    IncompleteError: (422, "incomplete"),
    StoreError: (503, "store"),
    ConfigError: (503, "setup"),
    TrackingError: (503, "model"),
    doors.KeyNeededError: (401, "key"),
    doors.ScopeError: (403, "scope"),
    problems.RejectedError: (422, "rejected"),
    OtherBodyError: (409, "repeated"),
    UnderWayError: (409, "under-way"),
}
_LOGGED = {"setup": "not set up", "store": "not usable"}
_STATUSES = {
    400: "unreadable",
    403: "forged",
    404: "not-found",
    405: "not-found",
    413: "too-large",
    415: "unreadable",
    422: "unreadable",
}


def refuse(request: Request, status: int, why: str, error: Exception | None = None) -> Response:
    """The answer to what is not done.

    Args:
        request: What was asked.
        status: HTTP status.
        why: What follows `refused.` in the keys of the words.
        error: What was raised; None where the request did not come so far.
    """
    if asked(request).startswith(API):
        return problems.answer(problems.Refusal(status, why, error), wished_language(request))
    retry_after_s = getattr(error, "retry_after_s", 0)
    visitor = getattr(request.state, "visitor", None) or stranger(request)
    said = words().text(visitor.language, f"refused.{why}")
    given = {"why": why, "error": said, "retry_after": retry_after_s}
    answer = render(request, visitor, "login/error.html", status=status, **given)
    if retry_after_s:
        answer.headers["Retry-After"] = str(retry_after_s)
    return answer


def broken(request: Request, error: Exception) -> Response:
    """The answer where our own code failed; the log holds where, and no words of the error."""
    logger.error("defect: %s\n%s", type(error).__name__, "".join(frames(error)))
    return refuse(request, 500, "defect")


def explain_in(app: FastAPI) -> None:
    """Let an app answer every error with a page."""
    app.add_exception_handler(ScorerError, _of_ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_http)


def _of_ours(request: Request, error: Exception) -> Response:
    """A page for one of our own errors."""
    if (sent_on := _to_the_door(request, error)) is not None:
        return sent_on
    for kind, (status, why) in _KINDS.items():
        if isinstance(error, kind):
            if why in _LOGGED:
                # What the page says of it sends people to whoever reads this log.
                logger.warning("%s: %s", _LOGGED[why], error)
            return refuse(request, status, why, error)
    return broken(request, error)


def _to_the_door(request: Request, error: Exception) -> Response | None:
    """Whoever asks for a page and has to log in or to change a password goes there at once."""
    if isinstance(error, errors.LogInNeededError):
        place = f"/login?next={segment(path_of(request))}"
    elif isinstance(error, errors.PasswordChangeNeededError):
        place = "/password"
    else:
        return None
    if asked(request).startswith(API):
        return None
    if request.headers.get("hx-request"):
        # A part of a page cannot hold the log-in: the whole page has to go there.
        answer = refuse(request, 401, "log-in")
        answer.headers["HX-Redirect"] = go_to(request, place).headers["location"]
        return answer
    return go_to(request, place) if request.method == "GET" else None


def _of_http(request: Request, error: Exception) -> Response:
    """A page for what the framework refuses."""
    status = error.status_code if isinstance(error, HTTPException) else 422
    if not asked(request).startswith(API):
        with suppress(StoreError):
            visit(request)
    answer = refuse(request, status, _STATUSES.get(status, "unreadable"), error)
    if status == 405:
        answer.headers["Allow"] = allowed(request)
    return answer
