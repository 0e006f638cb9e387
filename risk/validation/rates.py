"""Bad rates of the parts of a book, and of those that a cut-off has only just let through."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.binning import IntArray
from features.encoding import FloatArray
from features.errors import DataError
from risk.validation.calibration import jeffreys_interval

Mask = npt.NDArray[np.bool_]


def bad_rates(target: npt.ArrayLike, place: npt.ArrayLike, count: int) -> pd.DataFrame:
    """Rows and bad rate of each part of a book.

    Args:
        target: 1 is bad, 0 is good, NaN is not known, shape (n,).
        place: Number of the part that each row belongs to, in `range(count)`, shape (n,).
        count: How many parts there are; some may be empty.

    Returns:
        One row a part: `rows`, `known` (rows whose outcome is known), `bads`, `bad_rate` (of the
        known), `low`, `high` (95 % Jeffreys interval); a rate of no rows is NaN.

    Raises:
        DataError: Not one part a row.
    """
    outcome, index = np.asarray(target, np.float64), np.asarray(place)
    if outcome.shape != index.shape:
        raise DataError(f"{index.size} parts do not go with {outcome.size} outcomes")
    known = ~np.isnan(outcome)
    table = pd.DataFrame(
        {
            "rows": np.bincount(index, minlength=count),
            "known": np.bincount(index[known], minlength=count),
            "bads": np.bincount(index[known], outcome[known], minlength=count).astype(np.int64),
        }
    )
    bads, rows = table["bads"].to_numpy(np.float64), table["known"].to_numpy(np.int64)
    return table.assign(**rated(bads, rows))


def rated(bads: FloatArray, rows: IntArray) -> dict[str, FloatArray]:
    """`bad_rate`, `low` and `high` (95 % Jeffreys interval) by the rows, NaN where there are none.

    Args:
        bads: Shape (k,).
        rows: Shape (k,).
    """
    some = np.maximum(rows, 1)
    low, high = jeffreys_interval(bads, some)
    return {
        name: np.where(rows > 0, values, np.nan)
        for name, values in (("bad_rate", bads / some), ("low", low), ("high", high))
    }


def margin(score: npt.ArrayLike, inside: npt.ArrayLike, rows: int) -> tuple[Mask, Mask]:
    """The rows nearest to a cut-off on either side: the last let through, the first refused.

    Args:
        score: Higher is riskier, shape (n,).
        inside: Which rows lie on the safer side of the cut-off, shape (n,).
        rows: How many to take on each side, where there are so many.

    Example:
        >>> [np.flatnonzero(each).tolist() for each in margin([3, 1, 2, 4], [0, 1, 1, 0], 1)]
        [[2], [0]]
    """
    values, safer = np.asarray(score, np.float64), np.asarray(inside, bool)
    order = np.argsort(values, kind="stable")
    passed, refused = order[safer[order]], order[~safer[order]]
    return (
        _chosen(passed[max(0, len(passed) - rows) :], len(values)),
        _chosen(refused[:rows], len(values)),
    )


def _chosen(places: npt.NDArray[np.intp], rows: int) -> Mask:
    mask = np.zeros(rows, bool)
    mask[places] = True
    return mask
