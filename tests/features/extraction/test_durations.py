"""Lengths of time in months, apart from years of the calendar, ages and periods of a sum."""

import pytest

from features.extraction import durations


def seen(text: str) -> list[tuple[str, float]]:
    return [(text[found.start : found.end], found.months) for found in durations(text)]


@pytest.mark.parametrize(
    ("text", "shown", "months"),
    [
        ("任职2年3个月。", "2年3个月", 27),
        ("1年零3个月", "1年零3个月", 15),
        ("2年3月", "2年3月", 27),
        ("三年半", "三年半", 42),
        ("近半年", "半年", 6),
        ("一个半月", "一个半月", 1.5),
        ("干了11年多了", "11年多", 132),
        ("１８个月", "１８个月", 18),
        ("3年期", "3年", 36),
        ("a 36-month term", "36-month", 36),
        ("1 year and 3 months", "1 year and 3 months", 15),
        ("two and a half years", "two and a half years", 30),
        ("3.5 yrs", "3.5 yrs", 42),
        ("a year and a half ago", "a year and a half", 18),
    ],
)
def test_ways_of_writing(text: str, shown: str, months: float) -> None:
    assert seen(text) == [(shown, months)]


@pytest.mark.parametrize(
    "text",
    [
        "2019年",
        "19年入职",
        "19年3月",
        "08年",
        "第3年",
        "3年级",
        "十几年",
        "上半年",
        "分12期",
        "35 years old",
        "a 3-year-old",
        "8,000 a month",
        "18 monthly instalments",
        "工资4,100元一个月",
        "一个月3,500元左右",
        "2、3年",
        "2 or 3 years",
    ],
)
def test_what_is_no_one_length_of_time(text: str) -> None:
    assert seen(text) == []


def test_both_ends_of_a_range_are_found() -> None:
    assert seen("3-5年") == [("3", 36), ("5年", 60)]
    assert seen("one to two years") == [("one", 12), ("two years", 24)]
