"""Words that the checks look for; the rest is seen through `test_verification`."""

import pytest

from features.language import Text
from risk.reasoning.lexicon.attributes import protected

AGE = Text(zh="年龄", en="Age")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The applicant's age adds to it.", Text(zh="房贷笔数", en="Mortgage count")),
        ("The applicant's age adds to it.", Text(zh="账户年龄", en="Account age")),
        ("申请人年龄偏大。", Text(zh="账户年龄", en="Account age")),
        ("A male applicant.", Text(zh="女性", en="Female")),
    ],
)
def test_a_label_that_only_holds_the_letters_excuses_nothing(text: str, label: Text) -> None:
    assert protected(text, [AGE], [label])


@pytest.mark.parametrize("text", ["账户年龄偏短。", "A short account age.", "Marital status."])
def test_a_label_as_it_stands_is_no_offence(text: str) -> None:
    allowed = [Text(zh="账户年龄", en="Account age"), Text(zh="婚姻状况", en="Marital status")]
    assert protected(text, [AGE], allowed) == ""
