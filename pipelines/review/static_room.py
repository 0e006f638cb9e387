"""Serves scripts and styles."""

from fastapi import Request
from starlette.responses import Response

from pipelines.review.errors import NotFoundError
from pipelines.review.routing import PUBLIC, Rooms
from pipelines.review.statics import statics

_FOREVER = "public, max-age=31536000, immutable"


def rooms() -> Rooms:
    """The files of `static`."""
    rooms = Rooms()
    rooms.get("/static/{name}", roles=PUBLIC)(serve)
    return rooms


async def serve(request: Request, name: str) -> Response:
    """A file; to be kept for long where it was asked for by its version.

    Raises:
        NotFoundError: There is none of that name.
    """
    file = statics().get(name)
    if file is None:
        raise NotFoundError("there is no such file")
    kept = _FOREVER if request.query_params.get("v") == file.version else "no-cache"
    headers = {"Cache-Control": kept, "ETag": f'"{file.version}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.kind, headers=headers)
