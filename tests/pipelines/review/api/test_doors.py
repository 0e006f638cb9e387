"""Who comes in to the API: a valid key of the right scope, and nothing else."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from pipelines.review.api.doors import ROOT, KeyAdmits
from pipelines.review.app import create_app
from pipelines.review.routing import declared
from pipelines.review.workbench import Workbench
from pipelines.store.keys import ApiKeys, Scope
from tests.pipelines.review.conftest import HOST, Browser

OPENS = {
    Scope.SCORE: ("POST", "/score"),
    Scope.QUEUE: ("GET", "/queue"),
    Scope.READ: ("GET", "/cases/x/y"),
    Scope.DECIDE: ("POST", "/cases/x/y/decisions"),
}


def test_every_address_of_the_api_asks_for_a_key_and_no_other_does(bench: Workbench) -> None:
    for _, path, admits in declared(create_app(bench)):
        assert isinstance(admits, KeyAdmits) == path.startswith("/api/"), path


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_its_scope_alone(scope: Scope, program: Callable[..., TestClient]) -> None:
    client = program(scope)
    for each, (method, path) in OPENS.items():
        answer = client.request(method, ROOT + path)
        assert (answer.status_code == 403) == (each != scope), path
        if each != scope:
            assert answer.json()["type"] == "urn:mingjian:problem:scope"
    assert client.get(f"{ROOT}/openapi.json").status_code == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Bearer mj_", "Basic {}", "{}"])
def test_without_a_valid_key_there_is_one_answer(bench: Workbench, given: str) -> None:
    key = ApiKeys(bench.database).make("core", frozenset(Scope))
    client = TestClient(create_app(bench), HOST)
    for method, path in [*OPENS.values(), ("GET", "/openapi.json")]:
        answer = client.request(method, ROOT + path, headers={"authorization": given.format(key)})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:mingjian:problem:key"


def test_a_revoked_key_opens_nothing(bench: Workbench, program: Callable[..., TestClient]) -> None:
    client, keys = program(), ApiKeys(bench.database)
    assert client.get(f"{ROOT}/queue").status_code == 200
    assert keys.revoke(keys.all()[0].key_digest)
    assert client.get(f"{ROOT}/queue").status_code == 401


def test_a_session_opens_nothing_of_the_api_and_a_key_opens_no_page(
    bench: Workbench, browser: Callable[[], Browser], program: Callable[..., TestClient]
) -> None:
    visitor = browser().log_in("senior")
    assert visitor.get(f"{ROOT}/queue").status_code == 401
    answer = program().get("/queue", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "No valid API key came with the request."), ("zh-CN", "请求未携带有效的 API 密钥。")],
)
def test_problems_speak_the_language_that_is_asked_for(
    bench: Workbench, language: str, title: str
) -> None:
    client = TestClient(create_app(bench), HOST)
    answer = client.get(f"{ROOT}/queue", headers={"accept-language": language})
    assert answer.json()["title"] == title


def test_what_is_refused_before_the_api_is_told_in_its_shape(
    program: Callable[..., TestClient],
) -> None:
    client = program()
    asked = {
        404: client.get(f"{ROOT}/nothing"),
        405: client.delete(f"{ROOT}/queue"),
        400: client.get(f"{ROOT}/queue", headers={"host": "evil.example"}),
        403: client.post(f"{ROOT}/score", headers={"origin": "https://evil.example"}, json={}),
        413: client.post(f"{ROOT}/score", content=b"x" * 5_000_000),
        422: client.post(f"{ROOT}/score", content=b"{", headers={"content-type": "a/json"}),
    }
    for status, answer in asked.items():
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
        assert answer.json()["status"] == status
