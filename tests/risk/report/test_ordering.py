from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from risk.report import ordering
from risk.report.evidence import Evidence, Names, Pair
from risk.validation.swapset import gains
from tests.risk.report import told
from tests.risk.report.plain import plain, with_current
from tests.risk.report.scene import evidence, pair

RATES = [n / 10 for n in range(1, 10)]


def swapped(grade: Names, one: str, other: str) -> Names:
    """Two grades under each other's name."""
    return np.select([grade == one, grade == other], [other, one], grade)


def with_swap(known: Evidence, one: str, other: str) -> Evidence:
    return with_current(known, grade=swapped(known.current.grade, one, other))


def test_bad_rates_are_those_of_the_grades() -> None:
    known = plain()
    table = told.table(ordering.validated(known), "grade_rates")
    expected = pd.DataFrame({"grade": known.current.grade, "y": known.current.y})
    expected = expected.groupby("grade")["y"].agg(["size", "sum", "mean"])
    for grade, rows, bads, rate, low, high in table.rows:
        if grade not in expected.index:
            assert (rows, bads, rate) == (0, 0, None)
            continue
        assert (rows, bads) == tuple(expected.loc[grade, ["size", "sum"]])
        assert rate == pytest.approx(expected.loc[grade, "mean"])
        assert low <= rate <= high  # type: ignore[operator]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_sound_model_is_green(seed: int) -> None:
    section = ordering.validated(evidence(seed))
    assert section.light == "green"
    told.check(section)


def test_right_pds_are_called_inverted_no_more_often_than_chance_has_it() -> None:
    lights = [ordering.validated(plain(rows=1500, seed=seed)).light for seed in range(30)]
    # The chance that any pair of a sound order falls below 5 % is at most 5 %.
    assert sum(light != "green" for light in lights) <= 3
    assert "red" not in lights


@pytest.mark.parametrize(("one", "other", "pairs"), [("E", "F", 1), ("F", "G", 1), ("D", "F", 3)])
def test_two_grades_under_each_others_name_are_red(one: str, other: str, pairs: int) -> None:
    section = ordering.validated(with_swap(evidence(), one, other))
    figure = told.figure(section, "inversions")
    assert (figure.light, figure.value) == ("red", pairs)
    assert figure.p_value is not None
    assert figure.p_value < 0.01
    assert "red" in told.table(section, "grade_pairs").lights
    told.check(section)


def test_where_bads_are_few_an_inversion_is_counted_and_not_called_proven() -> None:
    section = ordering.validated(with_swap(evidence(), "D", "E"))
    figure = told.figure(section, "inversions")
    assert (figure.light, figure.value) == ("green", 1)


@pytest.mark.parametrize("one", ["D", "E", "F", "G"])
def test_neighbours_under_each_others_name_are_red_where_there_are_rows_enough(one: str) -> None:
    other = chr(ord(one) + 1)
    section = ordering.validated(with_swap(plain(rows=20_000), one, other))
    pairs = told.table(section, "grade_pairs")
    wrong = [row[:2] for row, light in zip(pairs.rows, pairs.lights, strict=True) if light == "red"]
    assert wrong == [(one, other)]
    assert told.figure(section, "inversions").value == 1


def test_an_inversion_that_is_proven_and_slight_is_no_alarm() -> None:
    known = plain(rows=2000)
    rows, bads = 400_000, (4_150, 4_000)
    y = np.concatenate([np.arange(rows) < each for each in bads]).astype(np.float64)
    grades = np.repeat(["D", "E"], rows)
    many = known.current.take(np.zeros(2 * rows, np.int64))
    section = ordering.validated(replace(known, parts=(replace(many, y=y, grade=grades),)))
    figure = told.figure(section, "inversions")
    assert figure.p_value == pytest.approx(0.048, abs=0.005)
    assert (figure.value, figure.light) == (1, "green")
    bads = (4_800, 4_000)
    y = np.concatenate([np.arange(rows) < each for each in bads]).astype(np.float64)
    section = ordering.validated(replace(known, parts=(replace(many, y=y, grade=grades),)))
    figure = told.figure(section, "inversions")
    assert (figure.judged, figure.light) == (pytest.approx(1.2), "amber")
    assert told.table(section, "grade_pairs").lights == ("amber",)


def test_an_order_turned_round_is_found_over_all_pairs() -> None:
    known = plain()
    names = np.array(known.grades)
    place = np.searchsorted(names, known.current.grade)
    turned = with_current(known, grade=names[::-1][place])
    section = ordering.validated(turned)
    filled = len(np.unique(known.current.grade))
    assert told.figure(section, "inversions").value == pytest.approx(
        filled * (filled - 1) / 2, abs=1
    )
    assert section.light == "red"


def test_gains_are_those_of_the_approved_shares() -> None:
    known = plain()
    table = told.table(ordering.validated(known), "gains")
    order = np.argsort(known.current.pd_, kind="stable")
    for rate, rows, bads, *_ in table.rows:
        assert rows == 600 * round(10 * rate)  # type: ignore[operator, arg-type]
        assert bads == known.current.y[order[:rows]].sum()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("y", "because"),
    [
        (lambda y: np.full(len(y), np.nan), "no-outcomes"),
        (lambda y: np.zeros(len(y)), "too-few"),
    ],
)
def test_without_outcomes_there_is_a_reason_and_no_number(y, because: str) -> None:  # type: ignore[no-untyped-def]
    known = with_current(plain(), y=y(plain().current.y))
    for section in (ordering.validated(known), ordering.compared(Pair(known, known))):
        assert {(f.value, f.because) for f in section.figures} == {(None, because)}
        assert not section.tables
        told.check(section)


def test_one_grade_that_has_all_rows_cannot_be_out_of_order() -> None:
    known = with_current(plain(), grade=np.full(6000, "C"))
    section = ordering.validated(known)
    assert told.figure(section, "inversions").because == "one-filled-grade"
    assert section.light == "none"
    told.check(section)


def test_both_are_held_against_each_other_at_equal_approval_rates() -> None:
    both = pair()
    section = ordering.compared(both)
    table = told.table(section, "equal_rates")
    first, second = both.current
    alone = [gains(part.y, part.pd_, RATES) for part in (first, second)]
    assert table.column("rows") == tuple(alone[0]["rows"])
    assert table.column("bad_rate_a") == pytest.approx(tuple(alone[0]["bad_rate"]))
    assert table.column("bad_rate_b") == pytest.approx(tuple(alone[1]["bad_rate"]))
    assert table.column("avoided") == tuple(alone[0]["bads"] - alone[1]["bads"])
    for side in both.sides:
        assert told.table(section, "grade_rates", side.name).rows
    told.check(section)


def test_a_model_saves_nothing_over_itself() -> None:
    known = plain()
    table = told.table(ordering.compared(Pair(known, known)), "equal_rates")
    assert set(table.column("avoided")) == {0}
    assert set(table.column("p_adjusted")) == {1}


def test_a_worse_model_keeps_fewer_bads_out_and_that_is_no_chance() -> None:
    known = plain()
    noise = np.random.default_rng(1).normal(0, 2, 6000)
    worse = with_current(known, pd_=expit(logit(known.current.pd_) + noise))
    table = told.table(ordering.compared(Pair(known, worse)), "equal_rates")
    assert all(high < 0 for high in table.column("avoided_high"))  # type: ignore[operator]
    assert all(p < 0.01 for p in table.column("p_adjusted"))  # type: ignore[operator]


def test_the_interval_of_bads_kept_out_holds_what_drawing_again_gives() -> None:
    """An independent way to the same interval: a bootstrap of the rows."""
    known = plain(rows=3000, seed=3)
    noise = np.random.default_rng(2).normal(0, 1, 3000)
    other = with_current(known, pd_=expit(logit(known.current.pd_) + noise))
    y = known.current.y
    table = told.table(ordering.compared(Pair(known, other)), "equal_rates")
    row = dict(zip([c.key for c in table.columns], table.rows[5], strict=True))
    first, second = (
        np.isin(np.arange(3000), np.argsort(part.pd_, kind="stable")[:1800])
        for part in (known.current, other.current)
    )
    kept_out = y * (first.astype(float) - second)
    rng = np.random.default_rng(0)
    drawn = [kept_out[rng.integers(3000, size=3000)].sum() for _ in range(2000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert row["avoided_low"] == pytest.approx(low, abs=0.15 * (high - low))
    assert row["avoided_high"] == pytest.approx(high, abs=0.15 * (high - low))


def test_the_section_of_a_shuffled_sample_is_the_same() -> None:
    known = plain(rows=2000)
    order = np.random.default_rng(0).permutation(2000)
    again = replace(known, parts=(known.current.take(order),))
    assert ordering.validated(again) == ordering.validated(known)
