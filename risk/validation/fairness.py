"""How a decision falls on groups: approval ratios and error gaps, with their uncertainty.

A group's name is whatever stands in the protected column; nothing here knows which groups there
are. Every figure compares a group with one reference group.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.outcomes import checked, normal_quantile

Mask = npt.NDArray[np.bool_]


class Shares(NamedTuple):
    """Some of many, by group; shape (k,) each."""

    of: FloatArray
    rows: FloatArray


def approval_ratios(
    approved: npt.ArrayLike, group: npt.ArrayLike, reference: str, confidence: float = 0.95
) -> pd.DataFrame:
    """Approval rate of each group against that of the reference group, the adverse impact ratio.

    Args:
        approved: Whether each row is approved, shape (n,).
        group: Name of each row's group, shape (n,).
        reference: Name of the group that others are held against.
        confidence: Of the interval.

    Returns:
        One row a group, the reference first and the others by name: `group`, `rows`, `approved`,
        `rate`, `ratio`, `low`, `high` (Katz's interval of the logarithm; NaN where a group has no
        approval).

    Raises:
        DataError: Lengths differ, or the reference has no row or no approval.

    Source:
        Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D), for the ratio; Katz,
        Baptista, Azen and Pike, Biometrics 34 (1978), for the interval.
    """
    taken = np.asarray(approved, bool)
    names, place = _placed(group, reference, len(taken))
    shares = _shares(taken, np.ones(len(taken), bool), place, len(names))
    if not shares.of[0]:
        raise DataError(f'nobody of the reference group "{reference}" is approved; name another')
    rate = shares.of / shares.rows
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = rate / rate[0]
        error = np.sqrt(1 / shares.of - 1 / shares.rows + 1 / shares.of[0] - 1 / shares.rows[0])
        half = normal_quantile(confidence) * error
        low, high = ratio * np.exp(-half), ratio * np.exp(half)
    low, high = (np.where(shares.of > 0, each, np.nan) for each in (low, high))
    low[0] = high[0] = 1.0
    table = pd.DataFrame({"group": names, "rows": shares.rows, "approved": shares.of})
    table = table.astype({"rows": np.int64, "approved": np.int64})
    return table.assign(rate=rate, ratio=ratio, low=low, high=high)


def error_gaps(
    target: npt.ArrayLike,
    approved: npt.ArrayLike,
    group: npt.ArrayLike,
    reference: str,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """How often goods are refused and bads approved, each group less the reference group.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        approved: Whether each row is approved, shape (n,).
        group: As in `approval_ratios`.
        reference: As in `approval_ratios`.
        confidence: Of the intervals.

    Returns:
        Two rows a group, the reference first: `group`, `error` ("good_refused", "bad_approved"),
        `rows` (goods or bads), `wrong`, `rate`, `gap`, `low`, `high` (Newcombe's hybrid score
        interval); NaN where a group has no such rows.

    Raises:
        DataError: Lengths differ, or the reference has no goods or no bads.

    Source:
        Hardt, Price and Srebro, NeurIPS (2016), for the gaps; Newcombe, Statistics in Medicine 17
        (1998), method 10, for the interval.
    """
    taken = np.asarray(approved, bool)
    outcome, _ = checked(target, taken.astype(np.float64))
    names, place = _placed(group, reference, len(taken))
    tables = []
    for error, of, wrong in (
        ("good_refused", outcome == 0, ~taken),
        ("bad_approved", outcome == 1, taken),
    ):
        shares = _shares(wrong & of, of, place, len(names))
        if not shares.rows[0]:
            raise DataError(
                f'the reference group "{reference}" has only one outcome; name a larger one'
            )
        gap, low, high = _gaps(shares, confidence)
        table = pd.DataFrame({"group": names, "error": error, "rows": shares.rows})
        table = table.assign(wrong=shares.of).astype({"rows": np.int64, "wrong": np.int64})
        with np.errstate(invalid="ignore"):
            table["rate"] = shares.of / shares.rows
        tables.append(table.assign(gap=gap, low=low, high=high))
    return pd.concat(tables).sort_index(kind="stable", ignore_index=True)


def _placed(
    group: npt.ArrayLike, reference: str, rows: int
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Names of the groups, the reference first, and the place of each row's."""
    named = np.asarray(group)
    if named.shape != (rows,):
        raise DataError(f"{named.size} groups do not go with {rows} rows")
    found, index = np.unique(named.astype(str), return_inverse=True)
    if reference not in found:
        raise DataError(
            f'no row is of the reference group "{reference}"; there are {", ".join(found)}'
        )
    first = int(np.flatnonzero(found == reference)[0])
    order = [first, *(n for n in range(len(found)) if n != first)]
    return [str(found[n]) for n in order], np.argsort(order)[index].astype(np.int64)


def _shares(some: Mask, of: Mask, place: npt.NDArray[np.int64], groups: int) -> Shares:
    counts = (np.bincount(place, weights=each, minlength=groups) for each in (some, of))
    return Shares(*(each.astype(np.float64) for each in counts))


def _gaps(shares: Shares, confidence: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Each share less the first, by Newcombe's method 10; NaN where there are no rows."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = shares.of / shares.rows
        low, high = _wilson(shares, normal_quantile(confidence))
    gap = rate - rate[0]
    below = gap - np.hypot(rate - low, high[0] - rate[0])
    above = gap + np.hypot(high - rate, rate[0] - low[0])
    gap[0] = below[0] = above[0] = 0.0
    return gap, below, above


def _wilson(shares: Shares, z: float) -> tuple[FloatArray, FloatArray]:
    rate = shares.of / shares.rows
    middle = (rate + z**2 / (2 * shares.rows)) / (1 + z**2 / shares.rows)
    half = z * np.sqrt(rate * (1 - rate) / shares.rows + (z / (2 * shares.rows)) ** 2)
    half /= 1 + z**2 / shares.rows
    return middle - half, middle + half
