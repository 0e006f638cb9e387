"""Intake: typing, rules, and the laws that hold for any batch."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dictionary import DataDictionary
from features.encoding import encode
from features.errors import DataError
from features.intake import IdLedger, Rule, check
from features.language import LANGUAGES, catalogue

DICTIONARY = DataDictionary.parse("""
[fields.loan]
role = "id"
[fields.applied]
role = "date"
type = "date"
[fields.income]
role = "feature"
type = "number"
low = 0
high = 1e6
special = { "-9" = "not asked" }
[fields.late]
role = "feature"
type = "integer"
low = 0
special = { "96" = "unknown" }
[fields.home]
role = "feature"
type = "category"
levels = ["1", "2", "own"]
[fields.grade]
role = "feature"
type = "category"
levels = ["A", "B"]
unseen = "missing"
[fields.opened]
role = "feature"
type = "date"
special = { "1900-01-01" = "unknown", "00000000" = "never" }
[fields.share]
role = "feature"
type = "number"
formula = { op = "ratio", of = ["late", "debt"] }
[fields.debt]
role = "ignored"
type = "number"
[fields.phone]
role = "association"
[fields.note]
role = "document"
[fields.sex]
role = "protected"
type = "category"
levels = ["F", "M"]
[fields.age]
role = "protected"
type = "integer"
low = 18
[fields.outcome]
role = "target"
bad = [1]
good = [0]
""")
ROW: dict[str, object] = {
    "loan": "001",
    "applied": "2024-01-31",
    "income": "5000",
    "late": "0",
    "home": "own",
    "grade": "A",
    "opened": "2020-02-29",
    "debt": "10",
    "phone": "13800000000",
    "note": " Paid. ",
    "sex": "F",
    "age": "40",
    "outcome": "0",
}


def frame(**columns: list[object]) -> pd.DataFrame:
    rows = max((len(values) for values in columns.values()), default=1)
    filled = {name: columns.get(name, [value] * rows) for name, value in ROW.items()}
    return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in filled.items()})


def rules(batch: pd.DataFrame, **keywords: object) -> list[tuple[int, str, str]]:
    rejected = check(batch, DICTIONARY, **keywords).rejected  # type: ignore[arg-type]
    return list(zip(rejected["row"], rejected["field"], rejected["rule"], strict=True))


def test_a_clean_row_is_typed() -> None:
    accepted, rejected = check(frame(), DICTIONARY, first_row=7)
    assert rejected.empty
    assert accepted.index.name == "row"
    assert accepted.index.dtype == np.int64
    assert accepted.index.tolist() == [7]
    order = [f.name for f in DICTIONARY.fields if not f.formula]
    assert list(accepted.columns) == ["application_id", *order[1:]]
    assert accepted["application_id"].tolist() == ["001"]
    assert accepted["income"].dtype == np.float64
    assert accepted["applied"].dtype == "datetime64[s]"
    assert accepted["home"].dtype == "str"
    assert accepted["outcome"].tolist() == [0.0]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("loan", None, "missing-id"),
        ("loan", "  ", "missing-id"),
        ("applied", "31/01/2024", "not-a-date"),
        ("applied", "2024-02-30", "not-a-date"),
        ("income", "a lot", "not-a-number"),
        ("income", "1_000", "not-a-number"),
        ("income", "0x10", "not-a-number"),
        ("income", "１２", "not-a-number"),
        ("income", "12%", "not-a-number"),
        ("income", "1,23", "not-a-number"),
        ("income", "1e400", "infinite-value"),
        ("income", "-inf", "infinite-value"),
        ("income", np.inf, "infinite-value"),
        ("income", 10**400, "infinite-value"),
        ("income", -8, "below-minimum"),
        ("income", "1000000.01", "above-maximum"),
        ("income", [1], "not-a-number"),
        ("income", dt.date(2024, 1, 1), "not-a-number"),
        ("late", "1.5", "not-an-integer"),
        ("home", "3", "unknown-level"),
        ("home", "OWN", "unknown-level"),
        ("opened", "never", "not-a-date"),
        ("debt", "unknown", "not-a-number"),
    ],
)
def test_a_broken_rule_refuses_the_row(field: str, value: object, rule: str) -> None:
    assert rules(frame(**{field: [value]})) == [(1, field, rule)]


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("income", " 1,234.5 ", 1234.5),
        ("income", "+3", 3.0),
        ("income", "1e3", 1000.0),
        ("income", Decimal("12.50"), 12.5),
        ("income", True, 1.0),
        ("income", "-9.0", -9.0),
        ("income", "1e-400", 0.0),
        ("late", "96.0", 96.0),
        ("home", 1, "1"),
        ("home", 1.0, "1"),
        ("home", "1.0", "1"),
        ("home", Decimal("1.00"), "1"),
        ("home", True, "1"),
        ("home", " own ", "own"),
        ("phone", 13800000000.0, "13800000000"),
        ("note", "  two  spaces ", "  two  spaces "),
    ],
)
def test_notations_are_understood(field: str, value: object, read: object) -> None:
    accepted, rejected = check(frame(**{field: [value]}), DICTIONARY)
    assert rejected.empty
    assert accepted[field].tolist() == [read]


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-31",
        "2024/1/31",
        "2024.1.31",
        "2024年1月31日",
        "20240131",
        20240131,
        20240131.0,
        "20240131235959",
        "2024-01-31 23:59",
        "2024-01-31T23:59:59.999+08:00",
        dt.date(2024, 1, 31),
        pd.Timestamp("2024-01-31 23:30", tz="Asia/Shanghai"),
    ],
)
def test_a_day_is_the_day_where_it_was_written(value: object) -> None:
    accepted = check(frame(applied=[value]), DICTIONARY).accepted
    assert accepted["applied"].dt.strftime("%F").tolist() == ["2024-01-31"]


@pytest.mark.parametrize("value", ["2011-01", "2011/1", "2011年1月", "201101", 201101])
def test_a_month_is_its_first_day(value: object) -> None:
    accepted = check(frame(applied=[value]), DICTIONARY).accepted
    assert accepted["applied"].tolist() == [pd.Timestamp("2011-01-01")]


def test_day_month_year_without_century_is_no_month() -> None:
    assert rules(frame(applied=["240112"])) == [(1, "applied", "not-a-date")]


@pytest.mark.parametrize("token", [None, "", " ", "NA", "null", "nan", np.nan, pd.NA, pd.NaT])
def test_missing_tokens_are_missing_everywhere(token: object) -> None:
    names = [name for name in ROW if name not in ("loan", "outcome")]
    accepted, rejected = check(frame(**{name: [token] for name in names}), DICTIONARY)
    assert rejected.empty
    assert accepted[names].isna().all(axis=None)


def test_a_level_wins_over_a_missing_token() -> None:
    text = '[fields.debtors]\nrole="feature"\ntype="category"\nlevels=["None","NA","Some"]'
    batch = pd.DataFrame({"debtors": ["None", "NA", "Some", "", None]})
    read = check(batch, DataDictionary.parse(text)).accepted["debtors"]
    assert read.fillna("?").tolist() == ["None", "NA", "Some", "?", "?"]


def test_a_numeric_missing_token_is_missing_in_every_dtype_unless_it_is_special() -> None:
    text = 'missing=["","-1"]\n[fields.x]\nrole="feature"\ntype="number"\n'
    for values in (["-1", "2"], [-1, 2], [-1.0, 2.0]):
        plain = check(pd.DataFrame({"x": values}), DataDictionary.parse(text))
        assert plain.accepted["x"].isna().tolist() == [True, False]
        special = DataDictionary.parse(text + 'special={"-1.0"="none"}')
        assert check(pd.DataFrame({"x": values}), special).accepted["x"].tolist() == [-1.0, 2.0]


def test_a_special_code_of_a_date_that_is_no_date_is_missing() -> None:
    accepted, rejected = check(frame(opened=["00000000", "1900-01-01"]), DICTIONARY)
    assert rejected.empty
    assert accepted["opened"].isna().tolist() == [True, False]


def test_unknown_levels_may_count_as_missing() -> None:
    accepted, rejected = check(frame(grade=["B", "Z"]), DICTIONARY)
    assert rejected.empty
    assert accepted["grade"].isna().tolist() == [False, True]


def test_protected_and_ignored_fields_never_refuse_a_row() -> None:
    accepted, rejected = check(frame(sex=["X", "M"], age=["12", "old"]), DICTIONARY)
    assert rejected.empty
    assert accepted["sex"].isna().tolist() == [True, False]
    assert accepted["age"].isna().all()


def test_required_values_must_be_there() -> None:
    text = '[fields.x]\nrole="feature"\ntype="number"\nrequired=true'
    rejected = check(pd.DataFrame({"x": ["1", "", "y"]}), DataDictionary.parse(text)).rejected
    assert rejected["rule"].tolist() == ["missing-value", "not-a-number"]
    assert rejected["application_id"].tolist() == ["row-2", "row-3"]


def test_training_needs_a_determined_outcome_and_a_date() -> None:
    batch = frame(outcome=["1", "0.0", 1, "2", None, True], applied=[20240101] * 5 + [None])
    accepted, rejected = check(batch, DICTIONARY, purpose="train")
    assert accepted["outcome"].tolist() == [1.0, 0.0, 1.0]
    assert rejected["rule"].tolist() == ["outcome-undetermined"] * 2 + ["missing-value"]
    scored = check(batch, DICTIONARY).accepted["outcome"]
    assert scored.fillna(-1).tolist() == [1.0, 0.0, 1.0, -1.0, -1.0, 1.0]


@pytest.mark.parametrize(
    ("ids", "read"),
    [
        (pd.Series(["007", " 08 "]), ["007", "08"]),
        (pd.Series([12345.0, 2.0]), ["12345", "2"]),
        (pd.Series([2**60 + 1, 5]), [str(2**60 + 1), "5"]),
        (pd.Series([2**60 + 1, 5], dtype="int64[pyarrow]"), [str(2**60 + 1), "5"]),
        (pd.Series([2**60 + 1, 5], dtype="category"), [str(2**60 + 1), "5"]),
        (pd.Series([Decimal("12345.00"), 6], dtype=object), ["12345", "6"]),
        (pd.Series([1.5, "x"], dtype=object), ["1.5", "x"]),
    ],
)
def test_ids_stay_text(ids: pd.Series, read: list[str]) -> None:
    batch = frame(home=["1", "2"]).assign(loan=ids)
    assert check(batch, DICTIONARY).accepted["application_id"].tolist() == read


def test_ids_that_lost_their_digits_are_an_error() -> None:
    with pytest.raises(DataError, match="loan was read as floating-point numbers"):
        check(frame().assign(loan=[1.2345678901234567e18]), DICTIONARY)


def test_rows_without_an_id_field_are_named_by_number() -> None:
    small = DataDictionary.parse('[fields.x]\nrole="feature"\ntype="number"')
    accepted = check(pd.DataFrame({"x": [1, 2]}), small, first_row=10).accepted
    assert accepted["application_id"].tolist() == ["row-10", "row-11"]


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(DataError, match=r"missing column\(s\): applied, debt; add them"):
        check(frame().drop(columns=["applied", "debt", "sex"]), DICTIONARY)
    with pytest.raises(DataError, match=r"missing column\(s\): outcome"):
        check(frame().drop(columns="outcome"), DICTIONARY, purpose="train")


def test_training_without_a_target_in_the_dictionary_is_an_error() -> None:
    small = DataDictionary.parse('[fields.x]\nrole="feature"\ntype="number"')
    with pytest.raises(DataError, match='role "target"'):
        check(pd.DataFrame({"x": [1]}), small, purpose="train")


def test_a_column_that_stands_twice_is_an_error() -> None:
    batch = pd.concat([frame(), frame()[["income"]]], axis=1)
    with pytest.raises(DataError, match=r"column\(s\) income stand twice"):
        check(batch, DICTIONARY)
    further = frame().assign(junk=1)
    check(pd.concat([further, further[["junk"]]], axis=1), DICTIONARY)


def test_long_values_are_cut_in_the_rejects() -> None:
    rejected = check(frame(income=["贵" * 10_000]), DICTIONARY).rejected
    assert rejected["value"].tolist() == ["贵" * 200]


def test_every_broken_rule_has_its_line_in_row_order() -> None:
    batch = frame(income=["x", "1", "-5"], home=["1", "?", "??"])
    assert rules(batch, first_row=100) == [
        (100, "income", "not-a-number"),
        (101, "home", "unknown-level"),
        (102, "income", "below-minimum"),
        (102, "home", "unknown-level"),
    ]


def test_an_empty_batch_has_the_types_of_a_full_one() -> None:
    full, empty = check(frame(home=["1", "?"]), DICTIONARY), check(frame().iloc[:0], DICTIONARY)
    assert empty.accepted.dtypes.equals(full.accepted.dtypes)
    assert empty.rejected.dtypes.equals(full.rejected.dtypes)
    assert len(empty.accepted) == len(empty.rejected) == 0


@pytest.mark.parametrize("dtype", ["str", "string", "category", "float64", "Float64", object])
def test_an_all_null_column_of_any_dtype_is_missing(dtype: object) -> None:
    nothing = pd.Series([None, None], dtype=dtype)  # type: ignore[call-overload]
    batch = frame(loan=["1", "2"]).assign(
        income=nothing, home=nothing, opened=nothing, phone=nothing
    )
    accepted, rejected = check(batch, DICTIONARY)
    assert rejected.empty
    assert accepted[["income", "home", "opened", "phone"]].isna().all(axis=None)
    assert accepted.dtypes.equals(check(frame(), DICTIONARY).accepted.dtypes)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float32", "int64[pyarrow]", "category"])
def test_storage_changes_nothing(dtype: str) -> None:
    text = check(frame(income=["1", "96", "7"], late=["1", "96", "7"]), DICTIONARY)
    stored = pd.Series([1, 96, 7]).astype(dtype)  # type: ignore[call-overload]
    typed = check(frame(loan=["001"] * 3).assign(income=stored, late=stored), DICTIONARY)
    pd.testing.assert_frame_equal(text.accepted, typed.accepted)


def test_arrow_storage_is_understood() -> None:
    batch = frame(loan=["1", "2"], income=[Decimal("1.25"), Decimal("3")], home=["1", "own"])
    batch["applied"] = pd.to_datetime(["2024-01-31", "2024-02-01"]).tz_localize("Asia/Shanghai")
    arrow = batch.convert_dtypes(dtype_backend="pyarrow")
    pd.testing.assert_frame_equal(check(batch, DICTIONARY).accepted, check(arrow, DICTIONARY)[0])


def test_the_batch_is_left_as_it_was() -> None:
    batch = frame(income=["NA", "-9"]).assign(debt=np.array([1.0, np.inf]))
    before = batch.copy(deep=True)
    check(batch, DICTIONARY, purpose="train")
    pd.testing.assert_frame_equal(batch, before)


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 3000),
    st.floats(width=32),
    st.decimals(-1000, 1000, places=2),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, dt.UTC, dt.timezone(dt.timedelta(hours=8))])),
    st.sampled_from(["", "NA", "1", "1.0", "-9", "96", "own", "A", "1,000", "2024-01-31", "F"]),
    st.integers(1900, 2030).map(lambda year: f"{year}/2/29"),
    st.text(max_size=4),
    st.binary(max_size=3),
)


@st.composite
def batches(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 4))
    width = st.lists(CELL, min_size=rows, max_size=rows)
    columns = {name: draw(st.one_of(width, st.just([value] * rows))) for name, value in ROW.items()}
    return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()})


@settings(max_examples=40)
@given(batches(), st.sampled_from(["score", "train"]))
def test_a_batch_equals_its_rows_one_by_one(batch: pd.DataFrame, purpose: str) -> None:
    whole = check(batch, DICTIONARY, purpose=purpose)  # type: ignore[arg-type]
    for place in range(len(batch)):
        alone = check(
            batch.iloc[[place]],
            DICTIONARY,
            first_row=place + 1,
            purpose=purpose,  # type: ignore[arg-type]
        )
        pd.testing.assert_frame_equal(
            whole.accepted[whole.accepted.index == place + 1], alone.accepted
        )
        same = whole.rejected[whole.rejected["row"] == place + 1].reset_index(drop=True)
        pd.testing.assert_frame_equal(same, alone.rejected)


@settings(max_examples=60)
@given(batches(), st.sampled_from(["score", "train"]))
def test_accepted_and_rejected_part_the_rows_and_accepted_encodes_finite(
    batch: pd.DataFrame, purpose: str
) -> None:
    accepted, rejected = check(batch, DICTIONARY, purpose=purpose)  # type: ignore[arg-type]
    assert sorted([*accepted.index, *rejected["row"].unique()]) == list(range(1, len(batch) + 1))
    assert set(rejected["rule"]) <= set(Rule)
    assert not np.isinf(encode(accepted, DICTIONARY)).any()


@settings(max_examples=30)
@given(batches(), st.lists(CELL, min_size=1, max_size=1))
def test_further_columns_change_nothing(batch: pd.DataFrame, extra: list[object]) -> None:
    further = batch.assign(extra=pd.Series(extra * len(batch), dtype=object))[
        ["extra", *reversed(batch.columns)]
    ]
    for one, other in zip(check(batch, DICTIONARY), check(further, DICTIONARY), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_every_rule_has_its_text() -> None:
    for rule in Rule:
        assert all(catalogue("features").text(language, f"rule.{rule}") for language in LANGUAGES)


def test_the_ledger_refuses_an_id_within_a_batch_and_names_both_rows() -> None:
    ledger = IdLedger()
    with pytest.raises(DataError, match='id "b" of row 9 already stands in row 6'):
        ledger.add(pd.Series(["a", "b", "c", "b"]), [5, 6, 7, 9])
    assert len(ledger) == 0


def test_the_ledger_refuses_an_id_of_an_earlier_batch() -> None:
    ledger = IdLedger()
    for start in range(0, 100, 10):
        ledger.add(
            pd.Series([f"{n:03}" for n in range(start, start + 10)]), range(start, start + 10)
        )
    ledger.add(pd.Series([], dtype="str"), [])
    ledger.add(pd.Series(["37", "0037"]), [100, 101])
    with pytest.raises(DataError, match='id "037" of row 103 already stands in row 37'):
        ledger.add(pd.Series(["x", "037"]), [102, 103])
    assert len(ledger) == 102


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 300), max_size=20), max_size=10))
def test_the_ledger_refuses_exactly_the_batches_with_an_id_seen_before(
    lists: list[list[int]],
) -> None:
    ledger, seen = IdLedger(), set[int]()
    for batch in lists:
        fresh = len(set(batch)) == len(batch) and not seen & set(batch)
        ids = pd.Series([str(n) for n in batch], dtype="str")
        if fresh:
            ledger.add(ids, range(len(batch)))
            seen |= set(batch)
        else:
            with pytest.raises(DataError):
                ledger.add(ids, range(len(batch)))
    assert len(ledger) == len(seen)


def test_a_number_outside_its_range_can_count_as_missing() -> None:
    dictionary = DataDictionary.parse(
        '[fields.use]\nrole = "feature"\ntype = "number"\nlow = 0\nhigh = 10\nunseen = "missing"'
    )
    intake = check(pd.DataFrame({"use": [-1.0, 0.5, 10.0, 29110.0]}), dictionary)
    assert intake.rejected.empty
    assert encode(intake.accepted, dictionary)[:, 0] == pytest.approx(
        [np.nan, 0.5, 10.0, np.nan], nan_ok=True
    )


def test_an_unreadable_value_of_a_binding_field_breaks_the_row() -> None:
    dictionary = DataDictionary.parse(
        """
        [fields.income]
        role = "feature"
        type = "number"
        [fields.watch]
        role = "ignored"
        type = "number"
        """
    )
    frame = pd.DataFrame({"income": [1, 2, 3], "watch": ["7", "oops", None]})
    assert len(check(frame, dictionary).accepted) == 3
    bound = check(frame, dictionary, binding=["watch"])
    assert bound.accepted.index.tolist() == [1, 3]
    assert bound.rejected["rule"].tolist() == ["not-a-number"]
