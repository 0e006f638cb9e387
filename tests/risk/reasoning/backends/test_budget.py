"""Tokens and patience: a run stops when either is used up, and not before."""

from hypothesis import given
from hypothesis import strategies as st

from risk.reasoning.backends.base import Answered, Failed, Failure
from risk.reasoning.backends.budget import Budget

ANSWER = Answered(text="", model="m", prompt_tokens=3, answer_tokens=4)


@given(st.integers(1, 100))
def test_tokens_are_used_up_with_the_answer_that_reaches_them(tokens: int) -> None:
    budget, answers = Budget(tokens, 20), 0
    while (stop := budget.spend(ANSWER)) is None:
        answers += 1
    assert stop.code is Failure.BUDGET
    assert 7 * answers < tokens <= 7 * (answers + 1)


def test_a_bad_reply_costs_its_tokens_too() -> None:
    bad = Failed(code=Failure.TRUNCATED, prompt_tokens=50, answer_tokens=50)
    assert Budget(100, 20).spend(bad) is not None
    assert Budget(101, 20).spend(bad) is None


def test_without_a_bound_there_is_no_end() -> None:
    budget = Budget(None, 2)
    assert not any(budget.spend(ANSWER) for _ in range(1_000))


@given(st.sampled_from(list(Failure)), st.integers(1, 9))
def test_patience_ends_with_failures_in_a_row_that_are_the_servers(
    code: Failure, patience: int
) -> None:
    budget = Budget(None, patience)
    stops = [budget.spend(Failed(code=code)) for _ in range(patience)]
    assert not any(stops[:-1])
    if not (code.passes or code is Failure.REJECTED):
        assert stops[-1] is None
        return
    assert stops[-1] is not None
    assert stops[-1].code.passes
    assert code in stops[-1].detail


def test_an_answer_renews_patience() -> None:
    budget = Budget(None, 3)
    lost = Failed(code=Failure.UNREACHABLE)
    said = [budget.spend(each) for each in [lost, lost, ANSWER, lost, lost, lost]]
    assert [stop is not None for stop in said] == [False] * 5 + [True]
