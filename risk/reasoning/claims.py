"""The form in which a case is answered: typed claims, questions, and an opinion.

Values never stand in a claim: a sentence holds slots (`{F3}`), and code fills them in. Whether a
claim is true to the case file is `risk.reasoning.verification`.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator
from pydantic import Field as Described

from risk.reasoning.faults import Fault, MalformedAnswer, json_object

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


def parse(text: str) -> Answer:
    """The answer that a text holds: one JSON object of the schema and nothing else.

    Raises:
        MalformedAnswer: The text is anything else; `.fault` says what. The message never
            repeats the text, which may hold an applicant's data.

    Example:
        >>> parse('{"claims": [], "opinion": {"no_opinion": "refused"}}').opinion
        NoOpinion(no_opinion='refused')
    """
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise MalformedAnswer(Fault.TOO_LONG, f"more than {MAX_ANSWER_CHARACTERS} characters")
    raw = json_object(text)
    try:
        answer = Answer.model_validate(raw)
    except ValidationError as error:
        # From none: pydantic's errors hold the text, and a traceback would show it.
        raise _misshapen(raw, error) from None
    if any(len(said) > MAX_SENTENCE_CHARACTERS for said in _sentences(answer)):
        raise MalformedAnswer(Fault.SENTENCE, f"a sentence over {MAX_SENTENCE_CHARACTERS}")
    return answer


def _sentences(answer: Answer) -> tuple[str, ...]:
    return tuple(claim.sentence for claim in answer.claims) + answer.questions


_FAULTS = {
    "extra_forbidden": Fault.UNKNOWN_KEY,
    "missing": Fault.MISSING_KEY,
    "literal_error": Fault.UNKNOWN_CHOICE,
    "enum": Fault.UNKNOWN_CHOICE,
    "too_long": Fault.TOO_MANY,
    "value_error": Fault.INCONSISTENT,
}


def _misshapen(raw: dict[str, object], error: ValidationError) -> MalformedAnswer:
    """What of the schema an object offends first, by key names only, never by value."""
    if not raw.keys() & {"claims", "opinion"}:
        return MalformedAnswer(Fault.OTHER_SCHEMA, "neither claims nor opinion")
    # Of the two forms of an opinion, the one that was meant tells what is wrong.
    opinion = raw.get("opinion")
    none_meant = isinstance(opinion, dict) and "no_opinion" in opinion
    errors = error.errors(include_input=False, include_url=False)
    meant = (
        e for e in errors if e["loc"][0] != "opinion" or ("NoOpinion" in e["loc"]) == none_meant
    )
    first = next(meant, errors[0])
    known = {*Answer.model_fields, *Claim.model_fields, *Quote.model_fields}
    known |= {*Opinion.model_fields, *NoOpinion.model_fields}
    place = [str(part) for part in first["loc"] if isinstance(part, int) or part in known]
    where = f"{'.'.join(place) or 'answer'} ({first['type']})"
    return MalformedAnswer(_FAULTS.get(first["type"], Fault.WRONG_TYPE), where)
