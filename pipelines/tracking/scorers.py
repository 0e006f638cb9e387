"""Scorers of rationales for `mlflow.genai.evaluate`; each asks one deterministic check, offline.

A row's `inputs` hold the case file and the language, its `outputs` the answer as the model wrote
it, or the rationale that became of it. What is no answer passes no check.

Example:
    A sample of a reasoned run, and the same for the answers of another model::

        import mlflow
        from pipelines.reason import read_cases
        from pipelines.tracking.scorers import SCORERS, row

        mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
        rows = [row(r.case, r.rationale) for r in islice(read_cases(folder), 50)]
        mlflow.genai.evaluate(data=rows, scorers=SCORERS).metrics["values_agree/mean"]

        data = [{"inputs": {"case": case_json, "language": "zh"}, "outputs": answer_text}]
        mlflow.genai.evaluate(data=data, scorers=SCORERS)

    It takes about a third of a second a row, so evaluate a sample; `risk.validation.faithfulness`
    has the figures of a whole run.
"""

import json
from collections.abc import Callable, Sequence, Set
from typing import Any

from mlflow.entities import Feedback
from mlflow.genai import scorers as mlflow_scorers

from risk.casefile import CaseFile
from risk.errors import AnswerError
from risk.reasoning.claims import parse
from risk.reasoning.findings import Check, Finding
from risk.reasoning.reasoner import Rationale
from risk.reasoning.verification import verify
from risk.validation.faithfulness import VALUE_CHECKS

ALL_CHECKS = frozenset(Check) - {Check.INSTRUCTION}

scorer: Callable[[Callable[..., Feedback]], Any] = mlflow_scorers.scorer


def row(case: CaseFile, rationale: Rationale) -> dict[str, Any]:
    """A row of `mlflow.genai.evaluate` for a reasoned case."""
    return {
        "inputs": {"case": case.model_dump(mode="json"), "language": rationale.language},
        "outputs": rationale.model_dump(mode="json"),
    }


@scorer
def values_agree(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """Every value is a slot, and every slot resolves."""
    return _feedback(inputs, outputs, VALUE_CHECKS)


@scorer
def signs_agree(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """Every direction agrees with the sign of the contribution it is claimed of."""
    return _feedback(inputs, outputs, {Check.DIRECTION})


@scorer
def ranks_agree(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """Every word of rank agrees with the order of the contributions."""
    return _feedback(inputs, outputs, {Check.RANK})


@scorer
def quotes_exact(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """Every quote stands in its document, character by character."""
    return _feedback(inputs, outputs, {Check.QUOTE})


@scorer
def nothing_struck(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """Every check holds for every claim and question."""
    return _feedback(inputs, outputs, ALL_CHECKS)


@scorer
def language_as_asked(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """All of it is in the language that was asked for."""
    return _feedback(inputs, outputs, {Check.LANGUAGE})


@scorer
def within_length(inputs: dict[str, Any], outputs: Any) -> Feedback:
    """No sentence is empty or too long."""
    return _feedback(inputs, outputs, {Check.LENGTH})


SCORERS: list[Any] = [
    values_agree,
    signs_agree,
    ranks_agree,
    quotes_exact,
    nothing_struck,
    language_as_asked,
    within_length,
]


def _feedback(inputs: dict[str, Any], outputs: Any, checks: Set[Check]) -> Feedback:
    try:
        against = [f for f in _findings(inputs, outputs) if f.check in checks]
    except AnswerError as error:
        return Feedback(value=False, rationale=f"no answer: {error}")
    said = "; ".join(dict.fromkeys(f"{f.check}.{f.detail}" for f in against))
    return Feedback(value=not against, rationale=said or "nothing found")


def _findings(inputs: dict[str, Any], outputs: Any) -> Sequence[Finding]:
    """What speaks against an answer, or against the answer behind a rationale.

    Raises:
        AnswerError: There is no answer.
    """
    if isinstance(outputs, dict) and "narrative" in outputs:
        rationale = Rationale.model_validate_json(json.dumps(outputs))
        if rationale.status != "answered":
            raise AnswerError(f"{rationale.status}, {rationale.code}")
        return rationale.findings
    text = outputs if isinstance(outputs, str) else json.dumps(outputs, ensure_ascii=False)
    case = CaseFile.model_validate_json(json.dumps(inputs["case"]))
    return verify(parse(text), case, inputs["language"])
