"""Contributions: interventional Shapley values of a model in raw log-odds.

They compare with a frozen reference set (Nair et al. 2022, arXiv 2204.12365). Pattern tables give
them; shap does for a model that tables do not hold. Turning them into reasons is `risk.reasons`.
"""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import lightgbm as lgb
import numpy as np

from features.encoding import FloatArray
from risk import booster_text, patterns
from risk.errors import ModelError
from risk.patterns import Explained, Forest, PatternTables

logger = logging.getLogger(__name__)

TOLERANCE = 1e-6
"""Log-odds within which contributions must add up; a smaller one has no meaningful sign."""

BLOCK = 2_000_000
"""Rows x references x trees that shap works through in one call."""

SELF_CHECK_ROWS = 5

Predict = Callable[[FloatArray], FloatArray]


class Attribution(Protocol):
    """Where contributions come from.

    Attributes:
        name: What it is called in records.
        rows_at_once: Rows that take about a second at most.
    """

    name: str
    rows_at_once: int

    def explain(self, x: FloatArray) -> Explained:
        """Raw log-odds, and what each column adds over the mean of the reference, (n, p)."""


def attribution(
    booster: str, reference: FloatArray, predict: Predict, folder: Path | None = None
) -> Attribution:
    """Pattern tables where they hold the model and prove right on it, and shap elsewhere.

    Args:
        booster: LightGBM's text, as `risk.booster_text` checks it.
        reference: The frozen reference set, shape (m, p).
        predict: The booster's own raw log-odds.
        folder: Where tables are kept for the next start; None keeps none.

    Raises:
        ModelError: Not even shap's values add up to the scores.
    """
    try:
        return TableAttribution(booster, reference, predict, folder)
    except ModelError as error:
        logger.warning(
            "%s: reasons come from shap instead, some tens of rows a second, and equal those of "
            "tables to 1e-7; training with a max_depth of 10 gives a model that tables hold", error,
        )  # fmt: skip
        return ShapAttribution(booster, reference, predict)


class TableAttribution:
    """Pattern tables, proven on this model before their first use."""

    name = "pattern tables"
    rows_at_once = 20_000

    def __init__(
        self, booster: str, reference: FloatArray, predict: Predict, folder: Path | None = None
    ) -> None:
        """Lay the tables out, and check them.

        Raises:
            ModelError: The model needs too large tables, or a check fails.
        """
        tables = PatternTables(Forest.of(booster), reference, folder)
        patterns.check_values(tables, predict)
        self._tables = tables

    def explain(self, x: FloatArray) -> Explained:
        """As `Attribution.explain`."""
        return self._tables.explain(x)


class ShapAttribution:
    """shap's exact interventional values; its cost is rows x references x trees."""

    name = "shap"

    def __init__(self, booster: str, reference: FloatArray, predict: Predict) -> None:
        """Read the trees once; this is where shap is imported.

        Raises:
            ModelError: Values do not add up on the reference rows themselves.
        """
        # shap compares in single precision, which sends values close to a threshold the wrong
        # way and confuses amounts above 16,777,216; ranks are small whole numbers.
        text, self._thresholds = booster_text.ranked(booster)
        with warnings.catch_warnings():
            # shap's own imports still use names that its dependencies have deprecated.
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
            import shap

        ranks = self._ranks(reference)
        # Without the masker shap silently keeps 100 rows of the reference.
        masker = shap.maskers.Independent(ranks, max_samples=len(ranks))
        self._explainer = shap.TreeExplainer(
            lgb.Booster(model_str=text),
            masker,
            feature_perturbation="interventional",
            model_output="raw",
        )
        self._predict = predict
        # shap draws a progress bar on stderr in any call of over 10 s; a block takes about one.
        trees = len(self._explainer.model.values)
        self.rows_at_once = max(1, BLOCK // (len(reference) * trees))
        found, base = self.explain(reference[:SELF_CHECK_ROWS]), float(predict(reference).mean())
        check_additivity(found.contributions, base, found.raw)

    def explain(self, x: FloatArray) -> Explained:
        """As `Attribution.explain`."""
        blocks = range(0, len(x), self.rows_at_once)
        parts = [self._block(x[start : start + self.rows_at_once]) for start in blocks]
        return Explained(self._predict(x), np.concatenate([np.empty((0, x.shape[1])), *parts]))

    def _block(self, x: FloatArray) -> FloatArray:
        # The caller checks additivity against the booster itself, and more strictly than shap.
        values = self._explainer.shap_values(self._ranks(x), check_additivity=False)
        return np.asarray(values, dtype=np.float64)

    def _ranks(self, x: FloatArray) -> FloatArray:
        """Each value as the number of thresholds below it; NaN stays NaN."""
        ranks = np.empty(x.shape)
        for column, thresholds in enumerate(self._thresholds):
            values = x[:, column]
            ranks[:, column] = np.searchsorted(thresholds, values, side="left")
            ranks[np.isnan(values), column] = np.nan
        return ranks


def check_additivity(contributions: FloatArray, base: float, raw: FloatArray) -> None:
    """Refuse contributions that do not add up to the raw log-odds of their rows.

    Raises:
        ModelError: A row is off by more than `TOLERANCE`.
    """
    gap = np.abs(base + contributions.sum(axis=1) - raw)
    # Written so that a NaN counts as a gap.
    if not (gap <= TOLERANCE).all():
        raise ModelError(
            f"contributions miss the score by up to {gap.max():.2g} log-odds (limit {TOLERANCE:g});"
            " no reason can be trusted: load the model again from where it was saved"
        )
