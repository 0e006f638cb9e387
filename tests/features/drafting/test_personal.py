import pytest

from features.drafting.personal import key_of, personal_kind

CARDS = [  # published test numbers
    "4111111111111111",
    "5500005555555559",
    "4012888888881881",
    "6011111111111117",
    "5105105105105100",
]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["13800138000", "13912345678", "15000000001", "18612345678", "19900001111"], "mobile"),
        ([f"user{i}@mail.example.com" for i in range(6)], "email"),
        (
            [
                "4111111111111111",
                "5500005555555559",
                "4012888888881881",
                "6011111111111117",
                "5105105105105100",
            ],
            "card",
        ),
        (["张伟", "王小明", "李娜", "欧阳明", "陈静"], "name"),
        ([f"浙江省杭州市西湖区文三路{i}号" for i in range(6)], "address"),
        ([f"{i}" for i in range(6)], ""),
    ],
)
def test_personal_data_are_known_by_their_contents(values, kind):
    assert personal_kind(values) == kind


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("mobile", "mobile", "phone"),
        ("guarantor_phone", "mobile", "phone"),
        ("company_address", "address", "address"),
        ("id_card", "id_number", "person"),
        ("担保人证件号", "id_number", "guarantor"),
        ("card", "card", "account"),
        ("customer", "name", ""),
        ("mail", "email", ""),
        ("guarantor_no", "", "guarantor"),
        ("保证人", "", "guarantor"),
        ("co_applicant", "", "person"),
        ("工作单位", "", "employer"),
        ("companyName", "", "employer"),
        ("device_id", "", "device"),
        ("bank_account_no", "", "account"),
        ("银行卡号", "", "account"),
        ("contact", "", ""),
        ("ipo_year", "", ""),
        ("discard_number", "", ""),
    ],
)
def test_keys_are_told_by_values_first_and_then_by_names(name, kind, key):
    assert key_of(name, kind) == key


def test_identity_numbers_are_known_by_their_check_digit():
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    stems = [f"1101011990010{i:04d}" for i in range(10, 18)]
    sums = [sum(int(d) * w for d, w in zip(stem, weights, strict=True)) for stem in stems]
    right = [stem + "10X98765432"[total % 11] for stem, total in zip(stems, sums, strict=True)]
    wrong = [
        stem + "10X98765432"[(total + 1) % 11] for stem, total in zip(stems, sums, strict=True)
    ]
    assert personal_kind(right) == "id_number"
    assert personal_kind(wrong) != "id_number"


def test_a_few_values_and_a_mixed_column_say_nothing():
    assert personal_kind(["13800138000"] * 4) == ""
    assert personal_kind([*CARDS, "a", "b"]) == ""
