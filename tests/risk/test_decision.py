"""The ratchet over arbitrary opinions and findings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from features.language import Text
from risk.decision import Decision, Score, decide
from risk.policy import HardRule, Policy, Recommendation
from risk.reasoning.claims import NoOpinion, Opinion
from risk.reasoning.findings import Check, Finding

LABEL = Text(zh="规则", en="rule")


def rule(**given: object) -> HardRule:
    return HardRule.model_validate({"name": "r", "decision": "decline", "label": LABEL, **given})


def score(recommendation: str, rules: tuple[str, ...] = ()) -> Score:
    return Score(
        application_id="A1", pd_model=0.1, points=600, grade="C",
        recommendation=Recommendation(recommendation), rules=rules,
    )  # fmt: skip


POLICY = Policy(
    approve=0.05,
    decline=0.2,
    rules=(
        rule(name="blacklist", field="x", op="missing"),
        rule(name="look", field="x", op="<", value=1.0, decision="refer"),
    ),
)

opinions = st.one_of(
    st.none(),
    st.builds(NoOpinion, no_opinion=st.sampled_from(["template", "refused"])),
    st.builds(
        Opinion,
        stance=st.just("concern"),
        direction=st.sampled_from(["raises", "lowers", "neutral"]),
        confidence=st.sampled_from(["low", "medium", "high"]),
    ),
    st.builds(
        Opinion, stance=st.just("agree"), confidence=st.sampled_from(["low", "medium", "high"])
    ),
)
findings = st.lists(
    st.builds(
        Finding,
        check=st.sampled_from(list(Check)),
        detail=st.one_of(st.text(), st.just("批准 approve {F1}")),
        claim=st.one_of(st.none(), st.integers(0, 20)),
        words=st.text(),
    ),
    max_size=5,
)
scores = st.one_of(
    st.builds(score, st.sampled_from(["approve", "refer", "decline"])),
    st.builds(
        score,
        st.sampled_from(["refer", "decline"]),
        st.lists(st.sampled_from(["blacklist", "look", "unheard-of"]), max_size=3).map(tuple),
    ),
)


@given(scores, opinions, findings)
def test_the_ratchet_only_hands_cases_to_a_person(
    given_score: Score, opinion: Opinion | NoOpinion | None, found: list[Finding]
) -> None:
    decision = decide(given_score, opinion, found, POLICY)
    assert decision.model_recommendation is given_score.recommendation
    moved = decision.recommendation is not given_score.recommendation
    assert not moved or decision.recommendation is Recommendation.REFER
    if given_score.recommendation is not Recommendation.APPROVE:
        assert decision.recommendation is not Recommendation.APPROVE
    if {"blacklist", "unheard-of"} & set(given_score.rules):
        assert decision.recommendation is given_score.recommendation
    assert moved == bool({"opinion", "suspected-instruction"} & set(decision.causes))
    assert decide(given_score, opinion, found, POLICY) == decision


def moved_by(start: str, opinion: Opinion | None, *found: Finding) -> Decision:
    return decide(score(start), opinion, found, POLICY)


@pytest.mark.parametrize(
    ("start", "side", "end"),
    [
        ("approve", "raises", "refer"),
        ("approve", "neutral", "refer"),
        ("approve", "lowers", "approve"),
        ("decline", "lowers", "refer"),
        ("decline", "neutral", "refer"),
        ("decline", "raises", "decline"),
        ("refer", "lowers", "refer"),
        ("refer", "raises", "refer"),
    ],
)
def test_a_concern_moves_a_case_only_against_its_side(start: str, side: str, end: str) -> None:
    opinion = Opinion.model_validate({"stance": "concern", "direction": side, "confidence": "low"})
    assert moved_by(start, opinion).recommendation == end


def test_a_suspected_instruction_refers_an_approval_and_silences_the_opinion_on_a_decline() -> None:
    suspected = Finding(check=Check.INSTRUCTION, detail="suspected", fact="F4")
    safer = Opinion(stance="concern", direction="lowers", confidence="high")
    assert moved_by("approve", safer, suspected).recommendation == "refer"
    assert moved_by("approve", safer, suspected).causes == ("score", "suspected-instruction")
    assert moved_by("decline", safer, suspected).recommendation == "decline"


def test_other_findings_move_nothing() -> None:
    struck = Finding(check=Check.QUOTE, detail="not-in-document", claim=0)
    assert moved_by("approve", None, struck).recommendation == "approve"


def test_a_score_cannot_approve_against_a_hard_rule() -> None:
    with pytest.raises(ValidationError, match="hard rule"):
        score("approve", ("blacklist",))
