"""Kinds of papers, and which words decided."""

import pytest

from pipelines.intake.kinds import Deciding, kind_of
from risk.papers import Paper, Unread
from tests.pipelines.intake.given import RULES


def kind(name: str, text: str = "", unread: Unread | None = None) -> tuple[str, str]:
    found = kind_of(Paper(name=name, text=text, unread=unread), RULES)
    return found.name, found.confidence


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("1.pdf", "个人贷款申请表\n姓名：张三", ("form", "sure")),
        ("1.pdf", "某银行\n\n个人贷款 Application  Form", ("form", "sure")),
        ("loan_form-2.pdf", "nothing", ("form", "likely")),
        ("loan_form.pdf", "Loan amount: 5", ("form", "sure")),
        ("1.pdf", "申请金额 借款期限", ("form", "doubtful")),
        ("platform.pdf", "reformed", ("other", "none")),
        ("1.pdf", "保证合同\n甲方", ("guarantee", "sure")),
        ("form contract.pdf", "", ("form", "doubtful")),
        ("1.pdf", "\n" * 50 + "x\n" * 6 + "合同", ("other", "none")),
    ],
)
def test_first_lines_file_name_and_words_tell_the_kind(
    name: str, text: str, expected: tuple[str, str]
) -> None:
    assert kind(name, text) == expected


def test_what_is_only_a_picture_is_one_unless_its_name_says_more() -> None:
    assert kind("IMG_2044.JPG", unread=Unread.UNKNOWN_FORMAT) == ("photo", "none")
    assert kind("1.pdf", unread=Unread.NO_TEXT_LAYER) == ("photo", "none")
    assert kind("合同 1.jpg", unread=Unread.UNKNOWN_FORMAT) == ("contract", "likely")
    assert kind("1.zip", unread=Unread.UNKNOWN_FORMAT) == ("other", "none")


def test_the_words_that_decided_and_the_rivals_are_told() -> None:
    found = kind_of(Paper(name="form contract.txt", text="甲方\n申请金额"), RULES)
    assert (found.name, found.rivals) == ("form", ("contract",))
    assert found.words == (Deciding("form", "name"), Deciding("申请金额", "text"))
