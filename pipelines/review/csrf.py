"""That a change was asked for on one of our own pages, in the visitor's own session."""

import hmac

from fastapi import Request

from pipelines.review.addresses import parts_of
from pipelines.review.errors import ForgedError
from pipelines.review.forms import read
from pipelines.review.visitor import Visitor

HEADER, FIELD = "x-csrf-token", "csrf"


async def check_token(request: Request, visitor: Visitor) -> None:
    """Look for the session's token among what a request brings.

    Raises:
        ForgedError: It is not there, or another session's.
    """
    given = request.headers.get(HEADER) or (await read(request))[FIELD]
    if not hmac.compare_digest(given.encode(), visitor.csrf.encode()):
        raise ForgedError("the form was not this session's; load the page again")


def comes_from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site's page asks for a change."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    # Behind a proxy the scheme is the proxy's, so it is the host that tells.
    return origin is not None and parts_of(origin).netloc != request.headers.get("host")
