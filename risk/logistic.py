"""The WOE scorecard: what every trained model has to beat.

Weight of evidence over frozen bins and a logistic regression, as a careful analyst would build
it. Not the champion: that is `risk.model`. Points use the scaling of `risk.scorecard`.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from features.binning import Bins, fit_bins, iv, level_bins, woe
from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray, directions
from risk.errors import ModelError
from risk.scorecard import Scaling
from risk.validation.outcomes import two_sided

# Below this information value a field is read as of no use (Siddiqi 2017, chapter 10).
USEFUL_IV = 0.02

# A level of a category is a cell nobody chose for its size: shrink its evidence harder.
LEVEL_PRIOR_ROWS = 20.0


class Characteristic(BaseModel):
    """One field of the scorecard: its bins, the evidence of each, and its weight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    column: int
    bins: Bins
    woe: tuple[float, ...]
    iv: float
    weight: float

    @model_validator(mode="after")
    def _evidence_for_every_bin(self) -> Self:
        if len(self.woe) != self.bins.count:
            raise ValueError(f"{self.field}: {len(self.woe)} woe for {self.bins.count} bins")
        return self

    def evidence(self, x: FloatArray) -> FloatArray:
        """Weight of evidence of every row, shape (n,)."""
        return np.asarray(self.woe)[self.bins.assign(x[:, self.column])]


class LogisticScorecard(BaseModel):
    """A fitted scorecard.

    Attributes:
        columns: Names of the matrix columns it was fitted on, in order.
        intercept: Log-odds of default where all evidence is 0.
        characteristics: The fields that remained, most informative first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    intercept: float
    characteristics: tuple[Characteristic, ...]

    @classmethod
    def fit(cls, x: FloatArray, y: npt.ArrayLike, dictionary: DataDictionary) -> Self:
        """Bin, keep what is informative, weigh, and drop weights of the wrong sign one by one.

        Bins follow the field's risk direction where it has one, missing values are a bin of
        their own, and a category without direction has a bin for each level. Evidence points
        towards default, so a weight below 0 turns a field's meaning around; the most negative
        goes first and the rest is weighed again.

        Args:
            x: Encoded development sample, shape (n, p), columns as `dictionary.features`.
            y: 1 is bad, 0 is good, shape (n,).
            dictionary: Describes the columns.

        Raises:
            DataError: The sample has only one outcome.
            ModelError: The matrix does not have the dictionary's columns.
        """
        features = dictionary.features
        if x.ndim != 2 or x.shape[1] != len(features):
            raise ModelError(f"the matrix needs the dictionary's {len(features)} features")
        outcome, _ = two_sided(y, np.zeros(len(x)))
        found = [
            _characteristic(x[:, column], outcome, field, column, direction)
            for column, (field, direction) in enumerate(
                zip(features, directions(dictionary), strict=True)
            )
        ]
        kept = sorted((c for c in found if c.iv >= USEFUL_IV), key=lambda c: -c.iv)
        intercept, weighed = _weigh(x, outcome, kept)
        return cls(
            columns=tuple(f.name for f in features),
            intercept=intercept,
            characteristics=tuple(weighed),
        )

    def raw(self, x: FloatArray) -> FloatArray:
        """Log-odds of default, shape (n,).

        Raises:
            ModelError: The matrix has another number of columns than at fitting.
        """
        if x.ndim != 2 or x.shape[1] != len(self.columns):
            raise ModelError(f"the scorecard needs a matrix of {len(self.columns)} columns")
        total = np.full(len(x), self.intercept)
        for characteristic in self.characteristics:
            total += characteristic.weight * characteristic.evidence(x)
        return total

    def predict(self, x: FloatArray) -> FloatArray:
        """PD of every row, shape (n,), in (0, 1).

        Raises:
            ModelError: As `raw`.
        """
        return np.asarray(expit(self.raw(x)), np.float64)

    def points_table(self, scaling: Scaling | None = None) -> pd.DataFrame:
        """The scorecard as a validator reads it.

        Args:
            scaling: Points scale; the default one where None.

        Returns:
            One row a bin: `field`, `bin`, `woe`, `points`. The first row, "base", holds the
            points everyone starts from; a row's score is the base and one bin of each field.
        """
        scale = scaling or Scaling()
        base = scale.offset - scale.factor * self.intercept
        rows: list[tuple[str, str, float, float]] = [("base", "", 0.0, base)]
        for item in self.characteristics:
            for label, evidence in zip(item.bins.labels(), item.woe, strict=True):
                rows.append((item.field, label, evidence, -scale.factor * item.weight * evidence))
        return pd.DataFrame(rows, columns=["field", "bin", "woe", "points"])

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return self.model_dump(mode="json")

    @classmethod
    def from_dict(cls, given: Mapping[str, object]) -> Self:
        """The scorecard that `to_dict` wrote.

        Raises:
            ModelError: A key is missing, unknown or of the wrong kind.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ModelError(
                f"the stored scorecard is broken at {place}: {first['msg']}"
            ) from error


def _characteristic(
    values: FloatArray, outcome: FloatArray, field: Field, column: int, direction: int
) -> Characteristic:
    nominal = field.type == "category" and not direction
    bins = (
        level_bins(len(field.levels), field.name)
        if nominal
        else fit_bins(values, outcome, direction=direction, field=field.name)
    )
    prior = LEVEL_PRIOR_ROWS if nominal else 1.0
    index = bins.assign(values)
    evidence = woe(index, outcome, bins.count, prior)
    if direction:
        # The prior pulls thin bins harder than full ones, which can turn a close pair around.
        evidence[:-1] = direction * np.maximum.accumulate(direction * evidence[:-1])
    return Characteristic(
        field=field.name,
        column=column,
        bins=bins,
        woe=tuple(evidence.tolist()),
        iv=iv(index, outcome, bins.count, prior),
        weight=1.0,
    )


def _weigh(
    x: FloatArray, outcome: FloatArray, kept: list[Characteristic]
) -> tuple[float, list[Characteristic]]:
    """Intercept and the characteristics with their weights, all above 0."""
    evidence = np.column_stack([c.evidence(x) for c in kept]) if kept else np.empty((len(x), 0))
    while kept:
        model = LogisticRegression(C=1.0, max_iter=1000).fit(evidence, outcome)
        weights = model.coef_[0]
        worst = int(np.argmin(weights))
        if weights[worst] > 0:
            weighed = [
                c.model_copy(update={"weight": float(w)})
                for c, w in zip(kept, weights, strict=True)
            ]
            return float(model.intercept_[0]), weighed
        kept = [c for i, c in enumerate(kept) if i != worst]
        evidence = np.delete(evidence, worst, axis=1)
    rate = outcome.mean()
    return float(np.log(rate / (1 - rate))), []
