"""The form in which a case is answered: typed claims, questions, and an opinion.

Values never stand in a claim: a sentence holds slots (`{F3}`), and code fills them in. Whether a
claim is true to the case file is `risk.reasoning.verification`.
"""

import json
import re
from enum import StrEnum
from typing import Annotated, Literal, NoReturn, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator
from pydantic import Field as Described

from risk.errors import AnswerError

MAX_ANSWER_CHARACTERS = 64_000
MAX_SENTENCE_CHARACTERS = 600

Direction = Literal["raises", "lowers", "neutral"]
Stance = Literal["agree", "concern"]
Confidence = Literal["low", "medium", "high"]
NoOpinionReason = Literal["template", "too-little-information", "outside-the-case", "refused"]


class ClaimKind(StrEnum):
    """What a claim is about."""

    SCORE_DRIVER = "score_driver"
    DOCUMENT = "document"
    CONTRADICTION = "contradiction"
    ASSOCIATION = "association"
    MISSING_INFORMATION = "missing_information"
    COUNTER = "counter"


class _Form(BaseModel):
    # Back ends get the schema as a grammar, in which pattern and length forbid quotes and
    # newlines outright (xgrammar), so those two are checked in code and not in the schema.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Quote(_Form):
    """Characters of a document, as they stand there."""

    fact: str
    text: str


class Claim(_Form):
    """One statement about the case.

    Attributes:
        kind: What it is about. `counter` is the strongest case against the score.
        direction: What it means for the risk.
        facts: Ids of the facts it rests on, in the order in which it uses them.
        sentence: One sentence with slots: `{F3}` is the fact's value with its unit (for a score
            fact its wording, for a document fact the quoted sentence), `{F3.label}` its name,
            `{F3.percentile}` its standing among applicants, `{F3.rank}` the rank of a score
            fact, `{Q1}` the claim's first quote. Digits never stand in it.
        quotes: The passages it quotes; a contradiction quotes both sides where both are
            documents.
    """

    kind: ClaimKind = Described(strict=False)
    direction: Direction
    facts: Annotated[tuple[str, ...], Described(strict=False, max_length=16)]
    sentence: str
    quotes: Annotated[tuple[Quote, ...], Described(strict=False, max_length=8)] = ()


class Opinion(_Form):
    """How the whole file looks beside the score's reasons.

    Attributes:
        stance: `agree`: the file bears out the score's reasons. `concern`: it holds something
            that they leave out.
        direction: The side of a concern: the file looks riskier (`raises`) or safer (`lowers`)
            than the reasons say, or cannot be told (`neutral`). `neutral` when agreeing.
        confidence: How sure.
    """

    stance: Stance
    direction: Direction = "neutral"
    confidence: Confidence

    @model_validator(mode="after")
    def _agreement_has_no_side(self) -> Self:
        if self.stance == "agree" and self.direction != "neutral":
            raise ValueError('"agree" goes with direction "neutral"')
        return self


class NoOpinion(_Form):
    """The case was answered without an opinion, and why."""

    no_opinion: NoOpinionReason


class Answer(_Form):
    """All that is said about one case.

    Attributes:
        claims: The claims, the most important first.
        questions: What to ask the applicant; slots as in a claim's sentence.
        opinion: The opinion, or why there is none.
    """

    claims: Annotated[tuple[Claim, ...], Described(strict=False, max_length=16)]
    questions: Annotated[tuple[str, ...], Described(strict=False, max_length=8)] = ()
    opinion: Opinion | NoOpinion


def answer_schema() -> dict[str, JsonValue]:
    """The JSON schema of an answer, as grammar engines take it; a fresh copy at each call."""
    return Answer.model_json_schema()


class Fault(StrEnum):
    """Why a text is no answer."""

    EMPTY = "empty-answer"
    TOO_LONG = "answer-too-long"
    NOT_JSON = "answer-not-json"
    PROSE = "prose-around-json"
    CUT_SHORT = "answer-cut-short"
    DUPLICATE_KEY = "duplicate-key"
    CHARACTERS = "forbidden-characters"
    SCHEMA = "wrong-schema"


class MalformedAnswer(AnswerError):  # noqa: N818 - the tree's word is "answer error"
    """A text that is no answer; `fault` is its type."""

    def __init__(self, fault: Fault, detail: str) -> None:
        """Join type and detail into one message."""
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


def parse(text: str) -> Answer:
    """The answer that a text holds: one JSON object of the schema and nothing else.

    Raises:
        MalformedAnswer: The text is anything else; `.fault` says what. The message never
            repeats the text, which may hold an applicant's data.

    Example:
        >>> parse('{"claims": [], "opinion": {"no_opinion": "refused"}}').opinion
        NoOpinion(no_opinion='refused')
    """
    if not text.strip():
        raise MalformedAnswer(Fault.EMPTY, "nothing was answered")
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise MalformedAnswer(Fault.TOO_LONG, f"more than {MAX_ANSWER_CHARACTERS} characters")
    try:
        raw = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        # From none: the errors of parsers hold the text, and a traceback would show it.
        raise MalformedAnswer(_why_not_json(text, error), f"at character {error.pos}") from None
    except (ValueError, RecursionError):
        raise MalformedAnswer(Fault.NOT_JSON, "numbers or nesting beyond JSON's use") from None
    _refuse_characters(raw)
    try:
        answer = Answer.model_validate(raw)
    except (ValidationError, RecursionError) as error:
        raise MalformedAnswer(Fault.SCHEMA, _where(error)) from None
    if any(len(said) > MAX_SENTENCE_CHARACTERS for said in _sentences(answer)):
        raise MalformedAnswer(Fault.TOO_LONG, f"a sentence over {MAX_SENTENCE_CHARACTERS}")
    return answer


def _sentences(answer: Answer) -> tuple[str, ...]:
    return tuple(claim.sentence for claim in answer.claims) + answer.questions


def _why_not_json(text: str, error: json.JSONDecodeError) -> Fault:
    """Tell a cut-off object from an object with prose around it and from no object at all."""
    start = text.find("{")
    if start < 0:
        return Fault.NOT_JSON
    if text[:start].strip() or error.msg == "Extra data":
        return Fault.PROSE
    unfinished = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
    return Fault.CUT_SHORT if unfinished else Fault.NOT_JSON


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedAnswer(Fault.DUPLICATE_KEY, "a key stands twice in one object")
    return found


def _no_constant(_: str) -> NoReturn:
    raise MalformedAnswer(Fault.NOT_JSON, "NaN and Infinity are no JSON")


# Controls, private use, lone surrogates, bidirectional and zero-width characters: none of them
# belongs in a sentence, and some of them change what a reader sees.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\ue000-\uf8ff\U000e0000-\U000e0fff]"
)


def _refuse_characters(raw: object) -> None:
    """Walk the parsed value without recursion; its depth is the sender's choice."""
    waiting = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and _FORBIDDEN.search(value):
            raise MalformedAnswer(Fault.CHARACTERS, "control or invisible characters")


def _where(error: Exception) -> str:
    """The place of the first schema error, by key names only, never by value."""
    if not isinstance(error, ValidationError):
        return "nested too deeply"
    known = {*Answer.model_fields, *Claim.model_fields, *Quote.model_fields}
    known |= {*Opinion.model_fields, *NoOpinion.model_fields}
    first = error.errors(include_input=False, include_url=False)[0]
    place = [str(p) for p in first["loc"] if isinstance(p, int) or p in known]
    return f"{'.'.join(place) or 'answer'} ({first['type']})"
