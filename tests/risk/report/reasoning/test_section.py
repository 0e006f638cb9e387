from dataclasses import replace

import numpy as np
import pytest

from risk.reasoning.backends.base import Failure
from risk.report.document import Figure, Section, Table
from risk.report.evidence import Evidence, Pair, Reasoned
from risk.report.limits import ValidationLimits
from risk.report.reasoning import section as reasoning
from risk.validation.calibration import jeffreys_interval
from risk.validation.reasoning import compare
from tests.risk.report.passes import AGREE, RISKY, SAFER, Told, cases, ids, reasoned, reviews
from tests.risk.report.scene import evidence

ROWS = 120


@pytest.fixture(scope="module")
def known() -> Evidence:
    return evidence()


@pytest.fixture(scope="module")
def told(known: Evidence) -> Reasoned:
    """A pass with concerns on every third approval, some answers sent back, some without any."""
    asked = cases(ROWS)
    approved, declined = ids(asked, "approve"), ids(asked, "decline")
    opinions = dict.fromkeys(approved[::3], RISKY) | dict.fromkeys(declined[::2], SAFER)
    unanswered = dict.fromkeys(approved[1:6:3], Failure.TIMEOUT)
    backend = Told(opinions, {**unanswered, approved[2]: Failure.TOO_LONG}, approved[3:30:3])
    return reasoned(asked, backend)


@pytest.fixture(scope="module")
def section(known: Evidence, told: Reasoned) -> Section:
    return reasoning.validated(replace(known, reasoned=told))


def of(section: Section, key: str) -> Figure:
    return next(f for f in section.figures if f.key == key)


def table(section: Section, key: str) -> Table:
    return next(t for t in section.tables if t.key == key)


def test_shares_are_those_of_the_tally_with_their_intervals(
    section: Section, told: Reasoned
) -> None:
    counted = told.faithfulness
    assert 0 < counted.verified_first < counted.verified < 1
    for key in ("verified_first", "verified", "repaired"):
        figure = of(section, key)
        assert figure.value == pytest.approx(getattr(counted, key))
        replied = counted.answered + counted.failed
        low, high = jeffreys_interval(figure.value * replied, replied)
        assert (figure.rows, figure.low, figure.high) == (replied, low, high)
    assert of(section, "moved").value == pytest.approx(counted.moved / counted.cases)
    assert of(section, "pending").value == counted.pending == 2
    assert of(section, "failed").value == counted.failed == 1
    assert of(section, "unanswered").value == pytest.approx(3 / ROWS)


def test_agreement_names_the_claims_it_rests_on(section: Section, told: Reasoned) -> None:
    counted = told.faithfulness
    for key, claims in (
        ("value_agreement", counted.claims),
        ("sign_agreement", counted.claims_on_scores),
        ("rank_agreement", counted.claims_on_ranks),
    ):
        figure = of(section, key)
        assert (figure.value, figure.rows) == (getattr(counted, key), claims)
        assert figure.low is None
    assert sum(table(section, "claims_by_kind").column("claims")) == counted.claims
    complaints = table(section, "struck_by_check")
    told_by = dict(zip(complaints.column("check"), complaints.column("complaints"), strict=True))
    assert told_by["check.digits"] == counted.complaints_by_check["digits"]


def test_lights_follow_the_limits_and_nothing_else(known: Evidence, told: Reasoned) -> None:
    for amber, red, light in ((0.5, 0.4, "green"), (0.999, 0.5, "amber"), (1.0, 0.999, "red")):
        limits = ValidationLimits.model_validate(
            {"verified": {"amber": amber, "red": red}, "pending": {"amber": 0.9, "red": 0.99}}
        )
        found = reasoning.validated(replace(known, reasoned=told, limits=limits))
        assert of(found, "verified").light == found.light == light
    limits = ValidationLimits.model_validate({"pending": {"amber": 0.001, "red": 0.01}})
    found = reasoning.validated(replace(known, reasoned=told, limits=limits))
    assert of(found, "unanswered").light == "red"


def test_moved_cases_are_held_against_their_outcomes(
    section: Section, known: Evidence, told: Reasoned
) -> None:
    part = known.current
    outcome = dict(zip(part.rows["application_id"].astype(str), part.y, strict=True))
    approved = told.cases[told.cases["model_recommendation"] == "approve"]
    for key, handed in (("bad_rate_moved", True), ("bad_rate_kept", False)):
        chosen = approved[(approved["recommendation"] == "refer") == handed]
        bads = sum(outcome[each] for each in chosen["application_id"])
        figure = of(section, key)
        assert (figure.rows, figure.bads) == (len(chosen), bads)
        assert figure.value == pytest.approx(bads / len(chosen))
        assert figure.p_value is not None
    shown = table(section, "moved_ended")
    assert sum(shown.column("cases")) == ROWS
    moved = dict(
        zip(
            zip(shown.column("model_recommendation"), shown.column("moved_by"), strict=True),
            shown.column("cases"),
            strict=True,
        )
    )
    assert moved["recommendation.approve", "moved_by.opinion"] == of(section, "bad_rate_moved").rows
    said = table(section, "opinions")
    assert sum(said.column("moved")) == told.faithfulness.moved


def test_a_moved_group_that_defaults_more_is_seen_in_its_p_value(
    known: Evidence, told: Reasoned
) -> None:
    moved = told.cases.loc[
        (told.cases["recommendation"] == "refer")
        & (told.cases["model_recommendation"] == "approve"),
        "application_id",
    ]
    part = known.current
    bad = np.where(part.rows["application_id"].astype(str).isin(moved), 1.0, 0.0)
    changed = replace(known, parts=(replace(part, y=bad),), reasoned=told)
    found = reasoning.validated(changed)
    assert of(found, "bad_rate_moved").value == 1
    assert of(found, "bad_rate_moved").p_value < 1e-9
    assert of(found, "bad_rate_kept").value == 0
    assert of(found, "bad_rate_kept").p_value > 0.5


def test_without_outcomes_there_is_no_bad_rate(known: Evidence, told: Reasoned) -> None:
    part = known.current
    unknown = replace(part, y=np.full(len(part), np.nan))
    elsewhere = replace(part, rows=part.rows.assign(application_id="elsewhere"))
    for parts in ((unknown,), (elsewhere,), (part.take(np.zeros(len(part), bool)),)):
        found = reasoning.validated(replace(known, parts=parts, reasoned=told))
        assert of(found, "bad_rate_moved").because == "no-outcomes"
        assert set(table(found, "moved_ended").column("bad_rate")) == {None}
        assert of(found, "verified").value == told.faithfulness.verified


def test_overrides_are_a_share_of_the_decided_cases(known: Evidence, told: Reasoned) -> None:
    first, second, third, fourth = told.cases["application_id"].iloc[:4]
    said = reviews(
        (first, "accept", "refer"), (second, "override", "decline"), (third, "comment", None),
        (fourth, "accept", "approve"), ("stranger", "override", "approve"),
    )  # fmt: skip
    found = reasoning.validated(replace(known, reasoned=replace(told, reviews=said)))
    figure = of(found, "overridden")
    assert (figure.value, figure.rows, figure.light) == (pytest.approx(1 / 3), 3, "none")
    assert sum(table(found, "reviews").column("cases")) == 4


def test_nobody_asked_is_said(section: Section, known: Evidence, told: Reasoned) -> None:
    assert of(section, "overridden").because == "no-reviews"
    asked = reviews((told.cases["application_id"].iloc[0], "ask", None))
    found = reasoning.validated(replace(known, reasoned=replace(told, reviews=asked)))
    assert of(found, "overridden").because == "no-reviews"


def test_costs_are_told_by_the_thousand(section: Section, known: Evidence, told: Reasoned) -> None:
    counted = told.faithfulness
    mean = counted.prompt_tokens.mean
    assert of(section, "prompt_tokens_per_thousand").value == round(1_000 * mean)
    assert of(section, "cost_per_thousand").because == "no-price"
    priced = reasoning.validated(replace(known, reasoned=replace(told, cost_per_thousand=12.5)))
    assert of(priced, "cost_per_thousand").value == 12.5


@pytest.mark.parametrize(
    ("slope", "verdict"), [(2.0, "better"), (-2.0, "worse"), (0.0, "not_proven")]
)
def test_what_is_added_is_told_with_its_verdict_and_no_light(
    known: Evidence, told: Reasoned, slope: float, verdict: str
) -> None:
    rng = np.random.default_rng(3)
    truth, seen = rng.normal(size=2000), rng.normal(size=2000)
    y = (rng.random(2000) < 1 / (1 + np.exp(2 - truth - seen))).astype(np.float64)
    alone = truth - 2.5
    compared = compare("later", y, {"model": alone, "opinion": alone + slope * seen / 2}, 7)
    found = reasoning.validated(replace(known, reasoned=replace(told, comparisons=(compared,))))
    figure = of(found, "opinion_auc_gain")
    gains = compared.of("opinion").gains
    assert (figure.value, figure.low) == (gains.auc.difference, gains.auc.low)
    assert (figure.rows, figure.bads, figure.light) == (2000, int(y.sum()), "none")
    assert f"reasoning_{verdict}" in [remark.key for remark in found.remarks]
    assert table(found, "added").column("subset") == ("sample.evaluated_later",)


def test_a_missing_or_small_evaluation_is_said(section: Section, known: Evidence) -> None:
    assert of(section, "opinion_auc_gain").because == "no-evaluation"
    few = compare("later", np.array([0.0, 1.0]), {"model": np.zeros(2)})
    small = reasoned(cases(3), Told(), comparisons=(few,))
    found = of(reasoning.validated(replace(known, reasoned=small)), "opinion_auc_gain")
    assert (found.because, found.rows, found.bads) == ("too-few-evaluated", 2, 1)


def test_without_a_reasoned_run_every_figure_says_so(known: Evidence) -> None:
    for found in (reasoning.validated(known), reasoning.compared(Pair(known, known))):
        assert found.figures
        assert {figure.because for figure in found.figures} == {"no-reasoning"}
        assert (found.tables, found.light) == ((), "none")


def test_a_pass_over_no_cases_has_no_figures_and_breaks_nothing(known: Evidence) -> None:
    empty = replace(known, reasoned=reasoned([], Told()))
    found = reasoning.validated(empty)
    assert of(found, "verified").because == of(found, "moved").because == "no-cases"
    assert of(found, "value_agreement").because == "no-claims"
    assert found.light == "none"
    compared = reasoning.compared(Pair(empty, empty))
    assert of(compared, "changed_by_reasoning").because == "no-both"


def test_a_pass_by_another_model_is_remarked(known: Evidence, told: Reasoned) -> None:
    named = {"model_digest": "digest-1"}
    found = reasoning.validated(replace(known, identity=named, reasoned=told))
    assert "reasoned_about_another" in [remark.key for remark in found.remarks]
    same = reasoning.validated(replace(known, identity={"model_digest": "digest-0"}, reasoned=told))
    assert "reasoned_about_another" not in [remark.key for remark in same.remarks]


def test_the_template_is_named_as_such(known: Evidence) -> None:
    identity = {"answered_by": "template/3"}
    plain = reasoned(cases(5), Told(), identity=identity)
    found = reasoning.validated(replace(known, reasoned=plain))
    assert "template_alone" in [remark.key for remark in found.remarks]


def test_two_passes_stand_side_by_side_and_paired(known: Evidence, told: Reasoned) -> None:
    asked = cases(ROWS)
    other = reasoned(asked, Told(dict.fromkeys(ids(asked, "approve"), AGREE)))
    sides = replace(known, reasoned=told), replace(known, name="other", reasoned=other)
    found = reasoning.compared(Pair(*sides))
    both = of(found, "moved_difference")
    assert both.value == pytest.approx((other.faithfulness.moved - told.faithfulness.moved) / ROWS)
    assert both.high < 0
    assert both.p_value < 0.01
    named = {f.subject: f.value for f in found.figures if f.key == "verified"}
    assert named == {
        known.name: told.faithfulness.verified, "other": other.faithfulness.verified
    }  # fmt: skip
    assert found.light == "none"


def test_one_pass_alone_cannot_be_compared(known: Evidence, told: Reasoned) -> None:
    found = reasoning.compared(Pair(replace(known, reasoned=told), known))
    assert of(found, "changed_by_reasoning").because == "no-reasoning"
    assert of(found, "verified").subject == known.name
