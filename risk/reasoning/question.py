"""What a back end may be asked about a file: the words around it, and the form of the answer."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from risk.reasoning import prompt
from risk.reasoning.backends.base import Request
from risk.reasoning.claims import answer_schema


@dataclass(frozen=True)
class Question:
    """One kind of question; a back end is made for one and answers nothing else.

    Attributes:
        messages: What is sent for a request.
        schema: The JSON schema that the answer is held to; a fresh copy at each call.
        words: SHA-256 over all words that are the same in every request.
    """

    messages: Callable[[Request], tuple[prompt.Message, ...]]
    schema: Callable[[], dict[str, JsonValue]]
    words: Callable[[], str]


CASE = Question(prompt.messages, answer_schema, prompt.digest)
"""What a scored application's case file holds."""


def schema_digest(schema: dict[str, JsonValue]) -> str:
    """SHA-256 over a schema as it is sent."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()
