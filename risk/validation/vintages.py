"""Whether the level of a PD holds for one vintage of applications after another.

A vintage is all applications of one month, or of one quarter.
"""

from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from features.binning import IntArray
from features.errors import DataError
from risk.validation.calibration import level_p_values, testable
from risk.validation.multiplicity import holm
from risk.validation.outcomes import LEAST_OF_EACH, normal_quantile, probabilities, two_sided
from risk.validation.paired import at_level
from risk.validation.rates import bad_rates

Length = Literal["month", "quarter"]
LENGTHS: tuple[Length, ...] = get_args(Length)
_MONTHS = {"month": 1, "quarter": 3}
_MOST = 36  # vintages that a reader can follow
_ENOUGH = 0.9  # of the rows; the first and the last vintage are seldom whole

Days = npt.NDArray[np.datetime64]


class Vintages(NamedTuple):
    """Where the rows lie in time.

    Attributes:
        names: The vintages that occur, such as "2024-03" or "2024Q1", the oldest first.
        place: Place in `names` of each row, shape (n,).
    """

    names: tuple[str, ...]
    place: IntArray


class Drift(NamedTuple):
    """How the odds of default, beside what the PDs say, have moved from first to last date.

    Attributes:
        ratio: Factor on these odds over the whole time; above 1 the model gets too optimistic.
        low: Lower bound of it, 95 %.
        high: Upper bound.
        z: Of the score test that they have not moved; above 0 where `ratio` is above 1.
        p_value: Two-sided.
    """

    ratio: float
    low: float
    high: float
    z: float
    p_value: float


def length_for(dates: Days, target: npt.ArrayLike) -> Length:
    """Months where nine rows of ten lie in a month with enough bads and goods, else quarters.

    Args:
        dates: Application dates, shape (n,); none may be missing.
        target: 1 is bad, 0 is good, NaN is not known, shape (n,).
    """
    outcome = np.asarray(target, np.float64)
    months = vintages(dates, "month")
    known = ~np.isnan(outcome)
    rows = np.bincount(months.place[known], minlength=len(months.names))
    bads = np.bincount(months.place[known], outcome[known], minlength=len(months.names))
    enough = np.minimum(bads, rows - bads) >= LEAST_OF_EACH
    fits = len(months.names) <= _MOST and rows[enough].sum() >= _ENOUGH * rows.sum() > 0
    return "month" if fits else "quarter"


def vintages(dates: Days, length: Length) -> Vintages:
    """The vintage of each row.

    Args:
        dates: Application dates, shape (n,); none may be missing.
        length: How long a vintage lasts.

    Example:
        >>> vintages(np.array(["2024-02-29", "2023-12-01"], "datetime64[D]"), "quarter").names
        ('2023Q4', '2024Q1')
    """
    step = _MONTHS[length]
    found, place = np.unique(
        np.asarray(dates).astype("datetime64[M]").astype(np.int64) // step, return_inverse=True
    )
    return Vintages(tuple(_named(int(each), length) for each in found), place.astype(np.int64))


def _named(number: int, length: Length) -> str:
    """A vintage by its number since 1970."""
    year, part = divmod(number, 12 // _MONTHS[length])
    return f"{1970 + year}-{part + 1:02}" if length == "month" else f"{1970 + year}Q{part + 1}"


def vintage_table(
    target: npt.ArrayLike, pd_: npt.ArrayLike, place: npt.ArrayLike, count: int
) -> pd.DataFrame:
    """Observed and expected default rate of each vintage.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        place: Place of each row's vintage, in `range(count)`, shape (n,).
        count: How many vintages there are.

    Returns:
        One row a vintage: `rows`, `bads`, `observed`, `low`, `high` (95 % Jeffreys interval of the
        observed rate), `expected` (mean PD), `ratio` (observed / expected), `p_value` (the level
        is right, two-sided, by Jeffreys) and `p_adjusted` (over all vintages); the last two are
        NaN unless `LEAST_OF_EACH` bads, and as many goods, are observed or expected.

    Raises:
        DataError: As `risk.validation.outcomes.probabilities`, or not one vintage a row.
    """
    outcome, values = probabilities(target, pd_)
    rates = bad_rates(outcome, place, count).rename(columns={"bad_rate": "observed"})
    rows, bads = rates["rows"].to_numpy(), rates["bads"].to_numpy()
    some = np.maximum(rows, 1)
    with np.errstate(invalid="ignore"):
        expected = np.where(rows > 0, np.bincount(place, values, minlength=count) / some, np.nan)
        ratio = rates["observed"].to_numpy(np.float64) / expected
    counts = (bads, some, np.nan_to_num(expected))
    p_value = np.where(testable(*counts), level_p_values(*counts), np.nan)
    table = rates[["rows", "bads", "observed", "low", "high"]]
    return table.assign(expected=expected, ratio=ratio, p_value=p_value, p_adjusted=holm(p_value))


def drift(target: npt.ArrayLike, pd_: npt.ArrayLike, dates: Days) -> Drift:
    """Whether the level of the PDs drifts with the date of application.

    The score test of a logistic regression on the date, beside the PDs themselves; a level that
    is wrong by the same step for all dates is no drift. With one PD for all it is the test of
    Cochran and Armitage. The ratio is the first step from no drift, exact to first order.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,), strictly between 0 and 1.
        dates: Shape (n,); none may be missing.

    Raises:
        DataError: Only one outcome occurs, a PD is 0 or 1, or all dates are the same.

    Source:
        Armitage, Biometrics 11 (1955); Cox and Hinkley, Theoretical Statistics (1974), section
        9.3, for the score test.
    """
    outcome, values = two_sided(target, pd_)
    days = np.asarray(dates).astype("datetime64[D]").astype(np.float64)
    span = days.max() - days.min()
    if not span:
        raise DataError("all rows have one date, so that nothing can be said of drift")
    level = at_level(outcome, values)
    weight = level * (1 - level)
    time = (days - days.min()) / span
    time = time - weight @ time / weight.sum()
    information = weight @ time**2
    step = float(time @ (outcome - level) / information)
    error = float(1 / np.sqrt(information))
    half = normal_quantile(0.95) * error
    low, high = np.exp([step - half, step + half])
    p_value = float(2 * stats.norm.sf(abs(step) / error))
    return Drift(float(np.exp(step)), float(low), float(high), step / error, p_value)
