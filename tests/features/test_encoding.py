"""Encoding: one column of each kind, and formulas."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dictionary import DataDictionary
from features.encoding import FloatArray, directions, encode
from features.errors import DataError
from features.intake import check

DICTIONARY = DataDictionary.parse("""
[fields.applied]
role = "date"
type = "date"
[fields.opened]
role = "feature"
type = "date"
direction = "falling"
special = { "1900-01-01" = "unknown" }
[fields.late]
role = "feature"
type = "integer"
direction = "rising"
special = { "96" = "unknown", "-1" = "none" }
[fields.home]
role = "feature"
type = "category"
levels = ["own", "1.0", "rent"]
special = { "rent" = "not said" }
[fields.debt]
role = "ignored"
type = "number"
""")
NAN = float("nan")


def encoded(**columns: Sequence[object]) -> FloatArray:
    row = {"applied": "2024-03-01", "opened": "2024-02-28", "late": 1, "home": "own", "debt": 2}
    rows = max(len(values) for values in columns.values())
    data = {name: columns.get(name, [value] * rows) for name, value in row.items()}
    intake = check(pd.DataFrame(data), DICTIONARY)
    assert intake.rejected.empty
    return encode(intake.accepted, DICTIONARY)


def same(actual: FloatArray, expected: list[float]) -> bool:
    return np.array_equal(actual, np.array(expected), equal_nan=True)


def test_the_matrix_is_column_major_in_dictionary_order() -> None:
    x = encoded(late=[1, 2])
    assert x.dtype == np.float64
    assert x.flags.f_contiguous
    assert x.tolist() == [[2.0, 1.0, 0.0], [2.0, 2.0, 0.0]]


def test_special_codes_are_missing() -> None:
    assert same(encoded(late=[96, "96.0", -1, 95, ""])[:, 1], [NAN, NAN, NAN, 95, NAN])


def test_the_accepted_frame_keeps_its_special_codes() -> None:
    data = {"applied": ["2024-03-01"], "opened": [""], "late": [96], "home": [""], "debt": [1]}
    accepted = check(pd.DataFrame(data), DICTIONARY).accepted
    encode(accepted, DICTIONARY)
    assert accepted["late"].tolist() == [96.0]


def test_a_category_is_the_index_of_its_level() -> None:
    assert same(encoded(home=["own", 1, "1", None, "rent"])[:, 2], [0, 1, 1, NAN, NAN])


def test_an_unknown_level_in_a_hand_made_frame_is_missing() -> None:
    frame = pd.DataFrame({"late": [1.0], "home": ["castle"], "debt": [1.0]})
    moments = pd.Series([None], dtype="datetime64[s]")
    x = encode(frame.assign(applied=moments, opened=moments), DICTIONARY)
    assert same(x[0], [NAN, 1, NAN])


def test_a_date_is_whole_days_before_the_application() -> None:
    opened = ["2024-03-01 23:59", "2024-02-29", "2023-03-01", "2024-03-02", "1900-01-01", None]
    assert same(encoded(opened=opened)[:, 0], [0, 1, 366, -1, NAN, NAN])
    assert same(encoded(applied=[None, "2024-02-28 00:00:01"])[:, 0], [NAN, 0])


def formula(op: str, *parts: list[object]) -> list[float]:
    names = [f"p{n}" for n in range(len(parts))]
    fields = "".join(
        f'[fields.{name}]\nrole="ignored"\ntype="number"\nspecial={{"-9"="none"}}\n'
        for name in names
    )
    derived = f'[fields.x]\nrole="feature"\ntype="number"\nformula={{op="{op}", of={names}}}\n'
    dictionary = DataDictionary.parse(derived + fields)
    accepted = check(pd.DataFrame(dict(zip(names, parts, strict=True))), dictionary).accepted
    return [float(value) for value in encode(accepted, dictionary)[:, 0]]


@pytest.mark.parametrize(
    ("op", "result"),
    [
        ("sum", 8.0),
        ("difference", 4.0),
        ("product", 12.0),
        ("max", 6.0),
        ("min", 2.0),
        ("ratio", 3.0),
    ],
)
def test_formulas(op: str, result: float) -> None:
    first, *rest = formula(op, [6, None, -9], [2, 2, 2])
    assert first == result
    assert np.isnan(rest).all()


def test_a_formula_takes_more_than_two_parts() -> None:
    assert formula("sum", [1], [2], [4]) == [7.0]


def test_a_formula_that_leaves_the_numbers_is_missing() -> None:
    assert np.isnan(formula("ratio", [1, 0, 1e308], [0, 0, 1e-308])).all()
    assert np.isnan(formula("product", [1e200], [1e200])).all()
    assert np.isnan(formula("sum", [1e308], [1e308])).all()


def test_an_absent_column_is_named() -> None:
    with pytest.raises(DataError, match=r"opened, late.*run intake first"):
        encode(pd.DataFrame({"home": []}), DICTIONARY)
    with pytest.raises(DataError, match="opened cannot be encoded without the application date"):
        encode(pd.DataFrame({"home": [], "opened": [], "late": []}), DICTIONARY)


def test_directions_follow_the_columns() -> None:
    assert directions(DICTIONARY) == [-1, 1, 0]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, 0, 1, 96, -1, 10**15]),
            st.sampled_from([None, "own", "1", "rent"]),
            st.sampled_from([None, "1900-01-01", "2024-02-29", "9999-12-31", "0001-01-01"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_matrix_equals_its_rows_one_by_one(rows: list[tuple[object, object, object]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    whole = encoded(late=columns[0], home=columns[1], opened=columns[2])
    alone = [encoded(late=[a], home=[b], opened=[c])[0] for a, b, c in rows]
    np.testing.assert_array_equal(whole, np.array(alone))
    assert not np.isinf(whole).any()
