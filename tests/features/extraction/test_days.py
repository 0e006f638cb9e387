"""Dates are found where they stand; what may mean two days, or none, is left out."""

import pytest

from features.extraction import days


def seen(text: str) -> list[tuple[str, str, str]]:
    return [(text[day.start : day.end], str(day.first), str(day.last)) for day in days(text)]


@pytest.mark.parametrize(
    ("text", "shown", "day"),
    [
        ("于2024-03-05面签", "2024-03-05", "2024-03-05"),
        ("2024-03-05T10:20", "2024-03-05", "2024-03-05"),
        ("（2024/3/5）", "2024/3/5", "2024-03-05"),
        ("日期20240305，", "20240305", "2024-03-05"),
        ("2024 年 3 月 5 日", "2024 年 3 月 5 日", "2024-03-05"),
        ("二〇一九年十二月三十一日", "二〇一九年十二月三十一日", "2019-12-31"),
        ("２０２４年３月５号", "２０２４年３月５号", "2024-03-05"),
        ("the 5th of March, 2024", "5th of March, 2024", "2024-03-05"),
        ("Mar. 5th, 2024", "Mar. 5th, 2024", "2024-03-05"),
        ("5-Mar-24", "5-Mar-24", "2024-03-05"),
        ("added on 12/28/09 >", "12/28/09", "2009-12-28"),
        ("28/12/2009", "28/12/2009", "2009-12-28"),
    ],
)
def test_ways_of_writing(text: str, shown: str, day: str) -> None:
    assert seen(text) == [(shown, day, day)]


@pytest.mark.parametrize(
    ("text", "shown", "first", "last"),
    [
        ("2024年2月", "2024年2月", "2024-02-01", "2024-02-29"),
        ("2023年元月份", "2023年元月", "2023-01-01", "2023-01-31"),
        ("自2022-07起", "2022-07", "2022-07-01", "2022-07-31"),
        ("in Mar 2024.", "Mar 2024", "2024-03-01", "2024-03-31"),
        ("2019年入职", "2019年", "2019-01-01", "2019-12-31"),
        ("since 2019", "2019", "2019-01-01", "2019-12-31"),
        ("2019.05至今", "2019.05", "2019-05-01", "2019-05-31"),
    ],
)
def test_months_and_years_cover_their_days(text: str, shown: str, first: str, last: str) -> None:
    assert seen(text) == [(shown, first, last)]


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "2024年13月",
        "2024年2月30日",
        "30 February 2024",
        "03/05/2024",
        "3月5日",
        "v2024.3.5",
        "192.168.1.1",
        "INV-2024-03-05",
        "2024-03-05-01",
        "发票号码20240305",
        "account no. 20240305",
        "RMB 20240305",
        "110101202403051234",
        "2024.03元",
        "2010-12室",
        "May I ask",
    ],
)
def test_what_is_no_date_or_may_be_two(text: str) -> None:
    assert seen(text) == []


def test_both_ends_of_a_range_are_found() -> None:
    assert [day[0] for day in seen("2022-07—2022-12")] == ["2022-07", "2022-12"]
    assert [day[0] for day in seen("20230101-20231231")] == ["20230101", "20231231"]
    assert [day[0] for day in seen("2019.05-2021.03")] == ["2019.05", "2021.03"]
