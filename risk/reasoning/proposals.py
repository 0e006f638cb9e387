"""What a model proposes for the open fields of an applicant's papers: quotes, and never values.

A proposal names a field, a sentence and the words in it. Whether the words stand there is looked
up in the papers by whoever asked; here is only what is asked, and reading what comes back.
"""

import hashlib
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic import Field as Described

from features.language import LANGUAGES, Language
from risk.reasoning.backends.base import Request
from risk.reasoning.claims import MAX_ANSWER_CHARACTERS
from risk.reasoning.faults import Fault, MalformedAnswer, json_object
from risk.reasoning.prompt import Message, told
from risk.reasoning.question import Question

MOST = 64
_PLACE = "{{case}}"


class _Form(BaseModel):
    # As in `claims`: neither pattern nor length, which grammars of xgrammar cannot take.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Proposal(_Form):
    """A quote that may give the value of a field.

    Attributes:
        field: Id of the form fact.
        fact: Id of the document fact, the sentence of a paper.
        quote: Words of that sentence.
    """

    field: str
    fact: str
    quote: str


class Proposals(_Form):
    """All that is proposed for one applicant."""

    proposals: Annotated[tuple[Proposal, ...], Described(strict=False, max_length=MOST)]


def parse(text: str) -> Proposals:
    """The proposals that a text holds: one JSON object of the schema and nothing else.

    Raises:
        MalformedAnswer: The text is anything else; the message never repeats it.

    Example:
        >>> parse('{"proposals": []}').proposals
        ()
    """
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise MalformedAnswer(Fault.TOO_LONG, f"more than {MAX_ANSWER_CHARACTERS} characters")
    raw = json_object(text)
    try:
        return Proposals.model_validate(raw)
    except ValidationError as error:
        # From none: pydantic's errors hold the text, and a traceback would show it.
        kind = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise MalformedAnswer(Fault.OTHER_SCHEMA, kind["type"]) from None


def messages(request: Request) -> tuple[Message, ...]:
    """What is sent for a request: the words, with the open fields and the papers in them."""
    before, after = template(request.language).split(_PLACE)
    return (Message("user", before + told(request.case, request.language) + after),)


@cache
def template(language: Language) -> str:
    """The words around the papers, with `{{case}}` where these go."""
    place = resources.files("risk.reasoning") / "prompts" / f"papers_{language}.md"
    return place.read_text("utf-8")


@cache
def digest() -> str:
    """SHA-256 over the words of every language."""
    return hashlib.sha256("\0".join(map(template, LANGUAGES)).encode()).hexdigest()


def proposals_schema() -> dict[str, JsonValue]:
    """The JSON schema of an answer; a fresh copy at each call."""
    return Proposals.model_json_schema()


PAPERS = Question(messages, proposals_schema, digest)
"""What an applicant's papers say of the fields that no rule could settle."""
