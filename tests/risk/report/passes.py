"""Reasoning passes over rows of the small bank: real case files, checks and ratchet.

What answers is the template's claims with opinions that a test gives, so that only these differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd

from features.language import Language
from risk.casefile import CaseFile
from risk.decision import Score, decide
from risk.filing import Filing
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.template import compose
from risk.reasoning.claims import Opinion
from risk.reasoning.reasoner import reason
from risk.report.evidence import Reasoned
from risk.report.reasoning.reasoned import CaseRow, frame
from risk.scoring import Scorer
from risk.validation.faithfulness import FaithfulnessTally
from tests.risk.report.scene import POLICY, evidence, fitted

AGREE = Opinion(stance="agree", confidence="medium")
RISKY = Opinion(stance="concern", direction="raises", confidence="high")
SAFER = Opinion(stance="concern", direction="lowers", confidence="high")
IDENTITY = {
    "run": "1" * 64, "answered_by": "told", "language": "en", "prompt": "p", "answer_form": "f",
    "back_end.model": "told", "seed": "", "code": "1", "commit": "c", "policy": "{}",
    "reasons": "{}", "model_digest": "digest-0",
}  # fmt: skip


class Told:
    """Answers with the template's claims and the opinion that an application was given.

    Args:
        opinions: By application id; who is not in it is agreed with.
        unanswered: Ids whose request fails, and how.
        wrong: Ids whose first answer states a number of its own, which the checks send back.
    """

    name, identity = "told", "told/1"

    def __init__(
        self,
        opinions: Mapping[str, Opinion] | None = None,
        unanswered: Mapping[str, Failure] | None = None,
        wrong: Sequence[str] = (),
    ) -> None:
        self.opinions, self.unanswered, self.wrong = opinions or {}, unanswered or {}, wrong

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        for request in filter(None, requests):
            known = request.application_id
            if known in self.unanswered:
                yield request, Failed(code=self.unanswered[known], seconds=1.0)
                continue
            said = compose(request.case, request.language)
            said = said.model_copy(update={"opinion": self.opinions.get(known, AGREE)})
            if known in self.wrong and not request.complaints:
                first = said.claims[0].model_copy(update={"sentence": "The income is 12345."})
                said = said.model_copy(update={"claims": (first, *said.claims[1:])})
            text = said.model_dump_json()
            yield (
                request,
                Answered(text=text, model="told", prompt_tokens=90, answer_tokens=40, seconds=2.0),
            )


Asked = tuple[tuple[Score, CaseFile], ...]


@cache
def cases(rows: int, seed: int = 0) -> Asked:
    """The first rows of the current sample as case files, by the model of a seed."""
    model = fitted(seed)[0].model
    accepted = evidence(seed).current.rows.iloc[:rows]
    filing = Filing(accepted, model.quantiles, model.dictionary)
    scores = Scorer(model, POLICY).cases(accepted)
    return tuple((score, filing.case(row, score)) for row, score in enumerate(scores))


def reasoned(
    known: Sequence[tuple[Score, CaseFile]],
    backend: Told,
    language: Language = "en",
    **more: Any,
) -> Reasoned:
    """A pass over cases; `more` are attributes of the record, `identity` added to the usual one."""
    tally, rows = FaithfulnessTally(), []
    made = reason([case for _, case in known], backend, language)
    for (score, case), rationale in zip(known, made, strict=True):
        decision = decide(score, rationale.opinion, rationale.findings, POLICY)
        tally.add(case, rationale, decision)
        rows.append(CaseRow.of(score, case, rationale, decision, score.pd_model))
    identity = {**IDENTITY, "language": language, **more.pop("identity", {})}
    return replace(Reasoned(identity, tally.result(), frame(rows)), **more)


def ids(known: Sequence[tuple[Score, CaseFile]], recommendation: str) -> list[str]:
    """Applications that the model recommends so, and in whose documents nothing is suspected."""
    return [
        score.application_id
        for score, case in known
        if score.recommendation == recommendation and not case.findings
    ]


def reviews(*said: tuple[str, str, str]) -> pd.DataFrame:
    """What people said: application, action, recommendation."""
    columns = ["application_id", "action", "recommendation"]
    return pd.DataFrame(list(said), columns=columns).assign(reason_code="")
