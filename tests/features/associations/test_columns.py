"""Which columns tie, and what is told as numbers that a dictionary describes."""

import numpy as np
import pyarrow as pa
import pytest

from features.associations.batch import Arrivals, Key
from features.associations.columns import FOR_RULES, GROUP, fields, group, keys_of, names_of, table
from features.associations.hubs import hubs
from features.associations.names import Names
from features.associations.packing import packed, unpacked
from features.associations.state import Ties
from features.dictionary import DataDictionary
from features.errors import DataError
from features.rendering import entries
from features.synthetic import book_dictionary

KEYS = (
    Key("phone", "phone", 3),
    Key("guarantor", "person", 9, guarantor=True),
    Key("id_number", "person", 9),
)


def arrivals(*rows: tuple[int, int, int, int, int]) -> Arrivals:
    """Applications as id, day, phone, guarantor and person."""
    given = np.array(rows, np.int64)
    return Arrivals(
        given[:, 0].astype(np.uint64),
        given[:, 1].astype(np.int32),
        given[:, 2:].astype(np.uint64),
        Names.of(pa.array(given[:, 0]).cast(pa.string())),
    )


def test_names_of_keys_follow_from_label_kind_and_column_in_this_order() -> None:
    told = "\n".join(
        f'[fields.{name}]\nrole = "{role}"\n{more}'
        for name, role, more in (
            ("x", "feature", 'type = "number"'),
            ("mobile_no", "association", 'key = "phone"\nlabel = "mobile no"'),
            ("contact", "association", 'personal = "mobile"'),
            ("guarantor", "association", 'key = "guarantor"'),
            ("home", "association", 'key = "address"\nlabel = {zh = "住址", en = "home"}'),
            ("house", "association", 'key = "address"'),
            ("tag", "association", ""),
        )
    )
    names = names_of(DataDictionary.parse(told))
    assert {name: (label.zh, label.en) for name, label in names.items()} == {
        "mobile_no": ("电话号码（mobile_no）", "phone number (mobile_no)"),
        "contact": ("电话号码（contact）", "phone number (contact)"),
        "guarantor": ("担保人", "guarantor"),
        "home": ("住址", "home"),
        "house": ("地址", "address"),
        "tag": ("tag", "tag"),
    }


def test_keys_follow_from_what_a_dictionary_says_of_its_fields() -> None:
    found = {key.name: key for key in keys_of(book_dictionary())}
    assert found["phone"].kind == "phone"
    assert found["employer"].most == 0
    assert found["guarantor_id"] == Key("guarantor_id", "person", 50, guarantor=True)
    assert found["id_number"] == Key("id_number", "person", 50)
    assert "applicant_name" not in found


def test_a_bank_names_its_own_keys_and_hubs() -> None:
    text = """
[fields.id]
role = "id"
[fields.income]
role = "feature"
type = "number"
[fields.wechat]
role = "association"
hub_above = 5
[fields.imei]
role = "ignored"
key = "device"
"""
    found = keys_of(DataDictionary.parse(text))
    assert found == (Key("wechat", "other", 5), Key("imei", "device", 20))
    with pytest.raises(DataError, match='income: "hub_above" is for fields with a "key"'):
        DataDictionary.parse(text.replace('type = "number"', 'type = "number"\nhub_above = 1'))


def test_keys_change_no_score_and_so_no_digest() -> None:
    dictionary = book_dictionary()
    changed = dictionary.fields[0].model_copy(update={"key": "device"})
    other = dictionary.model_copy(update={"fields": (changed, *dictionary.fields[1:])})
    assert other.digest() == dictionary.digest()


def test_what_is_told_stands_in_the_columns_that_the_dictionary_gets() -> None:
    ties, _ = Ties.none(KEYS).after(arrivals((1, 1, 7, 20, 30), (2, 2, 7, 0, 20)))
    ties, found = ties.after(arrivals((3, 3, 7, 20, 40), (1, 3, 7, 0, 0), (4, 3, 8, 0, 50)))
    told = table(found, KEYS)
    assert list(told.columns) == [field.name for field in fields(KEYS)]
    first = told.iloc[0].to_dict()
    assert first["tie_group"] == 2
    assert first["tie_applications_30d"] == 2
    assert first["tie_same_phone"] == 2
    assert first["tie_same_guarantor"] == 2
    assert first["tie_growth"] == 1
    assert first["tie_last_phone"] == "2"
    assert first["tie_last_guarantor"] == "2"
    assert told["tie_last_id_number"].isna().all()
    assert first["tie_chain"] == 1
    assert told.iloc[1].isna().all()
    assert told.iloc[2]["tie_group"] == 0
    assert np.isnan(told.iloc[2]["tie_growth"])


def test_the_dictionary_with_the_columns_can_be_read() -> None:
    dictionary = book_dictionary()
    own = fields(keys_of(dictionary), dictionary)
    text = entries({GROUP: group()}, own)
    whole = DataDictionary.parse('[fields.a]\nrole = "feature"\ntype = "number"\n' + text)
    assert whole["tie_same_phone"].label.en == "earlier applications with the same mobile number"
    for_people = {f"tie_{name}" for name in FOR_RULES}
    for_people |= {field.name for field in own if field.name.startswith("tie_last_")}
    assert {"tie_last_phone", "tie_last_guarantor_id"} < for_people
    assert "tie_last_employer" not in for_people
    expected = {"a", *(field.name for field in own)} - for_people
    assert {field.name for field in whole.features} == expected
    assert whole["tie_alarm"].role == "ignored"
    # Ids of others are read for case files, and tie nothing themselves.
    assert whole["tie_last_phone"].role == "association"
    assert keys_of(whole) == ()


def test_columns_of_guarantors_are_there_only_where_a_key_names_them() -> None:
    assert "tie_chain" not in {field.name for field in fields(KEYS[:1])}


def test_hubs_are_told_by_what_they_are_and_how_many_share_them() -> None:
    ties, _ = Ties.none(KEYS).after(arrivals(*((n, n, 7, 0, n) for n in range(1, 6))))
    found = hubs(ties)
    # The last day waits, so four of five are counted.
    assert found.to_dict("records") == [{"kind": "phone", "digest": f"{7:016x}", "applications": 4}]
    assert hubs(Ties.none(KEYS)).empty


def test_what_is_packed_goes_on_as_if_it_never_had_been() -> None:
    ties, _ = Ties.none(KEYS).after(arrivals((1, 1, 7, 20, 30), (2, 2, 7, 0, 20)))
    again = unpacked(KEYS, packed(ties))
    more = arrivals((3, 4, 7, 30, 40))
    assert table(again.after(more)[1], KEYS).equals(table(ties.after(more)[1], KEYS))
