"""Accepted applications to the float matrix a model reads, in dictionary order.

Reading and refusing values is `features.intake`; no value is refused here.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.dictionary import DataDictionary, Field, Formula
from features.errors import DataError
from features.reading import dates

FloatArray = npt.NDArray[np.float64]

_DIRECTIONS = {"rising": 1, "falling": -1, "none": 0}


def encode(accepted: pd.DataFrame, dictionary: DataDictionary) -> FloatArray:
    """The model's inputs for every accepted application.

    Special codes, missing values and unknown levels are NaN; every other entry is finite. A
    category is the index of its level, a date the whole days before the application date, a
    formula its result (missing when any part is missing or the result is not finite).

    Args:
        accepted: The accepted frame of `features.intake.check`, n rows.
        dictionary: Its data dictionary, with p features.

    Returns:
        Shape (n, p), column-major, columns in the order of `dictionary.features`.

    Raises:
        DataError: A column of a feature or of its formula is not in the frame.
    """
    needed = [f.name for f in dictionary.features if f.formula is None] + [
        name for f in dictionary.features if f.formula for name in f.formula.of
    ]
    absent = [name for name in dict.fromkeys(needed) if name not in accepted.columns]
    if absent:
        raise DataError(f"column(s) {', '.join(absent)} to encode are missing; run intake first")
    matrix = np.empty((len(accepted), len(dictionary.features)), order="F")
    for column, field in enumerate(dictionary.features):
        matrix[:, column] = _column(accepted, field, dictionary)
    return matrix


def directions(dictionary: DataDictionary) -> list[int]:
    """How risk moves with each column of the matrix: 1 rising, -1 falling, 0 unconstrained."""
    return [_DIRECTIONS[f.direction] for f in dictionary.features]


def _column(accepted: pd.DataFrame, field: Field, dictionary: DataDictionary) -> FloatArray:
    if field.formula:
        parts = [_number(accepted[name], dictionary[name]) for name in field.formula.of]
        return _formula(field.formula, parts)
    if field.type == "category":
        return _category(accepted[field.name], field)
    if field.type == "date":
        if dictionary.date is None or dictionary.date.name not in accepted.columns:
            raise DataError(f"{field.name} cannot be encoded without the application date column")
        return _elapsed(accepted[field.name], accepted[dictionary.date.name], field)
    return _number(accepted[field.name], field)


def _number(values: pd.Series, field: Field) -> FloatArray:
    numbers = values.to_numpy(np.float64, copy=bool(field.special), na_value=np.nan)
    for code in field.special:
        numbers[numbers == float(code)] = np.nan
    return numbers


def _category(values: pd.Series, field: Field) -> FloatArray:
    text = pa.array(values, from_pandas=True).cast(pa.large_string())
    levels = [None if level in field.special else level for level in field.levels]
    known = pa.array(levels, type=pa.large_string())
    index = pc.index_in(text, value_set=known, skip_nulls=True)
    return np.asarray(index.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def _elapsed(values: pd.Series, applied: pd.Series, field: Field) -> FloatArray:
    """Whole days from each date to the application date."""
    day = values.to_numpy("datetime64[D]")
    special, _ = dates(pd.Series(list(field.special), dtype="str"))
    day = np.where(np.isin(day, special.astype("datetime64[D]")), np.datetime64("NaT"), day)
    elapsed = applied.to_numpy("datetime64[D]") - day
    return np.where(np.isnat(elapsed), np.nan, elapsed.astype(np.int64))


def _formula(formula: Formula, parts: list[FloatArray]) -> FloatArray:
    with np.errstate(all="ignore"):
        match formula.op:
            case "ratio":
                result = parts[0] / parts[1]
            case "difference":
                result = parts[0] - parts[1]
            case "sum":
                result = np.sum(parts, axis=0)
            case "product":
                result = np.prod(parts, axis=0)
            case "max":
                result = np.max(parts, axis=0)
            case "min":
                result = np.min(parts, axis=0)
    return np.where(np.isfinite(result), result, np.nan)
