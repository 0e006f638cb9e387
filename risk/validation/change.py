"""How far a share of rows lies from the same share of other rows."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from features.errors import DataError
from risk.validation.shares import Shares, gaps


class Share(NamedTuple):
    """Some of the rows."""

    of: int
    rows: int

    @property
    def value(self) -> float:
        """As a number; NaN without rows."""
        return self.of / self.rows if self.rows else float("nan")


class Change(NamedTuple):
    """One share less another.

    Attributes:
        difference: From -1 to 1.
        low: Lower bound of it, 95 %.
        high: Upper bound.
        p_value: Of "they are the same", two-sided.
    """

    difference: float
    low: float
    high: float
    p_value: float


def change(now: Share, before: Share) -> Change:
    """How far a share lies from that of other rows.

    Args:
        now: The share that is asked about.
        before: The share that it is held against.

    Returns:
        The difference with Newcombe's hybrid score interval, and the p-value of Fisher's exact
        test.

    Raises:
        DataError: Either has no rows.

    Source:
        Newcombe, Statistics in Medicine 17 (1998), method 10.

    Example:
        >>> found = change(Share(56, 70), Share(48, 80))
        >>> [round(each, 4) for each in found]
        [0.2, 0.0524, 0.3339, 0.0125]
    """
    if not now.rows or not before.rows:
        raise DataError("a share needs rows on both sides to be compared")
    both = Shares(*(np.array(each, np.float64) for each in zip(before, now, strict=True)))
    gap, low, high = gaps(both)
    table = np.array([[share.of, share.rows - share.of] for share in (now, before)])
    p_value = float(stats.fisher_exact(table).pvalue)
    return Change(float(gap[1]), float(low[1]), float(high[1]), p_value)
