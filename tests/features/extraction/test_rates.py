"""Rates as fractions, with the period that the words at them say."""

import pytest

from features.extraction import rates


def seen(text: str) -> list[tuple[str, float, str]]:
    return [(text[rate.start : rate.end], rate.value, rate.per) for rate in rates(text)]


@pytest.mark.parametrize(
    ("text", "shown", "value", "per"),
    [
        ("年化１８％", "１８％", 0.18, "year"),
        ("年利率（单利）为7.2%", "7.2%", 0.072, "year"),
        ("月息1.5%", "1.5%", 0.015, "month"),
        ("日息万分之五", "万分之五", 0.0005, "day"),
        ("服务费千分之三", "千分之三", 0.003, ""),
        ("百分之零点五", "百分之零点五", 0.005, ""),
        ("费率5 ‰", "5 ‰", 0.005, ""),
        ("0.05%/日", "0.05%", 0.0005, "day"),
        ("18%（年化）", "18%", 0.18, "year"),
        ("月息一分五", "一分五", 0.015, "month"),
        ("月息2分", "2分", 0.02, "month"),
        ("年息八厘", "八厘", 0.08, "year"),
        ("1.5% per month", "1.5%", 0.015, "month"),
        ("an annual interest rate of 7.2 percent", "7.2 percent", 0.072, "year"),
        ("15.5% APR", "15.5%", 0.155, "year"),
        ("变动为 -3%", "-3%", -0.03, ""),
        ("年化利率高，首付占比35%", "35%", 0.35, ""),
    ],
)
def test_ways_of_writing(text: str, shown: str, value: float, per: str) -> None:
    assert seen(text) == [(shown, value, per)]


def test_both_ends_of_a_range_are_found() -> None:
    assert seen("APR 16-32%") == [("16", 0.16, "year"), ("32%", 0.32, "year")]
    assert [rate[2] for rate in seen("年化5%至8%")] == ["year", "year"]


@pytest.mark.parametrize("text", ["v2.5%", "一分钟", "万分感谢", "007%", "percent"])
def test_what_is_no_rate(text: str) -> None:
    assert seen(text) == []
