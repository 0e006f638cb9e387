"""Replies read apart: thinking, answer, and the type of whatever is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.reasoning.backends.base import Answered, Failed, Failure
from risk.reasoning.backends.reply import Reply, read
from risk.reasoning.profiles import PROFILES, Profile

R1, R1_0528, V3 = (PROFILES[n] for n in ("deepseek-r1", "deepseek-r1-0528", "deepseek-v3"))
ANSWER = '{"claims": []}'


@pytest.mark.parametrize(
    "reply",
    [
        Reply(ANSWER, reasoning="so"),
        Reply(f"\n\n{ANSWER}\n", reasoning="so"),
        Reply(f"<think>so</think>\n{ANSWER}"),
        Reply(f"<think>\nso\n</think>\n\n{ANSWER}"),
        Reply(f"so\n</think>{ANSWER}"),
        Reply(f"<think>so</think>{ANSWER}", reasoning=""),
        Reply(f"<think>so</think>{ANSWER}", reasoning="so"),
    ],
)
@pytest.mark.parametrize("profile", [R1, R1_0528])
def test_thinking_and_answer_are_told_apart_in_every_shape(reply: Reply, profile: Profile) -> None:
    outcome = read(reply, profile)
    assert isinstance(outcome, Answered)
    assert (outcome.thinking, outcome.text) == ("so", ANSWER)


def test_a_mark_inside_the_answer_ends_no_thinking() -> None:
    said = '{"claims": ["</think>"]}'
    outcome = read(Reply(said, reasoning="so"), R1)
    assert isinstance(outcome, Answered)
    assert outcome.text == said
    assert read(Reply(said), V3).model_dump()["text"] == said


def code(reply: Reply, profile: Profile) -> Failure | None:
    outcome = read(reply, profile)
    return outcome.code if isinstance(outcome, Failed) else None


@pytest.mark.parametrize(
    ("reply", "profile", "expected"),
    [
        # The parser saw no end of the thinking: never an answer, however much it looks like one.
        (Reply(None, reasoning=ANSWER), R1, Failure.UNFINISHED_THINKING),
        (Reply(None, reasoning="so", finish_reason="length"), R1, Failure.UNFINISHED_THINKING),
        (Reply("<think>so " + ANSWER), R1_0528, Failure.UNFINISHED_THINKING),
        (Reply("so " + ANSWER), R1, Failure.UNFINISHED_THINKING),
        (Reply("I can't tell yet", finish_reason="length"), R1, Failure.UNFINISHED_THINKING),
        (Reply("我无法判断", finish_reason="length"), R1, Failure.UNFINISHED_THINKING),
        (Reply(None), R1, Failure.UNFINISHED_THINKING),
        (Reply(ANSWER), R1, Failure.NO_THINKING),
        (Reply(ANSWER), R1_0528, Failure.NO_THINKING),
        (Reply(f"<think>\n\n</think>{ANSWER}"), R1, Failure.NO_THINKING),
        (Reply('{"claims"', "so", "length"), R1, Failure.TRUNCATED),
        (Reply('{"claims"', finish_reason="length"), V3, Failure.TRUNCATED),
        (Reply(ANSWER, "so", "repetition"), R1, Failure.REPETITION),
        (Reply("", "so", "content_filter"), R1, Failure.FILTERED),
        (Reply(ANSWER, "so", "abort"), R1, Failure.SERVER_ERROR),
        (Reply(None, None, "insufficient_system_resource"), R1, Failure.SERVER_ERROR),
        (Reply("I'm sorry, but I can't assist.", "so"), R1, Failure.REFUSED),
        (Reply("Sorry, no."), R1, Failure.REFUSED),
        (Reply("很抱歉，我不能回答。"), V3, None),
        (Reply("抱歉，我不能回答。"), V3, Failure.REFUSED),
        (Reply("非常抱歉", "so"), R1, Failure.REFUSED),
        (Reply(None, "so", refusal="no"), R1, Failure.REFUSED),
        (Reply(ANSWER), V3, None),
        (Reply(f"<think>so</think>{ANSWER}"), V3, None),
    ],
)
def test_what_is_no_answer_is_typed(
    reply: Reply, profile: Profile, expected: Failure | None
) -> None:
    assert code(reply, profile) == expected


def test_what_a_bad_reply_cost_is_counted() -> None:
    reply = Reply(None, "so", "length", "m", prompt_tokens=5, answer_tokens=7, seconds=2)
    spent = {"model": "m", "prompt_tokens": 5, "answer_tokens": 7, "seconds": 2}
    assert read(reply, R1).model_dump(include=set(spent)) == spent


texts = st.none() | st.lists(
    st.sampled_from(["<think>", "</think>", ANSWER, "so", " ", "\n", "{", "抱歉"]), max_size=6
).map("".join)


@given(texts, texts, st.sampled_from(["stop", "length", ""]), st.sampled_from([R1, R1_0528, V3]))
def test_whatever_comes_has_one_outcome_and_thoughts_are_never_an_answer(
    content: str | None, reasoning: str | None, finish: str, profile: Profile
) -> None:
    outcome = read(Reply(content, reasoning, finish), profile)
    if isinstance(outcome, Answered) and content is not None:
        assert outcome.text in content
        assert not (profile.thinks and outcome.text and not outcome.thinking.strip())
    if content is None and profile.thinks:
        assert isinstance(outcome, Failed)
