import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.documents import Sentence, sentences

_WORDS = [
    "收入1.2万元",
    "He rents",
    "No. 5",
    "Co., Ltd.",
    "1.",
    "😀",
    "A",
    "\x00",
    "\u202e",
    "\u200b",
]
_MARKS = list("。！？；….!?\n“”\"')（ \t\u3000")
_PIECES = st.sampled_from(_WORDS + _MARKS)
TEXTS = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=30).map("".join))


def split(text: str) -> list[str]:
    return [sentence.text for sentence in sentences("notes", text)]


@given(TEXTS)
@example('他说。"你好。"')
@example("\x1c.\x1d!")
def test_offsets_give_back_each_sentence(text: str) -> None:
    found = sentences("notes", text)
    assert [s.number for s in found] == list(range(1, len(found) + 1))
    for sentence in found:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text
        assert sentence.text == sentence.text.strip()
        assert sentence.document == "notes"


@given(TEXTS)
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    found = sentences("notes", text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    between = [0, *(edge for s in found for edge in (s.start, s.end)), len(text)]
    gaps = [text[a:b] for a, b in zip(between[::2], between[1::2], strict=True)]
    assert not "".join(gaps).strip()


@given(TEXTS)
def test_a_line_break_always_ends_a_sentence(text: str) -> None:
    assert not any(re.search(r"[\n\r\v\f\x85\u2028\u2029]", piece) for piece in split(text))


@given(TEXTS, TEXTS)
def test_lines_are_split_one_by_one(first: str, second: str) -> None:
    assert split(f"{first}\n{second}") == split(first) + split(second)


def test_an_empty_document_has_no_sentences() -> None:
    assert sentences("notes", "") == ()
    assert sentences("notes", " \n\t\u3000") == ()


def test_a_sentence_names_its_document_and_place() -> None:
    assert sentences("notes", "甲。 乙。")[1] == Sentence("notes", 2, 3, 5, "乙。")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("月收入1.2万元。有结余！", ["月收入1.2万元。", "有结余！"]),
        ("在单位工作；已婚……无逾期", ["在单位工作；", "已婚……", "无逾期"]),
        ("他说：“可以。”随后离开。", ["他说：“可以。”", "随后离开。"]),
        ('他说："可以。"随后离开。', ['他说："可以。"', "随后离开。"]),
        ('无逾期。"正常"类。', ["无逾期。", '"正常"类。']),
        ("真的吗?!是的", ["真的吗?!", "是的"]),
        ("He earns CNY 1,200.50. Rents.", ["He earns CNY 1,200.50.", "Rents."]),
        ("Mr. Li of No. 5 Road pays.", ["Mr. Li of No. 5 Road pays."]),
        ("He said no. Then he left.", ["He said no.", "Then he left."]),
        ("Works at Foods Co., Ltd. and rents.", ["Works at Foods Co., Ltd. and rents."]),
        ("Works at Foods Co., Ltd. Rents.", ["Works at Foods Co., Ltd.", "Rents."]),
        ("1. Income seen. 2. Debts seen.", ["1. Income seen.", "2. Debts seen."]),
        ("See www.bank.cn/a?b=1 or a.b@bank.cn now", ["See www.bank.cn/a?b=1 or a.b@bank.cn now"]),
        ("Since 3.2024 J. Li pays. OK", ["Since 3.2024 J. Li pays.", "OK"]),
        ("first line\r\nsecond line", ["first line", "second line"]),
        ("a\x00b。\u202ec。", ["a\x00b。", "\u202ec。"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    "unit",
    [
        "!",
        ".",
        "x",
        " ",
        "\n",
        '."',
        "'\"",
        "1. ",
        "J. ",
        "Mr. ",
        "（",
        "a。",
        "</think>",
        "\x00",
        "…”",
    ],
)
def test_hostile_megabytes_take_linear_time(unit: str) -> None:
    text = (unit * 400_000)[:400_000] + "x"
    before = time.perf_counter()
    found = sentences("notes", text)
    assert time.perf_counter() - before < 15  # quadratic work would take hours
    assert all(text[s.start : s.end] == s.text for s in found[:100] + found[-100:])
