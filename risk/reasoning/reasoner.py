"""The reasoning pass on one page: select, ask, parse, verify, repair once, narrate.

Failure is data: every case ends in a `Rationale`. Where no answer came, its text is the
template's and is marked as such.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from features.errors import ScorerError
from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning.backends import template
from risk.reasoning.backends.base import Answered, Backend, Failed, Failure, Request
from risk.reasoning.claims import Answer, MalformedAnswer, NoOpinion, Opinion, parse
from risk.reasoning.findings import Check, Finding
from risk.reasoning.narrative import Narrative, narrate
from risk.reasoning.verification import verify

CHUNK = 256


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rationale(_Strict):
    """What the reasoning pass left on one case.

    Attributes:
        application_id: The application.
        status: `answered`; `failed`: an answer came and was none, or was refused; `pending`: no
            answer came, and asking again may bring one.
        code: Type of the failure or of the missing answer; empty when answered.
        detail: More on it; nothing of the case.
        language: The language of the text.
        narrative: The text, the template's own where there was no answer.
        narrative_by: Back end whose claims it tells.
        findings: What was found wrong with the answer, and in the documents of the case.
        first_findings: The same at the first try, where the answer was sent back.
        repaired: The answer was sent back once.
        opinion: The opinion; None without an answer.
        backend: The back end that was asked.
        model: What answered; empty without an answer.
        request_digest: Of the last request; its answer is kept under it.
        case_digest: Of the case file.
        prompt_tokens: Tokens read, over both tries.
        answer_tokens: Tokens written, over both tries.
    """

    application_id: str
    status: Literal["answered", "failed", "pending"]
    code: str = ""
    detail: str = ""
    language: Language
    narrative: Narrative
    narrative_by: str
    findings: tuple[Finding, ...] = ()
    first_findings: tuple[Finding, ...] = ()
    repaired: bool = False
    opinion: Opinion | NoOpinion | None = None
    backend: str
    model: str = ""
    request_digest: str
    case_digest: str
    prompt_tokens: int = 0
    answer_tokens: int = 0


class _Try(NamedTuple):
    """One asking and what became of it; `answer` is None where there is none."""

    request: Request
    outcome: Answered | Failed
    answer: Answer | None
    findings: tuple[Finding, ...]
    code: str = ""
    detail: str = ""


def reason(
    cases: Iterable[CaseFile], backend: Backend, language: Language, chunk: int = CHUNK
) -> Iterator[Rationale]:
    """Reason about cases; one record for each, in their order.

    Args:
        cases: The case files; read as needed, `chunk` at a time.
        backend: What answers.
        language: The language to answer in.
        chunk: Cases handed to the back end at once, which bounds the memory in use.
    """
    waiting = iter(cases)
    while batch := list(islice(waiting, chunk)):
        first = _ask([Request.of(case, language, backend.identity) for case in batch], backend)
        again = [_repair(tried, backend) for tried in first]
        second = iter(_ask([request for request in again if request], backend))
        for tried, request in zip(first, again, strict=True):
            yield _rationale(tried, next(second) if request else None, backend)


def _ask(requests: Sequence[Request], backend: Backend) -> list[_Try]:
    """Ask, and account for every request whatever the back end does."""
    outcomes: dict[str, Answered | Failed] = {}
    lost = Failed(code=Failure.LOST, detail="the back end gave no answer")
    try:
        for request, outcome in backend.answer(requests) if requests else ():
            outcomes.setdefault(request.digest, outcome)
    except ScorerError as error:
        lost = Failed(code=Failure.UNREACHABLE, detail=type(error).__name__)
    return [_judge(request, outcomes.get(request.digest, lost)) for request in requests]


def _judge(request: Request, outcome: Answered | Failed) -> _Try:
    if isinstance(outcome, Failed):
        return _Try(request, outcome, None, (), outcome.code, outcome.detail)
    try:
        answer = parse(outcome.text)
    except MalformedAnswer as error:
        malformed = Finding(check=Check.FORM, detail="malformed", words=error.fault)
        return _Try(request, outcome, None, (malformed,), error.fault, error.detail)
    return _Try(request, outcome, answer, verify(answer, request.case, request.language))


def _repair(tried: _Try, backend: Backend) -> Request | None:
    """The request to mend an answer; None where there is none to mend."""
    if isinstance(tried.outcome, Failed) or not tried.findings:
        return None
    request = tried.request
    return Request.of(
        request.case, request.language, backend.identity, tried.outcome.text, tried.findings
    )


def _better(first: _Try, second: _Try | None) -> _Try:
    """The try to go by: a repair counts only where it is an answer and has fewer findings."""
    if second is None or second.answer is None:
        return first
    mended = first.answer is None or len(second.findings) < len(first.findings)
    return second if mended else first


def _rationale(first: _Try, second: _Try | None, backend: Backend) -> Rationale:
    tried = _better(first, second)
    case, language = tried.request.case, tried.request.language
    answer, by = tried.answer, backend.name
    told, told_findings = (answer, tried.findings) if answer else (None, ())
    if told is None:
        told, by = template.compose(case, language), template.TemplateBackend.name
    outcomes = [each.outcome for each in (first, second) if each is not None]
    replies = [outcome for outcome in outcomes if isinstance(outcome, Answered)]
    return Rationale(
        application_id=case.application_id,
        status="answered" if answer else _status(tried.outcome),
        code=tried.code,
        detail=tried.detail,
        language=language,
        narrative=narrate(told, case, told_findings, language),
        narrative_by=by,
        findings=tried.findings + case.findings,
        first_findings=first.findings if second is not None else (),
        repaired=second is not None,
        opinion=answer.opinion if answer else None,
        backend=backend.name,
        model=replies[-1].model if replies else "",
        request_digest=tried.request.digest,
        case_digest=case.digest,
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        answer_tokens=sum(reply.answer_tokens for reply in replies),
    )


def _status(outcome: Answered | Failed) -> Literal["failed", "pending"]:
    return "pending" if isinstance(outcome, Failed) and outcome.code.passes else "failed"


class Selection(_Strict):
    """Which scored applications are reasoned about.

    Attributes:
        recommendations: Those whose recommendation is one of these.
        alarms: Those that hit a hard rule, whatever came of it.
        audit_share: A random share of all others, so that approvals are looked at too.
        seed: Of the random sample; an application is in it or not whatever batch it comes in.
        limit: Most cases per call; None for all. What is over it is recorded.
    """

    recommendations: tuple[Literal["approve", "refer", "decline"], ...] = ("refer", "decline")
    alarms: bool = True
    audit_share: float = Described(default=0.02, ge=0, le=1)
    seed: int = Described(default=0, ge=0)
    limit: int | None = Described(default=None, ge=0)


# Under a limit the audit sample goes before declines, or it would never be looked at.
_PRIORITY = ("alarm", "refer", "approve", "audit", "decline")


def select(scores: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """Choose the cases to reason about.

    Args:
        scores: `application_id`, `decision` and `rules` of n scored applications.
        selection: What to choose.

    Returns:
        n rows with the index of `scores`: `application_id`, `selected`, and `why`: `alarm`, a
        recommendation, or `audit` where one is chosen; `over-limit` or `not-chosen` where not.

    Example:
        >>> scores = pd.DataFrame(
        ...     {"application_id": ["a", "b"], "decision": ["refer", "approve"], "rules": ["", ""]}
        ... )
        >>> select(scores, Selection(audit_share=0))["why"].tolist()
        ['refer', 'not-chosen']
    """
    why = np.where(_drawn(scores["application_id"], selection), "audit", "").astype(object)
    decision = scores["decision"].to_numpy(dtype=str)
    why = np.where(np.isin(decision, selection.recommendations), decision, why)
    if selection.alarms:
        why = np.where(scores["rules"].to_numpy(dtype=str) != "", "alarm", why)
    chosen = why != ""
    if selection.limit is not None and chosen.sum() > selection.limit:
        places = [why == reason for reason in _PRIORITY]
        order = np.argsort(np.select(places, range(len(places)), len(places)), kind="stable")
        over = order[selection.limit :]
        why[over] = np.where(chosen[over], "over-limit", "")
        chosen[over] = False
    table = {"application_id": scores["application_id"], "selected": chosen}
    return pd.DataFrame(
        {**table, "why": np.where(why == "", "not-chosen", why)}, index=scores.index
    )


def _drawn(ids: pd.Series, selection: Selection) -> NDArray[np.bool_]:
    """The random sample, by a keyed hash of the id, so that batches do not matter."""
    key = f"{selection.seed % 10**16:016d}"
    hashed = pd.util.hash_array(ids.to_numpy(dtype=object), hash_key=key, categorize=False)
    return hashed.astype(np.float64) / 2.0**64 < selection.audit_share
