"""The largest contributions of each row, found in one pass over the columns."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiling import compiled
from features.encoding import FloatArray

NONE = -1


class Ranked(NamedTuple):
    """Groups of columns by what they add, the most first; shape (count, n) each.

    Attributes:
        groups: Place of the group, `NONE` where a row has fewer.
        leads: The column of the group that adds most, `NONE` likewise.
        values: What the whole group adds, NaN likewise.
    """

    groups: NDArray[np.int32]
    leads: NDArray[np.int32]
    values: FloatArray


def rank(
    contributions: FloatArray,
    groups: Sequence[Sequence[int]],
    count: int,
    *,
    sign: float,
    least: float,
) -> Ranked:
    """Rank groups of columns within each row.

    Args:
        contributions: What each column adds, shape (n, p); column-major is read without a copy.
        groups: Columns of each group; equal groups keep this order, and so do equal columns.
        count: Most groups a row can have.
        sign: 1.0 to rank what adds most, -1.0 what takes most away.
        least: A group counts where `sign` times its sum is above this.

    Returns:
        Sums are taken column by column, so that no row depends on the rows beside it.
    """
    shape = (count, len(contributions))
    found = Ranked(
        np.full(shape, NONE, np.int32), np.full(shape, NONE, np.int32), np.full(shape, np.nan)
    )
    columns = np.array([column for group in groups for column in group], np.int64)
    starts = np.cumsum([0, *map(len, groups)], dtype=np.int64)
    _rank(np.ascontiguousarray(contributions.T), columns, starts, sign, least, *found)
    return found


@compiled
def _rank(  # type: ignore[no-untyped-def]
    contributions, columns, starts, sign, least, groups, leads, values
):
    count, rows = values.shape
    for row in range(rows):
        for group in range(len(starts) - 1):
            first = columns[starts[group]]
            most = total = sign * contributions[first, row]
            lead = first
            for place in range(starts[group] + 1, starts[group + 1]):
                value = sign * contributions[columns[place], row]
                total += value
                if value > most:
                    most, lead = value, columns[place]
            if not total > least:
                continue
            place = count
            while place > 0 and not sign * values[place - 1, row] >= total:
                place -= 1
            for below in range(count - 1, place, -1):
                groups[below, row] = groups[below - 1, row]
                leads[below, row] = leads[below - 1, row]
                values[below, row] = values[below - 1, row]
            if place < count:
                groups[place, row] = group
                leads[place, row] = lead
                values[place, row] = sign * total
