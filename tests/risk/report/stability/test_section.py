from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from risk.report.document import Section
from risk.report.evidence import Evidence, Pair, Part
from risk.report.stability import section as stability
from risk.scorecard import Grade, Scaling
from risk.validation.stability import Baseline
from tests.risk.report import told
from tests.risk.report.plain import plain, with_current
from tests.risk.report.scene import evidence, pair


def with_part(known: Evidence, part: Part) -> Evidence:
    return replace(known, parts=(*known.parts[:-1], part))


def risky(known: Evidence) -> Evidence:
    """A book that has shifted: the riskier half of the current applicants alone."""
    current = known.current
    return with_part(known, current.take(current.pd_ > np.median(current.pd_)))


def outside(known: Evidence) -> Evidence:
    """The same rows and PDs, of a model that shows nothing else."""
    parts = tuple(replace(part, x=None, contributions=None) for part in known.parts)
    return replace(known, model=None, baseline=None, parts=parts)


def of_development(known: Evidence, rows: int, seed: int) -> Evidence:
    """Rows of development, as if they had come again."""
    assert known.development is not None
    again = np.random.default_rng(seed).integers(len(known.development), size=rows)
    return with_part(known, replace(known.development.take(again), name="out_of_time"))


def test_the_index_of_the_score_is_that_of_the_models_own_baseline() -> None:
    known = evidence()
    assert known.model is not None
    assert known.baseline is not None
    assert known.current.x is not None
    raw = known.model.raw(known.current.x)
    section = stability.validated(known)
    figure = told.figure(section, "psi")
    assert figure.value == pytest.approx(known.baseline.psi(known.baseline.count(raw)))
    assert (figure.method, figure.rows) == ("psi-training", len(known.current))
    bins = told.table(section, "score_bins")
    assert sum(bins.column("psi_part")) == pytest.approx(figure.value)  # type: ignore[arg-type]
    assert sum(bins.column("rows_now")) == len(known.current)  # type: ignore[arg-type]


def test_a_model_from_outside_is_held_against_the_development_sample() -> None:
    known = outside(evidence())
    assert known.development is not None
    section = stability.validated(known)
    baseline = Baseline.of(logit(known.development.pd_), "pd")
    expected = baseline.psi(baseline.count(logit(known.current.pd_)))
    assert told.figure(section, "psi").value == pytest.approx(expected)
    assert told.figure(section, "psi").method == "psi-development"
    told.check(section)


def test_rows_of_development_that_come_again_have_not_moved() -> None:
    keys = ("psi", "grade_psi")
    for seed in range(10):
        section = stability.validated(of_development(evidence(), 600, seed))
        assert [told.figure(section, key).light for key in keys] == ["green", "green"]
        assert set(told.table(section, "csi").lights) == {"green"}


def test_a_shifted_book_is_red_in_score_fields_and_grades() -> None:
    section = stability.validated(risky(evidence()))
    assert told.figure(section, "psi").light == "red"
    assert told.figure(section, "grade_psi").light == "red"
    assert "red" in told.table(section, "csi").lights
    largest = told.table(section, "csi").rows[0]
    figure = next(f for f in section.figures if f.key == "csi_largest")
    assert (figure.subject, figure.value) == (largest[0], largest[2])
    assert len([t for t in section.tables if t.key == "field_bins"]) == 3
    told.check(section)


def test_what_chance_makes_of_few_rows_is_not_judged_by_its_size() -> None:
    limits = evidence().limits
    large = 0
    for seed in range(10):
        section = stability.validated(of_development(evidence(), 40, seed))
        figure = told.figure(section, "psi")
        assert figure.value is not None
        large += figure.value > limits.psi.red
        assert figure.light == "green"
        assert figure.judged == 0
        chance = told.figure(section, "psi_by_chance").value
        assert chance == pytest.approx(9 * (1 / 40 + 1 / 2399), rel=0.01)
        assert ("psi_below_chance" in told.keys(section)) == (figure.value <= chance)
    assert large > 0


def test_each_month_has_its_own_index_and_a_thin_month_has_none() -> None:
    known = evidence()
    assert known.baseline is not None
    assert known.model is not None
    assert known.dates is not None
    assert known.current.x is not None
    dates = known.dates.reset_index(drop=True)
    thin = dates.where(np.arange(len(dates)) > 30, pd.Timestamp("2031-01-15"))
    rows = known.current.rows.assign(application_date=thin.to_numpy())
    table = told.table(stability.validated(with_current(known, rows=rows)), "psi_by_month")
    raw = known.model.raw(known.current.x)
    months = thin.dt.strftime("%Y-%m").to_numpy()
    assert table.column("month") == tuple(sorted(set(months)))
    for month, count, psi in zip(*(table.column(k) for k in ("month", "rows", "psi")), strict=True):
        own = raw[months == month]
        assert count == len(own)
        expected = known.baseline.psi(known.baseline.count(own)) if len(own) >= 100 else None
        assert psi == pytest.approx(expected)
    assert table.column("psi")[-1] is None
    assert table.lights[-1] == "none"


def test_a_month_that_has_moved_is_red_among_others_that_have_not() -> None:
    known = of_development(evidence(), 3000, 0)
    current = known.current
    order = np.argsort(current.pd_, kind="stable")
    month = np.random.default_rng(0).integers(1, 6, len(order))
    # The riskiest rows of all are those of June.
    month[order[-400:]] = 6
    dates = pd.to_datetime([f"2030-{each:02}-10" for each in month])
    rows = current.rows.assign(application_date=dates)
    table = told.table(stability.validated(with_current(known, rows=rows)), "psi_by_month")
    assert table.lights[-1] == "red"


@pytest.mark.parametrize("dates", [None, pd.NaT])
def test_without_dates_there_are_no_months(dates: object) -> None:
    known = evidence()
    rows = known.current.rows.drop(columns="application_date")
    rows = rows if dates is None else rows.assign(application_date=dates)
    section = stability.validated(with_current(known, rows=rows))
    assert "psi_by_month" not in {table.key for table in section.tables}


def test_grades_are_counted_in_both_samples_and_their_concentration_is_told() -> None:
    known = evidence()
    assert known.development is not None
    section = stability.validated(known)
    table = told.table(section, "grade_mix")
    counts = pd.Series(known.development.grade).value_counts()
    now = pd.Series(known.current.grade).value_counts()
    for row in table.rows:
        assert (row[1], row[3]) == (counts[row[0]], now[row[0]])
    shares = now.to_numpy() / now.sum()
    assert told.figure(section, "herfindahl").value == pytest.approx(shares @ shares)
    assert told.figure(section, "herfindahl").sample == "out_of_time"
    rise = told.figure(section, "concentration_rise")
    assert (rise.light, rise.limits) == ("none", None)
    assert rise.p_value is not None


def test_a_book_in_one_grade_is_concentrated() -> None:
    known = evidence()
    crowded = with_current(known, grade=np.full(len(known.current), "E"))
    section = stability.validated(crowded)
    assert told.figure(section, "herfindahl").value == 1
    assert told.figure(section, "herfindahl").light == "red"
    told.check(section)


def test_so_few_rows_that_they_crowd_by_chance_are_not_judged_by_their_grades() -> None:
    known = evidence()
    for rows, because in ((known.limits.least_rows - 1, "few-rows"), (known.limits.least_rows, "")):
        section = stability.validated(of_development(known, rows, 0))
        figure = told.figure(section, "herfindahl")
        assert (figure.sample, figure.because) == ("out_of_time", because)
        assert (figure.light == "none") == bool(because)
        told.check(section)


def test_a_scale_of_one_grade_has_nothing_to_say() -> None:
    known = evidence()
    parts = tuple(replace(part, grade=np.full(len(part), "A")) for part in known.parts)
    scaling = Scaling(grades=(Grade(name="A", pd_up_to=1.0),))
    single = replace(known, parts=parts, scaling=scaling)
    section = stability.validated(single)
    assert told.figure(section, "herfindahl").because == "one-grade"
    told.check(section)
    told.check(stability.compared(Pair(single, single)))


def test_with_the_current_rows_alone_a_model_still_knows_its_own_development() -> None:
    known = replace(evidence(), parts=evidence().parts[-1:])
    section = stability.validated(known)
    assert (
        told.figure(section, "psi").value
        == told.figure(stability.validated(evidence()), "psi").value
    )
    assert set(told.table(section, "csi").column("use")) == {"use.feature"}
    assert told.figure(section, "grade_psi").because == "no-development"
    told.check(section)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda known: plain(), "no-development"),
        (lambda known: with_part(known, known.current.take(np.arange(0))), "no-rows"),
    ],
)
def test_without_rows_to_compare_there_is_a_reason(change, because: str) -> None:  # type: ignore[no-untyped-def]
    section = stability.validated(change(evidence()))
    for key in ("psi", "grade_psi"):
        figure = told.figure(section, key)
        assert (figure.value, figure.because, figure.light) == (None, because, "none")
    assert next(f for f in section.figures if f.key == "csi_largest").because == because
    told.check(section)


def test_a_comparison_has_the_index_of_both_and_the_migration() -> None:
    both = pair()
    section = stability.compared(both)
    assert _psi(section, both.a) == _psi(stability.validated(both.a))
    assert _psi(section, both.b) == _psi(stability.validated(both.b))
    assert told.table(section, "migration").rows
    told.check(section)
    told.check(stability.validated(both.a))


def _psi(section: Section, side: Evidence | None = None) -> float | None:
    return told.figure(section, "psi", side.name if side else "").value
