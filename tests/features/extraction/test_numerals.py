"""Numerals mean what they are written as, in digits, Chinese and English."""

from hypothesis import given
from hypothesis import strategies as st

from features.extraction.numerals import number
from tests.benchmarks.written_values import in_chinese, in_english

FORMAL = "零壹贰叁肆伍陆柒捌玖"


@given(st.integers(1, 10**12 - 1))
def test_a_chinese_numeral_is_read_back(value: int) -> None:
    assert number(in_chinese(value)) == value
    assert number(in_chinese(value, FORMAL, "拾佰仟")) == value


@given(st.integers(0, 999_999))
def test_english_words_are_read_back(value: int) -> None:
    assert number(in_english(value)) == value


@given(st.decimals(0, 10**12, places=2))
def test_digits_are_read_back_with_and_without_separators(value: float) -> None:
    assert number(f"{value:.2f}") == number(f"{value:,.2f}") == float(value)


def test_mixed_and_short_forms() -> None:
    words = (
        "3万5千",
        "1亿2000万",
        "二十万零五百",
        "两万五",
        "3万5",
        "一百二",
        "1.5千",
        "３．５ 万",
    )
    assert [number(w) for w in words] == [
        35_000,
        120_000_000,
        200_500,
        25_000,
        35_000,
        120,
        1500,
        35_000,
    ]


def test_what_is_no_one_exact_number() -> None:
    words = ("三五万", "十几", "3万多", "二〇二四", "1.2.3", "万", "", "two three", "3.5万5千")
    assert [number(w) for w in words] == [None] * len(words)
