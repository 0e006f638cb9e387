from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from risk.report.evidence import Names, Pair
from risk.report.stability.migration import migrated
from risk.scorecard import Grade, Scaling
from risk.validation.grades import migration
from tests.risk.report import told
from tests.risk.report.plain import plain, with_current
from tests.risk.report.scene import pair

NAMES = "ABCDEFGH"
FIGURES = ("grade_same", "grade_one_off", "grade_further_off")


def moved_by(before: Names, after: Names) -> Pair:
    known = plain(rows=len(before))
    return Pair(with_current(known, grade=before), with_current(known, grade=after))


def test_a_model_moves_nobody_away_from_itself() -> None:
    known = plain()
    section = migrated(Pair(known, known))
    assert [told.figure(section, key).value for key in FIGURES] == [1, 0, 0]
    assert told.figure(section, "upper_bandwidth").value == 0
    assert told.figure(section, "pd_rank").value == pytest.approx(1)


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1, max_size=40))
@settings(max_examples=20)
def test_rows_are_counted_where_they_went(moves: list[tuple[str, str]]) -> None:
    before, after = np.array(moves).T
    section = migrated(moved_by(before, after))
    crossed = pd.crosstab(before, after)
    cells = told.table(section, "migration_cells")
    assert len(cells.rows) == (crossed.to_numpy() > 0).sum()
    for one, other, rows, share in cells.rows:
        assert rows == crossed.loc[one, other]
        assert share == pytest.approx(rows / (before == one).sum())
    far = np.array([NAMES.index(b) - NAMES.index(a) for a, b in moves])
    shares = (far == 0).mean(), (abs(far) == 1).mean(), (abs(far) > 1).mean()
    assert [told.figure(section, key).value for key in FIGURES] == pytest.approx(shares)
    matrix = told.table(section, "migration")
    assert sum(matrix.column("rows")) == len(moves)  # type: ignore[arg-type]
    for row in matrix.rows:
        own = far[before == row[0]]
        steps = [(np.clip(own, -2, 2) == step).mean() for step in range(-2, 3)]
        assert row[2:] == pytest.approx(steps)


def test_bandwidths_and_ranks_are_those_of_the_statistics() -> None:
    both = pair()
    section = migrated(both)
    first, second = both.current
    found = migration(first.grade, second.grade, both.a.grades)
    assert told.figure(section, "upper_bandwidth").value == found.upper
    assert told.figure(section, "lower_bandwidth").value == found.lower
    rank = stats.spearmanr(first.pd_, second.pd_).statistic
    assert told.figure(section, "pd_rank").value == pytest.approx(rank)
    told.check(section.model_copy(update={"key": "stability"}))


def test_moves_are_not_judged() -> None:
    section = migrated(moved_by(np.array(["A"] * 50), np.array(["H"] * 50)))
    assert section.light == "none"
    assert told.figure(section, "upper_bandwidth").value == 1


def test_two_scales_of_grades_are_not_compared() -> None:
    known = plain()
    scaling = Scaling(grades=(Grade(name="low", pd_up_to=0.1), Grade(name="high", pd_up_to=1)))
    section = migrated(Pair(known, replace(known, scaling=scaling)))
    assert {told.figure(section, key).because for key in FIGURES} == {"other-grades"}
    assert not section.tables


def test_empty_samples_and_one_pd_for_all_have_reasons() -> None:
    known = plain()
    none = replace(known, parts=(known.current.take(np.arange(0)),))
    assert {f.because for f in migrated(Pair(none, none)).figures} == {"no-rows"}
    same = with_current(known, pd_=np.full(6000, 0.1))
    assert told.figure(migrated(Pair(known, same)), "pd_rank").because == "equal-pds"
