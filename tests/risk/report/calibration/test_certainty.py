from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from risk.policy import Policy
from risk.report.calibration.certainty import cuts, uncertainties, uncertainty
from risk.report.document import Figure, Section
from risk.report.evidence import Evidence, Pair, Part
from tests.risk.report.scene import POLICY, evidence


def of(section: Section, key: str) -> Figure:
    return next(figure for figure in section.figures if figure.key == key)


def with_current(known: Evidence, part: Part) -> Evidence:
    return replace(known, parts=(*known.parts[:-1], part))


def known_truth(rows: int, seed: int) -> Evidence:
    """Current rows whose PDs are right."""
    known, draw = evidence(), np.random.default_rng(seed)
    current = known.current.take(draw.integers(0, len(known.current), rows))
    pd_ = expit(draw.normal(-2.2, 1.2, rows))
    return with_current(
        known, replace(current, pd_=pd_, y=(draw.random(rows) < pd_).astype(np.float64))
    )


def test_a_sound_model_holds() -> None:
    section = uncertainty(evidence())
    assert section.light == "green"
    assert of(section, "interval_held").value == 1


def test_right_pds_hold_and_their_intervals_are_narrow() -> None:
    section = uncertainty(known_truth(6000, 1))
    assert of(section, "interval_held").light == "green"
    width = of(section, "interval_width")
    assert width.value is not None
    assert 0 < width.value < 0.03
    assert width.rows == 3000


def test_rows_that_turn_bad_later_are_red() -> None:
    known = known_truth(6000, 2)
    current = known.current
    day = current.rows["application_date"]
    late = (day > day.median()).to_numpy()
    bad = np.random.default_rng(0).random(len(current)) < 0.1
    turned = replace(current, y=np.where(late & bad, 1.0, current.y))
    section = uncertainty(with_current(known, turned))
    assert of(section, "interval_held").light == "red"
    assert section.remarks[0].key == "interval_basis_date"


def test_many_rows_prove_what_does_not_matter_and_it_is_green() -> None:
    known, draw, rows = evidence(), np.random.default_rng(2), 400_000
    current = known.current.take(draw.integers(0, len(known.current), rows))
    day, pd_ = current.rows["application_date"], expit(draw.normal(-1, 0.5, rows))
    true = pd_ * np.where(day > day.median(), 1.04, 1.0)
    turned = replace(current, pd_=pd_, y=(draw.random(rows) < true).astype(np.float64))
    section = uncertainty(with_current(known, turned))
    figure = of(section, "interval_held")
    assert figure.p_value is not None
    assert figure.p_value < 0.01
    assert figure.light == "green"
    assert figure.judged is not None
    assert 1 < figure.judged < 1.1
    tenths = next(table for table in section.tables if table.key == "interval_tenths")
    assert set(tenths.lights) == {"green"}


def test_halves_are_drawn_by_chance_where_there_are_no_dates() -> None:
    known = evidence()
    undated = replace(known.current, rows=known.current.rows.drop(columns="application_date"))
    section = uncertainty(with_current(known, undated))
    assert section.remarks[0].key == "interval_basis_chance"
    made, measured = (section.remarks[0].values[key] for key in ("made", "measured"))
    assert made + measured == len(known.current)
    other = uncertainty(replace(with_current(known, undated), seed=1))
    assert other != section


def test_zones_hold_every_measured_row() -> None:
    section = uncertainty(evidence())
    table = next(table for table in section.tables if table.key == "abstention")
    rows = len(evidence().current) - len(evidence().current) // 2
    for cut in ("cut.approve", "cut.decline"):
        counted = [row[2] for row in table.rows if row[0] == cut]
        assert sum(counted) == rows


def test_a_level_that_is_wrong_shows_as_decisions_the_interval_contradicts() -> None:
    known = known_truth(6000, 3)
    wrong = replace(known.current, pd_=expit(logit(known.current.pd_) - 1))
    section = uncertainty(with_current(known, wrong))
    table = next(table for table in section.tables if table.key == "abstention")
    against = next(row for row in table.rows if row[:2] == ("cut.approve", "zone.contrary"))
    assert against[3] > 0.1


def test_cut_offs_in_points_are_told_as_pds() -> None:
    known = evidence()
    at = known.scaling.points(np.array([POLICY.approve, POLICY.decline]))
    policy = Policy(approve=at[0], decline=at[1], scale="points")
    assert cuts(replace(known, policy=policy)) == pytest.approx(cuts(known))


@pytest.mark.parametrize(("y", "because"), [(np.nan, "no-outcomes"), (0.0, "too-few")])
def test_without_outcomes_there_is_a_reason_and_no_number(y: float, because: str) -> None:
    known = evidence()
    section = uncertainty(
        with_current(known, replace(known.current, y=np.full(len(known.current), y)))
    )
    assert {figure.because for figure in section.figures} == {because}
    assert len(section.figures) == 4


def test_one_pd_for_all_is_no_error() -> None:
    known = evidence()
    flat = replace(known.current, pd_=np.full(len(known.current), 0.1))
    section = uncertainty(with_current(known, flat))
    assert of(section, "interval_held").value == 1


def test_both_models_of_a_comparison_are_named() -> None:
    known = evidence()
    section = uncertainties(Pair(known, replace(known, name="other")))
    assert {figure.subject for figure in section.figures} == {known.name, "other"}
