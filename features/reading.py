"""Columns of any dtype read as numbers, dates or text, whole columns at a time.

Knows notations only; what a portfolio allows is the business of `features.rules`. A value is read
the same way alone as among others, whatever type its column happened to be stored in.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_TEXT = pa.large_string()
_NUMBER = r"^[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?$"
_HAS_DIGIT = r"^[+-]?(\d|\.\d)"
_CLOCK = (
    r"(?:[ T]+(?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?"
)
_DATES = (
    rf"^(?P<y>\d{{4}})-(?P<m>\d{{1,2}})(?:-(?P<d>\d{{1,2}}){_CLOCK})?$",
    rf"^(?P<y>\d{{4}})/(?P<m>\d{{1,2}})(?:/(?P<d>\d{{1,2}}){_CLOCK})?$",
    rf"^(?P<y>\d{{4}})\.(?P<m>\d{{1,2}})\.(?P<d>\d{{1,2}}){_CLOCK}$",
    rf"^(?P<y>\d{{4}})年(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日{_CLOCK})?$",
    r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:(?P<h>\d{2})(?P<i>\d{2})(?P<s>\d{2}))?$",
    # Six digits are a month only in these centuries; elsewhere they may be a day as yymmdd.
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})$",
)
_EXACT = float(2**53)
_PURE = frozenset(("string", "empty", "integer", "floating", "decimal", "boolean"))
_SIMPLE = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_timestamp,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
)

Mask = npt.NDArray[np.bool_]


def texts(values: pd.Series, *, strip: bool = True) -> pd.Series:
    """Values as text; 1, 1.0 and a decimal 1.00 all read "1", and midnight is left off dates.

    Args:
        values: A column of any dtype, n rows.
        strip: Whether to drop white space around each text.

    Returns:
        n rows of pandas `str`, NaN where missing, with the index of `values`.

    Example:
        >>> texts(pd.Series([1.0, 2.5, None])).tolist()
        ['1', '2.5', nan]
    """
    return _series(_stripped(_as_text(_arrow(values)), strip), values.index)


def numbers(values: pd.Series, missing: Sequence[str] = ()) -> tuple[npt.NDArray[np.float64], Mask]:
    """Values as float64.

    Text may have thousands separators (`1,234.5`), a sign and an exponent; anything else that
    Python would take for a number (`1_000`, `0x10`, full-width digits) is broken.

    Args:
        values: A column of any dtype, n rows.
        missing: Texts that stand for a missing value.

    Returns:
        The numbers, shape (n,), NaN where missing or broken, and where a value was there that is
        no number, shape (n,). Infinity is a number here.

    Example:
        >>> numbers(pd.Series(["1,000", "1_000", "NA"]), ["NA"])
        (array([1000.,   nan,   nan]), array([False,  True, False]))
    """
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        return _without_codes(values.to_numpy(np.float64), missing), np.zeros(len(values), bool)
    column = _arrow(values, truth=("1", "0"))
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        result = column.cast(pa.float64(), safe=False)
    elif pa.types.is_decimal(kind):
        result = _floats(_as_text(column))
    else:
        column = _without_tokens(_as_text(column), missing)
        result = _floats(column)
    broken = pc.and_(pc.is_valid(column), pc.is_null(result))
    found = np.asarray(_numpy(result), np.float64)
    return _without_codes(found, missing), np.asarray(_numpy(broken), bool)


def dates(
    values: pd.Series, missing: Sequence[str] = ()
) -> tuple[npt.NDArray[np.datetime64], Mask]:
    """Values as dates with time, to the second, by the clock on the wall where they were written.

    Read: `2024-01-31`, `2024/1/31`, `2024.1.31`, `2024年1月31日`, `20240131` (text or number), each
    with or without a time and an offset, and months (`2024-01`, `2024年1月`, `202401`) as their
    first day. Day-month orders are broken, for they differ between countries.

    Args:
        values: A column of any dtype, n rows.
        missing: Texts that stand for a missing value.

    Returns:
        datetime64[s], shape (n,), NaT where missing or broken, and where a value was there that
        is no date, shape (n,).

    Example:
        >>> dates(pd.Series(["2024年1月31日", "31/01/2024"]))[0].astype("datetime64[D]").tolist()
        [datetime.date(2024, 1, 31), None]
    """
    column = _arrow(values)
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        moment = column.cast(pa.timestamp("us"), safe=False).to_numpy(zero_copy_only=False)
        return moment.astype("datetime64[s]"), np.zeros(len(values), bool)
    column = _without_tokens(_as_text(column), missing)
    coded = pc.dictionary_encode(column)
    known = _parsed(coded.dictionary)
    codes = _numpy(pc.fill_null(coded.indices, len(known)))
    result = np.append(known, np.datetime64("NaT", "s"))[codes]
    return result, np.asarray(_numpy(pc.is_valid(column)), bool) & np.isnat(result)


def inexact(values: pd.Series) -> bool:
    """Whether a floating-point column holds whole numbers too long to have kept their digits."""
    if not pd.api.types.is_float_dtype(values.dtype):
        return False
    number = values.to_numpy(np.float64, na_value=np.nan)
    return bool((np.isfinite(number) & (np.abs(number) >= _EXACT)).any())


def _arrow(values: pd.Series, truth: tuple[str, str] = ("True", "False")) -> pa.Array:
    """One Arrow array, time zones dropped, dictionaries resolved; text where types are mixed."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _arrow(_expanded(values, dtype), truth)
    stored = dtype.pyarrow_dtype if isinstance(dtype, pd.ArrowDtype) else None
    if isinstance(dtype, pd.DatetimeTZDtype) or getattr(stored, "tz", None):
        values = values.dt.tz_localize(None)
    # Arrow would read False as 0 beside 0.5, and a time as a day beside a day.
    mixed = dtype.kind == "O" and pd.api.types.infer_dtype(values, skipna=True) not in _PURE
    if mixed and isinstance(dtype, np.dtype):
        return _plain_array(values, truth)
    try:
        column = pa.array(values, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return _plain_array(values, truth)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    zoned = pa.types.is_timestamp(column.type) and column.type.tz is not None
    if zoned or not any(test(column.type) for test in _SIMPLE):
        return _plain_array(values, truth)
    return column


def _expanded(values: pd.Series, dtype: pd.CategoricalDtype) -> pd.Series:
    """A categorical as a plain column; a missing entry must not turn long ids into floats."""
    categories = dtype.categories.dtype
    match categories.kind:
        case "i":
            return values.astype("Int64")
        case "u":
            return values.astype("UInt64")
        case "b":
            return values.astype("boolean")
    return pd.Series(values.array.astype(categories), index=values.index)


def _plain_array(values: pd.Series, truth: tuple[str, str]) -> pa.Array:
    """Text of every object, one by one: the slow way, for columns of mixed types."""
    absent = values.isna().to_numpy(bool)
    plain = [
        None if gone else _plain(value, truth)
        for value, gone in zip(values.tolist(), absent, strict=True)
    ]
    return pa.array(plain, type=_TEXT)


def _plain(value: object, truth: tuple[str, str]) -> str | None:
    if isinstance(value, bool | np.bool_):
        return truth[0] if value else truth[1]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int) and value.bit_length() > 4096:
        return "inf" if value > 0 else "-inf"  # Python refuses to write out longer whole numbers
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else _as_text(pa.array([float(value)]))[0].as_py()
    if isinstance(value, Decimal):
        return _as_text(pa.array([value]))[0].as_py() if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "True", "False").cast(_TEXT)
    text = column.cast(_TEXT)
    if pa.types.is_floating(kind):
        number = column.cast(pa.float64())
        whole = pc.and_(pc.equal(pc.floor(number), number), pc.less(pc.abs(number), _EXACT))
        return pc.if_else(
            whole, pc.if_else(whole, number, 0.0).cast(pa.int64(), safe=False).cast(_TEXT), text
        )
    if pa.types.is_decimal(kind) and kind.scale > 0:
        return pc.utf8_rtrim(pc.replace_substring_regex(text, r"(\.\d*?)0+$", r"\1"), ".")
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(text, r"( 00:00:00)?(\.0+)?$", "")
    return text


def _stripped(text: pa.Array, strip: bool) -> pa.Array:
    return pc.utf8_trim_whitespace(text) if strip else text


def _without_tokens(text: pa.Array, missing: Sequence[str]) -> pa.Array:
    text = pc.utf8_trim_whitespace(text)
    gone = pc.is_in(text, value_set=pa.array(list(missing), type=_TEXT))
    return pc.if_else(gone, pa.scalar(None, _TEXT), text)


def _without_codes(
    values: npt.NDArray[np.float64], missing: Sequence[str]
) -> npt.NDArray[np.float64]:
    """A missing token that is a number is missing in a typed column as well as in text."""
    for code in _finite(tuple(missing)):
        values = np.where(values == code, np.nan, values)
    return values


@cache
def _finite(tokens: tuple[str, ...]) -> tuple[float, ...]:
    number = _numpy(_careful_floats(pa.array(tokens, type=_TEXT)))
    return tuple(number[np.isfinite(number)].tolist())


def _floats(text: pa.Array) -> pa.Array:
    """float64, null where the text is no number."""
    try:
        number = text.cast(pa.float64())
    except pa.ArrowInvalid:
        return _careful_floats(text)
    # Arrow reads "nan" and "inf" too, and only the careful way tells them apart.
    return number if pc.all(pc.is_finite(number), min_count=0).as_py() else _careful_floats(text)


def _careful_floats(text: pa.Array) -> pa.Array:
    infinite = pc.match_substring_regex(text, r"^[+-]?inf(inity)?$", ignore_case=True)
    form = pc.and_(
        pc.match_substring_regex(text, _NUMBER), pc.match_substring_regex(text, _HAS_DIGIT)
    )
    kept = pc.if_else(pc.or_(form, infinite), text, pa.scalar(None, _TEXT))
    kept = pc.replace_substring(kept, ",", "")
    kept = pc.replace_substring_regex(kept, r"^\+", "")
    try:
        return kept.cast(pa.float64())
    except pa.ArrowInvalid:  # beyond the range of float64, which Python reads as infinity or 0
        found = [None if value is None else float(value) for value in kept.to_pylist()]
        return pa.array(found, type=pa.float64(), from_pandas=True)


def _parsed(text: pa.Array) -> npt.NDArray[np.datetime64]:
    result = np.full(len(text), np.datetime64("NaT"), "datetime64[s]")
    for pattern in _DATES:
        found = pc.extract_regex(text, pattern)
        hit = np.asarray(_numpy(pc.is_valid(found)), bool)
        if hit.any():
            result[hit] = _moments(found.filter(pa.array(hit)))
    return result


def _moments(parts: pa.StructArray) -> npt.NDArray[np.datetime64]:
    """Dates from their captured parts; NaT where the calendar has no such moment."""
    names = {parts.type.field(i).name for i in range(parts.type.num_fields)}

    def part(name: str, default: int) -> npt.NDArray[np.int64]:
        if name not in names:
            return np.full(len(parts), default)
        captured = parts.field(name)
        filled = pc.if_else(pc.equal(captured, ""), str(default), captured)
        return np.asarray(_numpy(filled.cast(pa.int64())), np.int64)

    year, month, day = part("y", 1), part("m", 1), part("d", 1)
    hour, minute, second = part("h", 0), part("i", 0), part("s", 0)
    fits = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    fits &= (hour < 24) & (minute < 60) & (second < 60)
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    date = first + (day - 1)
    fits &= date.astype("datetime64[M]") == months.astype("datetime64[M]")
    moment = date.astype("datetime64[s]") + (hour * 3600 + minute * 60 + second)
    return np.where(fits, moment, np.datetime64("NaT"))


def _numpy(column: pa.Array) -> npt.NDArray[np.generic]:
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _series(text: pa.Array, index: pd.Index) -> pd.Series:
    return pd.Series(pd.array(text, dtype="str"), index=index)
