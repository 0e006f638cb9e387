"""The question about papers: its words, its schema, and what is no answer to it."""

import json

import pytest

from features.language import LANGUAGES, Language
from risk.casefile import CaseFile
from risk.reasoning import prompt, proposals
from risk.reasoning.backends.base import Request
from risk.reasoning.backends.wire import wire_schema
from risk.reasoning.faults import Fault, MalformedAnswer
from risk.reasoning.question import CASE

SAID = {"field": "F1", "fact": "F2", "quote": "8,000元"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_hold_the_case_once(cases: list[CaseFile], language: Language) -> None:
    (only,) = proposals.messages(Request.of(cases[0], language, "x"))
    assert only.content.count(prompt.told(cases[0], language)) == 1
    assert "{{" not in only.content
    assert proposals.template(language).count("{{case}}") == 1


def test_its_answers_are_never_taken_for_those_about_a_case() -> None:
    assert proposals.PAPERS.words() != CASE.words()
    assert wire_schema(proposals.PAPERS) != wire_schema()


def test_the_schema_bounds_the_list_and_leaves_texts_free() -> None:
    schema = json.dumps(proposals.proposals_schema())
    assert f'"maxItems": {proposals.MOST}' in schema
    assert not any(key in schema for key in ('"pattern"', '"minLength"', '"maxLength"'))


def test_an_answer_of_the_schema_is_read() -> None:
    found = proposals.parse(json.dumps({"proposals": [SAID] * proposals.MOST}))
    assert found.proposals[0].quote == "8,000元"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        ("{}", Fault.OTHER_SCHEMA),
        (json.dumps({"proposals": [SAID | {"value": 1}]}), Fault.OTHER_SCHEMA),
        (json.dumps({"proposals": [SAID | {"quote": 8000}]}), Fault.OTHER_SCHEMA),
        (json.dumps({"proposals": [SAID] * (proposals.MOST + 1)}), Fault.OTHER_SCHEMA),
        (json.dumps({"proposals": [SAID | {"quote": "\u202e8"}]}), Fault.CHARACTERS),
        ('{"proposals": [' + json.dumps(SAID) + ",", Fault.CUT_SHORT),
    ],
)
def test_what_is_none_is_refused_without_its_words(text: str, fault: Fault) -> None:
    with pytest.raises(MalformedAnswer) as refused:
        proposals.parse(text)
    assert refused.value.fault == fault
    assert "8,000" not in str(refused.value)
