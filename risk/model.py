"""The PD model: monotone LightGBM, its calibration, and the reference set its reasons rest on.

Fitting one is `risk.training`; the bytes on disk are `risk.model_files`.
"""

import hashlib
import logging
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self

import lightgbm as lgb
import numpy as np

from features.dictionary import DataDictionary
from features.encoding import FloatArray, directions
from risk import booster_text, model_files
from risk.attribution import Attribution, attribution
from risk.calibration import Calibration
from risk.errors import ModelError
from risk.model_files import ModelCard
from risk.model_parts import QUANTILES, Parts, parts_files, parts_of
from risk.once import Once
from risk.patterns import Explained, Forest, PatternTables, check_scores, keeping
from risk.scorecard import Scaling
from risk.uncertainty import PdInterval
from risk.validation.stability import Baseline

logger = logging.getLogger(__name__)

_MANY = 4096  # rows that LightGBM predicts faster than their tables are laid out


class PDModel:
    """Probability of default within the portfolio's outcome window.

    Attributes:
        base: Mean raw log-odds over the reference set: where contributions start from.
        trees: Number of trees.

    Raises:
        ModelError: The parts do not fit together.
    """

    def __init__(self, parts: Parts, *, threads: int = 0) -> None:
        """Assemble and check; `threads` of 0 predict on all cores."""
        self._parts = parts
        self._threads = threads
        self._check_tables()
        self.trees = booster_text.check(parts.booster, directions(parts.dictionary))
        try:
            self._booster = lgb.Booster(model_str=parts.booster)
        except lgb.basic.LightGBMError as error:
            raise ModelError(f"LightGBM refuses booster.txt: {error}") from error
        # An exact sum, so that the base is the same on every machine.
        self.base = math.fsum(self._predict(parts.reference)) / len(parts.reference)
        self._tables = Once(self._proven_tables)
        self._attribution = Once(
            lambda: attribution(
                parts.booster, parts.reference, self._predict, keeping.usual_folder()
            )
        )

    def __reduce__(self) -> tuple[Callable[[Parts], "PDModel"], tuple[Parts]]:
        """A copy for another process is assembled and checked from the same parts.

        It predicts on one thread: who sends copies has given out the cores already.
        """
        return _on_one_thread, (self._parts,)

    @property
    def dictionary(self) -> DataDictionary:
        """The data dictionary the model was trained with."""
        return self._parts.dictionary

    @property
    def calibration(self) -> Calibration:
        """Raw log-odds to PD."""
        return self._parts.calibration

    @property
    def scaling(self) -> Scaling:
        """PD to points and grades."""
        return self._parts.scaling

    @property
    def reference(self) -> FloatArray:
        """Frozen approved applicants that reasons compare with, shape (m, p)."""
        return self._parts.reference

    @property
    def quantiles(self) -> FloatArray:
        """Percentiles 0 to 100 of each feature at development, shape (p, 101)."""
        return self._parts.quantiles

    @property
    def baseline(self) -> Baseline | None:
        """How the raw log-odds were spread over the development sample, where that was kept."""
        return self._parts.baseline

    @property
    def characteristics(self) -> tuple[Baseline, ...] | None:
        """How each feature was spread over the development sample, where that was kept."""
        return self._parts.characteristics

    @property
    def interval(self) -> PdInterval | None:
        """How sure its PDs are, where rows that no part of it was fitted to could tell."""
        return self._parts.interval

    def with_interval(self, x: FloatArray, target: FloatArray) -> Self:
        """The same model, knowing how sure its PDs are.

        Args:
            x: Rows that no part of it was fitted to, shape (n, p).
            target: 1 for default, 0 for repaid, shape (n,).
        """
        known = replace(self._parts, interval=PdInterval.of(self.predict(x), target))
        return type(self)(known, threads=self._threads)

    @cached_property
    def thresholds(self) -> tuple[FloatArray, ...]:
        """Where its trees part the values of each feature, rising; a value on one goes left."""
        return booster_text.thresholds(self._parts.booster)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The model's inputs, in matrix order."""
        return tuple(field.name for field in self.dictionary.features)

    def raw(self, x: FloatArray) -> FloatArray:
        """Log-odds before calibration, shape (n,), for a matrix from `features.encoding.encode`.

        Raises:
            ModelError: The matrix is not float64 with one column for each of the model's.
        """
        if x.ndim != 2 or x.shape[1] != len(self.columns) or x.dtype != np.float64:
            raise ModelError(
                f"the model reads float64 rows of {len(self.columns)} columns, not {x.dtype} of "
                f"shape {x.shape}; encode the rows with the model's own dictionary"
            )
        tables = self._tables.get() if len(x) >= _MANY else None
        return self._predict(x) if tables is None else tables.raw(x)

    def predict(self, x: FloatArray) -> FloatArray:
        """Calibrated PD of each row, shape (n,), strictly between 0 and 1."""
        return self.calibration.apply(self.raw(x))

    def explain(self, x: FloatArray) -> Explained:
        """Raw log-odds, and what each feature adds to them over the reference's mean, (n, p).

        Interventional Shapley values: with `base` they add up to `raw`, before calibration.

        Raises:
            ModelError: They fail to add up on the reference rows themselves.
        """
        return self.attribution.explain(x)

    def contributions(self, x: FloatArray) -> FloatArray:
        """What `explain` says that each feature adds, shape (n, p)."""
        return self.explain(x).contributions

    def prepare(self, *, explaining: bool) -> None:
        """Make and check now what scores many rows, or what explains them."""
        (self._attribution if explaining else self._tables).get()

    @property
    def attribution(self) -> Attribution:
        """What explains rows; made and checked when first asked for."""
        return self._attribution.get()

    def against(self, reference: FloatArray) -> Attribution:
        """What explains rows against other rows than the frozen ones, shape (m, p).

        For those who ask how far reasons depend on the reference set; nothing of it is kept.

        Raises:
            ModelError: As `explain`.
        """
        return attribution(self._parts.booster, reference, self._predict)

    def _predict(self, x: FloatArray) -> FloatArray:
        """LightGBM's own raw log-odds."""
        if len(x) == 0:
            return np.empty(0)
        raw = self._booster.predict(x, raw_score=True, num_threads=self._threads)
        return np.asarray(raw, dtype=np.float64)

    def _proven_tables(self) -> PatternTables | None:
        """Tables that score as LightGBM does in every bit; none for a model they do not hold."""
        try:
            tables = PatternTables(
                Forest.of(self._parts.booster), self.reference, keeping.usual_folder()
            )
            check_scores(tables, self._predict)
        except ModelError as error:
            logger.warning("%s: LightGBM predicts instead, more slowly", error)
            return None
        return tables

    def save(self, directory: Path) -> str:
        """Write the model to a new directory.

        Returns:
            Its digest, which pins every byte of it.

        Raises:
            ModelError: The directory already holds something, or cannot be written.
        """
        files = parts_files(self._parts)
        card = ModelCard(
            format=model_files.FORMAT,
            columns=self.columns,
            base=self.base,
            calibration=self.calibration,
            scaling=self.scaling,
            files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
            lightgbm=lgb.__version__,
        )
        return model_files.write(directory, card, files)

    @classmethod
    def load(cls, directory: Path, digest: str | None = None, *, threads: int = 0) -> Self:
        """Read a saved model, trusting nothing in it.

        Args:
            directory: Where it was saved.
            digest: What `save` returned. Without it the files are only known to agree with each
                other, so the model is tried in a process of its own first.
            threads: Threads for prediction; 0 takes all cores.

        Raises:
            ModelError: A file is missing, damaged, changed, or not of this kind.
        """
        directory = directory.absolute()
        if digest is None:
            digest = model_files.digest_of(directory)
            model_files.try_load(directory, digest)
        card, files = model_files.read(directory, digest)
        model = cls(parts_of(card, files), threads=threads)
        if model.columns != card.columns:
            raise ModelError(f"{directory}: the columns are not the features of dictionary.toml")
        if not math.isclose(model.base, card.base, rel_tol=1e-9, abs_tol=1e-9):
            raise ModelError(
                f"{directory}: the model does not score its own reference set as saved"
            )
        return model

    def _check_tables(self) -> None:
        features = len(self.columns)
        if self.reference.shape[1:] != (features,) or len(self.reference) == 0:
            raise ModelError(f"the reference set must hold rows of {features} columns")
        if self.quantiles.shape != (features, QUANTILES):
            raise ModelError(f"the quantiles must have shape ({features}, {QUANTILES})")
        if np.isinf(self.reference).any() or np.isinf(self.quantiles).any():
            raise ModelError("the reference set and the quantiles must not hold infinite values")
        known = self.characteristics
        if known is not None and tuple(each.bins.field for each in known) != self.columns:
            raise ModelError("the characteristics must be those of the features, in their order")


def _on_one_thread(parts: Parts) -> PDModel:
    return PDModel(parts, threads=1)
