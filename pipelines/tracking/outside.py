"""A model from outside as MLflow keeps it: any pyfunc that says a PD of each row.

Loading one runs its code: it is trusted as far as whoever put it into the store.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.encoding import FloatArray
from pipelines.errors import TrackingError
from pipelines.tracking.store import Store, quiet

_NAMED = ("pd", "probability", "prediction")
"""Columns that a PD is looked for in, where a model answers with a table."""


@dataclass(frozen=True)
class Outside:
    """A loaded pyfunc.

    Attributes:
        address: As it was asked for.
        digest: SHA-256 over all of its files.
        columns: Inputs that its signature names; empty where it has none.
        loaded: MLflow's own object.
    """

    address: str
    digest: str
    columns: tuple[str, ...]
    loaded: Any

    def predict(self, rows: pd.DataFrame) -> FloatArray:
        """PD of each row, shape (n,), in [0, 1].

        Raises:
            TrackingError: A column is missing, the model fails, or its answer is no PD a row.
        """
        lacking = [name for name in self.columns if name not in rows]
        if lacking:
            raise TrackingError(
                f"{self.address} asks for {', '.join(lacking)}, which the dictionary does not "
                "name; add the fields to dictionary.toml"
            )
        given = rows[list(self.columns)] if self.columns else rows
        try:
            with quiet():
                said = self.loaded.predict(given)
        except Exception as error:  # whatever the code of others raises
            raise TrackingError(
                f"{self.address} fails on these rows: {type(error).__name__}; try its predict on "
                "a few rows of the table"
            ) from error
        return self._checked(said, len(rows))

    def _checked(self, said: object, rows: int) -> FloatArray:
        values = _one_column(said)
        if values is None or values.shape != (rows,):
            raise TrackingError(
                f"{self.address} must answer with one PD a row, a column named "
                f"{' or '.join(_NAMED)}, or the probabilities of good and bad"
            )
        if not np.isfinite(values).all() or values.min(initial=0) < 0 or values.max(initial=0) > 1:
            raise TrackingError(f"{self.address} says values outside 0 to 1, which are no PDs")
        if rows > 1 and np.isin(values, (0.0, 1.0)).all():
            raise TrackingError(
                f"{self.address} says classes and no PDs; log it with "
                'pyfunc_predict_fn="predict_proba"'
            )
        return values


def load(store: Store, address: str) -> Outside:
    """Load a pyfunc.

    Args:
        store: Where `models:/` and `runs:/` are looked up.
        address: MLflow's address of it, or `file:` and a folder.

    Raises:
        TrackingError: There is none, or it cannot be loaded here.
    """
    try:
        with quiet(), store.explained():
            # Wherever MLflow looks, it is to look into this store and make no other.
            store.mlflow.set_tracking_uri(store.uri)
            path = store.mlflow.artifacts.download_artifacts(
                artifact_uri=address, tracking_uri=store.uri
            )
            loaded = store.mlflow.pyfunc.load_model(path)
    except (ImportError, ValueError, AttributeError) as error:
        raise TrackingError(
            f"{address} cannot be loaded here ({error}); install what it was logged with"
        ) from error
    inputs = loaded.metadata.get_input_schema()
    names: Sequence[str] = inputs.input_names() if inputs and inputs.has_input_names() else ()
    return Outside(address, _digest(Path(path)), tuple(names), loaded)


def _one_column(said: object) -> FloatArray | None:
    """The PDs of an answer; None where there is more than one column to choose from."""
    if isinstance(said, pd.DataFrame):
        named = next((name for name in _NAMED if name in said), None)
        if named is None and said.shape[1] != 1:
            return _bads(said.to_numpy())
        said = said[named] if named else said.iloc[:, 0]
    try:
        values = np.asarray(said, np.float64)
    except (TypeError, ValueError):
        return None
    return values if values.ndim == 1 else _bads(values)


def _bads(values: np.ndarray) -> FloatArray | None:
    """The second of two columns, as scikit-learn's probabilities of 0 and 1."""
    if values.ndim == 2 and values.shape[1] == 1:
        return np.asarray(values[:, 0], np.float64)
    if values.ndim != 2 or values.shape[1] != 2:
        return None
    pair = values.astype(np.float64)
    return pair[:, 1] if np.allclose(pair.sum(axis=1), 1) else None


def _digest(folder: Path) -> str:
    told = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if "__pycache__" in path.parts:
            continue
        told.update(path.relative_to(folder).as_posix().encode() + b"\0")
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()
