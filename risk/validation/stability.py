"""Population and characteristic stability: how far a sample has moved since development.

Compares shares over frozen bins only; choosing the bins belongs to `features.binning`.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, NonNegativeInt, model_validator

from features.binning import Bins, IntArray, quantile_bins
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
    return counted_psi(table["development_rows"].to_numpy(), table["current_rows"].to_numpy())


def counted_psi(development: IntArray, current: IntArray) -> float:
    """As `csi`, from the rows of each bin, shape (n_bins,) each.

    Raises:
        DataError: The bins do not match, or a sample has no rows.
    """
    if development.shape != current.shape:
        raise DataError("psi needs the same bins in both samples; freeze them at development")
    if not development.any() or not current.any():
        raise DataError("psi needs rows in both samples")
    seen = (development > 0) | (current > 0)
    return psi(_filled(development[seen]), _filled(current[seen]))


class Baseline(BaseModel):
    """How a score was spread over the development sample: what later samples are held against.

    Attributes:
        bins: Frozen bins of the score, tenths of the development sample.
        rows: Its rows in each of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    bins: Bins
    rows: tuple[NonNegativeInt, ...]

    @model_validator(mode="after")
    def _one_count_a_bin(self) -> Self:
        if len(self.rows) != self.bins.count or not any(self.rows):
            raise ValueError("a baseline holds the rows of each of its bins, and at least one row")
        return self

    @classmethod
    def of(cls, values: FloatArray, field: str) -> Self:
        """The baseline of a score by its values at development, shape (n,).

        Raises:
            DataError: Every value is missing.
        """
        bins = quantile_bins(values, field=field)
        rows = np.bincount(bins.assign(values), minlength=bins.count)
        return cls(bins=bins, rows=tuple(rows.tolist()))

    def count(self, values: FloatArray) -> IntArray:
        """Rows of a sample in each bin; those of several parts of it may be added."""
        # A few comparisons of all values cost a fraction of looking up each value's bin.
        up_to = [np.count_nonzero(values <= edge) for edge in self.bins.edges]
        known = len(values) - np.count_nonzero(np.isnan(values))
        return np.diff([0, *up_to, known, len(values)])

    def psi(self, rows: IntArray) -> float | None:
        """PSI of a sample by its rows in each bin, as `csi`; None where it has no rows.

        Raises:
            DataError: The bins do not match.
        """
        return counted_psi(np.asarray(self.rows), rows) if rows.any() else None


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


def _filled(rows: IntArray) -> FloatArray:
    counted = np.where(rows == 0, 0.5, rows)
    return np.asarray(counted / counted.sum(), np.float64)
