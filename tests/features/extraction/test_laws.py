"""What holds of every extractor on every text, however hostile."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.extraction import amounts, days, durations, employers, rates

Extractor = Callable[[str], tuple[Any, ...]]
EXTRACTORS: tuple[Extractor, ...] = (amounts, days, durations, rates, employers)
PIECES = (
    "￥ ¥ $ HK$ RMB CNY 人民币 元 元整 万元 万 亿 千 百 十 两 三 五 零 〇 圆 角 分 块钱 k million"
    " thousand five and a half 2024 03 05 5 12 1,234.56 0.5 8000 年 月 日 个月 半 多 年化 月息 %"
    " ‰ 百分之 万分之 - -- ~ 至 to . , ， 、 / : March Mar since years months 月收入 贷款 余额"
    " salary of 在 就职于 工作单位： 有限公司 上班 work"
    " for Linze Co., Ltd. 第 号 （ ） １２ ３ ％ \n \t \0"
    " \u202e 😀"
)
TEXTS = st.lists(st.sampled_from([*PIECES.split(" "), " "]), max_size=14).map("".join)
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x30, 0x3A)} | {"%": "％"})
LONG = 100_000


@given(TEXTS | st.text(max_size=60))
def test_values_are_in_order_apart_and_within_the_text(text: str) -> None:
    for extract in EXTRACTORS:
        after = 0
        for found in extract(text):
            assert after <= found.start < found.end <= len(text)
            assert text[found.start : found.end].strip() == text[found.start : found.end]
            after = found.end


@given(TEXTS)
def test_full_width_digits_mean_the_same(text: str) -> None:
    for extract in EXTRACTORS[:4]:
        assert extract(text.translate(WIDE)) == extract(text)


@given(TEXTS)
def test_other_lines_change_nothing(text: str) -> None:
    for extract in EXTRACTORS:
        alone = extract(text)
        around = extract(f"无。\n{text}\n无。")
        assert [one[:-2] for one in around] == [one[:-2] for one in alone]


@pytest.mark.parametrize("unit", ["1", ",", "1,", "十", "年", "在"])
def test_much_of_one_thing_takes_linear_time(unit: str) -> None:
    text = unit * (LONG // len(unit))
    begun = time.process_time()
    for extract in EXTRACTORS:
        assert extract(text) == ()
    assert time.process_time() - begun < 5  # quadratic time would take minutes


@pytest.mark.parametrize(
    "unit",
    ["一个月", "1 ", "¥1 ", "2024-03-05 ", "one hundred and ", "月收入为", "work for A "],
)
def test_twice_the_text_takes_about_twice_the_time(unit: str) -> None:
    spans = []
    for times in (250, 1_000):
        text = unit * times
        begun = time.process_time()
        for extract in EXTRACTORS:
            extract(text)
        spans.append(time.process_time() - begun)
    assert spans[1] < 10 * spans[0] + 0.2
