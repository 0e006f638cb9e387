"""Reading columns of any dtype."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading import dates, inexact, numbers, texts


@given(st.floats(allow_nan=False))
def test_the_text_of_a_number_reads_as_that_number(value: float) -> None:
    found, broken = numbers(pd.Series([repr(value)], dtype="str"))
    assert found.tolist() == [value]
    assert not broken.any()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_broken_neighbour_does_not_change_a_number(value: float) -> None:
    text = pd.Series([repr(value), "broken", "1e400", "1,000"], dtype="str")
    found, broken = numbers(text)
    assert found[0] == value
    assert broken.tolist() == [False, True, False, False]


@given(st.floats(-1e15, 1e15), st.integers(0, 4))
def test_thousands_separators_are_read(value: float, places: int) -> None:
    found, _ = numbers(pd.Series([f"{value:,.{places}f}"], dtype="str"))
    assert found.tolist() == [float(f"{value:.{places}f}")]


@pytest.mark.parametrize(
    "text", [".", "+", "-", "e5", "1e", "1,23", ",123", "1,,000", "--1", "٣", "nan"]
)
def test_broken_numbers_are_broken(text: str) -> None:
    found, broken = numbers(pd.Series([text], dtype="str"))
    assert np.isnan(found).all()
    assert broken.all()


@given(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)))
def test_dates_with_time_keep_their_second(moment: dt.datetime) -> None:
    expected = np.datetime64(moment.replace(microsecond=0), "s")
    year = f"{moment.year:04}"
    clock = f"{moment:%H:%M:%S}"
    written = [
        f"{year}-{moment:%m-%d} {clock}",
        f"{year}/{moment.month}/{moment.day} {clock}",
        f"{year}年{moment.month}月{moment.day}日 {clock}",
        f"{year}{moment:%m%d%H%M%S}",
    ]
    found, broken = dates(pd.Series([*written, moment], dtype=object))
    assert found.tolist() == [expected.astype(object)] * 5
    assert not broken.any()


@given(st.integers(1900, 2100), st.integers(0, 99), st.integers(0, 99))
def test_only_days_of_the_calendar_are_dates(year: int, month: int, day: int) -> None:
    found, broken = dates(pd.Series([f"{year}-{month}-{day}"]))
    try:
        expected = dt.date(year, month, day)
    except ValueError:
        assert broken.all()
    else:
        assert found.astype("datetime64[D]").tolist() == [expected]


@pytest.mark.parametrize("text", ["2024-1/31", "2024.1", "24-01-31", "2024-01-31 24:00", "45322"])
def test_other_notations_are_no_dates(text: str) -> None:
    assert dates(pd.Series([text]))[1].all()


def test_truth_values_and_spans_are_no_dates() -> None:
    assert dates(pd.Series([True]))[1].all()
    assert dates(pd.Series(pd.to_timedelta([1], unit="D")))[1].all()


def test_texts_are_short_and_exact() -> None:
    mixed = [1, 1.0, 2.50, Decimal("1.50"), Decimal("100"), True, b"x", None, 10**20, "1.0", 1e300]
    expected = ["1", "1", "2.5", "1.5", "100", "True", "x", "", "1" + "0" * 20, "1.0", "1e+300"]
    assert texts(pd.Series(mixed, dtype=object)).fillna("").tolist() == expected


def test_text_that_is_no_unicode_is_read_with_marks() -> None:
    assert texts(pd.Series(["\ud800a", b"\xff"], dtype=object)).tolist() == ["?a", "\ufffd"]


def test_a_categorical_reads_as_its_values() -> None:
    plain = pd.Series(["1", None, "x"])
    assert texts(plain.astype("category")).equals(texts(plain))
    moments = pd.Series(["2024-01-31", None]).astype("datetime64[s]")
    assert dates(moments.astype("category"))[0][0] == np.datetime64("2024-01-31")
    assert numbers(pd.Series([True, None], dtype="category"))[0][0] == 1.0


def test_a_wall_clock_is_kept_in_arrow_storage() -> None:
    zoned = pd.Series(pd.to_datetime(["2024-01-31 23:30"]).tz_localize("Asia/Shanghai"))
    stored = zoned.convert_dtypes(dtype_backend="pyarrow")
    assert (
        dates(stored)[0].tolist() == dates(zoned)[0].tolist() == [dt.datetime(2024, 1, 31, 23, 30)]
    )


def test_long_whole_numbers_in_floats_are_inexact() -> None:
    assert inexact(pd.Series([2.0**53]))
    assert not inexact(pd.Series([2.0**53 - 1, np.nan, np.inf]))
    assert not inexact(pd.Series([2**60]))
