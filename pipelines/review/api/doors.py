"""Addresses of the API: none can be declared without the scope that a key needs there."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request

from features.errors import ScorerError
from pipelines.review.api.problems import MEDIA
from pipelines.review.routing import API, PUBLIC, Admits, Door, Rooms
from pipelines.review.workbench import bench_of
from pipelines.store.keys import ApiKey, ApiKeys, Scope

ROOT: Final = f"{API}v1"
_KIND: Final = "bearer"
_PROBLEM: Final = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REFUSED: Final[Mapping[int | str, dict[str, Any]]] = {
    status: {"description": said, "content": _PROBLEM}
    for status, said in {
        400: "The request is not one that can be read.",
        401: "No valid key came with the request.",
        403: "The key, or the person named, may not do this.",
        404: "There is no such case on the desk.",
        409: "The case has changed since it was seen, or the idempotency key was used before.",
        413: "What was sent is too large.",
        422: "Something in the request is missing or not allowed.",
        503: "The store, or the model, cannot be used at the moment.",
    }.items()
}


class KeyNeededError(ScorerError):
    """A request brings no key, or one that opens nothing."""


class ScopeError(ScorerError):
    """A key does not open what it was used for."""


class KeyAdmits(Admits):
    """Lets in programs by their key; who has logged in to the pages makes no difference.

    A key comes with each request and never by itself, so that no page of another site can send it.

    Attributes:
        scope: What the key has to open; None where any key will do.
    """

    def __init__(self, scope: Scope | None) -> None:
        super().__init__(PUBLIC)
        self.scope = scope

    # The framework asks for each argument by its name: there is no visitor to ask for here.
    def __call__(self, request: Request) -> None:  # type: ignore[override]
        """Raise unless the key may come in.

        Raises:
            KeyNeededError: There is none, or it opens nothing.
            ScopeError: It opens other things.
        """
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        keys = ApiKeys(bench_of(request).database)
        key = keys.find(given.strip()) if kind.lower() == _KIND else None
        if key is None:
            raise KeyNeededError("send a valid key as `Authorization: Bearer mj_...`")
        if self.scope is not None and self.scope not in key.scopes:
            raise ScopeError(f"the key does not have the scope {self.scope}")
        request.state.key = key


def _caller(request: Request) -> ApiKey:
    key = request.state.key
    assert isinstance(key, ApiKey)  # noqa: S101 - `KeyAdmits` put it there
    return key


Caller = Annotated[ApiKey, Depends(_caller)]
"""The key that a request came with, as the argument of whatever answers it."""


class KeyRooms(Rooms):
    """Addresses for programs."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__(documented=True)

    def declare(
        self, method: str, path: str, scope: Scope | None, handler: Callable[..., object]
    ) -> None:
        """Declare what answers to a method at an address.

        Args:
            method: Such as GET.
            path: The address, below `ROOT`.
            scope: What a key has to open; None for what describes the API and is no part of it.
            handler: What answers.
        """
        self._doors.append(Door(method, ROOT + path, handler, KeyAdmits(scope)))

    def open_in(self, app: FastAPI) -> None:
        """Add the addresses to an app."""
        for door in self._doors:
            scoped = isinstance(door.admits, KeyAdmits) and door.admits.scope is not None
            app.add_api_route(
                door.path,
                door.handler,
                methods=[door.method],
                dependencies=[Depends(door.admits)],
                responses=dict(_REFUSED),
                include_in_schema=scoped,
                operation_id=getattr(door.handler, "__name__", door.path),
            )
