"""What a trace of one reasoned case says, step by step, before MLflow's form is put on it.

Built from the committed record alone: neither the thinking nor the raw answer is in it. The case
file was redacted when it was made. A model may still write out a number that a document spelt in
words, so every text is searched once more for the patterns of personal data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Protocol

from pydantic import JsonValue

from features.dictionary import DataDictionary
from pipelines.tracking.prompts import PromptVersion
from risk.casefile import CaseFile
from risk.decision import Decision, Score
from risk.reasoning import prompt
from risk.reasoning.claims import Opinion
from risk.reasoning.findings import Check, Finding, suspects_instruction
from risk.reasoning.reasoner import Rationale
from risk.redaction import SURROGATE, Redactor

Kind = Literal["CHAIN", "RETRIEVER", "LLM", "EVALUATOR", "TASK"]


class ReasonedCase(Protocol):
    """One reasoned case, as the run's directory holds it."""

    @property
    def score(self) -> Score:
        """The score."""

    @property
    def case(self) -> CaseFile:
        """What the model read."""

    @property
    def rationale(self) -> Rationale:
        """What came of it."""

    @property
    def decision(self) -> Decision:
        """What is recommended."""


@dataclass(frozen=True)
class Step:
    """One step of a case.

    Attributes:
        name: What was done.
        kind: MLflow's word for it.
        inputs: What went in.
        outputs: What came out.
        attributes: More on it.
        timed: It took the model's time; the record knows of no other.
    """

    name: str
    kind: Kind
    inputs: Mapping[str, JsonValue] = field(default_factory=dict)
    outputs: Mapping[str, JsonValue] = field(default_factory=dict)
    attributes: Mapping[str, JsonValue] = field(default_factory=dict)
    timed: bool = False


def flags(record: ReasonedCase) -> tuple[str, ...]:
    """Why a person might look at a case; nothing where all went as it should."""
    rationale, decision = record.rationale, record.decision
    narrative = rationale.narrative
    struck = [*(s.struck for s in narrative.sentences), *(q.struck for q in narrative.questions)]
    opinion = rationale.opinion
    raised = {
        rationale.status: rationale.status != "answered",
        "moved": decision.recommendation != decision.model_recommendation,
        "instruction": suspects_instruction(rationale.findings),
        "struck": any(struck),
        "concern": isinstance(opinion, Opinion) and opinion.stance == "concern",
        "repaired": rationale.repaired,
    }
    return tuple(name for name, holds in raised.items() if holds)


def told(record: ReasonedCase, asked_with: PromptVersion | None) -> Iterator[Step]:
    """The steps of a case; the first one holds all others."""
    words = _Words()
    yield _whole(record, words)
    yield _case_file(record, words)
    yield _ask(record.rationale, asked_with)
    rationale = record.rationale
    if rationale.repaired:
        yield _checked("verify", rationale.first_findings, words)
        yield Step("repair", "TASK", {"complaints": len(rationale.first_findings)})
        yield _checked("verify again", rationale.findings, words)
    else:
        yield _checked("verify", rationale.findings, words)
    yield _narrative(rationale, words)
    yield _decision(record)


class _Words:
    """Passes on the texts of one case; what looks like personal data becomes a surrogate."""

    def __init__(self) -> None:
        self._redactor = Redactor({}, _no_fields())

    def safe(self, text: str) -> str:
        again = self._redactor.text(text)
        # Redacting twice takes the brackets off old surrogates; do so only where it must be.
        return again if SURROGATE.search(again) else text


@cache
def _no_fields() -> DataDictionary:
    """A dictionary that knows of no personal field, so that patterns alone are looked for."""
    return DataDictionary.parse('[fields.none]\nrole = "feature"\ntype = "number"')


def _whole(record: ReasonedCase, words: _Words) -> Step:
    rationale, decision = record.rationale, record.decision
    return Step(
        "reason",
        "CHAIN",
        {
            "application_id": rationale.application_id,
            "language": rationale.language,
            "recommendation": decision.model_recommendation,
        },
        {
            "narrative": words.safe(rationale.narrative.text),
            "recommendation": decision.recommendation,
            "causes": list(decision.causes),
        },
        {
            "mingjian.case_digest": record.case.digest,
            "mingjian.request_digest": rationale.request_digest,
            "mingjian.evidence_digest": rationale.evidence_digest,
            # Beside the tokens MLflow would take it for a priced service, and invent a cost.
            "mlflow.llm.model": words.safe(rationale.model),
            "mingjian.backend": rationale.backend,
            "mingjian.status": rationale.status,
            "mingjian.code": rationale.code,
            "mingjian.verified_at_first_try": verified(rationale) and not rationale.repaired,
            "mingjian.repaired": rationale.repaired,
            "mingjian.flags": list(flags(record)),
        },
    )


def verified(rationale: Rationale) -> bool:
    """Whether an answer stands of which every check holds."""
    against = [f for f in rationale.findings if f.check is not Check.INSTRUCTION]
    return rationale.status == "answered" and not against


def _case_file(record: ReasonedCase, words: _Words) -> Step:
    lines = prompt.told(record.case, record.rationale.language).splitlines()
    found = [finding.fact for finding in record.case.findings]
    return Step(
        "case file",
        "RETRIEVER",
        outputs={"facts": "\n".join(map(words.safe, lines)), "suspected_instructions": [*found]},
        attributes={"mingjian.facts": len(record.case.facts)},
    )


def _ask(rationale: Rationale, asked_with: PromptVersion | None) -> Step:
    read, written = rationale.prompt_tokens, rationale.answer_tokens
    usage: dict[str, JsonValue] = {
        "input_tokens": read,
        "output_tokens": written,
        "total_tokens": read + written,
    }
    attributes: dict[str, JsonValue] = {"mingjian.seconds": rationale.seconds}
    if read + written:
        attributes["mlflow.chat.tokenUsage"] = usage
    asked = {"request_digest": rationale.request_digest}
    return Step(
        "ask",
        "LLM",
        {**asked, "prompt": asked_with.uri if asked_with else ""},
        {
            "status": rationale.status,
            "code": rationale.code,
            "detail": rationale.detail,
            "finish_reason": rationale.finish_reason,
        },
        attributes,
        timed=True,
    )


def _checked(name: str, findings: Sequence[Finding], words: _Words) -> Step:
    found: list[JsonValue] = [
        {**f.model_dump(mode="json", exclude_defaults=True), "words": words.safe(f.words)}
        for f in findings
    ]
    return Step(name, "EVALUATOR", outputs={"findings": found})


def _narrative(rationale: Rationale, words: _Words) -> Step:
    sentences: list[JsonValue] = [
        {
            **sentence.model_dump(mode="json", exclude_defaults=True),
            "text": words.safe(sentence.text),
            "why": [words.safe(why) for why in sentence.why],
        }
        for sentence in rationale.narrative.sentences
    ]
    questions: list[JsonValue] = [
        {"text": words.safe(q.text), "struck": q.struck, "why": [words.safe(w) for w in q.why]}
        for q in rationale.narrative.questions
    ]
    outputs: dict[str, JsonValue] = {"sentences": sentences, "questions": questions}
    return Step("narrative", "TASK", {"by": rationale.narrative_by}, outputs)


def _decision(record: ReasonedCase) -> Step:
    opinion = record.rationale.opinion
    return Step(
        "decide",
        "TASK",
        {
            "recommendation": record.decision.model_recommendation,
            "opinion": opinion.model_dump(mode="json") if opinion else None,
        },
        {
            "recommendation": record.decision.recommendation,
            "causes": list(record.decision.causes),
        },
    )
