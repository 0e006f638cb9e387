"""Whether intervals of the PD hold on rows they were not made from.

Making them is `risk.uncertainty`.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.calibration import quantile_groups
from risk.validation.multiplicity import holm
from risk.validation.outcomes import probabilities


def coverage(
    target: npt.ArrayLike,
    pd_: npt.ArrayLike,
    interval: tuple[FloatArray, FloatArray],
    calibration: FloatArray,
    groups: int = 10,
) -> pd.DataFrame:
    """Observed default rates against the mean interval, in groups of equal size by PD.

    Both sides rest on samples: the interval of a group on the calibration rows of its range, the
    observed rate on the group itself. So the rate is held against what would be seen next
    (Jeffreys' predictive distribution) were those calibration rows bad at the nearer bound.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        interval: Lower and upper bound of each row, shape (n,) each.
        calibration: PD of the rows that the interval was made from, shape (m,).
        groups: Most groups to form; equal PDs share one.

    Returns:
        One row a group, the safest first: `group` from 1, `rows`, `bads`, `expected` (mean PD),
        `low` and `high` (mean bounds), `observed`, `beyond` (the observed rate over the bound it
        lies beyond, 1 inside the interval), `least` and `most` (95 % of what would be observed),
        `p_value` (two-sided, 1 inside the interval), `p_adjusted` (Holm).

    Raises:
        DataError: As `risk.validation.outcomes.probabilities`, or not one interval a row.

    Source:
        The predictive distribution is the beta-binomial of Jeffreys' prior; Gelman et al.,
        Bayesian Data Analysis, 3rd edition (2013), section 2.4.
    """
    outcome, values = probabilities(target, pd_)
    if not len(interval[0]) == len(interval[1]) == len(values):
        raise DataError("each row needs its own interval; apply it to the rows that are measured")
    place = quantile_groups(values, groups)
    rows, bads = np.bincount(place), np.bincount(place, outcome)
    expected, low, high = (np.bincount(place, each) / rows for each in (values, *interval))
    known = _between(calibration, values, place)
    below, above = _seen_next(rows, known, low), _seen_next(rows, known, high)
    p_value = np.minimum(1, 2 * np.minimum(below.cdf(bads), above.sf(bads - 1)))
    observed = bads / rows
    nearest = np.clip(observed, low, high)
    inside = nearest == observed
    p_value = np.where(inside, 1.0, p_value)
    table = {
        "group": np.arange(len(rows)) + 1,
        "rows": rows,
        "bads": bads.astype(np.int64),
        "expected": expected,
        "low": low,
        "high": high,
        "observed": observed,
        "beyond": np.where(inside, 1.0, observed / np.where(inside, 1.0, nearest)),
        "least": below.ppf(0.025) / rows,
        "most": above.ppf(0.975) / rows,
        "p_value": p_value,
        "p_adjusted": holm(p_value),
    }
    return pd.DataFrame(table)


def _between(
    calibration: FloatArray, values: FloatArray, place: npt.NDArray[np.int64]
) -> FloatArray:
    """Calibration rows in the range of each group; its lower end belongs to the group below."""
    tops = np.full(place.max() + 1, -np.inf)
    np.maximum.at(tops, place, values)
    inside = np.searchsorted(tops[:-1], calibration, side="left")
    return np.bincount(inside, minlength=len(tops)).astype(np.float64)


def _seen_next(rows: npt.NDArray[np.intp], known: FloatArray, rate: FloatArray):  # type: ignore[no-untyped-def]
    return stats.betabinom(rows, known * rate + 0.5, known * (1 - rate) + 0.5)
