"""The OpenAPI document of the API: its addresses, and that a key opens them."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from pipelines.review.api.problems import Problem
from pipelines.review.routing import API

VERSION: Final = "1"
_SCHEME, _REFERENCE = "key", "#/components/schemas/{model}"


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document; made once for an app."""
    made: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if made is None:
        made = app.state.openapi = _made(app)
    return made


def _made(app: FastAPI) -> dict[str, Any]:
    routes = [each for each in app.routes if isinstance(each, APIRoute) and _is_ours(each)]
    document: dict[str, Any] = get_openapi(title=app.title, version=VERSION, routes=routes)
    components = document.setdefault("components", {})
    problem = Problem.model_json_schema(ref_template=_REFERENCE)
    components.setdefault("schemas", {}).update({**problem.pop("$defs", {}), "Problem": problem})
    scheme = {"type": "http", "scheme": "bearer", "description": "mj_..."}
    components["securitySchemes"] = {_SCHEME: scheme}
    document["security"] = [{_SCHEME: []}]
    return document


def _is_ours(route: APIRoute) -> bool:
    return route.include_in_schema and route.path.startswith(API)
