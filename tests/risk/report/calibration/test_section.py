import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import brier_score_loss, log_loss

from features.encoding import FloatArray
from risk.report.calibration import section as calibration
from risk.report.document import Figure, Table
from risk.report.evidence import Evidence, Pair
from risk.validation.brier import spiegelhalter
from risk.validation.calibration import hosmer_lemeshow
from risk.validation.multiplicity import holm
from risk.validation.paired import at_level
from tests.risk.report import told
from tests.risk.report.plain import part, plain, with_current
from tests.risk.report.scene import evidence, pair

TESTS = ("hosmer_lemeshow", "spiegelhalter")


def with_pd(known: Evidence, pd_: FloatArray) -> Evidence:
    """The same rows and outcomes, of which a model says something else."""
    current = known.current
    return replace(known, parts=(part(current.rows, current.y, pd_),))


def shifted(known: Evidence, step: float) -> Evidence:
    return with_pd(known, expit(logit(known.current.pd_) + step))


def column(table: Table, key: str) -> FloatArray:
    return np.array(table.column(key), dtype=float)


def test_figures_are_those_of_scikit_learn_and_name_their_rows() -> None:
    known = plain()
    section, current = calibration.validated(known), known.current
    ratio = told.figure(section, "observed_expected")
    assert ratio.value == pytest.approx(current.y.mean() / current.pd_.mean())
    assert (ratio.sample, ratio.rows, ratio.bads) == ("test", 6000, current.bads)
    brier = told.figure(section, "brier")
    assert brier.value == pytest.approx(brier_score_loss(current.y, current.pd_))
    assert told.figure(section, "log_loss").value == pytest.approx(log_loss(current.y, current.pd_))
    assert brier.low is not None
    assert brier.high is not None
    assert brier.low < brier.value < brier.high


def test_the_parts_add_up_to_the_brier_score() -> None:
    section = calibration.validated(plain())
    names = ("reliability", "resolution", "uncertainty", "within")
    parts = [told.figure(section, f"brier_{name}").value for name in names]
    score = parts[0] - parts[1] + parts[2] + parts[3]  # type: ignore[operator]
    assert score == pytest.approx(told.figure(section, "brier").value)


def test_tests_over_all_rows_are_adjusted_for_each_other() -> None:
    known = shifted(plain(), 0.1)
    y, pd_ = known.current.y, known.current.pd_
    expected = holm([hosmer_lemeshow(y, pd_).p_value, spiegelhalter(y, pd_).p_value])
    section = calibration.validated(known)
    found = [told.figure(section, name).p_value for name in TESTS]
    assert found == pytest.approx(expected.tolist())


@pytest.mark.parametrize(("step", "ratio"), [(-0.7, 1.7), (0.7, 0.6)])
def test_a_level_that_is_off_on_either_side_is_red(step: float, ratio: float) -> None:
    section = calibration.validated(shifted(plain(), step))
    figure = told.figure(section, "observed_expected")
    assert figure.value == pytest.approx(ratio, abs=0.15)
    assert figure.light == "red"
    assert figure.judged == pytest.approx(max(figure.value, 1 / figure.value))
    assert [told.figure(section, name).light for name in TESTS] == ["red", "red"]
    assert "not_material" not in told.keys(section)


def test_grades_whose_pd_is_too_low_or_too_high_are_red() -> None:
    low, high = (calibration.validated(shifted(plain(), step)) for step in (-0.9, 0.9))
    tables = [told.table(section, "calibration_grades") for section in (low, high)]
    assert [table.lights.count("red") >= 4 for table in tables] == [True, True]
    # The regulators' own tests ask for one side.
    assert np.nanmin(column(tables[1], "p_jeffreys")) > 0.5


def test_few_bads_where_many_are_expected_are_a_finding() -> None:
    known = plain(rows=10_000)
    y = np.zeros(10_000)
    y[:2] = 1
    section = calibration.validated(with_pd(with_current(known, y=y), np.full(10_000, 0.005)))
    figure = told.figure(section, "observed_expected")
    assert (figure.value, figure.light) == (pytest.approx(2 / 50), "red")
    assert told.table(section, "calibration_grades").lights == ("red",)
    assert told.figure(section, "hosmer_lemeshow").because == "untestable"
    told.check(section)


def test_no_bads_at_all_where_many_are_expected_are_a_finding() -> None:
    section = calibration.validated(with_current(plain(), y=np.zeros(6000)))
    figure = told.figure(section, "observed_expected")
    assert (figure.value, figure.light, figure.judged) == (0, "red", math.inf)
    assert told.figure(section, "spiegelhalter").light == "red"
    assert Figure.model_validate_json(figure.model_dump_json()).judged == math.inf
    told.check(section)


def test_right_pds_are_rejected_no_more_often_than_chance_has_it() -> None:
    sections = [calibration.validated(plain(rows=1500, seed=seed)) for seed in range(25)]
    # Of 25 true nulls at 5 %, six and more are rejected once in some 800 runs.
    tests = [any(told.figure(s, name).light != "green" for name in TESTS) for s in sections]
    assert sum(tests) <= 5
    grades = [told.table(s, "calibration_grades").lights for s in sections]
    assert sum(bool({"amber", "red"} & set(each)) for each in grades) <= 5
    levels = [told.figure(s, "observed_expected") for s in sections]
    assert sum(each.light != "green" for each in levels) <= 5
    assert sum(f.low <= 1 <= f.high for f in levels) >= 20  # type: ignore[operator]


def test_a_ratio_that_chance_alone_may_bring_is_not_judged_by_its_size() -> None:
    current = plain().current
    rows = np.r_[np.flatnonzero(current.y == 1)[:25], np.flatnonzero(current.y == 0)[:160]]
    small = replace(plain(), parts=(current.take(rows),))
    rate = small.current.y.mean()
    section = calibration.validated(with_pd(small, np.full(len(rows), rate / 1.3)))
    figure = told.figure(section, "observed_expected")
    assert figure.value == pytest.approx(1.3)
    assert (figure.light, figure.judged) == ("green", 1.0)


def test_many_rows_prove_what_does_not_matter_and_it_is_said() -> None:
    section = calibration.validated(shifted(plain(rows=60_000), -0.07))
    assert told.figure(section, "observed_expected").light == "green"
    tests = [told.figure(section, name) for name in TESTS]
    assert min(test.p_value or 0 for test in tests) < 0.01
    assert {test.light for test in tests} <= {"green", "amber"}
    remark = next(r for r in section.remarks if r.key == "not_material")
    assert remark.values["rows"] == 60_000
    assert remark.values["name"] == "plain"


def times(known: Evidence, factor: float) -> Evidence:
    """Rows whose true default rate is a multiple of the PD."""
    pd_ = known.current.pd_
    y = (np.random.default_rng(5).random(len(pd_)) < factor * pd_).astype(np.float64)
    return with_current(known, y=y)


def test_a_hundred_thousand_rows_make_a_slight_error_amber_and_a_large_one_red() -> None:
    known = plain(rows=100_000)
    slight, large = (calibration.validated(times(known, factor)) for factor in (1.05, 1.5))
    assert told.figure(slight, "observed_expected").light == "green"
    assert "not_material" in told.keys(slight)
    assert [told.figure(slight, name).light for name in TESTS] == ["amber", "amber"]
    assert "red" not in told.table(slight, "calibration_grades").lights
    assert [told.figure(large, name).light for name in TESTS] == ["red", "red"]
    assert told.figure(large, "observed_expected").light == "red"
    assert "red" in told.table(large, "calibration_grades").lights
    told.check(slight)


def test_errors_that_even_out_over_all_rows_are_not_called_slight() -> None:
    known = plain(rows=20_000)
    wide = at_level(known.current.y, expit(1.9 * logit(known.current.pd_)))
    section = calibration.validated(with_pd(known, wide))
    assert told.figure(section, "observed_expected").value == pytest.approx(1)
    assert told.figure(section, "hosmer_lemeshow").light == "red"
    assert "not_material" not in told.keys(section)
    assert "red" in told.table(section, "calibration_grades").lights


def test_grades_that_are_proven_to_be_off_by_little_are_green_and_that_is_said() -> None:
    section = calibration.validated(shifted(plain(rows=120_000), -0.08))
    grades = told.table(section, "calibration_grades")
    remark = next(r for r in section.remarks if r.key == "grades_not_material")
    slight = (column(grades, "ratio") < 1.1) & (column(grades, "p_level") <= 0.01)
    assert set(np.array(grades.lights)[slight]) == {"green"}
    assert remark.values["grades"] == slight.sum() > 0


def test_a_grade_of_few_rows_is_listed_without_a_test_and_that_is_said() -> None:
    known = plain(rows=700, seed=2)
    section = calibration.validated(known)
    grades = told.table(section, "calibration_grades")
    few = column(grades, "rows") < 20
    assert few.any()
    assert [light == "none" for light in grades.lights] == few.tolist()
    assert np.isnan(column(grades, "p_jeffreys")[few]).all()
    remark = next(r for r in section.remarks if r.key == "grades_untested")
    assert remark.values["grades"] == few.sum()


def test_the_curve_is_that_of_the_rows_in_tenths() -> None:
    known = plain()
    curve = told.table(calibration.validated(known), "reliability")
    order = np.argsort(known.current.pd_, kind="stable").reshape(10, -1)
    assert column(curve, "observed") == pytest.approx(known.current.y[order].mean(axis=1))
    assert column(curve, "expected") == pytest.approx(known.current.pd_[order].mean(axis=1))


@pytest.mark.parametrize(
    ("y", "because"),
    [
        (lambda y: np.full(len(y), np.nan), "no-outcomes"),
        (lambda y: np.where(np.arange(len(y)) < 30, 0, np.nan), "too-few"),
    ],
)
def test_without_outcomes_there_is_a_reason_and_no_number(y, because: str) -> None:  # type: ignore[no-untyped-def]
    known = plain()
    section = calibration.validated(with_current(known, y=y(known.current.y)))
    assert {figure.because for figure in section.figures} == {because}
    assert section.light == "none"
    told.check(section)


def test_a_test_that_one_pd_for_all_does_not_allow_says_so() -> None:
    known = plain()
    section = calibration.validated(with_pd(known, np.full(6000, 0.5)))
    assert {told.figure(section, name).because for name in TESTS} == {"untestable"}
    told.check(section)


def test_rows_the_calibration_was_fitted_on_cost_degrees_of_freedom() -> None:
    known = plain()
    fitted = with_current(known, name="validation")
    p_values = [
        told.figure(calibration.validated(each), "hosmer_lemeshow").p_value
        for each in (known, fitted)
    ]
    assert p_values[1] is not None
    assert p_values[0] is not None
    assert p_values[1] < p_values[0]


def test_both_models_stand_side_by_side_in_words_of_both_languages() -> None:
    both = pair()
    section = calibration.compared(both)
    for side in both.sides:
        own = calibration.validated(side)
        figure = told.figure(section, "observed_expected", side.name)
        assert figure.value == told.figure(own, "observed_expected").value
        grades = told.table(section, "calibration_grades", side.name)
        assert grades.rows == told.table(own, "calibration_grades").rows
    curve = told.table(section, "reliability")
    assert set(curve.column("line")) == {side.name for side in both.sides}
    told.check(section)
    told.check(calibration.validated(evidence()))


def test_the_better_calibrated_of_two_is_seen() -> None:
    known = plain()
    section = calibration.compared(Pair(known, replace(shifted(known, -0.7), name="other")))
    figures = [told.figure(section, "observed_expected", name) for name in ("plain", "other")]
    assert [figure.light for figure in figures] == ["none", "red"]
