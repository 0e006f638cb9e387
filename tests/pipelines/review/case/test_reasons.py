"""The way to a score, bar by bar."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipelines.review.case.given import Given, Voice
from pipelines.review.case.reasons import Unit, waterfall
from pipelines.review.case.waterfall import draw_waterfall
from risk.calibration import Calibration
from risk.decision import Reason
from risk.scorecard import Scaling
from tests.pipelines.review.case.hostile import protected_record
from tests.pipelines.review.case.records import given_of, records

EN = Voice("en")


def case(**score: object) -> Given:
    record = records()[0]
    own = record.score.model_copy(update=score)
    return given_of(record.model_copy(update={"score": own}))


def calibrated(calibration: Calibration | None) -> Given:
    found = case()
    return replace(found, basis=replace(found.basis, calibration=calibration))


sizes = st.lists(st.floats(-5, 5), max_size=8)


@examples(max_examples=40)
@given(sizes, st.floats(-400, 1200), st.sampled_from(("points", "log-odds")))
def test_the_bars_add_up_to_the_score_in_the_digits_shown(
    contributions: list[float], points: float, unit: Unit
) -> None:
    reasons = tuple(
        Reason(rank=n, code=f"c{n}", field=f"c{n}", contribution=size)
        for n, size in enumerate(contributions, 1)
    )
    fall = waterfall(case(reasons=reasons, protective=(), points=points), unit, EN)
    scale = 10**fall.places
    parts = [round(scale * each) for each in (fall.base, *(bar.change for bar in fall.bars))]
    assert sum(parts) == round(scale * fall.total)
    assert fall.total == pytest.approx(points if unit == "points" else math.log(1 / 49), abs=0.06)


def test_points_are_contributions_by_the_scorecard_s_own_factor() -> None:
    reason = Reason(rank=1, code="loan_amount", field="loan_amount", contribution=math.log(2))
    found = case(reasons=(reason,), protective=())
    (bar,) = waterfall(found, "points", EN).bars
    assert bar.change == -Scaling().pdo
    assert bar.riskier
    assert waterfall(found, "log-odds", EN).bars[0].change == 0.69


def test_platt_stretches_every_bar_and_isotonic_calibration_is_told() -> None:
    plain = waterfall(calibrated(Calibration()), "log-odds", EN)
    platt = waterfall(calibrated(Calibration(method="platt", slope=2.0)), "log-odds", EN)
    assert platt.bars[0].change == pytest.approx(2 * plain.bars[0].change, abs=0.01)
    assert (plain.straight, platt.straight) == (True, True)
    bent = Calibration(method="isotonic", raw=(0.0, 1.0), log_odds=(0.0, 3.0))
    assert not waterfall(calibrated(bent), "points", EN).straight
    assert not waterfall(calibrated(None), "points", EN).straight


@pytest.mark.parametrize("score", [{"points": math.inf}, {"points": math.nan}])
def test_a_score_that_is_no_number_has_no_way(score: dict[str, float]) -> None:
    fall = waterfall(case(**score), "points", EN)
    assert not fall.drawable
    assert draw_waterfall(fall, EN) == ""
    assert waterfall(case(pd_model=1.0), "log-odds", EN).bars == ()


def test_a_protected_field_s_name_is_not_told() -> None:
    found = given_of(protected_record())
    reason = Reason(rank=1, code="gender", field="gender", contribution=0.3)
    score = found.record.score.model_copy(update={"reasons": (reason,)})
    hidden = replace(found, record=found.record.model_copy(update={"score": score}))
    assert "gender" not in str(waterfall(hidden, "points", EN))


def test_the_drawing_names_every_bar_and_both_levels() -> None:
    fall = waterfall(case(), "points", EN)
    for width in (620.0, 340.0):
        drawn = draw_waterfall(fall, EN, width)
        assert all(bar.label in drawn for bar in fall.bars)
        assert f"{fall.total:.1f}" in drawn
        assert "All other fields" in drawn
