"""Two models at one approval rate: who changes places, and how those turned out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import DataError
from risk.validation.outcomes import checked
from risk.validation.rates import rated
from risk.validation.shares import Shares, gaps, score_test

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


class Exchange(NamedTuple):
    """What the second model's choice saves at one approval rate.

    Attributes:
        rows: Rows swapped in; as many are swapped out.
        avoided: Bads swapped out less bads swapped in.
        low: Lower bound of that, 95 %.
        high: Upper bound.
        p_value: Of "those swapped in are as good as those swapped out", two-sided.
    """

    rows: int
    avoided: int
    low: float
    high: float
    p_value: float


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
    cell = cells(one, other, rate)
    rows = np.bincount(cell, minlength=len(CELLS)).astype(np.int64)
    bads = np.bincount(cell, weights=outcome, minlength=len(CELLS)).astype(np.float64)
    table = pd.DataFrame({"cell": CELLS, "rows": rows, "bads": bads.astype(np.int64)})
    return SwapSet(table.assign(**rated(bads, rows)), cell)


def cells(first: npt.ArrayLike, second: npt.ArrayLike, rate: float) -> npt.NDArray[np.int8]:
    """Place in `CELLS` of each row, shape (n,), where outcomes need not be known.

    Raises:
        DataError: A rate outside 0 to 1.
    """
    before, after = approved(first, rate), approved(second, rate)
    return np.select([before & after, after, before], [0, 1, 2], 3).astype(np.int8)


def exchange(table: pd.DataFrame) -> Exchange:
    """Who was swapped out against who was swapped in, from the table of a `SwapSet`.

    The two cells are different people and of one size, so their bad rates differ as those of two
    samples do: by the score test, with Newcombe's interval times the size.

    Source:
        Newcombe, Statistics in Medicine 17 (1998), method 10.
    """
    found = table.set_index("cell").loc[["swapped_in", "swapped_out"], ["rows", "bads"]]
    bads, rows = found["bads"].to_numpy(np.float64), found["rows"].to_numpy(np.float64)
    size, avoided = int(rows[0]), int(bads[1] - bads[0])
    if not size:
        return Exchange(0, 0, 0.0, 0.0, 1.0)
    shares = Shares(bads, rows)
    _, low, high = gaps(shares)
    p_value = float(score_test(shares)[1])
    return Exchange(size, avoided, size * float(low[1]), size * float(high[1]), p_value)


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
    return table.assign(**rated(bads, rows), **refused)
