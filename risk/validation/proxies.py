"""How well a model's fields stand in for a protected group that the model never sees."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.binning import IntArray
from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.discrimination import delong
from risk.validation.outcomes import LEAST_OF_EACH

_MOST = 6  # groups told apart by one model; the smaller ones are one group then
_ROUNDS = 15
_BOOSTING: dict[str, Any] = {
    "learning_rate": 0.2,
    "num_leaves": 8,
    "max_bin": 31,
    "min_data_in_leaf": 20,
    "deterministic": True,
    "force_col_wise": True,
    # So few rows are boosted faster by one thread than by several that wait for each other.
    "num_threads": 1,
    "verbosity": -1,
}


def membership(x: FloatArray, group: IntArray, seed: int = 0) -> pd.DataFrame:
    """How well the fields together tell who belongs to each group: one against all others.

    A small LightGBM model is fitted to each half of the rows and tells the groups of the other
    half, so that it never speaks of rows it has seen.

    Args:
        x: The model's matrix, shape (n, p); NaN is missing.
        group: Number of each row's group, from 0, shape (n,).
        seed: Of the halves.

    Returns:
        One row each of the largest groups: `group`, `rows`, `auc`, `low`, `high` (95 % DeLong);
        NaN where fewer than `LEAST_OF_EACH` rows are in the group, or outside it.

    Raises:
        DataError: Not one group a row, fewer than two rows, or only one group.
    """
    if len(x) != len(group) or len(x) < 2:
        raise DataError(f"{len(group)} groups do not go with {len(x)} rows")
    rows = np.bincount(group)
    largest = np.argsort(-rows, kind="stable")[: min(_MOST, int((rows > 0).sum()))]
    if len(largest) < 2:
        raise DataError("all rows are of one group, so that nothing can be told apart")
    place = np.full(len(rows), len(largest))
    place[largest] = np.arange(len(largest))
    chance = _told(x, place[group], seed)
    found = [_area(place[group] == n, chance[:, n]) for n in range(len(largest))]
    table = pd.DataFrame(found, columns=["auc", "low", "high"])
    table.insert(0, "group", largest)
    table.insert(1, "rows", rows[largest])
    return table


def _told(x: FloatArray, place: IntArray, seed: int) -> FloatArray:
    """Probability of each group by the model that has not seen the row, shape (n, groups)."""
    import lightgbm as lgb

    groups = int(place.max()) + 1
    first = np.random.default_rng(seed).permutation(len(x)) < len(x) / 2
    chance = np.empty((len(x), groups))
    told = {**_BOOSTING, "objective": "multiclass", "num_class": groups, "seed": seed}
    for seen in (first, ~first):
        booster = lgb.train(told, lgb.Dataset(x[seen], place[seen]), num_boost_round=_ROUNDS)
        chance[~seen] = booster.predict(x[~seen], num_threads=1)
    return chance


def _area(own: npt.NDArray[np.bool_], chance: FloatArray) -> tuple[float, float, float]:
    if min(own.sum(), (~own).sum()) < LEAST_OF_EACH:
        return np.nan, np.nan, np.nan
    found = delong(own, chance)
    return found.auc, found.low, found.high


def associations(fields: Mapping[str, IntArray], group: IntArray) -> pd.DataFrame:
    """How strongly each field alone goes with membership, the strongest first.

    Args:
        fields: Number of each row's bin or level, from 0, by field; missing is a bin.
        group: Number of each row's group, from 0, shape (n,).

    Returns:
        `field`, `association` (`cramers_v`).

    Raises:
        DataError: As `cramers_v`.
    """
    found = {name: cramers_v(bins, group) for name, bins in fields.items()}
    table = pd.DataFrame({"field": list(found), "association": list(found.values())})
    return table.sort_values("association", ascending=False, kind="stable", ignore_index=True)


def cramers_v(one: IntArray, other: IntArray) -> float:
    """Cramér's V of two columns of numbers from 0, in [0, 1], freed of what chance adds to it.

    Raises:
        DataError: Lengths differ, or there are fewer than two rows.

    Source:
        Bergsma, Journal of the Korean Statistical Society 42 (2013).

    Example:
        >>> round(cramers_v(np.array([0, 0, 1, 1] * 9), np.array([1, 1, 0, 0] * 9)), 9)
        1.0
    """
    rows = len(one)
    if rows != len(other) or rows < 2:
        raise DataError(f"{rows} values do not go with {len(other)} groups")
    width = int(other.max()) + 1
    counts = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width)
    counts = counts.reshape(-1, width)
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / rows
    moved = float(((counts - expected) ** 2 / expected).sum()) / rows
    sizes = np.array(counts.shape, np.float64)
    chance = float((sizes - 1).prod() / (rows - 1))
    least = float((sizes - (sizes - 1) ** 2 / (rows - 1)).min()) - 1
    return float(np.sqrt(max(0.0, moved - chance) / least)) if least > 0 else 0.0
