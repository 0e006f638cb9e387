"""Who is there: the person of a request's session, or somebody who has yet to log in."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from features.language import LANGUAGES, Language
from pipelines.review import sessions
from pipelines.review.workbench import Workbench, bench_of
from risk.desk import Person, Role

LANGUAGE_COOKIE = "__Host-mingjian-language"
_WISH = re.compile(r"\s*([A-Za-z]{1,8})(?:-[^;]*)?(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


@dataclass(frozen=True)
class Visitor:
    """Who a page is for.

    Attributes:
        person: Who has logged in; None where nobody has.
        display: The person's name as others read it; empty where nobody has logged in.
        language: Language of all that is shown.
        csrf: What every form has to bring back in its field `csrf`, and every script as
            X-CSRF-Token.
        session: The token in the visitor's cookie.
        must_change: Whether the password has to be changed before anything else.
        fresh: Whether the visitor's browser does not know the token yet.
        by_provider: Whether the person logs in by an OpenID provider, and has no password here.
    """

    person: Person | None
    display: str
    language: Language
    csrf: str
    session: str
    must_change: bool = False
    fresh: bool = False
    by_provider: bool = False

    @property
    def known(self) -> Person:
        """The person, at an address where nobody comes in without having logged in."""
        assert self.person is not None, "the address is public"  # noqa: S101 - see above
        return self.person


def visit(request: Request) -> Visitor:
    """The visitor of a request; looked up once, however many ask."""
    found = getattr(request.state, "visitor", None)
    if not isinstance(found, Visitor):
        found = request.state.visitor = _look_up(request, bench_of(request))
    return found


Who = Annotated[Visitor, Depends(visit)]
"""The visitor, as the argument of whatever answers a request."""


def stranger(request: Request) -> Visitor:
    """The visitor as long as nobody asks the store."""
    token = request.cookies.get(sessions.COOKIE, "")
    fresh = not sessions.is_token(token)
    token = sessions.new_token() if fresh else token
    csrf = sessions.csrf_before(token)
    return Visitor(None, "", wished_language(request), csrf, token, fresh=fresh)


def _look_up(request: Request, bench: Workbench) -> Visitor:
    token = request.cookies.get(sessions.COOKIE, "")
    session = bench.sessions.find(token)
    if session is None:
        return stranger(request)
    user = session.user
    return Visitor(
        Person(user.name, Role(user.role)),
        user.display,
        user.language or wished_language(request),
        session.csrf,
        token,
        must_change=user.must_change,
        by_provider=user.subject != "",
    )


def wished_language(request: Request) -> Language:
    """The language a request asks for: by `?lang=`, cookie or browser, else the portfolio's."""
    asked = request.query_params.get("lang", "") or request.cookies.get(LANGUAGE_COOKIE, "")
    for language in LANGUAGES:
        if asked == language:
            return language
    accepted = _accepted(request.headers.get("accept-language", "")[:200])
    return accepted or bench_of(request).config.language


def _accepted(header: str) -> Language | None:
    """The best of an Accept-Language header; None where it names neither.

    Example:
        >>> _accepted("fr, en-GB;q=0.8, zh;q=0.3"), _accepted("de, zh;q=0")
        ('en', None)
    """
    wishes: dict[str, float] = {}
    for part in header.split(","):
        if wish := _WISH.fullmatch(part):
            wishes.setdefault(wish[1].lower(), float(wish[2] or 1))
    best = max(LANGUAGES, key=lambda language: wishes.get(language, 0.0))
    return best if wishes.get(best, 0.0) > 0 else None
