"""The light model speaks where it agrees and its claims hold; elsewhere the full one is asked."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from risk.casefile import CaseFile
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.template import compose
from risk.reasoning.cascade import cascade, needs_full
from risk.reasoning.claims import Claim, ClaimKind, Confidence, Opinion, Stance
from risk.reasoning.reasoner import reason


class Model:
    """Answers with the template's claims and one opinion."""

    def __init__(self, name: str, reply: Callable[[Request], Outcome]) -> None:
        self.name, self.identity, self.reply = name, name, reply
        self.asked: list[str] = []

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        for request in filter(None, requests):
            self.asked.append(request.application_id)
            yield request, self.reply(request)


def saying(
    stance: Stance, confidence: Confidence = "high", wrong: bool = False
) -> Callable[[Request], Outcome]:
    def reply(request: Request) -> Outcome:
        answer = compose(request.case, request.language)
        opinion = Opinion(stance=stance, direction="neutral", confidence=confidence)
        claims = answer.claims
        if wrong:
            bad = Claim(
                kind=ClaimKind.DOCUMENT, direction="raises", facts=("F1",), sentence="共3笔"
            )
            claims = (bad, *claims)
        said = answer.model_copy(update={"opinion": opinion, "claims": claims})
        return Answered(text=said.model_dump_json(), model="m", answer_tokens=5, seconds=1.0)

    return reply


def test_a_light_model_that_agrees_is_enough(cases: list[CaseFile]) -> None:
    light, full = Model("light", saying("agree")), Model("full", saying("concern"))
    made = list(cascade(cases[:5], light, full, "zh"))
    assert [r.backend for r in made] == ["light"] * 5
    assert full.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        saying("concern"),
        saying("agree", wrong=True),
        lambda _: Failed(code=Failure.TIMEOUT),
        lambda _: Answered(text="Sure!", model="m"),
    ],
)
def test_the_full_model_is_asked_where_the_light_one_is_not_enough(
    cases: list[CaseFile], reply: Callable[[Request], Outcome]
) -> None:
    light, full = Model("light", reply), Model("full", saying("agree"))
    made = list(cascade(cases[:5], light, full, "zh", chunk=2))
    assert [r.application_id for r in made] == [case.application_id for case in cases[:5]]
    assert full.asked == [case.application_id for case in cases[:5]]
    assert {(r.backend, r.status) for r in made} == {("full", "answered")}


def test_tokens_and_seconds_of_both_are_told(cases: list[CaseFile]) -> None:
    light, full = Model("light", saying("concern")), Model("full", saying("agree"))
    (made,) = cascade(cases[:1], light, full, "zh")
    assert (made.answer_tokens, made.seconds, made.light_model) == (10, 2.0, "m")
    (alone,) = reason(cases[:1], full, "zh")
    assert made.evidence_digest != alone.evidence_digest


def test_while_the_full_model_is_away_the_light_ones_concern_stays_and_the_case_is_pending(
    cases: list[CaseFile],
) -> None:
    light = Model("light", saying("concern"))
    full = Model("full", lambda _: Failed(code=Failure.UNREACHABLE))
    (made,) = cascade(cases[:1], light, full, "zh")
    assert (made.status, made.code, made.backend) == ("pending", "unreachable", "light")
    assert isinstance(made.opinion, Opinion)
    assert made.opinion.stance == "concern"
    assert needs_full(made)
