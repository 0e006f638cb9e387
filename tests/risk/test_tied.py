"""Ties in words: each told once, and nothing of what is not there."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.associations.columns import GROUP, fields, group, keys_of
from features.dictionary import DataDictionary
from features.language import Text
from features.synthetic import book_dictionary
from risk.tied import is_tie, tied


def dictionary() -> DataDictionary:
    plain = book_dictionary()
    own = fields(keys_of(plain), plain)
    update = {"groups": {**plain.groups, GROUP: group()}, "fields": (*plain.fields, *own)}
    return plain.model_copy(update=update)


WHOLE = dictionary()
NAMES = [field.name for field in WHOLE.features if is_tie(field)]


def told(
    last: dict[str, object] | None = None, **values: float
) -> dict[str, tuple[str, str, float | str]]:
    """By field: label and display, in Chinese and in English, and the value."""
    encoded = dict.fromkeys((field.name for field in WHOLE.features), 0.0)
    encoded |= {f"tie_{name}": value for name, value in values.items()}
    return {
        each.field: (
            f"{each.label.zh}：{each.display.zh}",
            f"{each.label.en}: {each.display.en}",
            each.value,
        )
        for each in tied(encoded, last or {}, WHOLE)
    }


def test_all_columns_of_ties_are_known_as_such() -> None:
    plain = book_dictionary()
    own = fields(keys_of(plain), plain)
    assert {field.name for field in WHOLE.fields if is_tie(field)} == {each.name for each in own}


def test_what_is_shared_is_told_in_both_languages() -> None:
    found = told(group=8, applications_30d=5, same_phone=3, defaults_365d=1)
    assert found["tie_group"] == (
        "关联组内的此前申请：8笔（近30天5笔）",
        "earlier applications in the tied group: 8 (5 in the last 30 days)",
        8.0,
    )
    assert found["phone"][:2] == (
        "手机号码相同的此前申请：3笔",
        "earlier applications with the same mobile number: 3",
    )
    assert found["tie_defaults_365d"][0] == "关联组近一年的违约：1笔"
    assert len(found) == 3


def test_a_key_without_a_label_of_its_own_is_called_by_its_kind() -> None:
    plain = book_dictionary()
    phone = plain["phone"].model_copy(update={"label": Text(zh="phone", en="phone")})
    rest = tuple(field for field in plain.fields if field.name != "phone")
    update = {"groups": WHOLE.groups, "fields": (*rest, phone)}
    bare = plain.model_copy(update=update)
    own = fields(keys_of(bare), bare)
    bare = bare.model_copy(update={"fields": (*bare.fields, *own)})
    labels = {each.name: each.label for each in own}
    assert labels["tie_same_phone"].zh == "电话号码相同的此前申请数"
    encoded = dict.fromkeys((field.name for field in bare.features), 0.0) | {"tie_same_phone": 2.0}
    (said,) = tied(encoded, {}, bare)
    assert said.label == Text(
        zh="电话号码相同的此前申请", en="earlier applications with the same phone number"
    )


def test_guarantors_are_told_by_what_they_do() -> None:
    found = told(same_guarantor_id=2, chain=3, circle=1, guarantees=4)
    assert found["guarantor_id"][1] == "earlier applications with the same guarantor: 2"
    assert set(found) == {"guarantor_id", "tie_chain", "tie_circle", "tie_guarantees"}
    assert told(chain=1) == {}


def test_what_else_a_guarantor_stands_for_is_told_with_how_late_it_is() -> None:
    found = told(guarantor_open=3, guarantor_late=1, guarantor_worst=60)
    assert found == {
        "tie_guarantor_open": (
            "同一担保人另外担保的未结清贷款：3笔，其中1笔逾期，最长60天",
            "other open loans that the guarantor guarantees: 3, of which 1 paid late, "
            "by up to 60 days",
            3.0,
        )
    }
    assert told(guarantor_open=2)["tie_guarantor_open"][0].endswith("未结清贷款：2笔")
    assert told(guarantor_late=1, guarantor_worst=9) == {}


@pytest.mark.parametrize("nothing", [0.0, math.nan])
def test_nothing_is_told_of_nothing(nothing: float) -> None:
    assert told(**{name.removeprefix("tie_"): nothing for name in NAMES}) == {}


def test_a_dictionary_without_ties_tells_none() -> None:
    plain = book_dictionary()
    assert list(tied({field.name: 1.0 for field in plain.features}, {}, plain)) == []


def test_the_last_application_that_shares_something_is_named() -> None:
    last = {"tie_last_phone": "A00000007", "tie_last_address": None, "phone": "13900000000"}
    assert told(last) == {
        "tie_last_phone": (
            "手机号码相同的最近一笔申请：A00000007",
            "last earlier application with the same mobile number: A00000007",
            "A00000007",
        )
    }


@given(st.lists(st.sampled_from(NAMES), unique=True), st.integers(1, 10**6))
def test_every_number_that_is_told_is_one_of_the_columns(names: list[str], count: int) -> None:
    for zh, en, value in told(**{name.removeprefix("tie_"): count for name in names}).values():
        assert value == count
        assert "{" not in zh + en
