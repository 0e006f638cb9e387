"""How a book lies in its grades: concentration, and the way from one grade to another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from features.binning import IntArray
from features.encoding import FloatArray
from features.errors import DataError


class Concentration(NamedTuple):
    """How unevenly a book lies in its grades.

    Attributes:
        herfindahl: Sum of the squared shares, from 1 / grades to 1.
        variation: Coefficient of variation of the shares, 0 where all grades are equally full.
    """

    herfindahl: float
    variation: float


class ConcentrationChange(NamedTuple):
    """Concentration now against then; `p_value` of "it has not risen"."""

    before: Concentration
    now: Concentration
    z: float
    p_value: float


class Migration(NamedTuple):
    """Where the applicants of each grade are later, over k grades from the safest.

    Attributes:
        counts: Rows by grade before and grade after, shape (k, k).
        upper: Bandwidth of moves to riskier grades: how far they went, of the farthest they could
            have gone, in [0, 1]; 0 without moves.
        lower: The same of moves to safer grades.
        z: For each cell off the diagonal, how much rarer it is than its neighbour towards the
            diagonal, in standard errors, shape (k, k); NaN where that cannot be said.
        p_value: Chance of so little where the neighbour is not rarer: small where moves get more
            frequent with distance, which a stable rating does not show.
    """

    counts: IntArray
    upper: float
    lower: float
    z: FloatArray
    p_value: FloatArray


def concentration(rows: npt.ArrayLike) -> Concentration:
    """Concentration by the rows of each grade, empty grades included, shape (k,).

    Raises:
        DataError: Fewer than two grades, or no rows.
    """
    counts = np.asarray(rows, np.float64)
    if counts.ndim != 1 or len(counts) < 2 or not counts.sum() > 0:
        raise DataError("concentration needs two grades or more, and rows in them")
    share = counts / counts.sum()
    herfindahl = float(share @ share)
    variation = np.sqrt(len(share) * np.sum((share - 1 / len(share)) ** 2))
    return Concentration(herfindahl, float(variation))


def concentration_change(before: npt.ArrayLike, now: npt.ArrayLike) -> ConcentrationChange:
    """One-sided test whether grades have grown more concentrated.

    The statistic is the regulator's, and weak: where development was concentrated already, no
    later book can be rejected. It knows nothing of the number of rows.

    Args:
        before: Rows of each grade at development, shape (k,).
        now: Rows of each grade now, the same grades.

    Raises:
        DataError: As `concentration`, other grades, or a book that is spread evenly now.

    Source:
        ECB, Instructions for reporting the validation results of internal models: IRB Pillar I
        models for credit risk (2019), section 2.5.5.3.
    """
    then, today = concentration(before), concentration(now)
    grades = len(np.asarray(now))
    if len(np.asarray(before)) != grades:
        raise DataError("both books need the same grades; count empty ones as 0")
    if today.variation == 0:
        raise DataError("all grades are equally full, so concentration has nothing to test")
    error = np.sqrt(today.variation**2 * (0.5 + today.variation**2))
    z = float(np.sqrt(grades - 1) * (today.variation - then.variation) / error)
    return ConcentrationChange(then, today, z, float(stats.norm.sf(z)))


def migration(before: npt.ArrayLike, after: npt.ArrayLike, grades: Sequence[str]) -> Migration:
    """Moves between grades of the same applicants.

    Args:
        before: Name of each row's grade, shape (n,).
        after: Name of its grade later, shape (n,).
        grades: All grades, from the safest, empty ones too.

    Raises:
        DataError: No rows, other lengths, or a grade that is none.

    Source:
        ECB, Instructions for reporting the validation results of internal models: IRB Pillar I
        models for credit risk (2019), sections 2.5.5.1 and 2.5.5.2.
    """
    counts = _crossed(before, after, grades)
    z = _steps(counts)
    upper, lower = _bandwidth(np.triu(counts)), _bandwidth(np.tril(counts))
    return Migration(counts, upper, lower, z, stats.norm.cdf(z))


def _crossed(before: npt.ArrayLike, after: npt.ArrayLike, grades: Sequence[str]) -> IntArray:
    names = pd.Index(list(grades))
    sides = [np.asarray(before), np.asarray(after)]
    if len(names) < 2 or not names.is_unique:
        raise DataError("migration needs two grades or more, each named once")
    if not sides[0].size or sides[0].shape != sides[1].shape:
        raise DataError(f"{sides[0].size} grades before do not go with {sides[1].size} after")
    places = [names.get_indexer(pd.Index(side.astype(str))) for side in sides]
    strangers = [side[place < 0] for side, place in zip(sides, places, strict=True)]
    first = next((each[0] for each in strangers if each.size), None)
    if first is not None:
        raise DataError(f'"{first}" is no grade; the grades are {", ".join(names)}')
    counts = np.zeros((len(names), len(names)), np.int64)
    np.add.at(counts, tuple(places), 1)
    return counts


def _bandwidth(counts: IntArray) -> float:
    """How far rows of one side of the diagonal went, of the farthest they could have gone."""
    here, there = np.indices(counts.shape)
    moved = counts * (here != there)
    farthest = np.maximum(here, len(counts) - 1 - here)
    return float((moved * abs(here - there)).sum() / max(1, (moved * farthest).sum()))


def _steps(counts: IntArray) -> FloatArray:
    """Each cell against its neighbour towards the diagonal, as shares of one multinomial row."""
    z = np.full(counts.shape, np.nan)
    for row, each in enumerate(counts):
        total = each.sum()
        for column in range(len(each)):
            if column == row or not total:
                continue
            far, near = each[column] / total, each[column + (1 if column < row else -1)] / total
            variance = (far * (1 - far) + near * (1 - near) + 2 * far * near) / total
            if variance > 0:
                z[row, column] = (near - far) / np.sqrt(variance)
    return z
