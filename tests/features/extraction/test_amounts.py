"""Sums of money are found where they stand, and nothing else is."""

import pytest

from features.extraction import amounts


def seen(text: str) -> list[tuple[str, float, str, str]]:
    return [(text[a.start : a.end], a.value, a.currency, a.per) for a in amounts(text)]


@pytest.mark.parametrize(
    ("text", "shown", "value", "currency"),
    [
        ("价￥１２，３４５．６０", "￥１２，３４５．６０", 12345.6, "CNY"),
        ("借人民币（大写）：壹拾贰万元整。", "人民币（大写）：壹拾贰万元整", 120000, "CNY"),
        ("共伍元叁角贰分", "伍元叁角贰分", 5.32, "CNY"),
        ("3万5千元", "3万5千元", 35000, "CNY"),
        ("花了两百块。", "两百块", 200, "CNY"),
        ("500元正常入账", "500元", 500, "CNY"),
        ("HK$3,000 was paid", "HK$3,000", 3000, "HKD"),
        ("收入 12,500.00 支出", "12,500.00", 12500, ""),
        ("Gross income is 1548$.", "1548$", 1548, "USD"),
        ("a fee of USD 3.5m", "USD 3.5m", 3_500_000, "USD"),
        ("five thousand yuan", "five thousand yuan", 5000, "CNY"),
        ("存款3.5万，", "3.5万", 35000, ""),
        ("余额：-500元", "-500元", -500, "CNY"),
        ("亏了负500元", "负500元", -500, "CNY"),
        ("¥-500", "¥-500", -500, "CNY"),
        ("| 余额 | 8,000 |", "8,000", 8000, ""),
    ],
)
def test_ways_of_writing(text: str, shown: str, value: float, currency: str) -> None:
    assert [found[:3] for found in seen(text)] == [(shown, value, currency)]


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("月收入8000元", "month"),
        ("工资4,100元一个月", "month"),
        ("每月的房租约2000元", "month"),
        ("2023年收入20万元", "year"),
        ("RMB 96k p.a.", "year"),
        ("an annual salary of $80,000", "year"),
        ("deposits average CNY 4,639 a day", "day"),
        ("日均余额4,324元", ""),
        ("average daily balance RMB 6,411", ""),
        ("上月收入8000元", ""),
        ("近3年收入60万元", ""),
        ("月薪不变，奖金8000元", ""),
    ],
)
def test_per_what_is_said_by_the_words_at_the_sum(text: str, per: str) -> None:
    assert [found[3] for found in seen(text)] == [per]


@pytest.mark.parametrize(
    "text",
    [
        "手机13812345678，卡号6222 0210 0111 2223 334",
        "第3条，3名，5辆，分12期，贷款12期，18%，10:30",
        "138-1234-5000元",
        "余额0012",
        "流水20240305",
        "流水号20240305",
        "贷款2024年3月",
        "income 2009 was low",
        "loan of 36 months, balance of 3 accounts",
        "十几万元，3万多元，几十万元，20余万元，三五万元",
        "一元二次方程，三元里",
        "电池3块",
        "v2.3, 192.168.1.1, Building 10, Room 706",
        "月薪丰厚",
        "贷款 120 期",
        "saves me 200-300 hundred dollars",
    ],
)
def test_other_numbers_are_no_sums(text: str) -> None:
    assert seen(text) == []


def test_the_ends_of_a_range_share_scale_currency_and_period() -> None:
    assert seen("月薪3-5万元") == [("3", 30000, "CNY", "month"), ("5万元", 50000, "CNY", "month")]
    assert [found[1] for found in seen("$5-8k")] == [5000, 8000]
    assert [found[1] for found in seen("between 3,000 and 5,000 yuan")] == [3000, 5000]
    assert [found[0] for found in seen("收入5000-8000")] == ["5000", "8000"]


def test_numbers_far_apart_are_no_range() -> None:
    assert [found[0] for found in seen("3到5000元")] == ["5000元"]


def test_a_mark_between_two_sums_belongs_to_one_of_them() -> None:
    assert [found[0] for found in seen("USD 500 RMB 300")] == ["USD 500", "RMB 300"]
    assert [found[0] for found in seen("500 RMB 300 USD")] == ["500 RMB", "300 USD"]


def test_a_dash_is_a_minus_only_where_a_sum_may_be_negative() -> None:
    assert [found[1] for found in seen("月薪-8000元")] == [8000]
    assert [found[1] for found in seen("VISA--$14,391")] == [14391]
