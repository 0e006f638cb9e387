"""A case as the chat messages that a reasoning model reads.

The words stand in `prompts/`, one file a language, and come first, so that all cases share a
prefix; the case follows. No system message: DeepSeek advises against one for R1. Neither PD nor
recommendation nor application id is told.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Literal, NamedTuple

from features.language import LANGUAGES, Language, catalogue
from risk.casefile import CaseFile, Fact
from risk.display import standing
from risk.reasoning import clauses
from risk.reasoning.backends.base import Request

_PLACE, _CLAUSES = "{{case}}", "{{clauses}}"


class Message(NamedTuple):
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


def messages(request: Request) -> tuple[Message, ...]:
    """What is sent for a request: the case, and for a repair the answer and what was wrong.

    Example:
        >>> template("en").count("{{case}}")
        1
    """
    before, after = template(request.language).split(_PLACE)
    asked = Message("user", before + told(request.case, request.language) + after)
    if not request.complaints:
        return (asked,)
    mend = _say(request.language, "mend", complaints="\n".join(_complaints(request)))
    if not request.previous:
        # What came before was no answer; showing it again would only repeat it.
        return (Message("user", f"{asked.content}\n\n{mend}"),)
    return asked, Message("assistant", request.previous), Message("user", mend)


@cache
def template(language: Language) -> str:
    """The prompt's words, with `{{case}}` where the case goes."""
    words = (resources.files("risk.reasoning") / "prompts" / f"{language}.md").read_text("utf-8")
    return words.replace(_CLAUSES, clauses.listed(language))


@cache
def digest() -> str:
    """SHA-256 over the words of every language and the way in which a case is told."""
    words = [template(language) for language in LANGUAGES]
    words += [text for key, text in _phrases() if key.startswith("prompt.")]
    return hashlib.sha256("\0".join([_FORM, *words]).encode()).hexdigest()


_FORM = "case/1"  # raised when `told` lays a case out in another way


def _phrases() -> Iterator[tuple[str, str]]:
    for key, text in sorted(catalogue("risk").texts.items()):
        yield key, f"{key}\0{text.zh}\0{text.en}"


def told(case: CaseFile, language: Language) -> str:
    """The case as the model reads it: facts a line each, documents between fences."""
    lines = [_line(fact, language) for fact in case.facts if fact.kind != "document"]
    for _, sentences in groupby(case.of_kind("document"), key=lambda fact: fact.document):
        lines += _document(list(sentences), language)
    return "\n".join(lines)


def _line(fact: Fact, language: Language) -> str:
    kind = _say(language, f"kind.{fact.kind}")
    label, value = fact.label.in_(language), fact.display.in_(language)
    if fact.kind == "score":
        how = _say(language, fact.direction, rank=fact.rank)
        return f"{fact.id} [{kind}] {label} | {how} | {value}"
    place = ""
    if fact.below is not None and fact.above is not None:
        place = f" | {standing(fact.below, fact.above, language)}"
    return f"{fact.id} [{kind}] {label} | {value}{place}"


def _document(sentences: list[Fact], language: Language) -> Iterator[str]:
    # The form in which DeepSeek's own prompts hand over files.
    yield ""
    yield f"[file name]: {sentences[0].label.in_(language)}"
    yield "[file content begin]"
    for fact in sentences:
        yield f"{fact.id}: {fact.value}"
    yield "[file content end]"


def _complaints(request: Request) -> Iterator[str]:
    for finding in request.complaints:
        place = ""
        if finding.claim is not None:
            place = _say(request.language, "claim", number=finding.claim + 1)
        if finding.question is not None:
            place = _say(request.language, "question", number=finding.question + 1)
        yield f"- {place}{finding.worded(request.language)}"


def _say(language: Language, key: str, **values: object) -> str:
    return catalogue("risk").text(language, f"prompt.{key}", **values)
