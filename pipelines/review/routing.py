"""Addresses of the workbench: none can be declared without saying who may use it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.datastructures import Default
from starlette.routing import BaseRoute, Match

from pipelines.review.csrf import check_token
from pipelines.review.errors import LogInNeededError, NotAllowedError, PasswordChangeNeededError
from pipelines.review.rendering import asked
from pipelines.review.visitor import Visitor, stranger, visit
from risk.desk import Role

PUBLIC: Final = "public"
"""Who has not logged in may come too."""
EVERYONE: Final = frozenset(Role)
"""Everyone who has logged in."""
ACTING: Final = frozenset({Role.OFFICER, Role.SENIOR})
"""Who decides on cases."""

SEEING: Final = frozenset({Role.OFFICER, Role.SENIOR, Role.VALIDATOR})
"""Who sees cases, queues and nights; an administrator keeps accounts and sees none."""

Roles = frozenset[Role] | Literal["public"]
Handler = TypeVar("Handler", bound=Callable[..., object])
API: Final = "/api/"
"""Addresses below this are for programs, which are answered in JSON."""
STATIC: Final = "/static/"
"""What lies below this belongs to every page, whoever looks at it."""
_SAFE = ("GET", "HEAD", "OPTIONS")


def _visitor(request: Request) -> Visitor:
    """Who is there; nobody is looked up for a style sheet, which a page without a store needs."""
    return stranger(request) if asked(request).startswith(STATIC) else visit(request)


class Admits:
    """Lets in who may come; whatever changes something must bring the session's token too.

    Attributes:
        roles: Who may come.
        unchanged: Whether a person comes in whose password has yet to be changed.
    """

    def __init__(self, roles: Roles, *, unchanged: bool = False) -> None:
        """Let in people of `roles`.

        Raises:
            ValueError: They are nobody.
        """
        if not roles:
            raise ValueError("an address that nobody may use")
        self.roles: Roles = roles
        self.unchanged = unchanged

    async def __call__(
        self, request: Request, visitor: Annotated[Visitor, Depends(_visitor)]
    ) -> None:
        """Raise unless the visitor may come in."""
        self.admit(visitor)
        if request.method not in _SAFE:
            await check_token(request, visitor)

    def admit(self, visitor: Visitor) -> None:
        """Look at the visitor alone.

        Raises:
            LogInNeededError: Nobody has logged in.
            PasswordChangeNeededError: The password has to be changed first.
            NotAllowedError: It is for people of another role.
        """
        if self.roles == PUBLIC:
            return
        if visitor.person is None:
            raise LogInNeededError("log in first")
        if visitor.must_change and not self.unchanged:
            raise PasswordChangeNeededError("change the password first")
        if visitor.person.role not in self.roles:
            raise NotAllowedError("this page is for people of another role")


@dataclass(frozen=True)
class Door:
    """An address, what answers there, and who may come."""

    method: str
    path: str
    handler: Callable[..., object]
    admits: Admits


class Rooms:
    """Addresses that belong together; a room's module makes them in a function `rooms`."""

    def __init__(self, *, documented: bool = False) -> None:
        """Begin without any.

        Args:
            documented: Whether they stand in the OpenAPI document; pages do not.
        """
        self._documented = documented
        self._doors: list[Door] = []

    def get(
        self, path: str, *, roles: Roles, unchanged: bool = False
    ) -> Callable[[Handler], Handler]:
        """Declare what answers to GET."""
        return self._declared("GET", path, Admits(roles, unchanged=unchanged))

    def post(
        self, path: str, *, roles: Roles, unchanged: bool = False
    ) -> Callable[[Handler], Handler]:
        """Declare what answers to POST."""
        return self._declared("POST", path, Admits(roles, unchanged=unchanged))

    def _declared(self, method: str, path: str, admits: Admits) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            self._doors.append(Door(method, path, handler, admits))
            return handler

        return declare

    def open_in(self, app: FastAPI) -> None:
        """Add the addresses to an app."""
        for door in self._doors:
            app.add_api_route(
                door.path,
                door.handler,
                # Pages answer with responses of their own, of which there is nothing to describe.
                response_model=Default(None) if self._documented else None,
                methods=[door.method],
                dependencies=[Depends(door.admits)],
                include_in_schema=self._documented,
            )


def declared(app: FastAPI) -> Iterator[tuple[str, str, Admits | None]]:
    """Every address of an app: method, path, and who may come; None where nobody said."""
    for route in app.routes:
        admits = _admits(route)
        for method in sorted(getattr(route, "methods", None) or {"*"}):
            yield method, str(getattr(route, "path", route)), admits


def allowed(request: Request) -> str:
    """What may be done at an address, as the header `Allow` says it.

    Each method of an address is declared by itself, and the framework names those of the first.
    """
    found = {
        method
        for route in request.app.routes
        if route.matches(request.scope)[0] is not Match.NONE
        for method in getattr(route, "methods", None) or ()
    }
    return ", ".join(sorted(found))


def _admits(route: BaseRoute) -> Admits | None:
    found = [
        each.dependency
        for each in getattr(route, "dependencies", ())
        if isinstance(each.dependency, Admits)
    ]
    return found[0] if len(found) == 1 else None
