"""The queue, a case and decisions by the API: the desk's rules hold for whoever it names."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from pipelines.errors import StoreError
from pipelines.review.api.doors import ROOT
from pipelines.review.rendering import segment
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from pipelines.store.desk import Desk
from pipelines.store.keys import ApiKeys, Scope
from pipelines.store.repeats import GIVEN_UP_AFTER, Repeats
from risk.desk import Person, Role, State
from tests.pipelines.review.conftest import Clock, person
from tests.pipelines.review.laid import EVIDENCE, lay

ACCEPTS = {"reviewer": "officer", "action": "decide", "outcome": "approve",
           "evidence_digest": EVIDENCE}  # fmt: skip
OVERRIDES = {**ACCEPTS, "outcome": "decline", "reason_code": "documents", "comment": "forged"}


def place(key: CaseKey) -> str:
    return f"{ROOT}/cases/{key.run_key}/{segment(key.application_id)}"


def send(client: TestClient, key: CaseKey, name: str, body: dict[str, str]) -> Response:
    return client.post(f"{place(key)}/decisions", json=body, headers={"idempotency-key": name})


def test_the_queue_comes_a_page_at_a_time(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    lay(bench, [f"A{n}" for n in range(5)])
    client, seen, after = program(Scope.QUEUE), [], ""
    while after is not None:
        page = client.get(f"{ROOT}/queue", params={"limit": 2, "after": after}).json()
        seen += [each["application_id"] for each in page["cases"]]
        after = page["next"]
    assert sorted(seen) == [f"A{n}" for n in range(5)]


def test_filters_narrow_the_queue_down(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    keys = lay(bench, ["A1", "A2", "B1"])
    bench.desk.claim(keys[0], Person("officer", Role.OFFICER))
    client = program(Scope.QUEUE)

    def found(**asked: object) -> set[str]:
        page = client.get(f"{ROOT}/queue", params=asked).json()
        return {each["application_id"] for each in page["cases"]}

    assert found(holder="officer") == {"A1"}
    assert found(unassigned=True) == {"A2", "B1"}
    assert found(search="A") == {"A1", "A2"}
    assert found(state="held") == found(grade="Z") == found(business_date="2026-01-01") == set()
    assert found(recommendation="refer", business_date="2026-03-02") == {"A1", "A2", "B1"}


@pytest.mark.parametrize(
    "asked", [{"after": "x"}, {"after": "nan:1"}, {"limit": 0}, {"state": "gone"}, {"other": 1}]
)
def test_what_the_queue_does_not_know_is_refused(
    program: Callable[..., TestClient], asked: dict[str, object]
) -> None:
    answer = program(Scope.QUEUE).get(f"{ROOT}/queue", params=asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{next(iter(asked))}"


def test_a_case_comes_with_its_record_and_its_history(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A/1?é"])
    bench.desk.claim(key, Person("officer", Role.OFFICER))
    told = program(Scope.READ).get(place(key)).json()
    assert told["case"]["holder"] == "officer"
    assert told["record"]["score"]["application_id"] == "A/1?é"
    assert [each["action"] for each in told["history"]] == ["claim"]
    assert program(Scope.READ, name="two").get(f"{ROOT}/cases/x/y").status_code == 404


def test_a_decision_names_person_and_key(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    answer = send(program(Scope.DECIDE, name="core system"), key, "k1", ACCEPTS)
    assert answer.status_code == 200
    assert answer.json()["decided"] is True
    (kept,) = bench.reviews.of(*key)
    assert (kept.reviewer, kept.action) == ("officer", "accept")
    assert kept.comment.startswith("[API core system ")


def test_the_same_key_and_body_is_done_once_and_answered_alike(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    client = program(Scope.DECIDE)
    comment = {**ACCEPTS, "action": "comment", "outcome": None, "comment": "seen"}
    first, second = (send(client, key, "k1", comment) for _ in range(2))
    assert first.json() == second.json()
    assert len(bench.reviews.of(*key)) == 1
    other = send(client, key, "k1", {**comment, "comment": "seen twice"})
    assert other.status_code == 409
    assert other.json()["type"] == "urn:mingjian:problem:repeated"
    assert send(program(Scope.DECIDE, name="two"), key, "k1", comment).status_code == 200


def test_the_same_name_for_another_case_is_another_body(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    first, second = lay(bench, ["A1", "A2"])
    client = program(Scope.DECIDE)
    send(client, first, "k1", ACCEPTS)
    assert send(client, second, "k1", ACCEPTS).status_code == 409
    assert bench.reviews.of(*second) == ()


def test_what_was_refused_can_be_sent_again_under_its_name(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    client = program(Scope.DECIDE)
    senior = Person("senior", Role.SENIOR)
    bench.desk.claim(key, senior)
    refused = send(client, key, "k1", ACCEPTS)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:mingjian:problem:rules:held"
    bench.desk.release(key, senior)
    assert send(client, key, "k1", ACCEPTS).status_code == 200


def test_many_of_the_same_at_once_are_done_once(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    client = program(Scope.DECIDE)
    comment = {**ACCEPTS, "action": "comment", "outcome": None, "comment": "seen"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(client, key, "k1", comment).status_code, range(8)))
    assert set(answers) <= {200, 409}
    assert 200 in answers
    assert len(bench.reviews.of(*key)) == 1


@pytest.mark.parametrize("done", [True, False])
def test_a_request_cut_off_is_done_once_whenever_it_was_cut_off(
    bench: Workbench, program: Callable[..., TestClient], clock: Clock, done: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (key,) = lay(bench, ["A1"])
    client = program(Scope.DECIDE)
    cut = (Repeats, "done") if done else (Desk, "act")

    def away(*_: object, **__: object) -> None:
        raise StoreError("the store (sqlite) cannot be used")

    with monkeypatch.context() as patch:
        patch.setattr(*cut, away)
        assert send(client, key, "k1", ACCEPTS).status_code == 503
    assert send(client, key, "k1", ACCEPTS).json()["type"] == "urn:mingjian:problem:under-way"
    clock.now += GIVEN_UP_AFTER + timedelta(seconds=1)
    answer = send(client, key, "k1", ACCEPTS)
    assert answer.status_code == 200
    assert answer.json() == send(client, key, "k1", ACCEPTS).json()
    assert [each.action for each in bench.reviews.of(*key)] == ["accept"]


def test_four_eyes_hold_for_the_persons_named(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    bench.people.add(person("chief", Role.SENIOR))
    client = program(Scope.DECIDE)
    proposed = send(client, key, "k1", {**OVERRIDES, "reviewer": "senior"})
    assert proposed.json()["waits_for_second"] is True
    confirms = {**ACCEPTS, "action": "confirm", "outcome": None}
    for name, reviewer in enumerate(("senior", "Senior ", "officer")):
        answer = send(client, key, f"c{name}", {**confirms, "reviewer": reviewer})
        assert answer.status_code == 403, reviewer
    assert send(client, key, "k2", {**confirms, "reviewer": "chief"}).json()["decided"] is True
    row = bench.desk.find(key)
    assert row is not None
    assert (row.state, row.outcome) == (State.DECIDED, "decline")


@pytest.mark.parametrize("reviewer", ["nobody", "gone", "\u202e", "x" * 64])
def test_a_decision_is_on_behalf_of_an_active_user(
    bench: Workbench, program: Callable[..., TestClient], reviewer: str
) -> None:
    (key,) = lay(bench, ["A1"])
    bench.people.add(person("gone", active=False))
    answer = send(program(), key, "k1", {**ACCEPTS, "reviewer": reviewer})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "body.reviewer", "rule": "no-active-user"}]
    assert bench.reviews.of(*key) == ()


@pytest.mark.parametrize("reviewer", ["validator", "administrator"])
def test_whoever_only_looks_on_decides_nothing_by_a_program_either(
    bench: Workbench, program: Callable[..., TestClient], reviewer: str
) -> None:
    (key,) = lay(bench, ["A1"])
    assert send(program(), key, "k1", {**ACCEPTS, "reviewer": reviewer}).status_code == 403


def test_the_line_that_names_the_key_is_no_comment(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    answer = send(program(), key, "k1", {**OVERRIDES, "comment": " "})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:mingjian:problem:incomplete:comment"
    assert answer.json()["detail"] == "This needs a comment."


def test_other_evidence_than_was_shown_decides_nothing(
    bench: Workbench, program: Callable[..., TestClient]
) -> None:
    (key,) = lay(bench, ["A1"])
    answer = send(program(), key, "k1", {**ACCEPTS, "evidence_digest": "3" * 64})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:mingjian:problem:stale:evidence"


@pytest.mark.parametrize("name", [None, "", "a b", "x" * 201, "é"])
def test_a_decision_needs_an_idempotency_key(
    bench: Workbench, program: Callable[..., TestClient], name: str | None
) -> None:
    (key,) = lay(bench, ["A1"])
    headers = {} if name is None else {"idempotency-key": name.encode()}
    answer = program().post(f"{place(key)}/decisions", json=ACCEPTS, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert bench.reviews.of(*key) == ()


def test_two_valid_keys_never_share_a_name(bench: Workbench) -> None:
    keys = ApiKeys(bench.database)
    keys.make("core", frozenset({Scope.READ}))
    with pytest.raises(Exception, match="valid"):
        keys.make("core", frozenset({Scope.READ}))
    assert keys.revoke(keys.all()[0].key_digest)
    keys.make("core", frozenset({Scope.READ}))
    assert len(keys.all()) == 2
