"""Groups of features that say nearly the same, so that together they give one reason."""

import re
from collections.abc import Mapping
from itertools import takewhile

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from features.encoding import FloatArray

LEAST_CORRELATION = 0.8
_MOST_ROWS = 20_000


def correlated(
    columns: Mapping[str, FloatArray], least: float = LEAST_CORRELATION
) -> dict[str, tuple[str, ...]]:
    """Clusters of columns whose rank correlation is at least `least` in absolute value.

    Clusters grow by average linkage, so one pair alone does not chain two clusters together.

    Args:
        columns: Values of each column, shape (n,) each, NaN where missing.
        least: Smallest mean correlation inside a cluster.

    Returns:
        Names of the members of each cluster of two and more, under a key made of what their
        names share, in the order of the columns.
    """
    if len(columns) < 2:
        return {}
    frame = pd.DataFrame(dict(columns))
    if len(frame) > _MOST_ROWS:
        frame = frame.sample(_MOST_ROWS, random_state=0)
    # Columns that are seldom filled together say little of each other.
    ranks = frame.rank()
    with np.errstate(all="ignore"):
        strength = ranks.corr(min_periods=len(frame) // 2).abs().fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(strength, 1.0)
    distance = squareform(np.clip(1 - strength, 0, 1), checks=False)
    cluster = fcluster(linkage(distance, "average"), 1 - least + 1e-9, "distance")
    found: dict[str, tuple[str, ...]] = {}
    for number in dict.fromkeys(cluster.tolist()):
        names = tuple(n for n, c in zip(columns, cluster.tolist(), strict=True) if c == number)
        if len(names) > 1:
            found[_key(names, found)] = names
    return found


def _key(names: tuple[str, ...], taken: Mapping[str, object]) -> str:
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    shared = re.sub(r"[\W_\d]+$", "", "".join(letters[0] for letters in same))
    key = shared if len(shared) >= 3 or not shared.isascii() else names[0]
    return names[0] if key in taken else key
