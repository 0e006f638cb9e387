"""Population and characteristic stability: how far a sample has moved since development.

Compares shares over frozen bins only; choosing the bins belongs to `features.binning`.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, NonNegativeInt, model_validator
from scipy import stats

from features.binning import Bins, IntArray, level_bins, quantile_bins
from features.dictionary import Field
from features.encoding import FloatArray
from features.errors import DataError

_LEVELS = 50
"""Levels of a category that have a bin each; of more, neighbours share one."""
_FEW, _EDGES = 4096, 32
"""Values from which on, and edges up to which, comparing all values with each edge costs less than
looking up each value's bin."""


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


def psi_parts(development: IntArray, current: IntArray) -> FloatArray:
    """What each bin adds to `counted_psi`, shape (n_bins,); 0 for a bin that is empty in both.

    Raises:
        DataError: As `counted_psi`.
    """
    counted_psi(development, current)
    seen = (development > 0) | (current > 0)
    expected, actual = _filled(development[seen]), _filled(current[seen])
    parts = np.zeros(len(seen))
    parts[seen] = (actual - expected) * np.log(actual / expected)
    return parts


class Shift(NamedTuple):
    """How far a sample has moved, beside what chance alone makes of samples of these sizes.

    Attributes:
        psi: Population stability index in nats.
        by_chance: Its mean where nothing has moved; up to a tenth more where bins expect few rows.
        p_value: Of "nothing has moved".
    """

    psi: float
    by_chance: float
    p_value: float


def shift(development: IntArray, current: IntArray) -> Shift:
    """The index from the rows of each bin, and whether it is more than chance.

    The p-value is Pearson's. The index itself, held against its own limit distribution, rejects
    7 % of true nulls at 5 % over ten bins of 100 rows and 22 % over 300 bins of 1,000.

    Args:
        development: Rows of each bin at development, shape (n_bins,).
        current: Rows of the same bins now.

    Raises:
        DataError: As `counted_psi`.

    Source:
        The mean is that of Yurdakul and Naranjo, Journal of Risk Model Validation 14 (2020),
        (bins - 1) (1/n + 1/m). The test is the chi-square test of homogeneity.

    Example:
        >>> found = shift(np.array([50, 50]), np.array([60, 40]))
        >>> round(found.psi, 4), round(found.by_chance, 4), round(found.p_value, 4)
        (0.0405, 0.02, 0.1552)
    """
    moved = counted_psi(development, current)
    seen = (development > 0) | (current > 0)
    table = np.array([development[seen], current[seen]])
    tested = stats.chi2_contingency(table, correction=False)
    by_chance = (seen.sum() - 1) * np.sum(1 / table.sum(axis=1))
    return Shift(moved, float(by_chance), float(tested.pvalue))


class Baseline(BaseModel):
    """How a score or a field was spread over the development sample: what later ones are held to.

    Attributes:
        bins: Frozen bins: tenths of the development sample, or the levels of a category.
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
        return cls._over(quantile_bins(values, field=field), values)

    @classmethod
    def of_field(cls, values: FloatArray, field: Field) -> Self:
        """The baseline of a model's input by its values at development, encoded, shape (n,).

        Where every value is missing there are two bins, the filled and the missing.
        """
        if field.type == "category" and len(field.levels) <= _LEVELS:
            return cls._over(level_bins(len(field.levels), field.name), values)
        if np.isnan(values).all():
            return cls._over(Bins(field=field.name), values)
        return cls._over(quantile_bins(values, field=field.name), values)

    @classmethod
    def _over(cls, bins: Bins, values: FloatArray) -> Self:
        rows = np.bincount(bins.assign(values), minlength=bins.count)
        return cls(bins=bins, rows=tuple(rows.tolist()))

    def count(self, values: FloatArray) -> IntArray:
        """Rows of a sample in each bin; those of several parts of it may be added."""
        if len(values) < _FEW or len(self.bins.edges) > _EDGES:
            return np.bincount(self.bins.assign(values), minlength=self.bins.count)
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
