"""What each field can do alone: a field that ranks as well as the whole model may be leaked."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.binning import Bins, fit_bins, iv, level_bins, woe
from features.dictionary import Field
from features.encoding import FloatArray
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
        One row a field, in their order: `field`, `iv` (at development), `gini` (now) and
        `low` (its lower bound, DeLong, 95 %).

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
    return pd.DataFrame(found, columns=["field", "iv", "gini", "low"])


def _one(
    field: Field, then: tuple[FloatArray, FloatArray], now: tuple[FloatArray, FloatArray]
) -> dict[str, object]:
    bins = _bins(field, *then)
    index = bins.assign(then[0])
    weights = woe(index, then[1], bins.count)
    area = delong(now[1], weights[bins.assign(now[0])])
    return {
        "field": field.name,
        "iv": iv(index, then[1], bins.count),
        "gini": 2 * area.auc - 1,
        "low": 2 * area.low - 1,
    }


def _bins(field: Field, values: FloatArray, y: FloatArray) -> Bins:
    if field.type == "category":
        return level_bins(len(field.levels), field.name)
    # A bin of fewer bads would rank by chance.
    most = int(np.clip(y.sum() // _BADS_A_BIN, 2, _MOST_BINS))
    return fit_bins(values, y, most, _LEAST_SHARE, field=field.name)
