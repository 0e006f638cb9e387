"""What moves a model's scores, in which direction, and how far reasons depend on chance.

Contributions and reasons themselves are `risk.attribution` and `risk.reasons`.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from features.encoding import FloatArray
from features.errors import DataError
from risk.attribution import TOLERANCE
from risk.validation.stability import counted_psi

LEAST_EXPECTED = 5.0
"""Rows that a cell of the homogeneity test expects at least; thinner codes are taken together."""

Names = npt.NDArray[np.str_]
Contributions = Callable[[FloatArray], FloatArray]


class Shift(NamedTuple):
    """PSI of two lists of counts, and the p-value of "both come from one population"."""

    psi: float
    p_value: float


class Agreement(NamedTuple):
    """How far two lists of reasons agree, row by row, shape (n,) each.

    Attributes:
        first: 1 where the first reason is the same, else 0.
        overlap: Reasons in both lists over reasons in either (Jaccard); 1 where neither has any.
    """

    first: FloatArray
    overlap: FloatArray


def importance(contributions: FloatArray) -> FloatArray:
    """Share of each field in all that moves scores away from the reference, shape (p,).

    Mean absolute Shapley values over their sum; all 0 where nothing moves a score.

    Args:
        contributions: Log-odds, shape (n, p).

    Source:
        Lundberg et al., Nature Machine Intelligence 2 (2020).

    Example:
        >>> importance(np.array([[0.3, -0.1], [-0.3, 0.1]])).round(2).tolist()
        [0.75, 0.25]
    """
    moved = np.abs(contributions).sum(axis=0)
    total = moved.sum()
    return np.asarray(moved / total if total > 0 else np.zeros(len(moved)), np.float64)


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's correlation over the pairs in which both are known; NaN where one is constant.

    Args:
        first: Shape (n,).
        second: Shape (n,).
    """
    known = ~(np.isnan(first) | np.isnan(second))
    one, other = first[known], second[known]
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(stats.spearmanr(one, other).statistic)


def against_direction(
    contributions: Contributions, x: FloatArray, directions: Sequence[int], seed: int = 0
) -> pd.DataFrame:
    """How often a contribution moves against the declared direction of its field.

    Each row is compared with itself once it has the value of another row in that field, and in
    that field alone. Rows as they are cannot be compared: what a value contributes depends on the
    other fields as well, even in a monotone model.

    Args:
        contributions: Of rows of shape (m, p), in log-odds, shape (m, p).
        x: Rows to try, shape (n, p); a missing value has no order and is passed over.
        directions: 1, -1, or 0 where the field has none, p of them.
        seed: Draws whose value a row is given.

    Returns:
        One row a field that has a direction: `place` of its column, `pairs` compared, `against`
        among them.
    """
    draw = np.random.default_rng(seed)
    places = [place for place, sign in enumerate(directions) if sign]
    tried = [x.copy() for _ in places]
    for place, moved in zip(places, tried, strict=True):
        moved[:, place] = draw.permutation(x[:, place])
    values = contributions(np.vstack([x, *tried])).reshape(len(places) + 1, len(x), -1)
    found = []
    for place, moved, value in zip(places, tried, values[1:], strict=True):
        step = np.nan_to_num(moved[:, place] - x[:, place])
        rise = (value[:, place] - values[0][:, place]) * np.sign(step) * directions[place]
        against = np.count_nonzero(rise < -TOLERANCE)
        found.append({"place": place, "pairs": np.count_nonzero(step), "against": against})
    return pd.DataFrame(found, columns=["place", "pairs", "against"])


def frequency(reasons: Names, codes: Sequence[str]) -> pd.DataFrame:
    """How many rows give each reason code: `first`, and `among` all that are given.

    Args:
        reasons: The largest first, empty where there is none, shape (n, k).
        codes: Codes to count; a code that is not given counts 0.

    Returns:
        One row a code, in their order, under the code as index.
    """
    counted = {
        "first": pd.Series(reasons[:, 0] if reasons.shape[1] else []).value_counts(),
        "among": pd.Series(reasons.ravel()).value_counts(),
    }
    return pd.DataFrame(counted).reindex(list(codes)).fillna(0).astype(np.int64)


def shift(before: npt.NDArray[np.int64], now: npt.NDArray[np.int64]) -> Shift:
    """PSI of counts, and Pearson's test of homogeneity, as a PSI of few rows is large by chance.

    Args:
        before: Rows of each code at development, shape (c,).
        now: Rows of the same codes now.

    Raises:
        DataError: As `risk.validation.stability.counted_psi`.
    """
    found = counted_psi(before, now)
    table = np.array([before, now], np.float64)
    table = table[:, table.sum(axis=0) > 0]
    thin = stats.contingency.expected_freq(table).min(axis=0) < LEAST_EXPECTED
    cells = np.column_stack([table[:, ~thin], table[:, thin].sum(axis=1)])
    cells = cells[:, cells.sum(axis=0) > 0]
    p_value = stats.chi2_contingency(cells, correction=False).pvalue if cells.shape[1] > 1 else 1
    return Shift(found, float(p_value))


def agreement(first: Names, second: Names) -> Agreement:
    """How far two lists of reasons agree.

    Args:
        first: Reason codes, the largest first and empty where there is none, shape (n, k).
        second: The same of other reasons for the same rows, shape (n, l).

    Raises:
        DataError: The rows do not match.

    Example:
        >>> both = agreement(np.array([["age", "debt"]]), np.array([["age", "income"]]))
        >>> both.first.tolist(), both.overlap.round(3).tolist()
        ([1.0], [0.333])
    """
    if len(first) != len(second):
        raise DataError("both lists of reasons must be those of the same rows")
    one, other = (_listed(each) for each in (first, second))
    shared = ((one[:, :, None] == other[:, None, :]) & (one != "")[:, :, None]).sum(axis=(1, 2))
    either = (one != "").sum(axis=1) + (other != "").sum(axis=1) - shared
    overlap = np.where(either > 0, shared / np.maximum(either, 1), 1.0)
    return Agreement((one[:, 0] == other[:, 0]).astype(np.float64), overlap)


def _listed(reasons: Names) -> Names:
    """With a place for a first reason even where none can be given."""
    return reasons if reasons.shape[1] else np.full((len(reasons), 1), "", dtype=np.str_)
