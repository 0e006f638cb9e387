"""The seam behind which answers come about: a request goes in, an answer or a failure comes out.

A back end asks; it neither parses nor judges. Whatever goes wrong for one request is a record.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Protocol, Self

from pydantic import BaseModel, ConfigDict

from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning.findings import Finding


class Failure(StrEnum):
    """Why a request got no answer. The first group passes: the case stays pending."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    BUDGET = "budget-used-up"
    LOST = "lost"

    TRUNCATED = "truncated"
    REPETITION = "repetition"
    REFUSED = "refused"
    TOO_LONG = "case-too-long"
    REJECTED = "request-rejected"

    @property
    def passes(self) -> bool:
        """Whether asking again later may bring an answer."""
        return self in _PASSING


_PASSING = frozenset(
    (
        Failure.UNREACHABLE,
        Failure.TIMEOUT,
        Failure.RATE_LIMITED,
        Failure.SERVER_ERROR,
        Failure.BUDGET,
        Failure.LOST,
    )
)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Request(_Strict):
    """One question about one case; make it with `of`.

    Attributes:
        application_id: The application.
        case: Its case file, redacted.
        language: The language to answer in.
        digest: SHA-256 over everything that may change the answer; answers are kept under it.
        previous: The answer that is to be mended, as it came; empty at the first asking.
        complaints: What was wrong with it.
    """

    application_id: str
    case: CaseFile
    language: Language
    digest: str
    previous: str = ""
    complaints: tuple[Finding, ...] = ()

    @classmethod
    def of(
        cls,
        case: CaseFile,
        language: Language,
        identity: str,
        previous: str = "",
        complaints: Sequence[Finding] = (),
    ) -> Self:
        """The request for a case; `identity` is that of the back end it goes to."""
        said = [finding.model_dump(mode="json") for finding in complaints]
        parts = json.dumps([case.digest, language, identity, previous, said], sort_keys=True)
        return cls(
            application_id=case.application_id,
            case=case,
            language=language,
            digest=hashlib.sha256(parts.encode()).hexdigest(),
            previous=previous,
            complaints=tuple(complaints),
        )


class Answered(_Strict):
    """An answer as it came.

    Attributes:
        text: The answer itself, unparsed; the thinking is no part of it.
        thinking: What the model thought, kept apart; never shown as a reason.
        model: The name of what answered.
        prompt_tokens: Tokens read.
        answer_tokens: Tokens written, thinking included.
        finish_reason: Why it ended, in the back end's words.
    """

    text: str
    thinking: str = ""
    model: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    finish_reason: str = "stop"


class Failed(_Strict):
    """No answer. `detail` holds nothing of the case."""

    code: Failure
    detail: str = ""


class Backend(Protocol):
    """Something that answers requests."""

    @property
    def name(self) -> str:
        """What it is called in results, such as `template`."""

    @property
    def identity(self) -> str:
        """Everything about it that may change an answer: prompt, model, sampling, version."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[Request, Answered | Failed]]:
        """Answer requests, in any order, as answers come.

        Raises:
            BackendError: Nothing can be asked at all; what was not answered stays pending.
        """
        ...
