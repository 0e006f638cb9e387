"""Whatever the OpenAPI document allows, and much that it does not: the API never fails."""

import os
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pipelines.review.api.doors import ROOT
from pipelines.review.app import create_app
from pipelines.review.workbench import Workbench
from pipelines.store.keys import ApiKeys, Scope
from tests.pipelines.conftest import Bank
from tests.pipelines.review.api.test_decisions import ACCEPTS
from tests.pipelines.review.laid import EVIDENCE, lay

EXAMPLES = int(os.environ.get("MINGJIAN_EXAMPLES", "15"))
"""Requests to each operation; many more of them are tried before a release."""
OPERATIONS = ("score", "queue", "case", "decide")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CASES = ("A1", "审批 2")


@pytest.fixture
def document(banking: Workbench) -> tuple[Any, dict[str, str]]:
    """The API's own document of itself, and a key for all of it."""
    lay(banking, CASES)
    key = ApiKeys(banking.database).make("core", frozenset(Scope))
    headers = {"Authorization": f"Bearer {key}"}
    app = create_app(banking, hosts=["testserver"])
    schema = schemathesis.openapi.from_asgi(f"{ROOT}/openapi.json", app, headers=headers)
    return schema, headers


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_makes_the_api_fail(
    name: str, document: tuple[Any, dict[str, str]], bank: Bank
) -> None:
    schema, headers = document
    operation = schema.find_operation_by_id(name)
    row = pd.read_csv(bank.tonight, dtype=str, keep_default_na=False).iloc[0].to_dict()
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.integers(0, 3))
    def run(case: Any, real: int) -> None:
        # One whole request at least: that anything is ever done must not hang on chance.
        _fit(case, real if statuses else 1, row)
        answer = case.call(headers=headers)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run()
    assert 200 in statuses
    assert statuses - {200, 400, 404, 409, 422} <= {403, 405}


def _fit(case: Any, real: int, row: Mapping[str, str]) -> None:
    """Let a case be about something that there is: mostly, so that not all is refused at once."""
    if real == 0:
        return
    if case.path_parameters:
        case.path_parameters = {"run_key": "a" * 64, "application_id": quote(CASES[real % 2])}
    if isinstance(case.body, dict) and isinstance(case.body.get("application"), dict):
        values = list(case.body["application"].values())
        changed = dict(zip(list(row)[real::5], values, strict=False))
        case.body["application"] = {**row, **(changed if real > 1 else {})}
    if isinstance(case.body, dict) and "evidence_digest" in case.body:
        sent = ACCEPTS if real == 1 else case.body
        reviewer = ("senior", "officer")[real % 2]
        case.body = {**sent, "evidence_digest": EVIDENCE, "reviewer": reviewer}
