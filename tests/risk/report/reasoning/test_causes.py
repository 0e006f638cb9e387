"""Each cause on its own by records of real passes; what holds of all, over any records at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.casefile import CaseFile
from risk.reasoning.backends.base import Failure
from risk.report.evidence import Reasoned
from risk.report.reasoning.causes import CAUSES, Cause, causes, differing
from risk.report.reasoning.reasoned import CaseRow
from tests.risk.report.passes import IDENTITY, RISKY, SAFER, Asked, Told, cases, ids, reasoned


@pytest.fixture(scope="module")
def asked() -> Asked:
    return cases(40)


@pytest.fixture(scope="module")
def approved(asked: Asked) -> str:
    return ids(asked, "approve")[0]


def row(told: Reasoned, application_id: str) -> CaseRow:
    found = told.cases[told.cases["application_id"] == application_id]
    return CaseRow._make(next(found.itertuples(index=False, name=None)))


def between(a: Reasoned, b: Reasoned, application_id: str) -> tuple[Cause, ...]:
    """The causes, provided that the recommendation differs at all; the same from either side."""
    one, other = row(a, application_id), row(b, application_id)
    assert one.recommendation != other.recommendation
    found = causes(one, other, differing(a.identity, b.identity))
    assert found == causes(other, one, differing(b.identity, a.identity))
    return found


def changed(asked: Asked, application_id: str, text: str) -> Asked:
    """The cases with another display of a fact of one of them."""
    return tuple(
        (score, _told_otherwise(case, text) if score.application_id == application_id else case)
        for score, case in asked
    )


def _told_otherwise(case: CaseFile, text: str) -> CaseFile:
    first = case.facts[0].model_copy(update={"value": text})
    return case.model_copy(update={"facts": (first, *case.facts[1:])})


def test_other_answers_to_the_same_requests_are_chance(asked: Asked, approved: str) -> None:
    a, b = reasoned(asked, Told()), reasoned(asked, Told({approved: RISKY}))
    assert row(a, approved).request_digest == row(b, approved).request_digest
    assert between(a, b, approved) == ("chance",)


def test_another_seed_is_chance_too(asked: Asked, approved: str) -> None:
    b = reasoned(asked, Told({approved: RISKY}), identity={"seed": "7"})
    assert between(reasoned(asked, Told()), b, approved) == ("chance",)


def test_other_words_or_another_language_are_the_prompt(asked: Asked, approved: str) -> None:
    a = reasoned(asked, Told())
    assert between(a, reasoned(asked, Told({approved: RISKY}), "zh"), approved) == ("prompt",)
    for key in ("prompt", "answer_form"):
        b = reasoned(asked, Told({approved: RISKY}), identity={key: "other"})
        assert between(a, b, approved) == ("prompt",)


def test_another_back_end_is_the_weights_and_one_without_words_no_other_prompt(
    asked: Asked, approved: str
) -> None:
    a = reasoned(asked, Told())
    for other in ({"back_end.model": "other"}, {"back_end.profile.temperature": "0.6"}):
        b = reasoned(asked, Told({approved: RISKY}), identity=other)
        assert between(a, b, approved) == ("weights",)
    template = {"prompt": "", "answer_form": "", "back_end.identity": "template/3"}
    assert between(a, reasoned(asked, Told({approved: RISKY}), identity=template), approved) == (
        "weights",
    )


def test_another_case_file_is_data_and_its_other_reasons_are_not_named_beside(
    asked: Asked, approved: str
) -> None:
    a = reasoned(asked, Told())
    b = reasoned(changed(asked, approved, "other"), Told({approved: RISKY}))
    assert between(a, b, approved) == ("data",)


def test_other_reasons_for_the_same_facts_are_the_model(asked: Asked) -> None:
    others = cases(40, seed=1)
    same = [x for x in ids(asked, "approve") if x in ids(others, "approve")]
    a = reasoned(asked, Told())
    b = reasoned(others, Told(dict.fromkeys(same, RISKY)), identity={"model_digest": "digest-1"})
    assert row(a, same[0]).facts_digest == row(b, same[0]).facts_digest
    assert {between(a, b, each) for each in same} == {("model",)}


def test_another_recommendation_of_the_model_is_the_score_and_not_reasoning(asked: Asked) -> None:
    others = cases(40, seed=1)
    a, b = reasoned(asked, Told()), reasoned(others, Told())
    flipped = [
        x for x in a.cases["application_id"]
        if row(a, x).model_recommendation != row(b, x).model_recommendation
    ]  # fmt: skip
    assert flipped
    assert {between(a, b, each) for each in flipped} == {("score",)}


def test_a_rule_that_was_hit_is_the_score_as_well(asked: Asked) -> None:
    declined = ids(asked, "decline")[0]
    a, b = reasoned(asked, Told()), reasoned(asked, Told({declined: SAFER}))
    ruled = row(a, declined)._replace(causes="score;rule:over-90-days")
    assert causes(ruled, row(b, declined), frozenset()) == ("score",)


def test_a_case_without_an_answer_is_pending_whatever_else_differs(
    asked: Asked, approved: str
) -> None:
    a = reasoned(asked, Told({approved: RISKY}))
    b = reasoned(asked, Told(unanswered={approved: Failure.TIMEOUT}), "zh")
    assert between(a, b, approved) == ("pending",)


def test_the_same_replies_read_otherwise_are_the_verifier(asked: Asked, approved: str) -> None:
    a = reasoned(asked, Told({approved: RISKY}))
    one = row(a, approved)
    read = one._replace(opinion="agree", recommendation="approve", causes="score")
    assert causes(one, read, frozenset()) == ("verifier",)
    everything = frozenset[Cause](("model", "prompt", "weights", "verifier"))
    assert causes(one, read, everything) == ("verifier",)


def test_the_same_opinion_weighed_otherwise_is_the_verifier(asked: Asked, approved: str) -> None:
    a = reasoned(asked, Told({approved: RISKY}))
    b = reasoned(changed(asked, approved, "other"), Told({approved: RISKY}), "zh")
    weighed = row(b, approved)._replace(recommendation="approve", causes="score")
    assert causes(row(a, approved), weighed, differing(a.identity, b.identity)) == ("verifier",)


def test_a_document_suspected_by_other_checks_is_the_verifier_and_another_document_data(
    asked: Asked, approved: str
) -> None:
    a = reasoned(asked, Told())
    clean = row(a, approved)
    ordered = clean._replace(
        suspected=True, recommendation="refer", causes="score;suspected-instruction"
    )
    assert causes(clean, ordered, frozenset()) == ("verifier",)
    other = ordered._replace(facts_digest="other")
    assert causes(clean, other, frozenset()) == ("data",)
    assert causes(clean, other, frozenset[Cause](("verifier", "prompt"))) == ("data", "verifier")


def test_newer_checks_are_named_only_where_an_answer_was_sent_back(
    asked: Asked, approved: str
) -> None:
    a, newer = reasoned(asked, Told()), {"code": "2"}
    b = reasoned(asked, Told({approved: RISKY}), identity=newer)
    assert between(a, b, approved) == ("chance",)
    mended = reasoned(asked, Told({approved: RISKY}, wrong=(approved,)), identity=newer)
    assert row(mended, approved).repaired
    assert between(a, mended, approved) == ("verifier",)


def test_what_cannot_be_told_apart_is_all_named(asked: Asked, approved: str) -> None:
    a = reasoned(asked, Told())
    identity = {"back_end.model": "other", "code": "2"}
    b = reasoned(
        changed(asked, approved, "other"), Told({approved: RISKY}, wrong=(approved,)), "zh",
        identity=identity,
    )  # fmt: skip
    assert between(a, b, approved) == ("data", "prompt", "weights", "verifier")


def test_names_of_runs_and_data_are_no_difference_by_themselves() -> None:
    other = {**IDENTITY, "run": "2" * 64, "data.scores": "x", "dictionary": "y", "policy": "z"}
    assert differing(IDENTITY, other) == frozenset()
    assert differing(IDENTITY, {**other, "commit": "d"}) == {"verifier"}


_DIGEST = st.sampled_from("12")
_ROWS = st.builds(
    lambda **told: _row(**told),
    status=st.sampled_from(["answered", "failed", "pending"]),
    model_recommendation=st.sampled_from(["approve", "refer", "decline"]),
    causes=st.sampled_from(["score", "score;rule:a", "score;opinion"]),
    opinion=st.sampled_from(
        ["agree", "concern-raises", "concern-lowers", "concern-neutral", "none"]
    ),
    suspected=st.booleans(),
    repaired=st.booleans(),
    answered_by=_DIGEST,
    facts_digest=_DIGEST,
    reasons_digest=_DIGEST,
    evidence_digest=_DIGEST,
)
_RUNS = st.frozensets(st.sampled_from(["model", "prompt", "weights", "verifier"]))


def _row(**told: Any) -> CaseRow:
    blank = dict.fromkeys(CaseRow._fields, "")
    return CaseRow(**{**blank, "pd_model": 0.1, "pd_final": 0.1, **told})


@given(_ROWS, _ROWS, _RUNS)
def test_any_two_records_have_causes_in_order_and_the_same_from_either_side(
    a: CaseRow, b: CaseRow, runs: frozenset[Cause]
) -> None:
    found = causes(a, b, runs)
    assert found
    assert found == causes(b, a, runs)
    assert list(found) == [cause for cause in CAUSES if cause in found]
    assert ("score" in found) == (found == ("score",))


@given(_ROWS, _ROWS, _RUNS)
def test_what_is_the_same_is_never_a_cause(a: CaseRow, b: CaseRow, runs: frozenset[Cause]) -> None:
    found = set(causes(a, b, runs))
    assert not found & {"prompt", "weights"} - runs
    if a.facts_digest == b.facts_digest:
        assert "data" not in found
    if a.reasons_digest == b.reasons_digest:
        assert "model" not in found
    if a.evidence_digest == b.evidence_digest:
        assert not found & {"prompt", "weights", "model", "chance", "pending"}
    if {a.status, b.status} != {"pending", "answered"} and "pending" in found:
        assert "pending" in (a.status, b.status)
