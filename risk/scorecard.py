"""Probability of default (PD) to points and grades, and back.

Points are a straight line in log-odds, so they order applications exactly as the PD does.
"""

import math
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import expit, logit

from features.encoding import FloatArray


class Grade(BaseModel):
    """One step of the master scale.

    Attributes:
        name: What people call it, such as `A`.
        pd_up_to: Largest PD that still belongs to it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    pd_up_to: float = Field(gt=0, le=1)


MASTER_SCALE = tuple(
    Grade(name=name, pd_up_to=limit)
    for name, limit in zip(
        "ABCDEFGH", (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1.0), strict=True
    )
)
"""Eight grades, each reaching to twice the PD of the one before."""


class Scaling(BaseModel):
    """How PDs are told in points and grades.

    Attributes:
        base_points: Points at which the odds are `base_odds`.
        base_odds: Good applications for one bad one at `base_points`.
        pdo: Points that double the odds.
        grades: The master scale, safest first; the last one reaches to PD 1.

    Source:
        Siddiqi, Intelligent Credit Scoring (2017), chapter on scorecard scaling.

    Example:
        >>> Scaling().points(np.array([1 / 51, 1 / 101])).round(6).tolist()
        [600.0, 620.0]
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_points: float = 600.0
    base_odds: float = Field(default=50.0, gt=0)
    pdo: float = Field(default=20.0, gt=0)
    grades: tuple[Grade, ...] = MASTER_SCALE

    @model_validator(mode="after")
    def _rising_grades(self) -> Self:
        limits = [grade.pd_up_to for grade in self.grades]
        if not limits or limits[-1] != 1 or any(a >= b for a, b in pairwise(limits)):
            raise ValueError('"pd_up_to" of the grades must rise and end at 1')
        if len({grade.name for grade in self.grades}) != len(self.grades):
            raise ValueError("a grade name stands twice")
        return self

    @property
    def factor(self) -> float:
        """Points for one unit of log-odds."""
        return self.pdo / math.log(2)

    @property
    def offset(self) -> float:
        """Points at even odds."""
        return self.base_points - self.factor * math.log(self.base_odds)

    def points(self, pd_: FloatArray) -> FloatArray:
        """Points, unrounded; they fall as the PD rises. PDs lie strictly between 0 and 1."""
        return np.asarray(self.offset - self.factor * logit(pd_), dtype=np.float64)

    def pd_from_points(self, points: FloatArray) -> FloatArray:
        """The PD that earns these points: the inverse of `points`."""
        return np.asarray(expit((self.offset - points) / self.factor), dtype=np.float64)

    def grade(self, pd_: FloatArray) -> NDArray[np.str_]:
        """Name of the grade of each PD; a PD on a limit belongs to the safer grade."""
        return np.array([grade.name for grade in self.grades])[self.grade_places(pd_)]

    def grade_places(self, pd_: FloatArray) -> NDArray[np.intp]:
        """Place of each PD's grade in `grades`, shape (n,)."""
        limits = np.array([grade.pd_up_to for grade in self.grades])
        return np.asarray(np.searchsorted(limits, pd_, side="left"), dtype=np.intp)
