"""Two models at one approval rate: who changes places, and how those turned out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.calibration import jeffreys_interval
from risk.validation.outcomes import checked

CELLS = ("both", "swapped_in", "swapped_out", "neither")
"""Approved by both, by the second alone, by the first alone, by neither."""


class SwapSet(NamedTuple):
    """The four cells at one approval rate.

    Attributes:
        table: One row each of `CELLS`: `cell`, `rows`, `bads`, `bad_rate`, `low`, `high` (95 %
            Jeffreys interval); the rate of an empty cell is NaN.
        cell: Place in `CELLS` of each row, shape (n,).
    """

    table: pd.DataFrame
    cell: npt.NDArray[np.int8]


def approved(score: npt.ArrayLike, rate: float) -> npt.NDArray[np.bool_]:
    """The safest rows by a score, shape (n,): exactly `rate` of them, rounded down.

    Among equal scores the first rows are taken, so that two models are compared at the same
    number of approvals.

    Raises:
        DataError: The rate lies outside 0 to 1.
    """
    values = np.asarray(score, np.float64)
    if not 0 <= rate <= 1:
        raise DataError(f"an approval rate lies in 0 to 1, not {rate}")
    taken = np.zeros(len(values), bool)
    # 0.29 x 100 is 28.999999999999996.
    taken[np.argsort(values, kind="stable")[: int(rate * len(values) + 1e-9)]] = True
    return taken


def swap_set(
    target: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, rate: float
) -> SwapSet:
    """Who is approved by which of two models when both approve the same share.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        first: The first model's score, higher is riskier, shape (n,).
        second: The second model's.
        rate: Share that both approve.

    Raises:
        DataError: As `risk.validation.outcomes.checked`, or a rate outside 0 to 1.

    Source:
        Siddiqi, Intelligent Credit Scoring (2017), chapter 12.
    """
    outcome, one = checked(target, first)
    _, other = checked(target, second)
    before, after = approved(one, rate), approved(other, rate)
    cell = np.select([before & after, after, before], [0, 1, 2], 3).astype(np.int8)
    rows = np.bincount(cell, minlength=len(CELLS)).astype(np.int64)
    bads = np.bincount(cell, weights=outcome, minlength=len(CELLS)).astype(np.float64)
    table = pd.DataFrame({"cell": CELLS, "rows": rows, "bads": bads.astype(np.int64)})
    return SwapSet(table.assign(**_rates(bads, rows)), cell)


def gains(target: npt.ArrayLike, score: npt.ArrayLike, rates: Sequence[float]) -> pd.DataFrame:
    """What approving the safest shares would have brought.

    Returns:
        One row an approval rate: `rate`, `rows` and `bads` approved, `bad_rate`, `low` and `high`
        (95 % Jeffreys interval), `bads_refused` (share of all bads that is refused) and
        `goods_refused`.

    Raises:
        DataError: As `risk.validation.outcomes.checked`, or a rate outside 0 to 1.
    """
    outcome, values = checked(target, score)
    taken = [approved(values, rate) for rate in rates]
    rows = np.array([each.sum() for each in taken], np.int64)
    bads = np.array([outcome[each].sum() for each in taken], np.float64)
    goods = rows - bads
    with np.errstate(invalid="ignore", divide="ignore"):
        refused = {
            "bads_refused": 1 - bads / outcome.sum(),
            "goods_refused": 1 - goods / (1 - outcome).sum(),
        }
    table = pd.DataFrame({"rate": rates, "rows": rows, "bads": bads.astype(np.int64)})
    return table.assign(**_rates(bads, rows), **refused)


def _rates(bads: FloatArray, rows: npt.NDArray[np.int64]) -> dict[str, FloatArray]:
    some = np.maximum(rows, 1)
    low, high = jeffreys_interval(bads, some)
    return {
        name: np.where(rows > 0, values, np.nan)
        for name, values in (("bad_rate", bads / some), ("low", low), ("high", high))
    }
