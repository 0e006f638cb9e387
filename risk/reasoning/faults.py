"""Why a text is no answer, and reading the one JSON object that an answer must be.

The object's own form is `risk.reasoning.claims`. No message repeats the text, which may hold an
applicant's data.
"""

import json
import re
from enum import StrEnum
from typing import NoReturn

from risk.errors import AnswerError


class Fault(StrEnum):
    """Why a text is no answer.

    The first group is about the text, the second about its JSON, the third about what the JSON
    holds.
    """

    EMPTY = "empty-answer"
    TOO_LONG = "answer-too-long"
    HTML = "answer-is-html"
    FENCED = "code-fence"
    THINKING = "thinking-in-answer"
    PROSE = "prose-around-json"
    SEVERAL = "several-objects"
    CUT_SHORT = "answer-cut-short"
    LOOP = "answer-loops"

    NOT_JSON = "answer-not-json"
    NOT_FINITE = "number-not-finite"
    TOO_DEEP = "nested-too-deeply"
    NOT_OBJECT = "answer-not-an-object"
    DUPLICATE_KEY = "duplicate-key"
    CHARACTERS = "forbidden-characters"

    OTHER_SCHEMA = "other-schema"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    WRONG_TYPE = "wrong-type"
    UNKNOWN_CHOICE = "unknown-choice"
    TOO_MANY = "too-many-items"
    INCONSISTENT = "opinion-inconsistent"
    SENTENCE = "sentence-too-long"


class MalformedAnswer(AnswerError):  # noqa: N818 - the tree's word is "answer error"
    """A text that is no answer; `fault` is its type."""

    def __init__(self, fault: Fault, detail: str) -> None:
        """Join type and detail into one message."""
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


MAX_DEPTH = 32  # an answer is five deep


def json_object(text: str) -> dict[str, object]:
    """The one JSON object that a text consists of.

    Raises:
        MalformedAnswer: It is anything else, or holds characters that no sentence may.

    Example:
        >>> json_object('{"claims": []}')
        {'claims': []}
    """
    if not text.strip():
        raise MalformedAnswer(Fault.EMPTY, "nothing was answered")
    try:
        raw = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        # From none: the errors of parsers hold the text, and a traceback would show it.
        raise MalformedAnswer(_why_not_json(text, error), f"at character {error.pos}") from None
    except RecursionError:
        raise MalformedAnswer(Fault.TOO_DEEP, f"more than {MAX_DEPTH} levels") from None
    except ValueError:
        raise MalformedAnswer(Fault.NOT_JSON, "a number beyond JSON's use") from None
    if not isinstance(raw, dict):
        raise MalformedAnswer(Fault.NOT_OBJECT, f"a {type(raw).__name__}")
    _refuse_characters(raw)
    return raw


_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|div|p|pre|code|table|br|\?xml)\b", re.I)


def _why_not_json(text: str, error: json.JSONDecodeError) -> Fault:
    """Tell a cut-off object from an object with prose around it and from no object at all."""
    start = text.find("{")
    if _HTML.match(text):
        return Fault.HTML
    if "<think>" in text or "</think>" in text:
        return Fault.THINKING
    if _loops(text):
        return Fault.LOOP
    if start < 0:
        return Fault.NOT_JSON
    if text.lstrip().startswith("```"):
        return Fault.FENCED
    if error.msg == "Extra data" and not text[:start].strip():
        return Fault.SEVERAL if text[error.pos :].lstrip().startswith("{") else Fault.PROSE
    if text[:start].strip():
        return Fault.PROSE
    unfinished = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
    return Fault.CUT_SHORT if unfinished else Fault.NOT_JSON


_LONGEST_PERIOD, _ROUNDS = 400, 8


def _loops(text: str) -> bool:
    """Whether a text ends in the same words over and over."""
    tail = text.rstrip()[-_LONGEST_PERIOD * _ROUNDS :]
    for period in range(1, len(tail) // _ROUNDS + 1):
        # What ends in eight equal pieces equals itself moved by one of them.
        end = tail[-period * _ROUNDS :]
        if period * _ROUNDS >= 24 and end[period:] == end[:-period] and end.strip():
            return True
    return False


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedAnswer(Fault.DUPLICATE_KEY, "a key stands twice in one object")
    return found


def _no_constant(_: str) -> NoReturn:
    raise MalformedAnswer(Fault.NOT_FINITE, "NaN and Infinity are no JSON")


# Controls, private use, lone surrogates, bidirectional and zero-width characters: none of them
# belongs in a sentence, and some of them change what a reader sees.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\ue000-\uf8ff\U000e0000-\U000e0fff]"
)


def _refuse_characters(raw: object) -> None:
    """Walk the parsed value without recursion; its depth is the sender's choice."""
    waiting = [(raw, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise MalformedAnswer(Fault.TOO_DEEP, f"more than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for part in (*value, *value.values())]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str) and _FORBIDDEN.search(value):
            raise MalformedAnswer(Fault.CHARACTERS, "control or invisible characters")
