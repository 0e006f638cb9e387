"""What each field can do alone: one that ranks as well as the whole model may be leaked.

So may one in a part of which nearly all turn bad, however many bads lie elsewhere.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.binning import Bins, IntArray, fit_bins, iv, level_bins, woe
from features.dictionary import Field
from features.encoding import FloatArray
from risk.validation.calibration import jeffreys_interval
from risk.validation.discrimination import delong

ROWS = 20_000
"""Development rows that bins are fitted on at most: more would not move them."""
_BADS_A_BIN, _MOST_BINS, _LEAST_SHARE = 25, 20, 0.01


def alone(
    fields: Sequence[Field],
    development: tuple[FloatArray, FloatArray],
    current: tuple[FloatArray, FloatArray],
    seed: int = 0,
) -> pd.DataFrame:
    """Each field as a scorecard of its own: bins and weights of evidence from development rows.

    So fields that rise and fall, categories and missing values count for all they are worth.

    Args:
        fields: The p features, in the order of the columns.
        development: Rows as encoded, shape (n, p), and their outcomes, shape (n,).
        current: The same of the rows to rank, m of them.
        seed: Draws the development rows where there are more than `ROWS`.

    Returns:
        One row a field, in their order: `field`, `iv` (at development), `gini` (now), `low` (its
        lower bound, DeLong, 95 %); of the bin that was riskiest at development `riskiest_rows`,
        `riskiest_rate` (bad rate) and `odds` (its odds of default over those of all rows, lower
        bound, Jeffreys, 95 %), all of them now; 0, NaN and 0 where it holds no rows now.

    Raises:
        DataError: Development has only one outcome, or the current rows fewer than two of either.
    """
    chosen = np.random.default_rng(seed).permutation(len(development[1]))[:ROWS]
    x, y = development[0][chosen], development[1][chosen]
    now, outcome = current
    found = [
        _one(field, (x[:, place], y), (now[:, place], outcome))
        for place, field in enumerate(fields)
    ]
    return pd.DataFrame(found)


def _one(
    field: Field, then: tuple[FloatArray, FloatArray], now: tuple[FloatArray, FloatArray]
) -> dict[str, object]:
    bins = _bins(field, *then)
    index = bins.assign(then[0])
    weights = woe(index, then[1], bins.count)
    place = bins.assign(now[0])
    area = delong(now[1], weights[place])
    return {
        "field": field.name,
        "iv": iv(index, then[1], bins.count),
        "gini": 2 * area.auc - 1,
        "low": 2 * area.low - 1,
        **_riskiest(place == _highest(index, weights), now[1]),
    }


def _highest(index: IntArray, weights: FloatArray) -> int:
    """The bin with rows of the highest weight of evidence."""
    filled = np.unique(index)
    return int(filled[np.argmax(weights[filled])])


def _riskiest(inside: npt.NDArray[np.bool_], outcome: FloatArray) -> dict[str, float]:
    rows, bads = int(inside.sum()), float(outcome[inside].sum())
    if not rows:
        return {"riskiest_rows": 0, "riskiest_rate": np.nan, "odds": 0.0}
    low, every = float(jeffreys_interval(bads, rows)[0]), float(outcome.mean())
    odds = low / (1 - low) * (1 - every) / every
    return {"riskiest_rows": rows, "riskiest_rate": bads / rows, "odds": odds}


def _bins(field: Field, values: FloatArray, y: FloatArray) -> Bins:
    if field.type == "category":
        return level_bins(len(field.levels), field.name)
    # A bin of fewer bads would rank by chance.
    most = int(np.clip(y.sum() // _BADS_A_BIN, 2, _MOST_BINS))
    return fit_bins(values, y, most, _LEAST_SHARE, field=field.name)
