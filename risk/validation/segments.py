"""Where a model is weak: ranking and level of each segment, and which of them stand out."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.calibration import level_p_values, observed_expected, testable
from risk.validation.discrimination import auc, compare, delong
from risk.validation.multiplicity import holm
from risk.validation.outcomes import LEAST_OF_EACH, probabilities

Places = npt.NDArray[np.intp]


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
        `p_value` (the level is right, two-sided), `p_adjusted` (over all segments). The ranking
        is NaN where the segment has fewer than `LEAST_OF_EACH` bads or goods, the level where so
        few are neither observed nor expected.

    Raises:
        DataError: As `risk.validation.outcomes.probabilities`, or not one segment a row.
    """
    outcome, values = probabilities(target, pd_)
    table = pd.DataFrame(
        {"segment": name, **_counted(outcome[own], values[own])}
        for name, own in _parted(segment, _rising(values))
    )
    return table.assign(p_adjusted=holm(table["p_value"]))


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
    outcome, values = probabilities(target, pd_)
    rising = _rising(values)
    table = pd.DataFrame(
        {"column": column, "segment": name, **_counted(outcome[own], values[own])}
        for column, names in segments.items()
        for name, own in _parted(names, rising)
    )
    table = table.assign(p_adjusted=holm(table["p_value"]))
    return table.sort_values("p_value", kind="stable", ignore_index=True)


def segment_gains(
    target: npt.ArrayLike,
    pd_: npt.ArrayLike,
    beside: npt.ArrayLike,
    segments: Mapping[str, npt.ArrayLike],
) -> pd.DataFrame:
    """What one PD ranks better than another in each segment of many columns.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        beside: The PD it is held against, shape (n,).
        segments: As `weak_spots`.

    Returns:
        One row a segment, the surest difference first: `column`, `segment`, `rows`, `bads`, `auc`,
        `auc_beside`, `gain` (the first less the second), `low`, `high`, `p_value` (paired DeLong),
        `p_adjusted` (over all of them): NaN as the ranking in `segment_table`.

    Raises:
        DataError: As `weak_spots`.
    """
    if not segments:
        raise DataError("no column is given to compare two models in")
    outcome, values = probabilities(target, pd_)
    _, others = probabilities(target, beside)
    rising = _rising(values)
    table = pd.DataFrame(
        {"column": column, "segment": name, **_gained(outcome[own], values[own], others[own])}
        for column, names in segments.items()
        for name, own in _parted(names, rising)
    )
    table = table.assign(p_adjusted=holm(table["p_value"]))
    return table.sort_values("p_value", kind="stable", ignore_index=True)


def _rising(values: FloatArray) -> Places:
    """Rows by rising PD: so ordered, the rows of each segment are ranked in half the time."""
    return np.argsort(values, kind="stable")


def _parted(segment: npt.ArrayLike, rising: Places) -> Iterator[tuple[str, Places]]:
    """Each segment's name and the places of its rows, by name."""
    names = np.asarray(segment)
    if names.shape != rising.shape:
        raise DataError(f"{names.size} segments do not go with {rising.size} outcomes")
    index, found = pd.factorize(names, use_na_sentinel=False)
    together = rising[np.argsort(index[rising], kind="stable")]
    each = np.split(together, np.cumsum(np.bincount(index))[:-1])
    yield from sorted(zip((str(name) for name in found), each, strict=True), key=lambda one: one[0])


def _counted(outcome: FloatArray, pd_: FloatArray) -> dict[str, float]:
    rows, bads = len(outcome), int(outcome.sum())
    said: dict[str, float] = {
        "rows": rows,
        "bads": bads,
        "observed": bads / rows,
        "expected": float(pd_.mean()),
    }
    return {**said, **_ranked(outcome, pd_), **_levelled(outcome, pd_)}


def _ranked(outcome: FloatArray, pd_: FloatArray) -> dict[str, float]:
    names, bads = ("auc", "auc_low", "auc_high"), int(outcome.sum())
    if min(bads, len(outcome) - bads) < LEAST_OF_EACH:
        return dict.fromkeys(names, np.nan)
    area = delong(outcome, pd_)
    return dict(zip(names, (area.auc, area.low, area.high), strict=True))


def _levelled(outcome: FloatArray, pd_: FloatArray) -> dict[str, float]:
    names = ("ratio", "ratio_low", "ratio_high", "p_value")
    counts = (outcome.sum(), len(outcome), pd_.mean())
    if not testable(*counts):
        return dict.fromkeys(names, np.nan)
    level = observed_expected(outcome, pd_)
    measured = (level.ratio, level.low, level.high, float(level_p_values(*counts)))
    return dict(zip(names, measured, strict=True))


def _gained(outcome: FloatArray, pd_: FloatArray, beside: FloatArray) -> dict[str, float]:
    rows, bads = len(outcome), int(outcome.sum())
    said: dict[str, float] = {"rows": rows, "bads": bads}
    unknown = ("auc", "auc_beside", "gain", "low", "high", "p_value")
    if min(bads, rows - bads) < LEAST_OF_EACH:
        return {**said, **dict.fromkeys(unknown, np.nan)}
    area, found = auc(outcome, pd_), compare(outcome, pd_, beside)
    measured = (area, area - found.difference, *found[:3], found.p_value)
    return {**said, **dict(zip(unknown, measured, strict=True))}
