"""Where labels stand, and the stretch of each."""

import pytest

from pipelines.intake.labels import Known
from pipelines.intake.places import MOST_IN_LINE, places

LABELS = ("收入", "月收入", "monthly income", "期限")


def found(text: str) -> list[tuple[str, str, str, str]]:
    return [
        (p.label, text[p.start : p.end], p.way, p.note) for p in places(text, LABELS, Known(LABELS))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("月收入：8元", [("月收入", "8元", "colon", "")]),
        ("（1）月收入（元）：8", [("月收入", "8", "colon", "元")]),
        ("- **Monthly  income** : 8", [("monthly income", "8", "colon", "")]),
        ("月收入：8，期限：2", [("月收入", "8", "colon", ""), ("期限", "2", "colon", "")]),
        ("月收入：8 期限：2", [("月收入", "8", "colon", ""), ("期限", "2", "colon", "")]),
        ("本人月收入：8", [("月收入", "：8", "words", "")]),
        ("月收入：\t8\t期限", [("月收入", "8", "cell", "")]),
        ("月收入（元）\t\t8", [("月收入", "8", "cell", "元")]),
        ("|月收入|8|期限|2|", [("月收入", "8", "cell", ""), ("期限", "2", "cell", "")]),
        ("月收入   8   期限   2", [("月收入", "8", "cell", ""), ("期限", "2", "cell", "")]),
        ("月收入\t期限\n8\t2", [("月收入", "8", "column", ""), ("期限", "2", "column", "")]),
        ("月收入\t期限\n8\t2\n9\t3", []),
        ("其月收入为8元。期限", [("月收入", "为8元", "words", "")]),
        ("guarantor's monthly income: 8", [("monthly income", ": 8", "words", "")]),
        ("保证人 月收入：8", [("月收入", "：8", "words", "")]),
        ("(spouse) 月收入：8", [("月收入", "：8", "words", "")]),
        ("居住：租房 月收入：8", [("月收入", "8", "colon", "")]),
        ("he rents, 月收入：8", [("月收入", "8", "colon", "")]),
        ("月收入：\n8", []),
        ("月收入    \u2003    8", [("月收入", "\u2003", "cell", "")]),
        ("guarantor's\nmonthly income    8", [("monthly income", "8", "words", "")]),
        ("期限  2  保证人的\n月收入：8", [("期限", "2", "cell", ""), ("月收入", "8", "words", "")]),
        ("former\nMonthly  income: 8", [("monthly income", "8", "words", "")]),
        ("期限    2\n月收入：8", [("期限", "2", "cell", ""), ("月收入", "8", "colon", "")]),
        ("用途  other\n月收入  8", [("月收入", "8", "cell", "")]),
        ("用途：other\n月收入：8", [("月收入", "8", "colon", "")]),
        ("I am the guarantor.\n月收入：8", [("月收入", "8", "colon", "")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_label_has_the_stretch_that_belongs_to_it(
    text: str, expected: list[tuple[str, str, str, str]]
) -> None:
    assert found(text) == expected
    assert found(f"前文\n\n{text}") == expected


def test_of_a_line_no_more_labels_are_looked_at_than_a_form_has() -> None:
    assert len(found("期限 2 " * 1000)) == MOST_IN_LINE
