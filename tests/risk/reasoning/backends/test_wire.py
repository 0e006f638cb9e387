"""Whatever bytes and statuses come back, they become an outcome or name a setting."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.errors import BackendError
from risk.reasoning.backends.base import Answered, Failed, Failure
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.backends.wire import Completion, refused, understood, wire_schema
from risk.reasoning.claims import answer_schema
from risk.reasoning.profiles import PROFILES

SETTINGS = ServerSettings(url="http://h/v1", model="m", profile="deepseek-r1")
R1 = PROFILES["deepseek-r1"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
keys = st.sampled_from(["message", "content", "finish_reason", "reasoning", "index"])


def test_the_schema_on_the_wire_says_the_same_and_nothing_to_people() -> None:
    def keys(schema: object) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(keys, schema))
        if not isinstance(schema, dict):
            return set()
        return set(schema).union(*map(keys, schema.values()))

    trimmed = wire_schema()
    assert not keys(trimmed) & {"title", "description", "pattern", "minLength", "maxLength"}
    assert len(json.dumps(trimmed)) < 0.6 * len(json.dumps(answer_schema()))
    assert set(trimmed["$defs"]["Claim"]["properties"]) == {
        "kind", "direction", "facts", "sentence", "quotes",
    }  # fmt: skip
    assert trimmed["required"] == answer_schema()["required"]


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_bytes_that_are_no_completion_are_garbled(content: bytes) -> None:
    outcome = understood(content, R1, 0.1).outcome
    assert isinstance(outcome, Failed)
    assert outcome.code is Failure.GARBLED


@given(st.lists(st.dictionaries(keys, json_values), max_size=2), json_values)
def test_a_completion_in_pieces_never_raises(choices: list[object], usage: object) -> None:
    content = json.dumps({"choices": choices, "usage": usage}).encode()
    assert isinstance(understood(content, R1, 0.1).outcome, Answered | Failed)


def test_nothing_that_was_sent_stands_in_the_detail() -> None:
    outcome = understood(
        b'{"choices": [{"message": {"content": 5}}], "x": "secret"}', R1, 1
    ).outcome
    assert isinstance(outcome, Failed)
    assert outcome.detail == "no chat completion (string_type)"


@pytest.mark.parametrize("word", ["stop", "length", "content_filter"])
def test_words_of_the_server_about_the_end_are_not_repeated(word: str) -> None:
    for said, kept in ((word, word), (f"{word}: 13800138000", "other"), ("王小明", "other")):
        body = {"choices": [{"message": {"content": "{}"}, "finish_reason": said}]}
        assert Completion.model_validate(body).reply(1.0).finish_reason == kept


def test_text_in_parts_and_numbers_left_out_are_read() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    body = {"choices": [{"message": {"content": parts}}], "usage": {"prompt_tokens": None}}
    reply = Completion.model_validate(body).reply(1.0)
    assert (reply.content, reply.prompt_tokens, reply.answer_tokens) == ("ab", 0, 0)
    assert (reply.finish_reason, reply.model) == ("", "")


@given(st.integers(300, 599), st.text(max_size=50))
def test_every_bad_status_is_an_outcome_or_names_what_to_change(status: int, said: str) -> None:
    if status < 400 or status in (401, 402, 403, 404, 405):
        with pytest.raises(BackendError, match=r"url|model|api key"):
            refused(status, said, 0.0, SETTINGS)
        return
    tried = refused(status, said, 0.0, SETTINGS)
    assert isinstance(tried.outcome, Failed)
    assert tried.outcome.detail == f"HTTP {status}"
    assert tried.overloaded == (status in (408, 425, 429, 503, 529))


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (400, "the model does not support this", Failure.REJECTED),
        (400, "max_model_len exceeded; model not found in cache", Failure.TOO_LONG),
        (413, "", Failure.TOO_LONG),
        (422, "top_p must be in (0, 1]", Failure.REJECTED),
    ],
)
def test_a_rejection_is_told_from_a_length(status: int, said: str, code: Failure) -> None:
    outcome = refused(status, said, 0.0, SETTINGS).outcome
    assert isinstance(outcome, Failed)
    assert outcome.code is code
