"""The app: all rooms behind one door."""

from collections.abc import Iterable

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from pipelines.review import (
    deciding,
    hall,
    login,
    night,
    papers,
    password,
    people,
    queue,
    static_room,
    validation,
)
from pipelines.review.api import room as api_room
from pipelines.review.case import room as case_room
from pipelines.review.oidc import provider
from pipelines.review.oidc import room as oidc_room
from pipelines.review.refusals import explain_in
from pipelines.review.routing import Rooms, declared
from pipelines.review.security import LARGEST_BODY, Guard
from pipelines.review.what_if import room as what_if_room
from pipelines.review.workbench import Workbench


def all_rooms() -> tuple[Rooms, ...]:
    """The rooms; a new one adds itself here."""
    return (
        static_room.rooms(),
        hall.rooms(),
        login.rooms(),
        oidc_room.rooms(),
        password.rooms(),
        people.rooms(),
        queue.rooms(),
        case_room.rooms(),
        papers.rooms(),
        deciding.rooms(),
        api_room.rooms(),
        night.rooms(),
        validation.rooms(),
        what_if_room.rooms(),
    )


def create_app(desk: Workbench, hosts: Iterable[str] = ()) -> FastAPI:
    """The workbench as an app; it answers as long as `desk` is open.

    Args:
        desk: The open workbench.
        hosts: Names that it is reached under, besides those of its settings and `localhost`.

    Raises:
        ValueError: There is an address of which nobody said who may use it.
        ConfigError: People log in by a provider, and there is no secret to show it.
    """
    app = FastAPI(
        title="Mingjian",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(Guard, hosts=(*desk.config.web.hosts, *hosts)),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY),
        ],
    )
    app.state.workbench = desk
    app.state.provider = provider.opened(desk)
    explain_in(app)
    for rooms in all_rooms():
        rooms.open_in(app)
    refuse_undeclared(app)
    return app


def refuse_undeclared(app: FastAPI) -> None:
    """See that every address says who may use it.

    Raises:
        ValueError: One does not.
    """
    open_to_all = [f"{method} {path}" for method, path, admits in declared(app) if admits is None]
    if open_to_all:
        raise ValueError(f"nobody said who may use {', '.join(open_to_all)}; declare it in Rooms")
