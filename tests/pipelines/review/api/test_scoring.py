"""Scoring by the API: as `risk score` does, with its rules of intake."""

import pandas as pd
import pytest
from starlette.testclient import TestClient

from features.intake import check
from pipelines.errors import TrackingError
from pipelines.review.api.doors import ROOT
from pipelines.review.api.scoring import LOOKED_AGAIN_S, Champion
from pipelines.review.app import create_app
from pipelines.review.workbench import Workbench
from pipelines.store.keys import ApiKeys, Scope
from pipelines.tracking import Tracking
from risk.model import PDModel
from risk.scoring import Scorer
from tests.pipelines.conftest import Bank
from tests.pipelines.review.conftest import HOST


@pytest.fixture
def client(banking: Workbench) -> TestClient:
    key = ApiKeys(banking.database).make("core", frozenset({Scope.SCORE}))
    return TestClient(create_app(banking), HOST, headers={"authorization": f"Bearer {key}"})


def rows(bank: Bank) -> list[dict[str, object]]:
    frame = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False)
    return frame.head(12).to_dict("records")


def test_an_application_scores_as_in_a_file(bank: Bank, client: TestClient) -> None:
    stored = bank.champion()
    scorer = Scorer(PDModel.load(stored.path, stored.digest), bank.config.policy)
    tonight = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).head(12)
    expected = scorer.cases(check(tonight, bank.config.read_dictionary()).accepted)
    for row, score in zip(rows(bank), expected, strict=True):
        told = client.post(f"{ROOT}/score", json={"application": row}).json()
        assert told["pd"] == score.pd_model
        assert told["application_id"] == score.application_id
        assert (told["grade"], told["points"]) == (score.grade, score.points)
        assert told["recommendation"] == score.recommendation
        assert [each["code"] for each in told["reasons"]] == [r.code for r in score.reasons]
        assert told["model"]["digest"] == stored.digest


def test_numbers_are_read_as_their_texts_are(bank: Bank, client: TestClient) -> None:
    numbers = [f.name for f in bank.config.read_dictionary().features if f.type == "number"]
    for text in rows(bank)[:5]:
        typed = {n: float(str(text[n])) if text.get(n) else None for n in numbers if n in text}
        first, second = (
            client.post(f"{ROOT}/score", json={"application": each}).json()["pd"]
            for each in (text, {**text, **typed})
        )
        assert first == second


def test_a_row_that_breaks_a_rule_names_field_and_rule_and_repeats_nothing(
    bank: Bank, client: TestClient
) -> None:
    row = {**rows(bank)[0], "monthly_income": "a secret"}
    answer = client.post(f"{ROOT}/score", json={"application": row})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:mingjian:problem:rejected"
    assert [each["field"] for each in answer.json()["errors"]] == ["monthly_income"]
    assert "secret" not in answer.text


def test_absent_columns_are_named(client: TestClient) -> None:
    answer = client.post(f"{ROOT}/score", json={"application": {}})
    assert answer.status_code == 422
    assert {"field": "monthly_income", "rule": "missing-column"} in answer.json()["errors"]


@pytest.mark.parametrize("value", [10**400, 1e308, -1, True, "\x00", "\u202e", "", None, 2**63])
def test_whatever_stands_in_a_column_is_scored_or_refused(
    bank: Bank, client: TestClient, value: object
) -> None:
    for field in ("monthly_income", "application_id", "application_date", "education"):
        row = {**rows(bank)[0], field: value}
        answer = client.post(f"{ROOT}/score", json={"application": row})
        assert answer.status_code in (200, 422), (field, answer.text)


def test_without_a_champion_the_model_is_away(bench: Workbench) -> None:
    key = ApiKeys(bench.database).make("core", frozenset({Scope.SCORE}))
    program = TestClient(create_app(bench), HOST, headers={"authorization": f"Bearer {key}"})
    answer = program.post(f"{ROOT}/score", json={"application": {}})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:mingjian:problem:model"


def test_a_champion_is_looked_for_again_after_a_while_and_goes_on_without_its_registry(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, looks = [0.0], []
    champion = Champion(lambda: now[0])
    first = champion.of(bank.config)

    def away(*_: object) -> None:
        looks.append(now[0])
        raise TrackingError("the MLflow store cannot be used")

    monkeypatch.setattr(Tracking, "fetch", away)
    assert champion.of(bank.config) is first
    now[0] = LOOKED_AGAIN_S
    assert champion.of(bank.config) is first
    assert looks == [LOOKED_AGAIN_S]
