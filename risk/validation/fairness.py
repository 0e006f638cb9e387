"""How a decision falls on groups: approval ratios and error gaps, with their uncertainty.

A group's name is whatever stands in the protected column; nothing here knows which groups there
are. Every figure compares a group with one reference group.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.outcomes import checked, normal_quantile
from risk.validation.shares import Shares, gaps, score_test

Mask = npt.NDArray[np.bool_]


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
        `rate`, `ratio`, `low`, `high` (Katz's interval of the logarithm; of a group without any
        approval, from 0 to what half an approval and half a row more would give), `p_value` (the
        rates are the same, by the score test; NaN of the reference).

    Raises:
        DataError: Lengths differ, or the reference has no row or no approval.

    Source:
        Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D), for the ratio; Katz,
        Baptista, Azen and Pike, Biometrics 34 (1978), for the interval; Walter, Biometrika 62
        (1975), for the halves.
    """
    taken = np.asarray(approved, bool)
    names, place = _placed(group, reference, len(taken))
    shares = _shares(taken, np.ones(len(taken), bool), place, len(names))
    if not shares.of[0]:
        raise DataError(f'nobody of the reference group "{reference}" is approved; name another')
    rate = shares.of / shares.rows
    low, high = _ratio_bounds(shares, confidence)
    table = pd.DataFrame({"group": names, "rows": shares.rows, "approved": shares.of})
    table = table.astype({"rows": np.int64, "approved": np.int64})
    p_value = _of_others(score_test(shares))
    return table.assign(rate=rate, ratio=rate / rate[0], low=low, high=high, p_value=p_value)


def _ratio_bounds(shares: Shares, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Bounds of each share over the first."""
    none = shares.of == 0
    of, rows = (np.where(none, each + 0.5, each) for each in shares)
    ratio = of / rows / (shares.of[0] / shares.rows[0])
    error = np.sqrt(1 / of - 1 / rows + 1 / shares.of[0] - 1 / shares.rows[0])
    half = normal_quantile(confidence) * error
    low, high = np.where(none, 0.0, ratio * np.exp(-half)), ratio * np.exp(half)
    low[0] = high[0] = 1.0
    return low, high


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
        interval), `p_value` as in `approval_ratios`; NaN where a group has no such rows.

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
        gap, low, high = gaps(shares, confidence)
        table = pd.DataFrame({"group": names, "error": error, "rows": shares.rows})
        table = table.assign(wrong=shares.of).astype({"rows": np.int64, "wrong": np.int64})
        with np.errstate(invalid="ignore"):
            table["rate"] = shares.of / shares.rows
        p_value = _of_others(score_test(shares))
        tables.append(table.assign(gap=gap, low=low, high=high, p_value=p_value))
    return pd.concat(tables).sort_index(kind="stable", ignore_index=True)


def _of_others(p_values: FloatArray) -> FloatArray:
    """The reference is not held against itself."""
    return np.append(np.nan, p_values[1:])


def _placed(
    group: npt.ArrayLike, reference: str, rows: int
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Names of the groups, the reference first, and the place of each row's."""
    named = np.asarray(group)
    if named.shape != (rows,):
        raise DataError(f"{named.size} groups do not go with {rows} rows")
    index, found = pd.factorize(named, use_na_sentinel=False)
    names = [str(each) for each in found]
    if reference not in names:
        raise DataError(
            f'no row is of the reference group "{reference}"; there are {", ".join(sorted(names))}'
        )
    order = sorted(range(len(names)), key=lambda n: (names[n] != reference, names[n]))
    return [names[n] for n in order], np.argsort(order)[index].astype(np.int64)


def _shares(some: Mask, of: Mask, place: npt.NDArray[np.int64], groups: int) -> Shares:
    counts = (np.bincount(place, weights=each, minlength=groups) for each in (some, of))
    return Shares(*(each.astype(np.float64) for each in counts))
