"""A model as pattern tables: raw scores and exact Shapley values, looked up."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.errors import ModelError
from risk.once import Once
from risk.patterns import building, keeping
from risk.patterns.forest import Forest
from risk.patterns.kernels import BLOCK, Lookups, evaluate

FloatArray = NDArray[np.float64]


class Explained(NamedTuple):
    """Rows with their reasons.

    Attributes:
        raw: Raw score of each row, shape (n,).
        contributions: Shapley value of each feature, shape (n, p), column-major.
    """

    raw: FloatArray
    contributions: FloatArray


class PatternTables:
    """Raw scores equal to `Booster.predict` in every bit, and interventional Shapley values.

    Tables are laid out when they are first asked for; after that any number of threads may look
    rows up at once. No bit of a row's values depends on the rows beside it.

    Args:
        forest: The model.
        reference: Rows whose mean score is where contributions start from, shape (m, p); all of
            them count, however many.
        folder: Where tables are kept for the next start; None keeps none.

    Source:
        The values are those of Lundberg et al., Nature Machine Intelligence 2 (2020), section
        "interventional"; tables over patterns of satisfied conditions follow from each leaf's
        closed form, see `risk.patterns.leaves`.
    """

    def __init__(self, forest: Forest, reference: FloatArray, folder: Path | None = None) -> None:
        """Check the reference; no table is laid out yet."""
        self.forest = forest
        self.reference = reference
        columns = self._columns(reference)
        if len(reference) == 0:
            raise ModelError("Shapley values need at least one reference row")
        self._cells = building.cells(forest)
        self._prediction = Once(
            lambda: keeping.kept(
                folder,
                keeping.key("prediction", forest, columns[:, :0]),
                lambda: building.prediction(forest),
            )
        )
        self._explanation = Once(
            lambda: keeping.kept(
                folder,
                keeping.key("explanation", forest, columns),
                lambda: building.explanation(forest, columns),
            )
        )

    def raw(self, x: FloatArray) -> FloatArray:
        """Raw score of each row, shape (n,), for float64 rows of shape (n, p).

        Raises:
            UnsupportedForestError: The model's tables would be too large.
            ModelError: The rows are not float64 of p columns.
        """
        sums = self._looked_up(self._prediction.get(), x, outputs=1)
        return sums.reshape(-1)

    def explain(self, x: FloatArray) -> Explained:
        """Raw score and Shapley values of each row; with `base` the values add up to the score.

        Raises:
            UnsupportedForestError: The model's tables would be too large.
            ModelError: The rows are not float64 of p columns.
        """
        features = self.forest.features
        sums = self._looked_up(self._explanation.get(), x, outputs=features + 1)
        # A copy, so that who keeps the scores does not keep the values too.
        return Explained(sums[features].copy(), sums[:features].T)

    def contributions(self, x: FloatArray) -> FloatArray:
        """Shapley values alone, as `explain` gives them."""
        return self.explain(x).contributions

    @property
    def base(self) -> float:
        """Mean raw score of the reference: where contributions start from."""
        return math.fsum(self.raw(self.reference)) / len(self.reference)

    def _looked_up(self, lookups: Lookups, x: FloatArray, outputs: int) -> FloatArray:
        columns = self._columns(x)
        sums = np.zeros((outputs, len(x)))
        if len(x):
            room = (len(self.forest.columns), min(len(x), BLOCK))
            codes = np.empty(room, building.code_type(self.forest))
            evaluate(columns, self._cells, lookups, codes, sums)
        return sums

    def _columns(self, x: FloatArray) -> FloatArray:
        if x.ndim != 2 or x.shape[1] != self.forest.features or x.dtype != np.float64:
            raise ModelError(
                f"pattern tables read float64 rows of {self.forest.features} columns, not "
                f"{x.dtype} of shape {x.shape}"
            )
        # No copy for what `features.encoding.encode` gives.
        return np.ascontiguousarray(x.T)
