"""Requests on an engine: each ends once, within the budget, the time, and the room."""

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.casefile import CaseFile
from risk.reasoning import prompt
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.reply import Reply
from risk.reasoning.backends.under_way import (
    EngineDiedError,
    Limits,
    RefusedError,
    Rendered,
    answer,
)
from risk.reasoning.profiles import Profile

PROFILE = Profile(name="p", thinking_tokens=10, answer_tokens=256, context_tokens=8_192)
ANSWER = "I think</think>{}"


class Scripted:
    """An engine that finishes one request a step, the last one asked first."""

    def __init__(self, prompt_tokens: int = 100, reply: str = "stop", dies_after: int = -1) -> None:
        self.prompt_tokens, self.reply, self.dies_after = prompt_tokens, reply, dies_after
        self.at_work: list[str] = []
        self.most = self.asked = 0
        self.dropped: list[str] = []

    def render(self, messages: Sequence[prompt.Message]) -> Rendered:
        if self.reply == "refuse":
            raise RefusedError("ValueError")
        return Rendered([message._asdict() for message in messages], self.prompt_tokens)

    def ask(self, rendered: Rendered) -> str:
        if self.asked == self.dies_after:
            raise EngineDiedError("it died")
        self.asked += 1
        self.at_work.append(str(self.asked))
        self.most = max(self.most, len(self.at_work))
        return self.at_work[-1]

    def finished(self) -> Iterator[tuple[str, Reply]]:
        if self.dies_after == 0:
            raise EngineDiedError("it died")
        yield (
            self.at_work.pop(),
            Reply(
                ANSWER, finish_reason=self.reply, prompt_tokens=self.prompt_tokens, answer_tokens=9
            ),
        )

    def drop(self, numbers: Sequence[str]) -> None:
        self.dropped += numbers
        self.at_work = [number for number in self.at_work if number not in numbers]


def asked(cases: list[CaseFile], count: int) -> list[Request]:
    return [Request.of(case, "zh", "i") for case in cases[:count]]


def codes(got: list[tuple[Request, Outcome]]) -> list[Failure]:
    return [outcome.code for _, outcome in got if isinstance(outcome, Failed)]


@settings(max_examples=40)
@given(
    count=st.integers(0, 30),
    concurrency=st.integers(1, 9),
    budget=st.none() | st.integers(1, 4_000),
)
def test_each_request_ends_once_and_no_bound_is_broken(
    cases: list[CaseFile], count: int, concurrency: int, budget: int | None
) -> None:
    engine = Scripted()
    got = list(answer(engine, asked(cases, count), PROFILE, Limits(concurrency, budget)))
    assert sorted(r.application_id for r, _ in got) == sorted(
        case.application_id for case in cases[:count]
    )
    assert engine.most <= concurrency
    spent = sum(o.prompt_tokens + o.answer_tokens for _, o in got)
    assert spent <= (budget or spent)
    assert set(codes(got)) <= {Failure.BUDGET}
    if budget is None:
        assert all(isinstance(o, Answered) for _, o in got)


def test_requests_are_taken_only_as_there_is_room(cases: list[CaseFile]) -> None:
    taken = []

    def source() -> Iterator[Request]:
        for request in asked(cases, 20):
            taken.append(request)
            yield request

    going = answer(Scripted(), source(), PROFILE, Limits(4))
    next(going)
    assert len(taken) == 4


def test_none_waits_for_an_answer_before_the_next_request(cases: list[CaseFile]) -> None:
    first, second = asked(cases, 2)
    got: list[str] = []

    def source() -> Iterator[Request | None]:
        yield first
        yield None
        assert got == [first.application_id]
        yield second

    for request, _ in answer(Scripted(), source(), PROFILE, Limits(8)):
        got.append(request.application_id)
    assert len(got) == 2


def test_what_does_not_fit_is_not_asked(cases: list[CaseFile]) -> None:
    engine = Scripted(prompt_tokens=PROFILE.prompt_tokens + 1)
    assert codes(list(answer(engine, asked(cases, 3), PROFILE, Limits(8)))) == (
        [Failure.TOO_LONG] * 3
    )
    assert engine.asked == 0


def test_what_is_refused_fails_alone_with_the_kind_of_error(cases: list[CaseFile]) -> None:
    ((_, outcome),) = answer(Scripted(reply="refuse"), asked(cases, 1), PROFILE, Limits(8))
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.detail) == (Failure.REJECTED, "ValueError")


@pytest.mark.parametrize("reason", ["error", "abort"])
def test_a_reply_that_the_engine_broke_off_may_be_asked_for_again(
    cases: list[CaseFile], reason: str
) -> None:
    ((_, outcome),) = answer(Scripted(reply=reason), asked(cases, 1), PROFILE, Limits(8))
    assert isinstance(outcome, Failed)
    assert outcome.code.passes
    assert outcome.answer_tokens == 9


def test_after_its_time_nothing_is_asked_and_nothing_left_at_work(cases: list[CaseFile]) -> None:
    engine = Scripted()
    going = answer(engine, asked(cases, 9), PROFILE, Limits(4, time_budget_s=1e-9))
    assert codes(list(going)) == [Failure.DEADLINE] * 9
    assert engine.at_work == []


@pytest.mark.parametrize("dies_after", [0, 2])
def test_an_engine_that_dies_leaves_a_failure_for_all_it_was_given(
    cases: list[CaseFile], dies_after: int
) -> None:
    got: list[tuple[Request, Outcome]] = []
    with pytest.raises(EngineDiedError):
        got.extend(answer(Scripted(dies_after=dies_after), asked(cases, 9), PROFILE, Limits(4)))
    assert codes(got) == [Failure.SERVER_ERROR] * (dies_after + 1)


def test_a_caller_that_goes_away_leaves_nothing_at_work(cases: list[CaseFile]) -> None:
    engine = Scripted()
    going = answer(engine, asked(cases, 9), PROFILE, Limits(4))
    next(going)
    going.close()  # type: ignore[attr-defined]
    assert len(engine.dropped) == 3
    assert engine.at_work == []


def test_the_words_that_are_sent_are_those_of_the_question(cases: list[CaseFile]) -> None:
    class Listening(Scripted):
        def render(self, messages: Sequence[prompt.Message]) -> Rendered:
            assert [message.content for message in messages] == ["other words"]
            return super().render(messages)

    other = (prompt.Message("user", "other words"),)
    got = list(answer(Listening(), asked(cases, 2), PROFILE, Limits(2), lambda _: other))
    assert len(got) == 2
