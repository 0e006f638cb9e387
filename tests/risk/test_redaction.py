"""Personal data leaves every text, one surrogate for one value."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.dictionary import DataDictionary
from risk.redaction import SURROGATE, Redactor, clean, fold

DICTIONARY = DataDictionary.parse(
    """
    [fields.x]
    role = "feature"
    type = "number"
    [fields.who]
    role = "ignored"
    personal = "name"
    [fields.employer]
    role = "association"
    personal = "name"
    [fields.home]
    role = "ignored"
    personal = "address"
    [fields.phone]
    role = "association"
    personal = "mobile"
    """
)
PERSON = {
    "who": "王小明",
    "employer": "Huaxin Trading Co., Ltd.",
    "home": "上海市浦东新区世纪大道100号",
    "phone": "+86 138-0013-8000",
}
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def redact(text: str) -> str:
    return Redactor(PERSON, DICTIONARY).text(text)


def id_number(seed: random.Random) -> str:
    first = (
        f"{seed.randint(110000, 659999)}{seed.randint(1900, 2099)}{seed.randint(100000, 999999)}"
    )
    first += str(seed.randint(0, 9))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


def card(seed: random.Random, length: int) -> str:
    first = str(seed.randint(3, 6)) + "".join(str(seed.randint(0, 9)) for _ in range(length - 2))
    total = 0
    for i, digit in enumerate(reversed(first)):
        value = int(digit) * (2 if i % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return first + str(-total % 10)


seeds = st.integers(0, 2**32).map(random.Random)


@given(seeds, st.sampled_from(["", " ", "-"]), st.booleans(), st.booleans())
def test_every_valid_identity_number_is_found(
    seed: random.Random, gap: str, wide: bool, small: bool
) -> None:
    number = id_number(seed)
    number = gap.join((number[:6], number[6:14], number[14:]))
    number = number.lower() if small else number
    shown = number.translate(FULL_WIDTH) if wide else number
    assert redact(f"身份证号{shown}，已核对") == "身份证号⟦id-1⟧，已核对"


@given(seeds, st.integers(16, 19), st.sampled_from(["", " ", "-"]), st.booleans())
def test_every_valid_card_number_is_found(
    seed: random.Random, length: int, gap: str, wide: bool
) -> None:
    number = card(seed, length)
    shown = gap.join(re.findall("..?.?.?", number))
    shown = shown.translate(FULL_WIDTH) if wide else shown
    got = redact(f"card {shown}, checked")
    assert re.fullmatch(r"card ⟦(card|id)-1⟧, checked", got)


@given(
    st.integers(3, 9),
    st.integers(0, 10**9 - 1),
    st.sampled_from(["", "+86", "+86 ", "86-", "0086 ", "(+86) "]),
    st.sampled_from([(11,), (3, 4, 4), (4, 3, 4), (3, 8), (1,) * 11]),
    st.sampled_from([" ", "-", ".", "·"]),
    st.booleans(),
)
def test_every_mobile_number_is_found(
    second: int, rest: int, code: str, groups: tuple[int, ...], gap: str, wide: bool
) -> None:
    digits = f"1{second}{rest:09d}"
    parts, at = [], 0
    for size in groups:
        parts.append(digits[at : at + size])
        at += size
    shown = code + gap.join(parts)
    shown = shown.translate(FULL_WIDTH) if wide else shown
    got = Redactor({}, DICTIONARY).text(f"手机：{shown}；备用")
    assert re.fullmatch(r"手机：\(?⟦mobile-1⟧；备用|手机：\(\+[８8][６6]\) ⟦mobile-1⟧；备用", got)


def test_one_value_has_one_surrogate_however_it_is_written() -> None:
    one = Redactor(PERSON, DICTIONARY)
    first = one.text("13800138000, 139 0013 9000, +86 138 0013 8000")
    assert first == "⟦mobile-1⟧, ⟦mobile-2⟧, ⟦mobile-1⟧"
    assert one.text("１３９-００１３-９０００") == "⟦mobile-2⟧"


def test_numbers_run_together_are_told_apart() -> None:
    assert redact("13900139000 6222 0212 3456 7894 13800138000") == (
        "⟦mobile-1⟧ ⟦card-1⟧ ⟦mobile-2⟧"
    )


def test_fields_are_replaced_in_the_ways_people_write_them() -> None:
    assert redact("王 小明（王先生）住上海市浦东新区 世纪大道100号") == (
        "⟦name-1⟧（⟦name-1⟧）住⟦address-1⟧"
    )
    assert redact("Works at HUAXIN TRADING CO LTD since 2019") == "Works at ⟦name-1⟧ since 2019"


def test_a_latin_name_is_found_in_either_order_and_with_its_title() -> None:
    redactor = Redactor({"who": "Wei Zhang"}, DICTIONARY)
    assert redactor.text("Zhang, Wei / WEI ZHANG / Mr. Zhang / Zhangjiang") == (
        "⟦name-1⟧ / ⟦name-1⟧ / ⟦name-1⟧ / Zhangjiang"
    )


def test_email_addresses_are_found() -> None:
    assert redact("写信到 Wang.Xm＠example.com.cn。") == "写信到 ⟦email-1⟧。"


@pytest.mark.parametrize(
    "text",
    [
        "月收入12,000元，贷款金额 150000 元，利率 4.35%",
        "On 2024-03-05 the balance was 1,234,567.89",
        "合同号 2023-000451，共 36 期",
        "数值 10 20 30 40 50 60 70 80 90",
        "12800138000",
    ],
)
def test_amounts_and_dates_stay(text: str) -> None:
    assert redact(text) == text


def test_a_document_cannot_forge_a_surrogate_or_hide_a_number() -> None:
    assert redact("⟦name-1⟧ 1380\u200b0138\u202e000") == "[name-1] ⟦mobile-1⟧"


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    again = Redactor({}, DICTIONARY).text(once.translate(str.maketrans("⟦⟧", "[]")))
    assert again == once.translate(str.maketrans("⟦⟧", "[]"))
    assert len(fold(text)) == len(text)
    assert clean(clean(text)) == clean(text)


def test_surrogates_are_recognised() -> None:
    assert SURROGATE.findall(redact("王小明 13800138000")) == ["⟦name-1⟧", "⟦mobile-1⟧"]


@pytest.mark.parametrize(
    "hostile", ["1 " * 20_000, "1" * 40_000, "a" * 40_000, "1-" * 20_000 + "a"]
)
def test_hostile_texts_take_linear_time(hostile: str) -> None:
    start = time.perf_counter()
    redact(hostile)
    assert time.perf_counter() - start < 5  # quadratic time would be minutes


@pytest.mark.parametrize("empty", ["--", "..", "张.", " - "])
def test_a_field_without_a_name_in_it_redacts_nothing(empty: str) -> None:
    redactor = Redactor({"who": empty, "home": empty}, DICTIONARY)
    assert redactor.text("张三 -- paid in full.") == "张三 -- paid in full."


@pytest.mark.parametrize("text", ["Tel13800138000 ok", "微信wx13800138000", "13800138000wx"])
def test_a_number_beside_letters_is_found(text: str) -> None:
    assert "⟦mobile-1⟧" in redact(text)
    assert "138" not in redact(text)


def test_a_pinyin_family_name_is_found_with_its_title() -> None:
    redactor = Redactor({"who": "Wang Xiaoming"}, DICTIONARY)
    assert redactor.text("Mr. Wang and Ms Xiaoming") == "⟦name-1⟧ and ⟦name-1⟧"


def test_of_two_that_overlap_nothing_is_left_over() -> None:
    redactor = Redactor({"who": "Hua Road 1380"}, DICTIONARY)
    assert "0138000" not in redactor.text("Hua Road 1380-0138-000")


def test_a_family_name_of_two_characters_is_found_with_its_title() -> None:
    assert Redactor({"who": "欧阳修"}, DICTIONARY).text("欧阳先生已还清。") == "⟦name-1⟧已还清。"


def test_a_telephone_number_read_as_a_number_is_known() -> None:
    assert Redactor({"phone": 2155551234.0}, DICTIONARY).text("Call 215-555-1234.") == (
        "Call ⟦mobile-1⟧."
    )


@pytest.mark.parametrize("number", ["4222222222222", "30569309025904", "378282246310005"])
def test_shorter_cards_are_found_by_their_issuers(number: str) -> None:
    assert redact(f"card {number}, checked") == "card ⟦card-1⟧, checked"


def test_contracts_and_dates_that_pass_the_check_digit_are_no_cards() -> None:
    text = "合同2023072110764已于2016-10-08 2019-12-20两次展期，2024031510228。"
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "账号：6222020200012345678",
        "收款账户号码 6222 0202 0001 2345 678。",
        "卡号 | 12345678",
        "Account number: 12345678",
        "account no. 12-34567-8",
        "IBAN: DE89 3704 0044 0532 0130 00,",
    ],
)
def test_a_number_behind_an_accounts_label_is_taken_out_whatever_its_digits(text: str) -> None:
    redacted = redact(text)
    assert "⟦card-1⟧" in redacted
    assert not re.search(r"\d{2}", redacted.replace("⟦card-1⟧", ""))


@pytest.mark.parametrize(
    "text",
    [
        "账户余额 12345678 元",
        "账号 20230401 起",
        "Account number ends in 9265",
        "Account no. 2023-04-01",
    ],
)
def test_what_is_no_account_number_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("home", "text"),
    [
        ("上海市浦东新区张江路88号302室", "现住张江路88号302室已三年"),
        ("上海市浦东新区张江路88号302室", "现住浦东新区张江路88号302室"),
        ("Room 302, 88 Renmin Road, Shanghai", "living at Room 302, 88 Renmin Road since May"),
    ],
)
def test_an_address_without_its_city_is_found(home: str, text: str) -> None:
    assert "88" not in Redactor({"home": home}, DICTIONARY).text(text)


def test_a_file_name_with_underscores_is_read_as_if_with_blanks() -> None:
    redactor = Redactor({"who": "Wei Zhang"}, DICTIONARY)
    assert redactor.text("Wei_Zhang_138_0013_8000_payslip.pdf") == "⟦name-1⟧_⟦mobile-1⟧_payslip.pdf"


def test_people_that_a_caller_names_are_replaced_as_the_applicant_is() -> None:
    redactor = Redactor(PERSON, DICTIONARY, ["欧阳修", "Jane Roe", "李", "--"])
    assert redactor.text("欧阳先生（欧阳 修）与Roe, Jane同来，李姓一人。") == (
        "⟦name-1⟧（⟦name-1⟧）与⟦name-2⟧同来，李姓一人。"
    )
