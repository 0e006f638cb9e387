"""Where a model is weak: ranking and level of each segment, and which of them stand out."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import DataError
from risk.validation.calibration import jeffreys_test, observed_expected
from risk.validation.discrimination import delong
from risk.validation.multiplicity import holm
from risk.validation.outcomes import probabilities

LEAST_OF_EACH = 20
"""Bads, and goods, below which a segment is given no interval and no test."""


def segment_table(
    target: npt.ArrayLike, pd_: npt.ArrayLike, segment: npt.ArrayLike
) -> pd.DataFrame:
    """How the model does in each segment.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        segment: Name of each row's segment, shape (n,).

    Returns:
        One row a segment, by name: `segment`, `rows`, `bads`, `observed`, `expected`; then `auc`,
        `auc_low`, `auc_high` (DeLong), `ratio`, `ratio_low`, `ratio_high` (observed / expected),
        `p_value` (the level is right, two-sided), `p_adjusted` (over all segments): NaN where the
        segment has fewer than `LEAST_OF_EACH` bads or goods.

    Raises:
        DataError: As `risk.validation.outcomes.probabilities`, or not one segment a row.
    """
    outcome, values = probabilities(target, pd_)
    names = np.asarray(segment)
    if names.shape != outcome.shape:
        raise DataError(f"{names.size} segments do not go with {outcome.size} outcomes")
    found, index = np.unique(names.astype(str), return_inverse=True)
    table = pd.DataFrame(
        {"segment": str(name), **_counted(outcome[index == place], values[index == place])}
        for place, name in enumerate(found)
    )
    return table.assign(p_adjusted=holm(table["p_value"]))


def _counted(outcome: npt.NDArray[np.float64], pd_: npt.NDArray[np.float64]) -> dict[str, float]:
    rows, bads = len(outcome), int(outcome.sum())
    said: dict[str, float] = {
        "rows": rows,
        "bads": bads,
        "observed": bads / rows,
        "expected": float(pd_.mean()),
    }
    unknown = ("auc", "auc_low", "auc_high", "ratio", "ratio_low", "ratio_high", "p_value")
    if min(bads, rows - bads) < LEAST_OF_EACH:
        return {**said, **dict.fromkeys(unknown, np.nan)}
    area, level = delong(outcome, pd_), observed_expected(outcome, pd_)
    below = float(jeffreys_test(bads, rows, said["expected"]))
    measured = (area.auc, area.low, area.high, level.ratio, level.low, level.high)
    both_sides = 2 * min(below, 1 - below)
    return {**said, **dict(zip(unknown, (*measured, both_sides), strict=True))}


def weak_spots(
    target: npt.ArrayLike, pd_: npt.ArrayLike, segments: Mapping[str, npt.ArrayLike]
) -> pd.DataFrame:
    """Segments of many columns together, the most doubtful level first.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        segments: Name of each row's segment by column, such as the labels of frozen bins.

    Returns:
        As `segment_table`, with the `column` in front; `p_adjusted` holds over all of them.

    Raises:
        DataError: As `segment_table`, or no column is given.
    """
    if not segments:
        raise DataError("no column is given to look for weak spots in")
    tables = [
        segment_table(target, pd_, names).assign(column=column)
        for column, names in segments.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(p_adjusted=holm(table["p_value"]))
    table.insert(0, "column", table.pop("column"))
    return table.sort_values("p_value", kind="stable", ignore_index=True)
