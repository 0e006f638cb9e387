"""The way to the provider and back."""

import logging

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from pipelines.review import login
from pipelines.review.entrance import attempt
from pipelines.review.errors import NotFoundError, TooManyAttemptsError
from pipelines.review.oidc.errors import LogInFailedError, OidcError, ProviderAwayError
from pipelines.review.oidc.provider import Provider, provider_of
from pipelines.review.oidc.settings import BEGIN, DONE, OUT
from pipelines.review.oidc.transaction import COOKIE, LASTS_S, Begun
from pipelines.review.oidc.who import account_of
from pipelines.review.oidc.wire import coded
from pipelines.review.rendering import TAGS, go_to, is_local, words
from pipelines.review.routing import PUBLIC, Rooms
from pipelines.review.visitor import Visitor, Who
from pipelines.review.workbench import Bench, Workbench
from pipelines.store.people import User

logger = logging.getLogger(__name__)


def rooms() -> Rooms:
    """Where a log-in begins, where the provider sends people back to, and the way out."""
    rooms = Rooms()
    rooms.get(BEGIN, roles=PUBLIC)(begin)
    rooms.get(DONE, roles=PUBLIC)(end)
    rooms.get(OUT, roles=PUBLIC)(leave)
    return rooms


def begin(request: Request, visitor: Who) -> Response:
    """Send the visitor to the provider; whoever has logged in goes on."""
    provider, to = _known(request), request.query_params.get("next", "")
    if visitor.person is not None:
        return login.onward(request, to)
    begun = provider.transactions.begin(to if is_local(to) else "")
    try:
        place = provider.authorization(begun, TAGS[visitor.language])
    except ProviderAwayError as error:
        return _refused(request, visitor, error, begun.to)
    answer = RedirectResponse(place, 303)
    answer.set_cookie(COOKIE, begun.sealed, LASTS_S, secure=True, httponly=True, samesite="lax")
    return answer


def end(request: Request, visitor: Who, bench: Bench) -> Response:
    """Let in whom the provider names, where somebody here knows the person."""
    provider, to = _known(request), ""
    try:
        begun = _begun(request, provider)
        to = begun.to
        user = _named(request, bench, provider, begun)
    except (OidcError, TooManyAttemptsError) as error:
        answer = _refused(request, visitor, error, to)
    else:
        bench.sessions.close(visitor.session)
        answer = login.begin(request, bench, user, to)
    # One use, whatever came of it.
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
    return answer


def leave(request: Request, visitor: Who) -> Response:
    """Send whoever has logged out here to where the provider's log-in ends too."""
    provider = _known(request)
    try:
        place = provider.end_session() if visitor.person is None else ""
    except ProviderAwayError as error:
        return _refused(request, visitor, error, "")
    return RedirectResponse(place, 303) if place else go_to(request, "/login")


def _known(request: Request) -> Provider:
    provider = provider_of(request)
    if provider is None:
        raise NotFoundError("nobody logs in by a provider here")
    return provider


def _begun(request: Request, provider: Provider) -> Begun:
    """The log-in that the provider answers.

    Raises:
        LogInFailedError: This browser began none, or another one.
    """
    sealed, state = request.cookies.get(COOKIE, ""), request.query_params.get("state", "")
    begun = provider.transactions.end(sealed, state)
    if begun is None:
        raise LogInFailedError("this browser began no such log-in, or too long ago")
    provider.check_sender(request.query_params.get("iss"))
    return begun


def _named(request: Request, bench: Workbench, provider: Provider, begun: Begun) -> User:
    """The user whom the provider names.

    Raises:
        OidcError: It names nobody who may come in.
        TooManyAttemptsError: Too many log-ins have failed from the visitor's address.
    """
    code = request.query_params.get("code", "")
    if not code or "error" in request.query_params:
        told = coded(request.query_params.get("error"))
        raise LogInFailedError(f"the provider did not let the visitor in: {told}")
    forgive = attempt(bench, begun.state, login.address_of(request))
    try:
        claims = provider.claims(code, begun)
    except ProviderAwayError:
        forgive()
        raise
    user = account_of(bench.people, provider.settings, claims)
    forgive()
    return user


def _refused(
    request: Request, visitor: Visitor, error: OidcError | TooManyAttemptsError, to: str
) -> Response:
    """The page to log in by, with what went wrong; the log has more, and nothing of a person."""
    if isinstance(error, TooManyAttemptsError):
        return login.shut(request, visitor, error, to)
    logger.warning("log-in by the provider: %s", error)
    said = words().text(visitor.language, f"oidc.{error.why}")
    return login.page(request, visitor, to, status=error.status, error=said, subject=error.subject)
