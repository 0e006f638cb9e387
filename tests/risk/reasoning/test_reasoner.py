"""Every case ends in a record, whatever the back end does."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.template import TemplateBackend, compose
from risk.reasoning.claims import Answer, Claim, ClaimKind, Opinion
from risk.reasoning.findings import Check
from risk.reasoning.reasoner import Rationale, reason

LIMIT = 10  # requests the scripted back end holds before it answers, the last one first

Reply = Callable[[Request], Answered | Failed | None]


class Scripted:
    """A back end that replies as a test says; None leaves a request without a reply."""

    name = "scripted"
    identity = "scripted/1"

    def __init__(self, reply: Reply, dies_after: int | None = None) -> None:
        self.reply = reply
        self.dies_after = dies_after
        self.asked: list[Request] = []

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        held: list[Request] = []
        for request in chain(requests, [None] * LIMIT):
            if request is not None:
                held.append(request)
            while held and (request is None or len(held) == LIMIT):
                if len(self.asked) == self.dies_after:
                    raise BackendError("the server went away")
                asked = held.pop()
                self.asked.append(asked)
                outcome = self.reply(asked)
                if outcome is not None:
                    yield asked, outcome
                    break


def answered(answer: Answer | str) -> Answered:
    text = answer if isinstance(answer, str) else answer.model_dump_json()
    return Answered(text=text, model="m", prompt_tokens=7, answer_tokens=3)


CONCERN = Opinion(stance="concern", direction="raises", confidence="high")


def good(request: Request) -> Answered:
    answer = compose(request.case, request.language)
    return answered(answer.model_copy(update={"opinion": CONCERN}))


def bad(request: Request) -> Answered:
    wrong = Claim(kind=ClaimKind.DOCUMENT, direction="raises", facts=("F1",), sentence="共3笔")
    answer = compose(request.case, request.language)
    return answered(answer.model_copy(update={"claims": (wrong, *answer.claims)}))


def test_the_template_answers_every_case_in_order_and_the_same_way_twice(
    cases: list[CaseFile],
) -> None:
    first = list(reason(cases, TemplateBackend(), "zh", window=7))
    assert [r.application_id for r in first] == [case.application_id for case in cases]
    assert all(r.status == "answered" and not r.repaired for r in first)
    again = list(reason(cases, TemplateBackend(), "zh", window=100))
    assert [r.model_dump_json() for r in again] == [r.model_dump_json() for r in first]


def test_an_opinion_and_the_findings_of_the_case_reach_the_record(cases: list[CaseFile]) -> None:
    suspect = next(case for case in cases if case.findings)
    (made,) = reason([suspect], Scripted(good), "en")
    assert made.opinion == CONCERN
    assert {f.check for f in made.findings} == {Check.INSTRUCTION}
    assert (made.model, made.prompt_tokens, made.narrative_by) == ("m", 7, "scripted")


def test_a_failed_claim_is_sent_back_once_with_what_was_wrong(cases: list[CaseFile]) -> None:
    backend = Scripted(lambda request: good(request) if request.previous else bad(request))
    (made,) = reason(cases[:1], backend, "zh")
    first, second = backend.asked
    assert {f.check for f in second.complaints} >= {Check.DIGITS}
    assert second.previous == bad(first).text
    assert second.digest != first.digest
    assert made.repaired
    assert not [f for f in made.findings if f.claim is not None]
    assert made.first_findings == second.complaints
    assert made.answer_tokens == 6


@pytest.mark.parametrize("worse", ["{}", "", "no"])
def test_a_repair_that_is_worse_leaves_the_first_answer_struck(
    cases: list[CaseFile], worse: str
) -> None:
    backend = Scripted(lambda request: answered(worse) if request.previous else bad(request))
    (made,) = reason(cases[:1], backend, "zh")
    assert made.status == "answered"
    assert [s.struck for s in made.narrative.sentences].count(True) == 1
    assert len(backend.asked) == 2


def test_a_malformed_answer_may_be_mended(cases: list[CaseFile]) -> None:
    backend = Scripted(lambda request: good(request) if request.previous else answered("Sure!"))
    (made,) = reason(cases[:1], backend, "zh")
    assert (made.status, made.opinion) == ("answered", CONCERN)


def test_an_answer_that_stays_malformed_fails_with_its_type_and_the_template_speaks(
    cases: list[CaseFile],
) -> None:
    (made,) = reason(cases[:1], Scripted(lambda _: answered("Sure!")), "zh")
    assert (made.status, made.code, made.narrative_by) == ("failed", "answer-not-json", "template")
    assert made.opinion is None
    assert made.narrative.text


@pytest.mark.parametrize("code", list(Failure))
def test_a_failure_is_pending_or_failed_by_its_type_and_only_a_bad_reply_is_asked_again(
    cases: list[CaseFile], code: Failure
) -> None:
    backend = Scripted(lambda _: Failed(code=code, detail="d"))
    (made,) = reason(cases[:1], backend, "zh")
    assert made.status == ("pending" if code.passes else "failed")
    assert (made.code, made.narrative_by) == (code, "template")
    assert len(backend.asked) == (2 if code.worth_another_try else 1)


def test_a_back_end_that_dies_midway_loses_no_case(cases: list[CaseFile]) -> None:
    made = list(reason(cases[:10], Scripted(good, dies_after=4), "zh"))
    assert [r.application_id for r in made] == [c.application_id for c in cases[:10]]
    assert [r.status for r in made] == ["pending"] * 6 + ["answered"] * 4
    assert {r.code for r in made if r.status == "pending"} == {"unreachable"}


@given(st.lists(st.sampled_from(["good", "bad", "junk", "late", "lost", "refused"]), max_size=12))
def test_every_case_ends_in_one_record(cases: list[CaseFile], script: list[str]) -> None:
    def reply(request: Request) -> Answered | Failed | None:
        return {
            "good": good(request),
            "bad": bad(request),
            "junk": answered("<html>"),
            "late": Failed(code=Failure.TIMEOUT),
            "lost": None,
            "refused": Failed(code=Failure.REFUSED),
        }[plan[request.application_id]]

    chosen = cases[: len(script)]
    plan = dict(zip((case.application_id for case in chosen), script, strict=True))
    made = list(reason(chosen, Scripted(reply), "en"))
    assert [r.application_id for r in made] == list(plan)
    statuses = {"good": "answered", "bad": "answered", "junk": "failed", "late": "pending",
                "lost": "pending", "refused": "failed"}  # fmt: skip
    assert [r.status for r in made] == [statuses[word] for word in script]
    assert all(Rationale.model_validate_json(r.model_dump_json()) == r for r in made)


def test_cases_are_read_only_as_they_are_needed(cases: list[CaseFile]) -> None:
    read: list[str] = []

    def source() -> Iterator[CaseFile]:
        for case in cases:
            read.append(case.application_id)
            yield case

    next(reason(source(), TemplateBackend(), "zh"))
    assert len(read) == 1


def test_another_case_language_or_back_end_is_another_request(cases: list[CaseFile]) -> None:
    digests = {
        Request.of(case, language, identity).digest
        for case in cases[:2]
        for language in ("zh", "en")
        for identity in ("a", "b")
    }
    assert len(digests) == 8
