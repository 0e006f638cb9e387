"""What the outcome of a sample says about one column: its trend, and whether it knows too much.

Used to draft a dictionary, where every finding is a question to a person and never a decision.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.isotonic import isotonic_regression

from features.binning import IntArray, quantile_bins
from features.dictionary import Direction
from features.drafting.profile import Profile
from features.encoding import FloatArray

# A trend must be this unlikely by chance (two-sided p about 0.001)...
TREND_Z = 3.3
# ...and a monotone curve must explain this share of what the bins explain.
MONOTONE_SHARE = 0.95

LEAK_AUC = 0.9
SEALED_RATE = 0.98
SEALED_ROWS = 30


class Cells(NamedTuple):
    """Rows and bads of each bin, in order of the value; empty bins left out."""

    rows: FloatArray
    bads: FloatArray


def cells(index: IntArray, outcome: FloatArray) -> Cells:
    """Rows and bads of each bin among rows with an outcome; a negative index is left out."""
    kept = (index >= 0) & ~np.isnan(outcome)
    rows = np.bincount(index[kept]).astype(np.float64)
    bads = np.bincount(index[kept], weights=outcome[kept]).astype(np.float64)
    return Cells(rows[rows > 0], bads[rows > 0])


def trend(values: FloatArray, outcome: FloatArray) -> Direction:
    """How the bad rate moves over ten quantile bins of the values; "none" where it is unclear.

    The trend must be significant (Cochran-Armitage over the bins' midranks), and a monotone
    curve must either explain nearly all differences between the bins or be no worse than chance.

    Args:
        values: Shape (n,), NaN left out.
        outcome: 1 is bad, 0 is good, NaN is undetermined, shape (n,).
    """
    known = ~np.isnan(values) & ~np.isnan(outcome)
    if known.sum() < 50:
        return "none"
    bins = quantile_bins(values[known])
    return cell_trend(cells(bins.assign(values[known]), outcome[known]))


def cell_trend(cell: Cells) -> Direction:
    """As `trend`, over given bins."""
    rows, bads = cell
    total, rate = rows.sum(), bads.sum() / max(rows.sum(), 1.0)
    if len(rows) < 2 or not 0 < rate < 1:
        return "none"
    midrank = np.cumsum(rows) - rows / 2
    centred = midrank - np.average(midrank, weights=rows)
    variance = rate * (1 - rate) * np.sum(rows * centred**2)
    z = float(np.sum(centred * (bads - rows * rate)) / np.sqrt(variance))
    if abs(z) < TREND_Z:
        return "none"
    observed = bads / rows
    monotone = isotonic_regression(observed, sample_weight=rows, increasing=z > 0)
    scale = rate * (1 - rate)
    between = np.sum(rows * (observed - rate) ** 2) / scale
    missed = np.sum(rows * (observed - monotone) ** 2) / scale
    by_chance = missed <= stats.chi2.ppf(0.95, len(rows) - 1) and total < 20_000
    if missed > (1 - MONOTONE_SHARE) * between and not by_chance:
        return "none"
    return "rising" if z > 0 else "falling"


def shape(cell: Cells) -> bool:
    """Whether the bins differ in bad rate at all (chi-square, p below 0.001)."""
    rows, bads = cell
    rate = bads.sum() / max(rows.sum(), 1.0)
    if len(rows) < 2 or not 0 < rate < 1:
        return False
    statistic = np.sum((bads - rows * rate) ** 2 / (rows * rate * (1 - rate)))
    return bool(stats.chi2.sf(statistic, len(rows) - 1) < 0.001)


def separation(cell: Cells) -> float:
    """AUC of the bins ordered by their own bad rate, in [0.5, 1]."""
    order = np.argsort(cell.bads / cell.rows)
    bads, goods = cell.bads[order], (cell.rows - cell.bads)[order]
    if not bads.sum() or not goods.sum():
        return 0.5
    below = np.cumsum(goods) - goods / 2
    return float(np.sum(bads * below) / (bads.sum() * goods.sum()))


def knows_outcome(profile: Profile, outcome: FloatArray) -> bool:
    """Whether the column alone nearly tells the outcome.

    Either it separates bads from goods with an AUC above 0.9, or a group of 30 rows and more, of
    one value, of a range or of missing values, is almost all bad where most of the sample is
    good. Real risk factors reach neither; columns filled in after the outcome do.
    """
    fine = cells(_index(profile), outcome)
    # Quantiles can be thinner than the whole group of rows that have a value at all.
    filled = cells(profile.text.notna().to_numpy().astype(np.int64), outcome)
    return separation(fine) > LEAK_AUC or _sealed(fine) or _sealed(filled)


def _sealed(cell: Cells) -> bool:
    certain = (cell.rows >= SEALED_ROWS) & (cell.bads >= SEALED_RATE * cell.rows)
    return bool(certain.any()) and cell.bads.sum() < 0.5 * cell.rows.sum()


def _index(profile: Profile) -> IntArray:
    """A bin for every row: quantiles of numbers and dates, levels of text; missing is one more."""
    values = profile.number
    if profile.moment is not None:
        seconds = profile.moment.astype(np.int64).astype(np.float64)
        values = np.where(np.isnat(profile.moment), np.nan, seconds)
    if values is not None:
        return quantile_bins(values, 20).assign(values)
    common = profile.counts.index[: 20 if profile.kind == "text" else None]
    # Rare texts share one bin: alone, each would know its own row's outcome.
    codes = common.get_indexer(pd.Index(profile.text)).astype(np.int64)
    return np.where(profile.text.isna(), len(common) + 1, np.where(codes < 0, len(common), codes))
