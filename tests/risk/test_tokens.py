"""Estimates of tokens: they add up, and they are not below what tokenizers were seen to need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.tokens import tokens, weight, weight_of


# Counted with the tokenizers of DeepSeek and Qwen 2.5; the larger of the two.
@pytest.mark.parametrize(
    ("text", "counted"),
    [
        (
            "本人月收入8,000元，于2023年5月入职，至今未有逾期。贷款用于购买家用电器，分十二个月偿还。",
            36,
        ),
        (
            "I work for a machine tool maker and earn CNY 12,500 a month; "
            "the loan is for household appliances.",
            28,
        ),
        ("2024-03-05 | 12,350.00 | POS 88231 | 余额 30,112.57", 42),
        ("F12 [表单] 月收入 | 10,000元 | 高于49%的申请人", 28),
        ("F3 [score] debts | raises the risk, rank 1 | debts are high", 18),
        ("⟦name-1⟧来电，手机⟦mobile-1⟧。客户称上月工资延迟发放，已与单位核实，情况属实。", 33),
        ("1380013800062226002000123456789", 31),
    ],
)
def test_ordinary_text_is_not_underestimated_and_not_doubled(text: str, counted: int) -> None:
    assert counted <= tokens(text) <= 2 * counted


@given(st.text(), st.text())
def test_lines_add_up(first: str, second: str) -> None:
    assert weight(f"{first}\n{second}") == weight(f"{first}\n") + weight(second)


@given(st.text())
def test_nothing_is_free_but_nothing(text: str) -> None:
    assert (tokens(text) > 0) == bool(text)
    assert weight(text) <= weight_of(tokens(text))
