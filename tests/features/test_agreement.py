"""Values of form and document in one unit: periods, scales, currencies, months since a day."""

from datetime import date

import pytest

from features.agreement import (
    amounts_agree,
    durations_agree,
    employer_named,
    employers_agree,
    rates_agree,
)
from features.checks_spec import CrossCheck
from features.extraction import Amount, Day, Duration, Rate


def check(says: str = "amount", **more: object) -> CrossCheck:
    given = {"label": "x", "field": "x", "document": "d", "near": ["x"], "says": says, **more}
    return CrossCheck.model_validate(given)


def said(value: float, per: str = "", currency: str = "") -> Amount:
    return Amount(value, currency, per, 0, 1)


@pytest.mark.parametrize(
    ("form", "unit", "per", "document", "agrees"),
    [
        (12_000, "CNY", "month", said(12_500, "month"), True),
        (12_000, "CNY", "month", said(20_000, "month"), False),
        (12_000, "CNY", "month", said(144_000, "year"), True),
        (12_000, "CNY", "month", said(12_000, "year"), False),
        (144_000, "CNY", "year", said(12_000, "month"), True),
        (12_000, "CNY", "month", said(144_000), True),
        (12_000, "CNY", "month", said(60_000), False),
        (300, "CNY", "day", said(9_000, "month"), True),
        (1.2, "万元", "month", said(12_000, "month"), True),
        (1.2, "万元", "", said(12_000, currency="CNY"), True),
        (12, "thousand USD", "", said(12_000, currency="USD"), True),
        (12_000, "CNY", "", said(12_000, currency="USD"), None),
        (12_000, "", "", said(12_000, currency="HKD"), None),
        (12_000, "元", "", said(12_000, currency="CNY"), True),
        (0, "CNY", "", said(50_000), False),
        (0, "CNY", "", said(0), True),
    ],
)
def test_amounts_are_compared_in_one_unit(form, unit, per, document, agrees):
    rule = check(per=per) if per else check()
    assert amounts_agree(form, document, rule, unit, "CNY") is agrees


@pytest.mark.parametrize(("side", "more", "less"), [("above", False, True), ("below", True, False)])
def test_a_side_forgives_the_other(side, more, less):
    rule = check(side=side, per="month")
    assert amounts_agree(20_000, said(10_000, "month"), rule, "CNY", "CNY") is more
    assert amounts_agree(5_000, said(10_000, "month"), rule, "CNY", "CNY") is less


def test_an_unsaid_period_is_no_excuse_for_a_far_larger_form():
    rule = check(side="above", per="month")
    assert amounts_agree(24_000, said(8_000), rule, "CNY", "CNY") is False


@pytest.mark.parametrize(
    ("form", "unit", "document", "agrees"),
    [
        (18, "%", Rate(0.18, "year", 0, 1), True),
        (18, "%", Rate(0.015, "month", 0, 1), True),
        (18, "%", Rate(0.0005, "day", 0, 1), True),
        (18, "%", Rate(0.015, "year", 0, 1), False),
        (0.18, "", Rate(0.015, "", 0, 1), True),
        (0.36, "", Rate(0.18, "", 0, 1), False),
    ],
)
def test_rates_are_compared_by_the_year(form, unit, document, agrees):
    assert rates_agree(form, document, check("rate", per="year"), unit) is agrees


APPLIED = date(2024, 6, 15)


@pytest.mark.parametrize(
    ("form", "unit", "document", "agrees"),
    [
        (30, "months", Duration(30.0, 0, 1), True),
        (30, "", Duration(27.0, 0, 1), False),
        (2.5, "years", Duration(30.0, 0, 1), True),
        (3, "months", Day(date(2024, 3, 1), date(2024, 3, 31), 0, 1), True),
        (28, "months", Day(date(2022, 3, 1), date(2022, 3, 31), 0, 1), True),
        (60, "months", Day(date(2022, 3, 1), date(2022, 3, 31), 0, 1), False),
        (5, "months", Day(date(2024, 6, 20), date(2024, 6, 20), 0, 1), None),
        (0, "months", Day(date(2024, 6, 1), date(2024, 6, 30), 0, 1), True),
    ],
)
def test_durations_are_months_until_the_application(form, unit, document, agrees):
    assert durations_agree(form, document, APPLIED, check("duration"), unit) is agrees


def test_a_day_without_an_application_date_cannot_be_compared():
    began = Day(date(2022, 3, 1), date(2022, 3, 31), 0, 1)
    assert durations_agree(5, began, None, check("duration"), "months") is None


@pytest.mark.parametrize(
    ("form", "document", "agrees"),
    [
        ("恒泰机械", "云川恒泰机械有限公司", True),
        ("云川恒泰机械有限公司", "云川瑞丰机械有限公司", False),
        ("Hengtai Machinery Co., Ltd.", "HENGTAI MACHINERY", True),
        ("Hengtai Machinery", "Ruifeng Machinery Co., Ltd.", False),
        ("恒泰（云川）机械", "恒泰(云川)机械股份有限公司", True),
        ("X", "X Inc.", True),
        ("Co., Ltd.", "Hengtai Co., Ltd.", False),
    ],
)
def test_employers_are_compared_without_their_legal_form(form, document, agrees):
    assert employers_agree(form, document) is agrees


def test_an_employer_named_in_the_text_is_found_through_marks_and_case():
    assert employer_named("Hengtai Co., Ltd.", "paid by HENG-TAI (Yunchuan)")
    assert not employer_named("Co., Ltd.", "paid by a Co., Ltd.")
