"""Names of people in text, and firms, places and posts that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.extraction import people


def named(text: str) -> list[str]:
    return [person.name for person in people(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("兹证明李四同志系我单位员工", ["明李四", "李四"]),
        ("尊敬的张三先生：", ["张三"]),
        ("同意李四先生与欧阳明月女士的申请", ["李四", "欧阳明月"]),
        ("尊敬的刘经理：", ["刘经理"]),
        ("姓名：王小明　性别：男", ["王小明"]),
        ("姓名    王小明    性别    男", ["王小明"]),
        ("|保证人|赵德胜|", ["赵德胜"]),
        ("借款人（签字）：沈梦", ["沈梦"]),
        ("借款人沈梦的母亲周桂芳可以作证", ["沈梦", "周桂芳"]),
        ("赵德胜（签字）", ["赵德胜"]),
        ("转账给李秀兰 3,000元", ["李秀兰"]),
        ("日期\t户名\t金额\n1月\t韩梅梅\t500\n2月\t工资\t300", ["韩梅梅"]),
        ("此致\n敬礼！\n欧阳明", ["欧阳明"]),
        ("Dear Mr Zhang,", ["Mr Zhang"]),
        ("We certify that Ms. Jane Roe is employed", ["Jane Roe"]),
        ("This certifies that Jane Roe, a nurse,", ["Jane Roe"]),
        ("Guarantor: Robert van Dyk\tTel", ["Robert van Dyk"]),
        ("Yours sincerely,\n\nMei-Ling O'Brien\nHR Director", ["Mei-Ling O'Brien"]),
        ("Transfer to Wang Fang 1,000.00", ["Wang Fang"]),
    ],
)  # fmt: skip
def test_a_name_is_known_by_the_words_beside_it(text: str, names: list[str]) -> None:
    assert named(text) == names
    assert named(f"前文。\n\n{text}") == names


@pytest.mark.parametrize(
    "text",
    [
        "金小姐服装店", "马先生餐饮有限公司", "王府井的房子", "担任经理，现任总经理",
        "任经理一职", "高级工程师", "户名：万元贸易有限公司", "联系人：无", "配偶在银行上班",
        "本人高中毕业，单身，无房贷", "本人于2020年入职", "日期\t户名\t余额\n房租\t金额\t8",
        "在张江高科工作", "高总金额", "收到房租，付给房东", "Dear Sir or Madam,", "Dr. Street",
        "Manager: Human Resources", "Payment to Green Garden Restaurant", "Mr",
        "Contributions are paid by Songpu Library", "I, as a Nurse, earn more", "Name: ",
        "Account: Savings", "Wang Fang", "张三",
    ],
)  # fmt: skip
def test_firms_and_posts_and_lone_names_are_left_alone(text: str) -> None:
    assert named(text) == []


@given(st.text("张三李先生女士：姓名\t\n aA, MrDear", max_size=60))
def test_places_hold_and_are_in_order(text: str) -> None:
    found = people(text)
    assert list(found) == sorted(set(found), key=lambda person: person[1:])
    assert all(text[person.start : person.end] == person.name for person in found)
