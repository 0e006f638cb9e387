"""Where a score stands, and the scale it is drawn on."""

import math
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.review.case.given import Given, Voice
from pipelines.review.case.scale import draw_scale
from pipelines.review.case.score import cuts_of, distances, standing_of, verdict
from risk.policy import Policy, Recommendation
from risk.scorecard import Scaling
from tests.pipelines.review.case.records import BASIS, given_of, records

EN = Voice("en")


def scored(points: float, pd_: float, **policy: object) -> Given:
    record = records()[0]
    score = record.score.model_copy(update={"points": points, "pd_model": pd_})
    found = given_of(record.model_copy(update={"score": score, "pd_final": pd_}))
    own = Policy.model_validate({"approve": 0.08, "decline": 0.25, **policy})
    return replace(found, basis=replace(BASIS, policy=own))


def points_of(pd_: float) -> float:
    return Scaling().offset - Scaling().factor * math.log(pd_ / (1 - pd_))


def test_the_distance_to_both_lines_is_told_in_points() -> None:
    told = distances(standing_of(scored(points_of(0.1), 0.1)), EN)
    assert told == (
        "7.1 points short of the approval line (557.6)",
        "31.7 points above the decline line (518.8)",
    )


def test_cut_offs_in_points_are_taken_as_they_are() -> None:
    found = scored(500, 0.3, scale="points", approve=600, decline=550)
    assert cuts_of(found.basis).approve == 600
    assert distances(standing_of(found), EN)[1] == "50 points below the decline line (550)"


def test_a_line_that_no_score_reaches_is_told_in_words() -> None:
    told = distances(standing_of(scored(points_of(0.1), 0.1, approve=0, decline=1)), EN)
    assert told == (
        "By this policy no score alone leads to approval",
        "By this policy no score alone leads to a decline",
    )


def test_points_of_another_scaling_are_not_placed() -> None:
    standing = standing_of(scored(700, 0.1))
    assert "cannot be told" in distances(standing, EN)[0]
    assert draw_scale(standing, BASIS, EN) == ""


@examples(max_examples=40)
@given(st.floats(1e-6, 1 - 1e-6), st.floats(0, 1), st.floats(0, 1))
def test_the_scale_is_drawn_for_every_score_and_interval(pd_: float, a: float, b: float) -> None:
    found = replace(scored(points_of(pd_), pd_), interval=(min(a, b), max(a, b)))
    for width in (620.0, 340.0):
        drawn = draw_scale(standing_of(found), BASIS, EN, width)
        texts = ElementTree.fromstring(drawn).findall(".//{*}text")  # noqa: S314 - our own
        assert {"Approve", "Decline"} <= {each.text for each in texts}
        assert "nan" not in drawn
        assert "inf" not in drawn


@pytest.mark.parametrize(
    ("interval", "doubtful"),
    [
        ((0.15, 0.2), False),
        ((0.05, 0.2), False),
        ((0.01, 0.05), True),
        ((0.3, 0.4), True),
        (None, False),
    ],
)
def test_a_pd_is_doubtful_where_its_interval_lies_beyond_a_cut_off(
    interval: tuple[float, float] | None, doubtful: bool
) -> None:
    found = replace(scored(points_of(0.1), 0.1), interval=interval)
    assert standing_of(found).doubtful == doubtful


def test_what_reasoning_changed_is_told_with_its_cause() -> None:
    moved = next(each for each in records() if each.moved)
    told = verdict(given_of(moved), EN)
    assert (told.model, told.final) == (Recommendation.APPROVE, Recommendation.REFER)
    assert told.because == ("the opinion raises something that the score leaves out",)
    hidden = verdict(given_of(moved), EN, hidden=True)
    assert (hidden.final, hidden.because, hidden.moved) == (None, (), False)


@pytest.mark.parametrize(("name", "label"), [("over-90-days", "More than 90 days past due"),
                                             ("gone", "gone")])  # fmt: skip
def test_hard_rules_are_told_by_their_labels(name: str, label: str) -> None:
    record = records()[-1]
    decision = record.decision.model_copy(update={"causes": ("score", f"rule:{name}")})
    told = verdict(given_of(record.model_copy(update={"decision": decision})), EN)
    assert told.rules == (label,)
    assert told.because == ()
