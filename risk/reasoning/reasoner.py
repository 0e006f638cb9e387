"""The reasoning pass on one page: ask, parse, verify, repair once, narrate.

Failure is data: every case ends in a `Rationale`. Where no answer came, its text is the
template's and is marked as such.
"""

import hashlib
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from features.language import Language
from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.reasoning.backends import template
from risk.reasoning.backends.base import Answered, Backend, Failed, Failure, Outcome, Request
from risk.reasoning.claims import Answer, NoOpinion, Opinion, parse
from risk.reasoning.faults import MalformedAnswer
from risk.reasoning.findings import Check, Finding
from risk.reasoning.narrative import Narrative, narrate
from risk.reasoning.verification import verify

logger = logging.getLogger(__name__)

WINDOW = 2_048
_DETAIL = 300


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
        light_model: The light model that saw the case first, where two were asked.
        finish_reason: Why the last answer ended, in the back end's words.
        request_digest: Of the request gone by; its answer is kept under it.
        case_digest: Of the case file.
        evidence_digest: SHA-256 over all that was used: case file, back end, and what it replied.
        prompt_tokens: Tokens read, over both tries.
        answer_tokens: Tokens written, over both tries.
        seconds: Time the model took, over both tries.
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
    light_model: str = ""
    finish_reason: str = ""
    request_digest: str
    case_digest: str
    evidence_digest: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0


class _Try(NamedTuple):
    """One asking and what became of it; `answer` is None where there is none."""

    request: Request
    outcome: Outcome
    answer: Answer | None
    findings: tuple[Finding, ...]
    code: str = ""
    detail: str = ""


def reason(
    cases: Iterable[CaseFile], backend: Backend, language: Language, window: int = WINDOW
) -> Iterator[Rationale]:
    """Reason about cases; one record for each, in their order.

    Args:
        cases: The case files; read only as the back end has room for them.
        backend: What answers.
        language: The language to answer in.
        window: Most cases between the first unanswered and the last one asked, which bounds the
            memory in use.
    """
    work = _Pass(cases, backend, language, window)
    lost = Failed(code=Failure.LOST, detail="the back end gave no answer")
    try:
        for request, outcome in backend.answer(work.requests()):
            work.settle(request, outcome)
            yield from work.ready()
    except BackendError as error:
        # Such a message names settings and addresses, never a case.
        lost = Failed(code=Failure.UNREACHABLE, detail=str(error)[:_DETAIL])
        logger.error("nothing more can be asked: %s", error)
    yield from work.rest(lost)


class _Asked(NamedTuple):
    """A request under way: the place of its case, and the try that it is to mend."""

    place: int
    request: Request
    first: _Try | None


class _Pass:
    """The books of one pass: what is to be asked, what is under way, what is done and may go."""

    def __init__(
        self, cases: Iterable[CaseFile], backend: Backend, language: Language, window: int
    ) -> None:
        self._cases = enumerate(cases)
        self._backend, self._language, self._window = backend, language, window
        self._mends: deque[_Asked] = deque()
        self._under_way: dict[str, list[_Asked]] = {}
        self._done: dict[int, Rationale] = {}
        self._started = self._settled = self._told = 0

    def requests(self) -> Iterator[Request | None]:
        """What to ask next: repairs first; None while only answers under way can bring more."""
        settled = -1
        while True:
            asked = self._next()
            if asked is not None:
                self._under_way.setdefault(asked.request.digest, []).append(asked)
                yield asked.request
            elif self._under_way and settled != self._settled:
                settled = self._settled
                yield None
            else:
                # All is answered, or the back end waits for an answer that it has lost.
                return

    def _next(self) -> _Asked | None:
        if self._mends:
            return self._mends.popleft()
        if self._started - self._told >= self._window:
            return None
        return next(self._new(), None)

    def _new(self) -> Iterator[_Asked]:
        for place, case in self._cases:
            self._started = place + 1
            yield _Asked(place, Request.of(case, self._language, self._backend.identity), None)

    def settle(self, request: Request, outcome: Outcome) -> None:
        """Take an outcome; what was never asked, or was answered before, is passed over."""
        self._settled += 1
        waiting = self._under_way.get(request.digest)
        if not waiting:
            return
        asked = waiting.pop()
        if not waiting:
            del self._under_way[request.digest]
        tried = _judge(asked.request, outcome)
        mend = _mend(tried, self._backend) if asked.first is None else None
        if mend is not None:
            self._mends.append(_Asked(asked.place, mend, tried))
            return
        first, second = (tried, None) if asked.first is None else (asked.first, tried)
        self._done[asked.place] = _rationale(first, second, self._backend)

    def ready(self) -> Iterator[Rationale]:
        """What is done and has no unfinished case before it."""
        while (made := self._done.pop(self._told, None)) is not None:
            self._told += 1
            yield made

    def rest(self, lost: Failed) -> Iterator[Rationale]:
        """Everything that has no answer, as lost; nothing where the back end did its work."""
        for asked in [*self._mends, *(a for each in self._under_way.values() for a in each)]:
            tried = _judge(asked.request, lost)
            first, second = (tried, None) if asked.first is None else (asked.first, tried)
            self._done[asked.place] = _rationale(first, second, self._backend)
        yield from self.ready()
        for asked in self._new():
            yield _rationale(_judge(asked.request, lost), None, self._backend)


def _judge(request: Request, outcome: Outcome) -> _Try:
    if isinstance(outcome, Failed):
        findings = (_malformed(outcome.code),) if outcome.code.worth_another_try else ()
        return _Try(request, outcome, None, findings, outcome.code, outcome.detail)
    try:
        answer = parse(outcome.text)
    except MalformedAnswer as error:
        found = (_malformed(error.fault),)
        return _Try(request, outcome, None, found, error.fault, error.detail)
    return _Try(request, outcome, answer, verify(answer, request.case, request.language))


def _malformed(what: str) -> Finding:
    return Finding(check=Check.FORM, detail="malformed", words=what)


def _mend(tried: _Try, backend: Backend) -> Request | None:
    """The request that sends an answer back; None where nothing is wrong, or nothing came."""
    if not tried.findings:
        return None
    request = tried.request
    previous = tried.outcome.text if isinstance(tried.outcome, Answered) else ""
    return Request.of(request.case, request.language, backend.identity, previous, tried.findings)


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
    tries = [each for each in (first, second) if each is not None]
    outcomes = [each.outcome for each in tries]
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
        model=next((o.model for o in reversed(outcomes) if o.model), ""),
        finish_reason=_finish(outcomes),
        request_digest=tried.request.digest,
        case_digest=case.digest,
        evidence_digest=_evidence(tries),
        prompt_tokens=sum(outcome.prompt_tokens for outcome in outcomes),
        answer_tokens=sum(outcome.answer_tokens for outcome in outcomes),
        seconds=sum(outcome.seconds for outcome in outcomes),
    )


def _finish(outcomes: Sequence[Outcome]) -> str:
    said = [each.finish_reason for each in outcomes if isinstance(each, Answered)]
    return said[-1] if said else ""


def _evidence(tries: Sequence[_Try]) -> str:
    """A request's digest covers case, language and back end; the outcome is what came back."""
    # Thinking is no evidence, and may be forgotten while the answer stays.
    outcomes = [each.outcome.model_dump_json(exclude={"thinking"}) for each in tries]
    used = [each.request.digest for each in tries] + outcomes
    return hashlib.sha256("\0".join(used).encode()).hexdigest()


def _status(outcome: Outcome) -> Literal["failed", "pending"]:
    return "pending" if isinstance(outcome, Failed) and outcome.code.passes else "failed"
