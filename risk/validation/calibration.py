"""Whether the level of a PD is right: observed against expected defaults.

Ranking is `risk.validation.discrimination`. Fitting a calibration is `risk.calibration`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.multiplicity import holm
from risk.validation.outcomes import LEAST_OF_EACH, probabilities


class ObservedExpected(NamedTuple):
    """Observed default rate, mean PD, and their ratio with its Jeffreys interval."""

    observed: float
    expected: float
    ratio: float
    low: float
    high: float


class HosmerLemeshow(NamedTuple):
    """Chi-square statistic over groups of PD, its degrees of freedom and p-value."""

    statistic: float
    degrees: int
    p_value: float


def log_loss(target: npt.ArrayLike, pd_: npt.ArrayLike) -> float:
    """Mean negative log-likelihood in nats, infinite where a PD of 0 or 1 was wrong.

    Raises:
        DataError: No rows, or a PD outside 0 to 1.
    """
    outcome, values = probabilities(target, pd_)
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(np.where(outcome == 1, values, 1 - values))))


def jeffreys_interval(
    bads: npt.ArrayLike, rows: npt.ArrayLike, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Bounds of a default rate, equal-tailed; the lower is 0 without bads, the upper 1 without
    goods.

    Args:
        bads: Number of bads, any shape.
        rows: Number of rows, the same shape, at least 1 each.
        confidence: Probability that the interval holds.

    Source:
        Brown, Cai and DasGupta, Statistical Science 16 (2001), section 3.1.3.
    """
    bad, row = np.asarray(bads, np.float64), np.asarray(rows, np.float64)
    tail = (1 - confidence) / 2
    low = stats.beta.ppf(tail, bad + 0.5, row - bad + 0.5)
    high = stats.beta.ppf(1 - tail, bad + 0.5, row - bad + 0.5)
    return np.where(bad == 0, 0.0, low), np.where(bad == row, 1.0, high)


def jeffreys_test(bads: npt.ArrayLike, rows: npt.ArrayLike, pd_: npt.ArrayLike) -> FloatArray:
    """One-sided p-value of "the true default rate is not above the PD"; small: PD is too low.

    Source:
        ECB, Instructions for reporting the validation results of internal models: IRB Pillar I
        models for credit risk (2019), section 2.5.3.1.
    """
    bad, row = np.asarray(bads, np.float64), np.asarray(rows, np.float64)
    value = stats.beta.cdf(np.asarray(pd_, np.float64), bad + 0.5, row - bad + 0.5)
    return np.asarray(value, np.float64)


def binomial_test(bads: npt.ArrayLike, rows: npt.ArrayLike, pd_: npt.ArrayLike) -> FloatArray:
    """One-sided p-value of "the PD is not too low" from independent defaults: P(X >= bads).

    Exact, and so on the safe side where few bads are expected.

    Source:
        Basel Committee on Banking Supervision, Working Paper 14 (2005), section 3.
    """
    bad, row = np.asarray(bads, np.float64), np.asarray(rows, np.float64)
    value = stats.binom.sf(bad - 1, row, np.asarray(pd_, np.float64))
    return np.asarray(value, np.float64)


def level_p_values(bads: npt.ArrayLike, rows: npt.ArrayLike, pd_: npt.ArrayLike) -> FloatArray:
    """Two-sided p-values of "the level is right", by Jeffreys.

    On average over rates it rejects 5 and 1 % of true nulls at 5 and 1 %; at the worst rate, where
    5 to 20 bads are expected of 50 to 20,000 rows, 8.3 and 1.9 %, and where fewer are, 12.2 and
    2.7 %.

    Args:
        bads: Bads observed, any shape.
        rows: Rows, the same shape, at least 1 each.
        pd_: Mean PD, the same shape.
    """
    below = jeffreys_test(bads, rows, pd_)
    return 2 * np.minimum(below, 1 - below)


def testable(bads: npt.ArrayLike, rows: npt.ArrayLike, pd_: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Where enough bads, and goods, are observed or expected for a level to be judged.

    Rows without bads say much where many are expected.

    Args:
        bads: Bads observed, any shape.
        rows: Rows, the same shape.
        pd_: Mean PD, the same shape.

    Example:
        >>> testable([2, 2], [10_000, 100], [0.005, 0.005]).tolist()
        [True, False]
    """
    bad, row = np.asarray(bads, np.float64), np.asarray(rows, np.float64)
    expected = row * np.asarray(pd_, np.float64)
    goods = row - np.minimum(bad, expected)
    return np.asarray(np.minimum(np.maximum(bad, expected), goods) >= LEAST_OF_EACH)


def observed_expected(
    target: npt.ArrayLike, pd_: npt.ArrayLike, confidence: float = 0.95
) -> ObservedExpected:
    """Default rate over mean PD: above 1 the model is too optimistic.

    The interval is the Jeffreys interval of the default rate, divided by the mean PD.

    Raises:
        DataError: As `log_loss`, or every PD is 0.
    """
    outcome, values = probabilities(target, pd_)
    expected = float(values.mean())
    if expected == 0:
        raise DataError("every pd is 0, so observed over expected is undefined")
    observed = float(outcome.mean())
    low, high = jeffreys_interval(outcome.sum(), len(outcome), confidence)
    return ObservedExpected(
        observed, expected, observed / expected, float(low) / expected, float(high) / expected
    )


def hosmer_lemeshow(
    target: npt.ArrayLike, pd_: npt.ArrayLike, groups: int = 10, *, fitted: bool = False
) -> HosmerLemeshow:
    """Goodness of fit over groups of equal size by PD; rows of one PD stay together.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        groups: Most groups to form.
        fitted: Whether the model was fitted to these rows, which costs two degrees of freedom.

    Raises:
        DataError: As `log_loss`; fewer than three groups come about; or a group expects no bads
            or no goods at all.

    Source:
        Hosmer and Lemeshow, Applied Logistic Regression, 2nd edition (2000), section 5.2.2.
    """
    outcome, values = probabilities(target, pd_)
    index = quantile_groups(values, groups)
    rows = np.bincount(index)
    if len(rows) < 3:
        raise DataError(f"the pd form only {len(rows)} groups, and three are needed; add rows")
    expected = np.bincount(index, weights=values)
    variance = expected * (1 - expected / rows)
    if (variance <= 0).any():
        raise DataError("a group of the pd expects no bads or no goods; use fewer groups")
    observed = np.bincount(index, weights=outcome)
    statistic = float(np.sum((observed - expected) ** 2 / variance))
    degrees = len(rows) - (2 if fitted else 0)
    return HosmerLemeshow(statistic, degrees, float(stats.chi2.sf(statistic, degrees)))


def grade_table(
    target: npt.ArrayLike, pd_: npt.ArrayLike, grade: npt.ArrayLike, confidence: float = 0.95
) -> pd.DataFrame:
    """Calibration of each grade, safest first.

    Returns:
        One row a grade that occurs: `grade`, `rows`, `bads`, `expected` (mean PD), `observed`
        (default rate), `low` and `high` (Jeffreys interval of the default rate), `p_value`
        (`jeffreys_test`), `p_binomial` (`binomial_test`), `p_level` (`level_p_values`) and
        `p_adjusted` (`p_level` over all rows of the table together,
        `risk.validation.multiplicity.holm`).

    Raises:
        DataError: As `log_loss`, or not one grade for each row.
    """
    outcome, values = probabilities(target, pd_)
    name = np.asarray(grade)
    if name.shape != outcome.shape:
        raise DataError(f"{name.size} grades do not go with {outcome.size} outcomes")
    return _table(outcome, values, "grade", name, confidence)


def reliability(
    target: npt.ArrayLike, pd_: npt.ArrayLike, groups: int = 10, confidence: float = 0.95
) -> pd.DataFrame:
    """Points of the reliability curve: groups of equal size by PD, safest first.

    Returns:
        As `grade_table`, with the number of the group, from 1, as `group`.

    Raises:
        DataError: As `log_loss`.
    """
    outcome, values = probabilities(target, pd_)
    return _table(outcome, values, "group", quantile_groups(values, groups) + 1, confidence)


def _table(
    outcome: FloatArray,
    values: FloatArray,
    name: str,
    key: npt.NDArray[np.generic],
    confidence: float,
) -> pd.DataFrame:
    names, index = np.unique(key, return_inverse=True)
    rows, bads = np.bincount(index), np.bincount(index, weights=outcome)
    expected = np.bincount(index, weights=values) / rows
    low, high = jeffreys_interval(bads, rows, confidence)
    table = pd.DataFrame(
        {
            name: names,
            "rows": rows,
            "bads": bads.astype(np.int64),
            "expected": expected,
            "observed": bads / rows,
            "low": low,
            "high": high,
            "p_value": jeffreys_test(bads, rows, expected),
            "p_binomial": binomial_test(bads, rows, expected),
            "p_level": level_p_values(bads, rows, expected),
        }
    )
    table["p_adjusted"] = holm(table["p_level"])
    return table.sort_values("expected", kind="stable", ignore_index=True)


def quantile_groups(values: FloatArray, groups: int) -> npt.NDArray[np.int64]:
    """Number of each row's group of about equal size, from 0 without gaps, shape (n,).

    Args:
        values: Shape (n,); equal values share a group.
        groups: Most groups to form.
    """
    middle = stats.rankdata(values) - 0.5
    wanted = np.floor(middle * groups / len(values))
    return np.unique(wanted, return_inverse=True)[1].astype(np.int64)
