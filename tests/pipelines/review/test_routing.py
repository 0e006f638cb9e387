"""Who comes in where: every address of the app by every role, from the app's own table."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI

from pipelines.review.app import create_app, refuse_undeclared
from pipelines.review.queue.lines import written_key
from pipelines.review.routing import PUBLIC, Admits, Rooms, declared
from pipelines.review.workbench import Workbench
from pipelines.store.keys import ApiKeys, Scope
from risk.desk import Role
from tests.pipelines.review.conftest import HOST, Browser
from tests.pipelines.review.laid import DAY, EVIDENCE, lay
from tests.pipelines.store.conftest import case_record

FILLED = {"{name}": "htmx.min.js"}
"""What stands for the parts of an address; what is not named here is `x`, which nothing is."""


def filled(path: str) -> str:
    for slot, value in FILLED.items():
        path = path.replace(slot, value)
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def expected(admits: Admits, role: Role | None, method: str) -> set[int]:
    """What may be answered; who may come in may still find nothing, or have sent an empty form."""
    if type(admits) is not Admits:
        return {401}  # a program's, which no session opens
    if admits.roles == PUBLIC or role in admits.roles:
        return {200, 303, 304, 401, 404, 409, 422}
    if role is None:
        return {303} if method == "GET" else {401}
    return {403}


@pytest.mark.parametrize("role", [None, *Role])
def test_every_address_opens_to_the_roles_it_names_and_to_no_other(
    role: Role | None, bench: Workbench, browser: Callable[[], Browser]
) -> None:
    app = create_app(bench)
    for method, path, admits in declared(app):
        assert admits is not None
        if path == "/logout":
            continue
        visitor = browser()
        if role is not None:
            visitor.cookies.set("__Host-mingjian", bench.sessions.open(role.value))
        fields = {"csrf": visitor.token()}
        sent = visitor.request(method, filled(path), data=fields if method != "GET" else None)
        told = f"{method} {path} by {role}: {sent.status_code}"
        assert sent.status_code in expected(admits, role, method), told
        if sent.status_code == 303 and role is None and admits.roles != PUBLIC:
            assert sent.headers["location"].startswith("/login?next="), told


def test_all_addresses_are_declared_and_one_without_roles_is_refused(bench: Workbench) -> None:
    app = create_app(bench)
    found = list(declared(app))
    assert len(found) > 5
    assert all(admits is not None for _, _, admits in found)
    app.add_api_route("/back-door", lambda: None)
    with pytest.raises(ValueError, match="/back-door"):
        refuse_undeclared(app)


def test_a_mounted_app_is_an_address_without_roles() -> None:
    app = FastAPI(openapi_url=None)
    app.mount("/other", FastAPI(openapi_url=None))
    with pytest.raises(ValueError, match="/other"):
        refuse_undeclared(app)


def test_an_address_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        Rooms().get("/nowhere", roles=frozenset())


def test_what_may_be_done_at_an_address_is_said_where_it_was_something_else(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    both = visitor.request("PUT", "/password")
    assert (both.status_code, both.headers["allow"]) == (405, "GET, POST")
    for path, does in (("/queue/claim", "POST"), ("/api/v1/openapi.json", "GET")):
        sent = visitor.request("DELETE", path)
        assert (sent.status_code, sent.headers["allow"]) == (405, does), path


def test_no_address_shows_or_changes_a_case_of_another_portfolio(bench: Workbench) -> None:
    text = "only the other portfolio's"
    (key,) = lay(bench, [case_record("SECRET-1", text=text)])
    other = replace(bench, config=bench.config.model_copy(update={"name": "another"}))
    app, token = create_app(other), ApiKeys(bench.database).make("core", frozenset(Scope))
    visitor = Browser(app, HOST, follow_redirects=False).log_in("senior")
    names = {"{run_key}": key.run_key, "{application_id:path}": key.application_id, "{day}": DAY}
    for method, path, _ in declared(app):
        for name, value in names.items():
            path = path.replace(name, str(value))
        said = {"csrf": visitor.token(), "evidence": EVIDENCE, "outcome": "approve",
                "case": written_key(key), "comment": "x", "next": "queue"}  # fmt: skip
        if path.startswith("/api/"):
            headers = {"authorization": f"Bearer {token}", "idempotency-key": path}
            body = {"reviewer": "senior", "action": "decide", "outcome": "approve",
                    "evidence_digest": EVIDENCE}  # fmt: skip
            given = {"headers": headers} | ({"json": body} if method == "POST" else {})
        else:
            given = {"data": said} if method == "POST" else {}
        if path not in ("/login", "/logout", "/password"):
            answer = visitor.request(method, filled(path), **given)  # type: ignore[arg-type]
            assert answer.status_code < 500, path
            assert text not in answer.text, path
            assert key.application_id not in answer.text.replace(path, ""), path
    assert bench.reviews.of(*key) == ()
    assert bench.desk.find(key) is not None
