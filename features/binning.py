"""Frozen bins of one field: weight of evidence and information value over them.

Bins are chosen once, on the development sample, and then only applied. Comparing samples over
them is `risk.validation.stability`.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, field_validator
from sklearn.tree import DecisionTreeClassifier

from features.encoding import FloatArray
from features.errors import DataError

IntArray = npt.NDArray[np.int64]


class Bins(BaseModel):
    """Intervals of one numeric field, and a bin of its own, the last, for missing values.

    Attributes:
        field: Name of the field.
        edges: Rising inner bounds; a value equal to an edge belongs to the bin on its left.

    Example:
        >>> Bins(field="age", edges=(25.0, 40.0)).assign(np.array([25.0, 26.0, np.nan])).tolist()
        [0, 1, 3]
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = ""
    edges: tuple[float, ...] = ()

    @field_validator("edges")
    @classmethod
    def _rising(cls, edges: tuple[float, ...]) -> tuple[float, ...]:
        if not np.isfinite(edges).all() or any(a >= b for a, b in pairwise(edges)):
            raise ValueError("edges must be finite and rising")
        return edges

    @property
    def count(self) -> int:
        """Number of bins, the one for missing values included."""
        return len(self.edges) + 2

    def assign(self, values: FloatArray) -> IntArray:
        """Index of the bin of every value, shape (n,), in `range(count)`."""
        index = np.searchsorted(np.asarray(self.edges, np.float64), values, side="left")
        return np.where(np.isnan(values), self.count - 1, index).astype(np.int64)

    def labels(self) -> tuple[str, ...]:
        """The bins as intervals, the last one "missing"."""
        bounds = ("-inf", *(f"{edge:g}" for edge in self.edges))
        tops = (*(f"{edge:g}]" for edge in self.edges), "inf)")
        return (*(f"({low}, {top}" for low, top in zip(bounds, tops, strict=True)), "missing")


class Counts(NamedTuple):
    """Goods and bads of each bin, shape (count,) each."""

    goods: FloatArray
    bads: FloatArray


def fit_bins(
    values: FloatArray,
    target: npt.ArrayLike,
    max_bins: int = 8,
    min_share: float = 0.05,
    direction: int = 0,
    field: str = "",
) -> Bins:
    """Bins that separate bads from goods, by a small decision tree.

    The tree sees the ranks of the values, so any strictly rising change of scale gives the same
    bins. Missing values take no part; where the rest is too small or one-sided to split, there
    is one bin for all of it.

    Args:
        values: Shape (n,); NaN is missing.
        target: Shape (n,); 1 is bad, 0 is good.
        max_bins: Most bins besides the missing one.
        min_share: Smallest share of the non-missing rows in a bin.
        direction: 1 where the bad rate must not fall as the value rises, -1 where it must not
            rise, 0 where it is free.
        field: Name kept in the bins.
    """
    known = ~np.isnan(values)
    outcome = np.asarray(target, np.float64)[known]
    points, rank = np.unique(values[known], return_inverse=True)
    least = max(1, int(np.ceil(min_share * len(rank))))
    if max_bins < 2 or len(points) < 2 or np.unique(outcome).size < 2 or len(rank) < 2 * least:
        return Bins(field=field)
    tree = DecisionTreeClassifier(
        criterion="entropy",
        max_leaf_nodes=max_bins,
        min_samples_leaf=least,
        monotonic_cst=[direction] if direction else None,
        random_state=0,
    ).fit(rank.reshape(-1, 1), outcome)
    inner = tree.tree_.feature == 0
    left = np.unique(np.floor(tree.tree_.threshold[inner])).astype(np.int64)
    edges = _between(points[left], points[left + 1])
    return Bins(field=field, edges=tuple(edges.tolist()))


def quantile_bins(values: FloatArray, count: int = 10, field: str = "") -> Bins:
    """Bins of about equal size, for the stability of a score; ties can make them fewer.

    Raises:
        DataError: Every value is missing.
    """
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        raise DataError(f'"{field}" has only missing values; leave it out of the bins')
    cuts = known[np.ceil(np.arange(1, count) * len(known) / count).astype(np.int64) - 1]
    cuts = np.unique(cuts)
    return Bins(field=field, edges=tuple(cuts[(cuts < known[-1]) & np.isfinite(cuts)].tolist()))


def level_bins(levels: int, field: str = "") -> Bins:
    """One bin a level of a category that is coded 0, 1, ..., `levels` - 1."""
    return Bins(field=field, edges=tuple(i + 0.5 for i in range(levels - 1)))


def counts(index: IntArray, target: npt.ArrayLike, count: int) -> Counts:
    """Goods and bads in each bin.

    Raises:
        DataError: The target has only one outcome.
    """
    outcome = np.asarray(target, np.float64)
    bads = np.bincount(index, weights=outcome, minlength=count)
    goods = np.bincount(index, minlength=count) - bads
    if not bads.sum() or not goods.sum():
        raise DataError("weight of evidence needs rows of both outcomes; widen the sample")
    return Counts(goods.astype(np.float64), bads.astype(np.float64))


def woe(index: IntArray, target: npt.ArrayLike, count: int, prior_rows: float = 1.0) -> FloatArray:
    """Weight of evidence of each bin, shape (count,): above 0 is riskier than the average.

    `ln(share of the bads / share of the goods)`, the sign of the log-odds of default, which is
    the opposite of the one some textbooks print. `prior_rows` rows of average risk are added to
    each bin, so that a thin bin stays near 0 and an empty one is exactly 0.

    Raises:
        DataError: The target has only one outcome, or `prior_rows` is 0 and a bin lacks one.

    Source:
        Siddiqi, Intelligent Credit Scoring (2017), chapter 10.
    """
    cell = counts(index, target, count)
    return _evidence(cell, prior_rows)


def iv(index: IntArray, target: npt.ArrayLike, count: int, prior_rows: float = 1.0) -> float:
    """Information value of the bins, at least 0; below 0.02 a field is read as of no use.

    Raises:
        DataError: As `woe`.

    Source:
        Siddiqi, Intelligent Credit Scoring (2017), chapter 10.
    """
    cell = counts(index, target, count)
    excess = cell.bads / cell.bads.sum() - cell.goods / cell.goods.sum()
    return float(np.sum(excess * _evidence(cell, prior_rows)))


def _evidence(cell: Counts, prior_rows: float) -> FloatArray:
    if prior_rows <= 0 and ((cell.bads == 0) | (cell.goods == 0)).any():
        raise DataError("a bin lacks goods or bads; merge it or keep prior_rows above 0")
    rate = cell.bads.sum() / (cell.bads.sum() + cell.goods.sum())
    bads = cell.bads + prior_rows * rate
    goods = cell.goods + prior_rows * (1 - rate)
    return np.asarray(np.log(bads / goods) - np.log(rate / (1 - rate)), np.float64)


def _between(left: FloatArray, right: FloatArray) -> FloatArray:
    """Midpoints, or the left value where rounding would carry the midpoint onto the right one."""
    middle = left / 2 + right / 2
    return np.where((middle >= left) & (middle < right), middle, left)
