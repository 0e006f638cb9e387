"""What was just done, told once on the page that the visitor is sent on to.

A cookie carries it: the page may be any, and nobody else has to keep it.
"""

import re
from urllib.parse import quote, unquote

from fastapi import Request
from starlette.responses import Response

from features.language import Language, catalogue

COOKIE = "__Host-mingjian-told"
_FORM = re.compile(r"([a-z_]{1,20})\.([A-Za-z0-9%._~-]{0,600})")
_LONGEST = 60
_LASTS_S = 60


def tell(answer: Response, action: str, application_id: str) -> None:
    """Have the next page say that an action was done about an application."""
    said = f"{action}.{quote(application_id[:_LONGEST], safe='')}"
    answer.set_cookie(COOKIE, said, _LASTS_S, secure=True, httponly=True, samesite="lax")


def told(request: Request, language: Language) -> str:
    """What the page says, in words; empty where there is nothing to say."""
    found = _FORM.fullmatch(request.cookies.get(COOKIE, ""))
    words = catalogue("pipelines.review")
    if found is None or f"flash.{found[1]}" not in words:
        return ""
    return words.text(language, f"flash.{found[1]}", application=unquote(found[2]))


def forget(request: Request, answer: Response) -> None:
    """Say it no second time."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
