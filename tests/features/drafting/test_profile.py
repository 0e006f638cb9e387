import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.drafting.profile import level_order, profile, special_codes

MISSING = ("", "NA", "None")


def look(values, name="x", dtype="str"):
    return profile(pd.Series(values, dtype=dtype), name, MISSING)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "30", "NA"], "integer"),
        (["1,200.50", "7", ""], "number"),
        (["12000", "9"], "number"),  # amounts are whole only by chance
        (["2024-01-31", "2023-02-28", None], "date"),
        (["2024年1月31日", "2023年2月28日"], "date"),
        (["20240131", "20230228", "20200101", "20190507", "20210630"], "date"),
        (["a", "b", "a"], "category"),
        (["0571", "0755", "010"], "category"),  # codes whose zeros matter
        ([str(i) + "x y" for i in range(60)], "text"),
    ],
)
def test_kinds_of_text(values, kind):
    assert look(values).kind == kind


def test_typed_columns_keep_their_kind():
    assert profile(pd.Series(pd.to_datetime(["2024-01-31"])), "x", MISSING).kind == "date"
    assert profile(pd.Series([1.0, 2.0, np.nan]), "x", MISSING).kind == "integer"
    assert profile(pd.Series([0.5, np.inf]), "x", MISSING).kind == "number"
    assert profile(pd.Series([True, False]), "x", MISSING).kind in ("integer", "category")


def test_six_digits_are_months_only_under_such_a_name():
    months = ["202401", "202312", "202306"]
    assert look(months, "apply_month").kind == "date"
    assert look(months, "amount").kind == "number"


def test_words_for_missing_do_not_hide_numbers_but_other_words_do():
    assert look(["1", "2", "?", "-", "不详"]).stray == ("?", "-", "不详")
    assert look(["1", "2", "many"]).kind == "category"


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (["36 months", "60 months", "1 month"], "months"),
        (["11.2%", "9%"], "%"),
        (["¥3,000", "¥15"], "¥"),
        (["3万元", "12万元"], "万元"),
        (["871xx", "031xx"], None),
        (["A1", "A2"], None),
        (["1 car", "2 homes", "3 dogs", "4 cats"], None),
    ],
)
def test_units_are_seen(values, unit):
    found = look(values).unit
    assert (found and found.text) == unit


@pytest.mark.parametrize("notation", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%b-%Y", "%b %d, %Y"])
def test_dates_in_other_notations_are_named(notation):
    days = pd.date_range("2023-01-25", periods=40, freq="9D").strftime(notation)
    found = look(days)
    assert found.notation == days[0]
    assert found.kind in ("category", "text")


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([0, 1, 2, 13, 96, 98], (96, 98)),
        ([0, 20, 35, 400, -9, -99], (-99, -9)),
        ([0, 5000, 12000, -1], (-1,)),
        ([-2, -1, 0, 1, 8], ()),  # a scale with negative steps
        ([-1, 0, 1, 2], ()),
        ([60, 95, 96, 97, 98, 101], ()),  # the codes lie among the rest
        ([-500, 20, 9_000, -9], ()),
        ([0, 1200, 9000, 999999], (999999,)),
        ([1, 999], ()),
    ],
)
def test_special_codes_stand_far_off(values, codes):
    assert special_codes(np.repeat(np.array(values, float), 40)) == codes


def test_a_single_far_value_is_an_outlier_and_no_code():
    assert special_codes(np.array([*range(100), 9999], float)) == ()


def test_row_numbers_rise_and_prose_is_long():
    assert look([str(i) for i in range(30)]).counter
    assert not look([str(i % 7) for i in range(30)]).counter
    assert look([f"I need {i} new machines for my shop in town" for i in range(30)]).long_text
    assert look([f"想借{i}万元扩大门面，生意很好，按时还款没有问题。" for i in range(30)]).long_text
    assert not look([f"shop {i}" for i in range(30)]).long_text


def test_levels_sort_as_people_read_them():
    given = ["10+ years", "n/a", "2 years", "< 1 year", "1 year"]
    assert sorted(given, key=level_order) == ["< 1 year", "1 year", "2 years", "10+ years", "n/a"]
    assert sorted(["A10", "B1", "A2"], key=level_order) == ["A2", "A10", "B1"]


@given(st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=40), st.text(max_size=8))
def test_any_column_can_be_looked_at(values, name):
    found = look(values, name, "object")
    assert found.rows == len(values)
    assert found.filled <= found.rows
    assert found.personal in ("", "id_number", "mobile", "email", "card", "address", "name")
    assert (found.number is None) or len(found.number) == found.rows
