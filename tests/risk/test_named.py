"""The people whom the texts of a case name."""

from risk.named import MOST_PEOPLE, named

SYLLABLES = ("ka", "lo", "mi", "nu", "pe", "ra", "so", "ti", "vu", "ze")


def test_those_named_most_come_first_and_there_is_an_end() -> None:
    first = [f"{a}{b}{c}".title() for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES[:4]]
    many = [f"Account holder: {name} Brown" for name in first]
    found = named([*many, "Guarantor: Mary Smith", "Guarantor: Mary Smith"])
    assert found[0] == "Mary Smith"
    assert (len(many), len(found)) == (400, MOST_PEOPLE)


def test_firms_amounts_and_streets_are_nobody() -> None:
    assert named(["My employer, Mueller Maschinenbau GmbH, pays 3,150 a month."]) == []
    assert named(["工作单位：上海明达科技有限公司，月薪8000元，住中山北路12号。"]) == []
