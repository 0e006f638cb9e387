"""What all statistics of a sample share: the checks made before, and the width of an interval."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from features.encoding import FloatArray
from features.errors import DataError

LEAST_OF_EACH = 20
"""Bads, and goods, below which a part of the rows is given no interval and no test."""


class Mean(NamedTuple):
    """A mean and its normal interval."""

    value: float
    low: float
    high: float


def checked(target: npt.ArrayLike, score: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both as float arrays of one length, shape (n,).

    Args:
        target: 1 is bad, 0 is good.
        score: A number for each row; none may be missing or infinite.

    Raises:
        DataError: Lengths differ, there are no rows, the target has other values than 0 and 1,
            or a score is not finite.
    """
    outcome = np.asarray(target, np.float64)
    values = np.asarray(score, np.float64)
    if outcome.ndim != 1 or outcome.shape != values.shape:
        raise DataError(f"{outcome.size} outcomes do not go with {values.size} scores")
    if not outcome.size:
        raise DataError("the sample has no rows; check how it was split")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise DataError("outcomes must be 1 (bad) or 0 (good); check the target's bad and good")
    if not np.isfinite(values).all():
        raise DataError(f"{int((~np.isfinite(values)).sum())} scores are missing or infinite")
    return outcome, values


def two_sided(target: npt.ArrayLike, score: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """As `checked`, and both outcomes occur.

    Raises:
        DataError: Also where the sample has only bads or only goods.
    """
    outcome, values = checked(target, score)
    bads = int(outcome.sum())
    if bads in (0, outcome.size):
        raise DataError(
            f"the sample has {outcome.size} rows and {bads} bads: both outcomes are needed; "
            "take a longer period or another split"
        )
    return outcome, values


def probabilities(target: npt.ArrayLike, pd_: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """As `checked`, and every score is a probability.

    Raises:
        DataError: Also where a value lies outside 0 to 1.
    """
    outcome, values = checked(target, pd_)
    if values.min() < 0 or values.max() > 1:
        raise DataError("probabilities of default must lie in 0 to 1; pass pd, not points")
    return outcome, values


def normal_quantile(confidence: float) -> float:
    """Standard errors to either side of a normal interval, 1.96 for 0.95."""
    return float(stats.norm.ppf((1 + confidence) / 2))


def mean_interval(values: FloatArray, confidence: float = 0.95) -> Mean:
    """Mean of shares, shape (n,) with n at least 2, each in 0 to 1, as the interval is."""
    mean = float(values.mean())
    half = normal_quantile(confidence) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Mean(mean, max(0.0, mean - half), min(1.0, mean + half))
