"""Population and characteristic stability: how far a sample has moved since development.

Compares shares over frozen bins only; choosing the bins belongs to `features.binning`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.binning import Bins
from features.encoding import FloatArray
from features.errors import DataError


def psi(expected: FloatArray, actual: FloatArray) -> float:
    """Population stability index of `actual` against `expected`.

    Args:
        expected: Share of each bin at development, shape (n_bins,), summing to 1.
        actual: Share of the same bins now, same shape, summing to 1.

    Returns:
        PSI in nats, at least 0. Above 0.25 is commonly read as a shifted population.

    Raises:
        DataError: The shares do not match or do not sum to 1, or a bin is empty in either
            sample, so its log ratio is undefined.

    Source:
        Siddiqi, Intelligent Credit Scoring (2017), chapter 13.

    Example:
        >>> round(psi(np.array([0.5, 0.5]), np.array([0.6, 0.4])), 4)
        0.0405
    """
    if expected.shape != actual.shape:
        raise DataError("psi needs the same bins in both samples; freeze them at development")
    if (expected <= 0).any() or (actual <= 0).any():
        raise DataError("psi needs every bin filled; merge empty bins first")
    if not np.allclose([expected.sum(), actual.sum()], 1):
        raise DataError("psi needs shares that sum to 1; divide the counts by their sum")
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def csi(bins: Bins, development: FloatArray, current: FloatArray) -> float:
    """Stability of one field, or of a score, over its frozen bins; missing is a bin.

    A bin that is empty in both samples is left out; one that is empty in one sample counts as
    half a row there, so that a vanished or new group shows without an infinite index.

    Args:
        bins: Frozen at development.
        development: Values of the development sample, shape (n,).
        current: Values now, shape (m,).

    Returns:
        In nats, at least 0, read as `psi`.

    Raises:
        DataError: A sample has no rows.
    """
    table = shares(bins, development, current)
    seen = table[(table["development_rows"] > 0) | (table["current_rows"] > 0)]
    return psi(
        _filled(seen["development_rows"].to_numpy(np.float64)),
        _filled(seen["current_rows"].to_numpy(np.float64)),
    )


def shares(bins: Bins, development: FloatArray, current: FloatArray) -> pd.DataFrame:
    """The bins side by side: `bin`, and rows and share of each sample.

    Raises:
        DataError: A sample has no rows.
    """
    table = pd.DataFrame({"bin": bins.labels()})
    for name, values in (("development", development), ("current", current)):
        if not len(values):
            raise DataError(f'the {name} sample of "{bins.field}" has no rows')
        rows = np.bincount(bins.assign(values), minlength=bins.count)
        table[f"{name}_rows"] = rows
        table[f"{name}_share"] = rows / len(values)
    return table


def drift(bins: Sequence[Bins], development: FloatArray, current: FloatArray) -> pd.DataFrame:
    """Characteristic stability of every column, most moved first: `field`, `csi`.

    Args:
        bins: Frozen bins of each column, p of them.
        development: Shape (n, p).
        current: Shape (m, p), columns in the same order.

    Raises:
        DataError: Columns and bins do not match, or a sample has no rows.
    """
    if not len(bins) == development.shape[1] == current.shape[1]:
        raise DataError("each column needs its own frozen bins, in the order of the dictionary")
    found = [csi(b, development[:, i], current[:, i]) for i, b in enumerate(bins)]
    table = pd.DataFrame({"field": [b.field for b in bins], "csi": found})
    return table.sort_values("csi", ascending=False, kind="stable", ignore_index=True)


def _filled(rows: FloatArray) -> FloatArray:
    counted = np.where(rows == 0, 0.5, rows)
    return np.asarray(counted / counted.sum(), np.float64)
