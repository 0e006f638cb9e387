"""The accounts, for whoever keeps them; they are added and changed by `risk user`."""

from fastapi import Request
from starlette.responses import Response

from pipelines.review.rendering import render
from pipelines.review.routing import Rooms
from pipelines.review.visitor import Who
from pipelines.review.workbench import Bench
from risk.desk import Role

PEOPLE = "/people"
"""The page of all accounts, where an administrator begins."""


def rooms() -> Rooms:
    """The page of all accounts."""
    rooms = Rooms()
    rooms.get(PEOPLE, roles=frozenset({Role.ADMINISTRATOR}))(show)
    return rooms


def show(request: Request, visitor: Who, bench: Bench) -> Response:
    """All accounts by name, those who may no longer log in among them."""
    portfolio = bench.config.name
    return render(
        request, visitor, "people/people.html", portfolio=portfolio, users=bench.people.all()
    )
