from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from risk.report.document import Figure, Light
from risk.report.evidence import NO_OUTCOMES, Evidence, Pair
from risk.report.limits import ValidationLimits
from risk.report.segments.fairness import NONE_APPROVED, compared_tables, fairness, figures, tables
from risk.report.segments.groups import NOT_IN_ROWS
from tests.risk.report.plain import plain, with_current, with_rows

_BAD: tuple[Light, ...] = ("amber", "red")


def told(known: Evidence) -> dict[str, Figure]:
    """Figures about gender."""
    found = figures(known, fairness(known))
    return {f.key: f for f in list(found)[3:]}


@pytest.mark.parametrize("seed", range(4))
def test_a_biased_group_is_red_in_ratio_and_in_gap(seed: int) -> None:
    found = told(plain(6000, seed, planted=0.9))
    ratio, gap = found["approval_ratio"], found["good_refused_gap"]
    assert ratio.subject.en == "gender: woman"
    assert ratio.light == gap.light == "red"
    assert ratio.high < 1
    assert gap.low > 0


@pytest.mark.parametrize("seed", range(4))
def test_the_same_bias_is_red_where_the_group_is_the_reference(seed: int) -> None:
    limits = ValidationLimits(references={"gender": "woman"})
    ratio = told(plain(6000, seed, planted=0.9, limits=limits))["approval_ratio"]
    assert ratio.subject.en == "gender: man"
    assert ratio.light == "red"
    assert ratio.value > 1.25
    assert ratio.judged == pytest.approx(1 / ratio.value)


@pytest.mark.parametrize("seed", range(4))
def test_an_unbiased_book_is_not_red(seed: int) -> None:
    known = plain(6000, seed)
    lights = {f.light for f in figures(known, fairness(known))}
    lights |= {light for t in tables(known, fairness(known)) for light in t.lights}
    assert "red" not in lights


def test_unbiased_books_are_seldom_amber() -> None:
    books = [plain(1500, seed) for seed in range(20)]
    doubted = [any(f.light in _BAD for f in figures(b, fairness(b))) for b in books]
    # Two families of tests at 5 %: 20 books have more than 5 doubtful ones once in a hundred.
    assert sum(doubted) <= 5


def test_a_ratio_is_that_of_the_rates() -> None:
    known = plain(3000)
    part = known.current
    woman = (part.rows["gender"] == "woman").to_numpy()
    ratio = part.approved[woman].mean() / part.approved[~woman].mean()
    assert told(known)["approval_ratio"].value == pytest.approx(ratio)
    assert told(known)["approval_ratio"].rows == woman.sum()
    goods = (part.y == 0) & woman
    gap = told(known)["good_refused_gap"]
    assert gap.rows == goods.sum()
    refused = [1 - part.approved[(part.y == 0) & each].mean() for each in (woman, ~woman)]
    assert gap.value == pytest.approx(refused[0] - refused[1])


def test_both_must_hold() -> None:
    # A third fewer approvals of ninety rows each are no more than chance allows.
    gender = np.repeat(["man", "woman"], [120, 110])
    approved = np.concatenate([np.arange(120) < 30, np.arange(110) < 20])
    known = with_rows(plain(230), gender=gender)
    known = with_current(known, decision=np.where(approved, "approve", "refer"))
    ratio = told(known)["approval_ratio"]
    assert ratio.value < 0.8
    assert ratio.light == "green"


def test_nobody_approved_is_said() -> None:
    known = with_current(plain(2000), decision=np.full(2000, "decline"))
    assert told(known)["approval_ratio"].because == NONE_APPROVED
    assert told(known)["bad_approved_gap"].value == 0


def test_a_group_of_which_nobody_is_approved_is_red() -> None:
    known = plain(2000)
    woman = (known.current.rows["gender"] == "woman").to_numpy()
    decision = np.where(woman, "refer", known.current.decision)
    ratio = told(with_current(known, decision=decision))["approval_ratio"]
    assert (ratio.value, ratio.light) == (0, "red")


def test_without_outcomes_approvals_are_compared_alone() -> None:
    known = with_current(plain(2000, planted=1.5), y=np.full(2000, np.nan))
    assert told(known)["approval_ratio"].light == "red"
    assert told(known)["good_refused_gap"].because == NO_OUTCOMES
    assert [t.key for t in tables(known, fairness(known))] == ["approval_ratios"]


def test_a_field_that_is_not_there_is_said() -> None:
    known = with_rows(plain(2000), gender=None)
    assert {f.because for f in told(known).values()} == {NOT_IN_ROWS}
    both = with_rows(known, age=None)
    assert list(tables(both, fairness(both))) == []


def test_a_group_whose_risk_is_overstated_is_called_so() -> None:
    known = plain(8000, planted=0.9)
    table = next(t for t in tables(known, fairness(known)) if t.key == "group_levels")
    by_name = dict(zip([n.en for n in table.column("segment")], table.column("risk"), strict=True))
    assert by_name["gender: woman"] == "risk.overstated"
    assert by_name["gender: man"] == "risk.understated"


def test_both_models_stand_side_by_side_and_the_second_is_judged() -> None:
    fair, biased = plain(6000), plain(6000, planted=0.9)
    pair = Pair(fair, replace(biased, name="biased"))
    found = list(compared_tables(pair, fairness(pair.b)))
    assert [t.key for t in found] == [
        "approval_ratios_both",
        "good_refused_both",
        "bad_approved_both",
    ]
    first = found[0]
    names = [name.en for name in first.column("group")]
    assert len(names) == 6
    place = names.index("gender: woman")
    assert first.column("approval_ratio_a")[place] > 0.9
    assert first.column("approval_ratio_b")[place] < 0.8
    assert first.lights[place] == "red"
    back = Pair(pair.b, pair.a)
    assert "red" not in next(compared_tables(back, fairness(back.b))).lights


def test_many_levels_do_not_make_many_groups() -> None:
    known = plain(3000)
    streets = pd.Series([f"street {n}" for n in range(3000)])
    found = told(with_rows(known, gender=streets))
    assert {f.because for f in found.values()} == {"one-group"}
