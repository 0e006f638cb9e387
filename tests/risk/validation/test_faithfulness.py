"""Figures of reasoning passes small enough to be counted by hand."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.language import Text
from risk.casefile import CaseFile, Fact
from risk.decision import Decision
from risk.policy import Recommendation
from risk.reasoning.claims import ClaimKind, NoOpinion, Opinion
from risk.reasoning.findings import Check, Finding
from risk.reasoning.narrative import Evidence, Mark, Narrative, Sentence
from risk.reasoning.reasoner import Rationale
from risk.validation.faithfulness import Faithfulness, FaithfulnessTally, Running, Spread

WORD = Text(zh="收入", en="income")
FACTS = (
    Fact(id="F1", kind="form", field="income", label=WORD, display=WORD),
    Fact(
        id="F2", kind="score", field="income", label=WORD, display=WORD, direction="raises", rank=1
    ),
)
SUSPECTED = Finding(check=Check.INSTRUCTION, detail="suspected", fact="F1")
KEPT = Decision(
    recommendation=Recommendation.REFER,
    model_recommendation=Recommendation.REFER,
    causes=("score", "rule:over-90-days"),
)
CONCERN = Opinion(stance="concern", direction="raises", confidence="high")


def case(*findings: Finding) -> CaseFile:
    return CaseFile(application_id="A1", facts=FACTS, documents={}, findings=findings)


def claim(at: int, kind: ClaimKind, *facts: str, struck: bool = False) -> Sentence:
    evidence = tuple(Evidence(fact=fact, field="income") for fact in facts)
    return Sentence(
        text="…", kind=kind, mark=Mark.CITED, claim=at, evidence=evidence, struck=struck
    )


def failed(at: int, check: Check) -> Finding:
    return Finding(check=check, detail="any", claim=at)


def rationale(*sentences: Sentence, **more: Any) -> Rationale:
    base = {
        "application_id": "A1", "status": "answered", "language": "en", "narrative_by": "server",
        "narrative": Narrative(language="en", sentences=sentences), "backend": "server",
        "request_digest": "r", "case_digest": "c", "evidence_digest": "e",
    }  # fmt: skip
    return Rationale.model_validate({**base, **more})


@pytest.fixture
def counted() -> Faithfulness:
    """Five cases: clean, mended, struck, failed, pending."""
    moved = Decision(
        recommendation=Recommendation.REFER,
        model_recommendation=Recommendation.APPROVE,
        causes=("score", "suspected-instruction", "opinion"),
    )
    driver, gap = ClaimKind.SCORE_DRIVER, ClaimKind.MISSING_INFORMATION
    clean = rationale(
        claim(0, driver, "F2", "F1"), claim(1, ClaimKind.CONTRADICTION, "F1"),
        opinion=CONCERN, findings=(SUSPECTED,), seconds=2.0, prompt_tokens=100, answer_tokens=40,
    )  # fmt: skip
    mended = rationale(
        claim(0, driver, "F2"), opinion=NoOpinion(no_opinion="outside-the-case"), repaired=True,
        first_findings=(failed(0, Check.DIGITS), failed(0, Check.RANK)),
        seconds=6.0, prompt_tokens=300, answer_tokens=60,
    )  # fmt: skip
    struck = rationale(
        claim(0, driver, "F2", struck=True),
        claim(1, ClaimKind.CONTRADICTION, "F1", struck=True),
        claim(2, gap),
        findings=(
            failed(0, Check.DIRECTION), failed(0, Check.RANK), failed(1, Check.DIGITS),
            failed(1, Check.SLOTS),
        ),
        first_findings=(failed(0, Check.DIRECTION),),
        opinion=Opinion(stance="agree", confidence="low"), repaired=True,
        seconds=4.0, prompt_tokens=200, answer_tokens=50,
    )  # fmt: skip
    none = rationale(status="failed", code="truncated", seconds=8.0, answer_tokens=90)
    lost = rationale(status="pending", code="timeout")
    tally = FaithfulnessTally().add(case(SUSPECTED), clean, moved)
    for one in (mended, struck, none, lost):
        tally.add(case(), one, KEPT)
    return tally.result(Running(wall_seconds=10, gpus=2, gpu_hour_price=36))


def test_cases_and_replies_are_counted_by_what_became_of_them(counted: Faithfulness) -> None:
    assert (counted.cases, counted.answered, counted.failed, counted.pending) == (5, 3, 1, 1)
    assert counted.verified_first == 1 / 4
    assert counted.verified == 2 / 4
    assert counted.repaired == 2 / 4


def test_agreement_is_a_share_of_the_claims_that_could_disagree(counted: Faithfulness) -> None:
    assert counted.claims == 6
    assert counted.claims_by_kind["score_driver"] == 3
    assert counted.claims_by_kind["association"] == 0
    assert (counted.claims_on_scores, counted.claims_on_ranks) == (3, 3)
    assert counted.value_agreement == 5 / 6
    assert counted.sign_agreement == 2 / 3
    assert counted.rank_agreement == 2 / 3


def test_struck_claims_count_once_under_each_check(counted: Faithfulness) -> None:
    assert counted.struck == 2
    assert counted.struck_by_check == {"digits": 1, "direction": 1, "rank": 1, "slots": 1}
    assert counted.complaints_by_check == {"digits": 1, "direction": 1, "rank": 1}


def test_a_struck_contradiction_is_none_that_was_found(counted: Faithfulness) -> None:
    assert counted.contradictions == 1


def test_opinions_and_what_they_moved_are_counted(counted: Faithfulness) -> None:
    assert counted.opinions == {"agree": 1, "concern-raises": 1, "none-outside-the-case": 1}
    assert counted.moved == 1
    assert counted.moved_by == {"opinion": 1, "suspected-instruction": 1}
    assert counted.suspected_instructions == 1


def test_costs_are_spread_over_the_cases_with_a_reply(counted: Faithfulness) -> None:
    assert counted.prompt_tokens == Spread(mean=150, p50=100, p95=300)
    assert counted.answer_tokens == Spread(mean=60, p50=50, p95=90)
    assert counted.seconds == Spread(mean=5, p50=4, p95=8)
    assert counted.streams == 2.0
    # 10 s of two GPUs at 36 an hour cost 0.2; 4 replies, so 0.05 each.
    assert counted.cost_per_thousand == pytest.approx(50.0)


def test_metrics_are_flat_numbers(counted: Faithfulness) -> None:
    metrics = counted.metrics()
    assert metrics["seconds.p95"] == 8.0
    assert metrics["struck_by_check.digits"] == 1.0
    assert metrics["moved_by.suspected-instruction"] == 1.0
    assert metrics["verified"] == 0.5
    assert all(isinstance(value, float) for value in metrics.values())


def test_an_empty_pass_has_counts_and_no_shares() -> None:
    empty = FaithfulnessTally().result(Running(wall_seconds=1, gpu_hour_price=1))
    assert empty.cases == empty.claims == 0
    assert empty.verified is empty.value_agreement is empty.cost_per_thousand is None
    assert empty.seconds == Spread()
    assert "verified" not in empty.metrics()


def test_without_a_price_there_is_no_cost() -> None:
    one = FaithfulnessTally().add(case(), rationale(), KEPT).result()
    assert (one.verified_first, one.value_agreement) == (1.0, None)
    assert one.streams is one.cost_per_thousand is None


@given(st.lists(st.floats(0.001, 1e5), min_size=1, max_size=60))
def test_percentiles_are_those_of_the_values_to_half_a_percent(seconds: list[float]) -> None:
    tally = FaithfulnessTally()
    for each in seconds:
        tally.add(case(), rationale(seconds=each), KEPT)
    spread = tally.result().seconds
    ordered = sorted(seconds)
    exact = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    assert spread.p95 == pytest.approx(exact, rel=0.0051)
    assert spread.mean == pytest.approx(sum(seconds) / len(seconds))


def test_memory_does_not_grow_with_the_number_of_cases() -> None:
    tally = FaithfulnessTally()
    for at in range(5_000):
        tally.add(case(), rationale(seconds=10 + at / 1_000), KEPT)
    assert len(tally._seconds._seen) < 60
