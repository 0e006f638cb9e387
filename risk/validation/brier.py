"""The Brier score: its parts, and Spiegelhalter's test that rests on it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from features.errors import DataError
from risk.validation.outcomes import probabilities


class BrierParts(NamedTuple):
    """A Brier score as reliability - resolution + uncertainty + within.

    Attributes:
        score: The Brier score.
        reliability: How far default rates lie from the mean PD of their group; lower is better.
        resolution: How far default rates lie from each other; higher is better.
        uncertainty: The Brier score of the mean default rate for everybody.
        within: What grouping PDs that are not equal leaves over: the variance of the PD within
            groups less twice its covariance with the outcome.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float


class Spiegelhalter(NamedTuple):
    """Normal statistic of "the PDs are right" and its two-sided p-value."""

    z: float
    p_value: float


def brier(target: npt.ArrayLike, pd_: npt.ArrayLike) -> float:
    """Mean squared distance of the PD from the outcome, in [0, 1]; lower is better.

    Raises:
        DataError: No rows, or a PD outside 0 to 1.

    Source:
        Brier, Monthly Weather Review 78 (1950).
    """
    outcome, values = probabilities(target, pd_)
    return float(np.mean((values - outcome) ** 2))


def brier_parts(
    target: npt.ArrayLike, pd_: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> BrierParts:
    """The parts of a Brier score, which add up to it exactly.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        group: Whose rows are taken together, such as grades, shape (n,); rows of one PD where it
            is not given, and then nothing is left within groups.

    Raises:
        DataError: As `brier`, or not one group for each row.

    Source:
        Murphy, Journal of Applied Meteorology 12 (1973); for groups of unequal PDs Stephenson,
        Coelho and Jolliffe, Weather and Forecasting 23 (2008).
    """
    outcome, values = probabilities(target, pd_)
    key = values if group is None else np.asarray(group)
    if key.shape != outcome.shape:
        raise DataError(f"{key.size} groups do not go with {outcome.size} outcomes")
    _, index = np.unique(key, return_inverse=True)
    rows = np.bincount(index)
    mean = np.bincount(index, weights=values) / rows
    rate = np.bincount(index, weights=outcome) / rows
    overall = outcome.mean()
    share = rows / len(outcome)
    apart = values - mean[index]
    return BrierParts(
        score=brier(outcome, values),
        reliability=float(share @ (mean - rate) ** 2),
        resolution=float(share @ (rate - overall) ** 2),
        uncertainty=float(overall * (1 - overall)),
        within=float(np.mean(apart**2) - 2 * np.mean(apart * (outcome - rate[index]))),
    )


def spiegelhalter(target: npt.ArrayLike, pd_: npt.ArrayLike) -> Spiegelhalter:
    """Whether the Brier score is what it would be were every PD right; no groups are needed.

    Above 0 the outcomes are worse than the PDs say, where most of them lie below one half.

    Raises:
        DataError: As `brier`, or no PD has any variance: all are 0, one half or 1.

    Source:
        Spiegelhalter, Statistics in Medicine 5 (1986).
    """
    outcome, values = probabilities(target, pd_)
    leaning = 1 - 2 * values
    variance = float(np.sum(values * (1 - values) * leaning**2))
    if variance == 0:
        raise DataError("every pd is 0, one half or 1, so the Brier score has no variance to test")
    z = float(np.sum((outcome - values) * leaning) / np.sqrt(variance))
    return Spiegelhalter(z, float(2 * stats.norm.sf(abs(z))))
