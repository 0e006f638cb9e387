"""The one shape of everything that the API does not do: problem details, as RFC 9457 has them.

What was sent is never repeated in an answer.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from features.errors import ScorerError
from features.language import Language, catalogue

MEDIA: Final = "application/problem+json"
_MOST = 100


class Wrong(BaseModel):
    """One thing that is wrong with a request.

    Attributes:
        field: Where: a part of the request, or a column of the application.
        rule: What it breaks.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    rule: str


class Problem(BaseModel):
    """Why something was not done; nothing has happened then.

    Attributes:
        type: What kind of problem it is; programs tell problems apart by this.
        title: The same in words, in the language of the request's Accept-Language.
        status: HTTP status.
        detail: More of it in words; may be empty.
        errors: What is wrong with the request, one by one.
    """

    model_config = ConfigDict(frozen=True)

    type: str = Field(pattern=r"^urn:mingjian:problem:[a-z-]+(:[a-z-]+)?$")
    title: str
    status: int
    detail: str = ""
    errors: tuple[Wrong, ...] = ()


class RejectedError(ScorerError):
    """A request breaks rules.

    Attributes:
        errors: Which, one by one.
    """

    def __init__(self, errors: Iterable[Wrong]) -> None:
        super().__init__("the request breaks rules")
        self.errors = tuple(errors)


class Refusal(NamedTuple):
    """What is not done, and why.

    Attributes:
        status: HTTP status.
        why: What follows `refused.` in the keys of the words.
        error: What was raised; None where the request did not come so far.
    """

    status: int
    why: str
    error: Exception | None = None


def answer(refusal: Refusal, language: Language) -> Response:
    """The answer to what is not done."""
    words, rule = catalogue("pipelines.review"), getattr(refusal.error, "why", "")
    detail = f"undone.why.{rule}"
    problem = Problem(
        type=":".join(filter(None, ("urn:mingjian:problem", refusal.why, rule))),
        title=words.text(language, f"refused.{refusal.why}"),
        status=refusal.status,
        detail=words.text(language, detail) if detail in words else "",
        errors=wrongs(refusal.error),
    )
    headers = dict(getattr(refusal.error, "headers", None) or {})
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(problem.model_dump(), refusal.status, headers, MEDIA)


def wrongs(error: Exception | None) -> tuple[Wrong, ...]:
    """What is wrong with a request, as far as an error says it."""
    if isinstance(error, RejectedError):
        return error.errors[:_MOST]
    if not isinstance(error, RequestValidationError):
        return ()
    return tuple(
        Wrong(field=".".join(map(str, each["loc"]))[:200], rule=str(each["type"]))
        for each in error.errors()[:_MOST]
    )
