from collections.abc import Iterable, Iterator

import pytest

from risk.casefile import CaseFile
from risk.reasoning.backends.allowance import Allowance
from risk.reasoning.backends.base import Answered, Failure, Outcome, Request


def requests(cases: list[CaseFile]) -> list[Request]:
    return [Request.of(case, "en", "b") for case in cases]


def answering(asked: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
    for request in asked:
        if request is not None:
            yield request, Answered(text="{}", model="m", prompt_tokens=30, answer_tokens=10)


def test_tokens_are_counted_over_all_passes(cases: list[CaseFile]) -> None:
    allowance = Allowance(tokens=100)
    first = list(allowance.counted(answering, requests(cases[:2])))
    assert allowance.tokens_left == 20
    list(allowance.counted(answering, requests(cases[2:3])))
    assert allowance.tokens_left == 0
    ((request, outcome),) = allowance.counted(answering, [None, *requests(cases[:1])])
    assert isinstance(first[0][1], Answered)
    assert request == requests(cases[:1])[0]
    assert outcome.code is Failure.BUDGET  # type: ignore[union-attr]


def test_the_nearer_of_two_ends_counts() -> None:
    assert Allowance().seconds_left() is None
    assert Allowance(left=lambda: 5.0).seconds_left() == 5.0
    assert Allowance(seconds=3, left=lambda: 50.0).seconds_left() == pytest.approx(3, abs=0.5)
    assert Allowance(seconds=3, left=lambda: 0.5).seconds_left() == 0.5


def test_after_the_deadline_nothing_is_asked(cases: list[CaseFile]) -> None:
    allowance = Allowance(left=lambda: 0.0)

    def never(asked: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        raise AssertionError("asked")

    found = list(allowance.counted(never, requests(cases[:3])))
    assert [outcome.code for _, outcome in found] == [Failure.DEADLINE] * 3  # type: ignore[union-attr]
