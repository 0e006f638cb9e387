"""The seam behind which answers come about: a request goes in, an answer or a failure comes out.

A back end asks; it neither parses nor judges. Whatever goes wrong for one request is a record.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Protocol, Self

from pydantic import BaseModel, ConfigDict

from features.language import Language
from risk.casefile import CaseFile
from risk.reasoning.findings import Finding


class Failure(StrEnum):
    """Why a request got no answer.

    The first group passes: asking again later may bring an answer, and the case stays pending.
    The second is about the reply itself, which is asked for once more. The third stays.
    """

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    GARBLED = "reply-garbled"
    BUDGET = "budget-used-up"
    DEADLINE = "deadline"
    LOST = "lost"
    NOT_ASKED = "not-asked"

    UNFINISHED_THINKING = "thinking-unfinished"
    NO_THINKING = "thinking-empty"
    TRUNCATED = "truncated"
    REPETITION = "repetition"
    REFUSED = "refused"

    FILTERED = "content-filtered"
    TOO_LONG = "case-too-long"
    REJECTED = "request-rejected"

    @property
    def passes(self) -> bool:
        """Whether asking again later may bring an answer."""
        return self in _PASSING

    @property
    def worth_another_try(self) -> bool:
        """Whether the model answered, and badly: it is asked once more."""
        return self in _BAD_REPLY


_PASSING = frozenset(
    (
        Failure.UNREACHABLE,
        Failure.TIMEOUT,
        Failure.RATE_LIMITED,
        Failure.SERVER_ERROR,
        Failure.GARBLED,
        Failure.BUDGET,
        Failure.DEADLINE,
        Failure.LOST,
        Failure.NOT_ASKED,
    )
)
_BAD_REPLY = frozenset(
    (
        Failure.UNFINISHED_THINKING,
        Failure.NO_THINKING,
        Failure.TRUNCATED,
        Failure.REPETITION,
        Failure.REFUSED,
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
        seconds: From asking to the end of the answer, retries left out.
        finish_reason: Why it ended, in the back end's words.
    """

    text: str
    thinking: str = ""
    model: str
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    finish_reason: str = "stop"


class Failed(_Strict):
    """No answer. `detail` holds nothing of the case.

    What a bad reply cost is counted too: tokens and seconds as in `Answered`.
    """

    code: Failure
    detail: str = ""
    model: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0


Outcome = Answered | Failed


class Backend(Protocol):
    """Something that answers requests."""

    @property
    def name(self) -> str:
        """What it is called in results, such as `template`."""

    @property
    def identity(self) -> str:
        """Everything about it that may change an answer: prompt, model, sampling, version."""

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Answer requests, in any order, as answers come.

        Requests are taken one by one, by the caller's thread, and only as there is room for
        them. Where the next item is None, there is nothing to ask until one of the answers under
        way has been handed over: yield one, then take the next item. Whoever asks gives None
        only while an answer is under way.

        Raises:
            BackendError: Nothing can be asked at all; what was not answered stays pending.
        """
        ...
