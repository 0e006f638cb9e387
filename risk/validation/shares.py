"""Shares of rows: their intervals, and how far one lies from another."""

from typing import NamedTuple

import numpy as np
from scipy import stats

from features.encoding import FloatArray
from risk.validation.outcomes import normal_quantile


class Shares(NamedTuple):
    """Some of many, one share a place; shape (k,) each."""

    of: FloatArray
    rows: FloatArray


def wilson(shares: Shares, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Bounds of each share, shape (k,); NaN where there are no rows.

    Source:
        Wilson, Journal of the American Statistical Association 22 (1927).
    """
    z = normal_quantile(confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = shares.of / shares.rows
        middle = (rate + z**2 / (2 * shares.rows)) / (1 + z**2 / shares.rows)
        half = z * np.sqrt(rate * (1 - rate) / shares.rows + (z / (2 * shares.rows)) ** 2)
        half /= 1 + z**2 / shares.rows
    return middle - half, middle + half


def score_test(shares: Shares) -> FloatArray:
    """Two-sided p-value of "this share is the first one's", shape (k,); NaN without rows.

    Pearson's chi-square test of two shares, without correction for continuity.

    Source:
        Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), chapter 3.
    """
    pooled = (shares.of + shares.of[0]) / (shares.rows + shares.rows[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = shares.of / shares.rows - shares.of[0] / shares.rows[0]
        error = np.sqrt(pooled * (1 - pooled) * (1 / shares.rows + 1 / shares.rows[0]))
        z = np.where(gap == 0, 0.0, gap / error)
    return np.asarray(2 * stats.norm.sf(np.abs(z)))


def gaps(shares: Shares, confidence: float = 0.95) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Each share less the first, and the bounds of that; NaN where there are no rows.

    Source:
        Newcombe, Statistics in Medicine 17 (1998), method 10, the hybrid score interval.

    Example:
        >>> gap, low, high = gaps(Shares(np.array([48.0, 56.0]), np.array([80.0, 70.0])))
        >>> [round(float(each[1]), 4) for each in (gap, low, high)]
        [0.2, 0.0524, 0.3339]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = shares.of / shares.rows
    low, high = wilson(shares, confidence)
    gap = rate - rate[0]
    # Rounding carries a bound past the end where no row of one side and all of the other count.
    below = np.maximum(gap - np.hypot(rate - low, high[0] - rate[0]), -1.0)
    above = np.minimum(gap + np.hypot(high - rate, rate[0] - low[0]), 1.0)
    gap[0] = below[0] = above[0] = 0.0
    return gap, below, above
