"""An answer is one JSON object of the schema, or a typed fault."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import AnswerError
from risk.reasoning.claims import (
    MAX_ANSWER_CHARACTERS,
    MAX_SENTENCE_CHARACTERS,
    Answer,
    parse,
)
from risk.reasoning.faults import Fault, MalformedAnswer

CLAIM = {"kind": "document", "direction": "neutral", "facts": ["F1"], "sentence": "{F1}"}
OPINION = {"stance": "concern", "direction": "raises", "confidence": "low"}
GOOD = {"claims": [CLAIM], "questions": ["{F1}?"], "opinion": OPINION}


def with_(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


def with_claim(**changes: object) -> str:
    return with_(claims=[{**CLAIM, **changes}])


def test_a_good_answer_survives_the_round_trip() -> None:
    answer = parse(json.dumps(GOOD))
    assert parse(answer.model_dump_json()) == answer


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        (" \n", Fault.EMPTY),
        ("I cannot help with that.", Fault.NOT_JSON),
        ("<html>", Fault.HTML),
        ("[]", Fault.NOT_OBJECT),
        ("null", Fault.NOT_OBJECT),
        ("3", Fault.NOT_OBJECT),
        (json.dumps(GOOD)[:-5], Fault.CUT_SHORT),
        ('{"claims": [{"sentence": "so far', Fault.CUT_SHORT),
        ("Here it is: " + json.dumps(GOOD), Fault.PROSE),
        (json.dumps(GOOD) + " Hope it helps", Fault.PROSE),
        ("```json\n" + json.dumps(GOOD) + "\n```", Fault.FENCED),
        ("{'claims': []}", Fault.NOT_JSON),
        ('{"claims": NaN}', Fault.NOT_FINITE),
        ('{"a": 1, "a": 2}', Fault.DUPLICATE_KEY),
        ("[" * 60_000, Fault.TOO_DEEP),
        ('{"a":' * 9_000, Fault.TOO_DEEP),
        ("9" * 10_000, Fault.NOT_JSON),
        (" " + "x" * MAX_ANSWER_CHARACTERS, Fault.TOO_LONG),
        (with_(verdict="approve"), Fault.UNKNOWN_KEY),
        (with_(opinion={"stance": "approve", "confidence": "high"}), Fault.UNKNOWN_CHOICE),
        (with_(opinion={**OPINION, "stance": "agree"}), Fault.INCONSISTENT),
        (with_(opinion={"no_opinion": "because"}), Fault.UNKNOWN_CHOICE),
        (with_(opinion=None), Fault.WRONG_TYPE),
        (with_(claims=[CLAIM] * 17), Fault.TOO_MANY),
        (with_claim(kind="approval"), Fault.UNKNOWN_CHOICE),
        (with_claim(direction="up"), Fault.UNKNOWN_CHOICE),
        (with_claim(facts="F1"), Fault.WRONG_TYPE),
        (with_claim(facts=[1]), Fault.WRONG_TYPE),
        (with_claim(sentence=3), Fault.WRONG_TYPE),
        (with_claim(sentence="x" * (MAX_SENTENCE_CHARACTERS + 1)), Fault.SENTENCE),
        (with_claim(sentence="a\u0000b"), Fault.CHARACTERS),
        (with_claim(sentence="a\u202eb"), Fault.CHARACTERS),
        (with_claim(sentence="a\u200bb"), Fault.CHARACTERS),
        (with_claim(sentence="\ud800"), Fault.CHARACTERS),
    ],
)
def test_every_bad_answer_has_its_fault(text: str, fault: Fault) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        parse(text)
    assert caught.value.fault is fault
    assert isinstance(caught.value, AnswerError)


def test_a_fault_never_repeats_the_answer() -> None:
    name = "王小明"
    for text in (with_(**{name: 1}), with_claim(kind=name), name, f'{{"{name}": '):
        with pytest.raises(MalformedAnswer) as caught:
            parse(text)
        assert name not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["F1", "raises"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*GOOD, *CLAIM, *OPINION]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.text() | json_values.map(json.dumps))
def test_whatever_comes_is_an_answer_or_a_fault(text: str) -> None:
    with suppress(MalformedAnswer):
        assert isinstance(parse(text), Answer)


def test_the_schema_uses_nothing_that_a_grammar_cannot_hold() -> None:
    schema = json.dumps(Answer.model_json_schema())
    assert "minLength" not in schema
    assert "maxLength" not in schema
    assert "pattern" not in schema
    assert "maxItems" in schema
