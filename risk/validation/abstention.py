"""Where a PD is not sure enough for a cut-off, and how wrong decisions are there and elsewhere."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.calibration import jeffreys_interval
from risk.validation.outcomes import probabilities

ZONES = ("unsure", "sure", "contrary")
"""The interval straddles the cut-off; it lies on the PD's side; it lies on the other side."""


class Side(NamedTuple):
    """Where rows stand to a cut-off, shape (n,) each.

    Attributes:
        zone: Place in `ZONES`.
        passed: Whether the PD is below the cut-off.
    """

    zone: npt.NDArray[np.int8]
    passed: npt.NDArray[np.bool_]


def sides(pd_: FloatArray, interval: tuple[FloatArray, FloatArray], cut: float) -> Side:
    """Which side of a cut-off each row is on, and how surely.

    Args:
        pd_: Shape (n,).
        interval: Lower and upper bound of each row, shape (n,) each.
        cut: The PD from which on rows do not pass.

    Example:
        >>> bounds = np.array([0.01, 0.03, 0.06]), np.array([0.02, 0.06, 0.07])
        >>> sides(np.array([0.02, 0.04, 0.04]), bounds, 0.05).zone.tolist()
        [1, 0, 2]
    """
    low, high = (each < cut for each in interval)
    passed = pd_ < cut
    return Side(np.select([low != high, low == passed], [0, 1], 2).astype(np.int8), passed)


def abstention(target: npt.ArrayLike, pd_: npt.ArrayLike, side: Side) -> pd.DataFrame:
    """Errors at a cut-off in each zone.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        side: As `sides` gives it for the same rows.

    Returns:
        One row each of `ZONES`: `zone`, `rows`, `share` of all rows, `bads`, `expected` (mean PD),
        `bad_rate`, `bads_passed` (share of its bads below the cut-off), `goods_stopped` (share of
        its goods at or above it), the last three with 95 % Jeffreys bounds as `<name>_low` and
        `<name>_high`; NaN where there is nothing to count.

    Raises:
        DataError: As `risk.validation.outcomes.probabilities`, or not one side a row.
    """
    outcome, values = probabilities(target, pd_)
    if len(side.zone) != len(outcome):
        raise DataError("each row needs its own side; take those of the rows that are measured")
    bad = outcome == 1
    rows, bads, bads_passed, goods_stopped, expected = (
        np.bincount(side.zone, weights, minlength=len(ZONES)).astype(np.float64)
        for weights in (None, bad, bad & side.passed, ~bad & ~side.passed, values)
    )
    table = pd.DataFrame({"zone": ZONES, "rows": rows.astype(np.int64), "bads": bads.astype(int)})
    return table.assign(
        share=rows / len(outcome),
        expected=_over(expected, rows),
        **_rate("bad_rate", bads, rows),
        **_rate("bads_passed", bads_passed, bads),
        **_rate("goods_stopped", goods_stopped, rows - bads),
    )


def _rate(name: str, some: FloatArray, of: FloatArray) -> dict[str, FloatArray]:
    low, high = jeffreys_interval(some, np.maximum(of, 1))
    bounds = {f"{name}_low": low, f"{name}_high": high}
    return {
        name: _over(some, of),
        **{key: np.where(of > 0, each, np.nan) for key, each in bounds.items()},
    }


def _over(some: FloatArray, of: FloatArray) -> FloatArray:
    return np.where(of > 0, some / np.maximum(of, 1), np.nan)
