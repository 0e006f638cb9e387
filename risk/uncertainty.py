"""How sure a PD is: inductive Venn-Abers intervals, exact, and kept as plain numbers.

Whether they hold is `risk.validation.coverage`; what to do where one straddles a cut-off is
`risk.validation.abstention`.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, model_validator

from features.encoding import FloatArray
from risk.validation.outcomes import checked

Point = tuple[int, int]
"""Rows and bads so far, in whole numbers: slopes are compared without rounding."""

FEWEST_BADS = 20
"""On fewer of them, or of goods, an interval says little of other rows than its own."""


class Steps(BaseModel):
    """A rising step function.

    Attributes:
        edges: Where it rises, in rising order.
        values: Its value before the first edge, between edges, and after the last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    edges: tuple[float, ...]
    values: tuple[float, ...]

    @model_validator(mode="after")
    def _rising_rates(self) -> Self:
        if len(self.values) != len(self.edges) + 1:
            raise ValueError("steps have one value more than edges")
        if any(a >= b for each in (self.edges, self.values) for a, b in pairwise(each)):
            raise ValueError("edges and values must rise")
        if not 0 <= self.values[0] <= self.values[-1] <= 1:
            raise ValueError("values are probabilities")
        return self


class PdInterval(BaseModel):
    """Two probabilities for every score, of which one is calibrated, whatever the model.

    The lower one is what isotonic calibration says of an application once it is added to the
    calibration rows as a good, the upper one as a bad. Where rows are exchangeable with those of
    calibration, the one that belongs to the true outcome is perfectly calibrated. This is no
    confidence interval: among many calibration rows one more changes little, and it is narrow.

    Attributes:
        low: Lower bounds; a score on an edge takes the value above it.
        high: Upper bounds; a score on an edge takes the value below it.
        rows: Calibration rows.
        bads: Bads among them.

    Source:
        Vovk, Petej and Fedorova, Large-scale probabilistic predictors with and without guarantees
        of validity, NIPS 28 (2015), arXiv 1511.00213.

    Example:
        >>> interval = PdInterval.of(np.array([0.1, 0.2, 0.3]), np.array([0, 1, 1]))
        >>> low, high = interval.apply(np.array([0.1, 0.25, 0.4]))
        >>> low.round(3).tolist(), high.round(3).tolist()
        ([0.0, 0.5, 0.667], [0.5, 1.0, 1.0])
    """

    # MAPIE 1.6.0 has Venn-Abers too, and this is tested against it. For scores above every
    # calibration row it repeats the upper bound below, where 1 is exact; and its time grows with
    # the square of the rows: 0.2 s at 20,000, 2.2 s at 100,000, against 0.1 and 0.5 s here.
    model_config = ConfigDict(frozen=True, extra="forbid")

    low: Steps
    high: Steps
    rows: int
    bads: int

    @classmethod
    def of(cls, score: npt.ArrayLike, target: npt.ArrayLike) -> Self:
        """Fit the interval on calibration rows that no part of the model was fitted to.

        Args:
            score: PD or raw log-odds, shape (n,): whatever `apply` will be asked about.
            target: 1 for default, 0 for repaid, same shape.

        Raises:
            DataError: As `risk.validation.outcomes.checked`.
        """
        outcome, values = checked(target, score)
        knots, place = np.unique(values, return_inverse=True)
        rows = np.bincount(place).tolist()
        bads = np.bincount(place, outcome).astype(int).tolist()
        goods = [all_ - bad for all_, bad in zip(rows, bads, strict=True)]
        high = np.array(_with_a_bad(rows, bads))
        # A good added to bads is a bad added to goods, looked at from the other end.
        low = 1 - np.array(_with_a_bad(rows[::-1], goods[::-1]))[::-1]
        return cls(low=_steps(knots, low), high=_steps(knots, high), rows=sum(rows), bads=sum(bads))

    def apply(self, score: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bound of each row, shape (n,); NaN where the score is."""
        below = np.searchsorted(self.low.edges, score, side="right")
        above = np.searchsorted(self.high.edges, score, side="left")
        low, high = np.array(self.low.values)[below], np.array(self.high.values)[above]
        unknown = np.isnan(score)
        return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def _steps(knots: FloatArray, values: FloatArray) -> Steps:
    """The values between knots, as many as there are different ones."""
    rises = np.flatnonzero(np.diff(values) > 0)
    kept = values[np.append(rises, len(values) - 1)]
    return Steps(edges=tuple(knots[rises].tolist()), values=tuple(kept.tolist()))


def _with_a_bad(rows: Sequence[int], bads: Sequence[int]) -> list[float]:
    """Isotonic rate of one more bad at each knot, and above the last of them.

    The rate is the slope, where the bad stands, of the lower hull of the cumulative sums. As the
    bad moves up by one knot, only the hull's leftmost corners change (algorithms 1 and 2).
    """
    sums: list[Point] = list(zip(accumulate(rows), accumulate(bads), strict=True))
    hull = _hull([(-1, -1), (0, 0), *sums])
    rates = []
    for row, bad in sums:
        rates.append(_slope(hull[-1], hull[-2]))
        left = (row - 1, bad - 1)
        if _turn(hull[-1], left, hull[-2]) <= 0:
            continue
        hull.pop()
        _push(hull, left)
    return [*rates, 1.0]


def _hull(points: Sequence[Point]) -> list[Point]:
    """Corners of the lower hull, the leftmost last."""
    hull: list[Point] = []
    for point in reversed(points):
        _push(hull, point)
    return hull


def _push(hull: list[Point], left: Point) -> None:
    """A new leftmost corner; those that it hides go."""
    while len(hull) > 1 and _turn(left, hull[-1], hull[-2]) <= 0:
        hull.pop()
    hull.append(left)


def _turn(a: Point, b: Point, c: Point) -> int:
    """Above 0 where b lies below the line from a to c."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def _slope(a: Point, b: Point) -> float:
    return (b[1] - a[1]) / (b[0] - a[0])
