"""What it would cost to bring the approval rates of groups nearer to each other.

It measures a price. Whether a measure is lawful, or right, is no question of statistics.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize

from features.binning import IntArray
from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.outcomes import two_sided
from risk.validation.swapset import approved

Mask = npt.NDArray[np.bool_]


class Price(NamedTuple):
    """How a decision turns out.

    Attributes:
        bad_rate: Of the approved; NaN without any.
        gini: Of the decision: share of the bads refused less share of the goods refused.
    """

    bad_rate: float
    gini: float


def neutral(x: FloatArray, columns: Collection[int], typical: FloatArray) -> FloatArray:
    """The matrix with some columns set to one value for all, shape (n, p).

    Args:
        x: Shape (n, p).
        columns: Which columns are made neutral.
        typical: A value for each column, such as `typical_values` gives, shape (p,).
    """
    changed = x.copy(order="F")
    for column in columns:
        changed[:, column] = typical[column]
    return changed


def typical_values(reference: FloatArray, categories: Collection[int]) -> FloatArray:
    """Median of each column of a reference set, the commonest level of a category; shape (p,).

    Args:
        reference: Shape (m, p); NaN is missing.
        categories: Columns whose numbers are no measurements.

    Example:
        >>> typical_values(np.array([[1.0, 2], [3, 0], [8, 2]]), [1]).tolist()
        [3.0, 2.0]
    """
    found = np.full(reference.shape[1], np.nan)
    for column, values in enumerate(reference.T):
        known = values[~np.isnan(values)]
        if not known.size:
            continue
        if column in categories:
            levels, rows = np.unique(known, return_counts=True)
            found[column] = levels[rows.argmax()]
        else:
            found[column] = np.median(known)
    return found


def lifted(rates: FloatArray, rows: npt.ArrayLike, least: float) -> FloatArray:
    """Approval rates of groups, no further apart than allowed, at the same rate over all.

    Low rates are raised to one floor and high ones lowered to one ceiling; what lies between
    stays as it is.

    Args:
        rates: Approval rate of each group, shape (k,).
        rows: Rows of each group, shape (k,).
        least: Smallest ratio of any rate to any other, above 0 and at most 1.

    Raises:
        DataError: The ratio lies outside its range.

    Example:
        >>> lifted(np.array([0.5, 0.7]), [100, 100], 0.8).round(4).tolist()
        [0.5333, 0.6667]
    """
    if not 0 < least <= 1:
        raise DataError(f"a ratio of approval rates lies above 0 and at most at 1, not at {least}")
    weight = np.asarray(rows, np.float64)

    def missed(ceiling: float) -> float:
        return float(weight @ (np.clip(rates, least * ceiling, ceiling) - rates))

    if rates.min() >= least * rates.max():
        return rates.copy()
    ceiling = optimize.brentq(missed, rates.min(), rates.max(), xtol=1e-12)
    return np.clip(rates, least * ceiling, ceiling)


def approved_in_groups(score: FloatArray, group: IntArray, rates: FloatArray) -> Mask:
    """The safest rows of each group by a score: each group has a cut-off of its own; shape (n,).

    Args:
        score: Higher is riskier, shape (n,).
        group: Number of each row's group, in `range(k)`, shape (n,).
        rates: Share of each group to approve, shape (k,).
    """
    taken = np.zeros(len(score), bool)
    for place, rate in enumerate(rates):
        own = np.flatnonzero(group == place)
        taken[own[approved(score[own], float(rate))]] = True
    return taken


def price(target: npt.ArrayLike, taken: npt.ArrayLike) -> Price:
    """How a decision turns out on rows with their outcomes.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        taken: Which rows are approved, shape (n,).

    Raises:
        DataError: As `risk.validation.outcomes.two_sided`.
    """
    approval = np.asarray(taken, bool)
    outcome, _ = two_sided(target, approval.astype(np.float64))
    bads, goods = approval[outcome == 1].mean(), approval[outcome == 0].mean()
    rate = float(outcome[approval].mean()) if approval.any() else np.nan
    return Price(rate, float(goods - bads))
