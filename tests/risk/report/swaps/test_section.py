from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from features.language import catalogue
from risk.report.document import Figure, Section, Table
from risk.report.evidence import Evidence, Pair
from risk.report.swaps import section as swaps
from risk.validation.swapset import CELLS, swap_set
from tests.risk.report import scene
from tests.risk.report.plain import plain, with_current


def of(section: Section, key: str) -> Figure:
    return next(f for f in section.figures if f.key == key)


def table(section: Section, key: str) -> Table:
    return next(t for t in section.tables if t.key == key)


def noisy(known: Evidence, noise: float, seed: int = 0) -> Evidence:
    """The same evidence with PDs that know less."""
    part = known.current
    moved = logit(part.pd_) + np.random.default_rng(seed).normal(0, noise, len(part))
    return replace(with_current(known, pd_=expit(moved)), name="noisy")


def test_one_model_has_decisions_margins_and_vintages_and_no_swap_set() -> None:
    section = swaps.validated(scene.evidence())
    assert [t.key for t in section.tables] == ["decisions", "margins", "vintages", "arrivals"]
    assert section.light in ("none", "green", "amber")


def test_cells_at_the_first_models_own_rate_are_those_of_the_swap_set() -> None:
    pair = Pair(plain(4000), noisy(plain(4000), 1.0))
    first, second = pair.current
    known = swap_set(first.y, first.pd_, second.pd_, first.approved.mean()).table
    found = table(swaps.compared(pair), "swap_cells")
    assert found.column("cell") == tuple(f"cell.{cell}" for cell in CELLS)
    for name in ("rows", "bads", "bad_rate", "low", "high"):
        assert found.column(name) == pytest.approx(known[name].to_list())
    others = table(swaps.compared(pair), "swap_cells_at")
    assert sorted(set(others.column("approval_rate"))) == [0.6, 0.7, 0.8, 0.9]


@pytest.mark.parametrize("seed", range(3))
def test_a_model_that_knows_less_lets_bads_in_and_is_red(seed: int) -> None:
    known = plain(6000, seed)
    worse = of(swaps.compared(Pair(known, noisy(known, 2.0, seed))), "bads_avoided")
    assert worse.high < 0
    assert worse.light == "red"
    better = of(swaps.compared(Pair(noisy(known, 2.0, seed), known)), "bads_avoided")
    assert better.low > 0
    assert better.light == "green"


@pytest.mark.parametrize("seed", range(3))
def test_two_models_that_know_as_much_are_not_red(seed: int) -> None:
    known = plain(6000, seed)
    pair = Pair(noisy(known, 0.7, 2 * seed), noisy(known, 0.7, 2 * seed + 1))
    assert of(swaps.compared(pair), "bads_avoided").light != "red"


def test_a_model_beside_itself_swaps_nobody() -> None:
    known = scene.evidence()
    section = swaps.compared(Pair(known, known))
    assert of(section, "swapped_rows").value == 0
    assert of(section, "same_decision").value == 1
    assert of(section, "bads_avoided").value == 0
    shifts = [t for t in section.tables if t.key == "swap_reasons"]
    assert {shift for t in shifts for shift in t.column("shift")} == {0}
    cells = catalogue("risk.report").texts
    assert [t.subject for t in shifts] == [cells["word.cell.both"], cells["word.cell.neither"]]


def test_reasons_of_a_cell_are_counted_under_both_models() -> None:
    pair = scene.pair()
    first, second = pair.current
    section = swaps.compared(pair)
    found = next(t for t in section.tables if t.key == "swap_reasons")
    cell = swap_set(first.y, first.pd_, second.pd_, first.approved.mean()).cell == 0
    label = pair.a.dictionary["education"].label
    place = [reason.en for reason in found.column("reason")]
    assert len(place) <= 8
    shifts = np.abs(found.column("shift"))
    assert (np.diff(shifts) <= 1e-12).all()
    for part, name in ((first, "named_a"), (second, "named_b")):
        told = found.column(name)
        for code, count in zip(place, told, strict=True):
            if code == label.en:
                assert count == (part.reasons[cell] == "education").any(axis=1).sum()
    assert set(found.column("rows")) == {cell.sum()}


def test_without_reasons_the_shift_is_said_to_be_unknown() -> None:
    known = plain(1000)
    section = swaps.compared(Pair(known, known))
    assert of(section, "reasons_of_both").because == "no-model"
    assert "swap_reasons" not in [t.key for t in section.tables]


def test_without_outcomes_it_is_still_known_who_changes_places() -> None:
    known = with_current(plain(1000), y=np.full(1000, np.nan))
    section = swaps.compared(Pair(known, noisy(known, 1.0)))
    assert of(section, "bads_avoided").because == "no-outcomes"
    found = table(section, "swap_cells")
    assert sum(found.column("rows")) == 1000
    assert sum(found.column("known")) == 0
    assert set(found.column("bad_rate")) == {None}


def test_an_empty_sample_and_one_outcome_are_said() -> None:
    known = plain(600)
    empty = replace(known, parts=(known.current.take(np.zeros(600, bool)),))
    assert swaps.validated(empty).light == "none"
    assert of(swaps.compared(Pair(empty, empty)), "bads_avoided").because == "no-outcomes"
    good = with_current(known, y=np.zeros(600))
    section = swaps.compared(Pair(good, noisy(good, 1.0)))
    assert of(section, "bads_avoided").because == "too-few"


def test_rows_without_a_date_are_told() -> None:
    known = plain(600)
    rows = known.current.rows
    dates = rows["applied"].where(np.arange(600) > 9)
    (remark,) = swaps.validated(with_current(known, rows=rows.assign(applied=dates))).remarks
    assert remark.values == {"rows": 10}
