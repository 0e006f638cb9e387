"""A model from outside as MLflow keeps it: any pyfunc that says a PD of each row.

Loading one runs its code: it is trusted as far as whoever put it into the store.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
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
            with quiet(), _unheard():
                said = self.loaded.predict(given)
        except (Exception, SystemExit) as error:  # whatever the code of others raises
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
    except ValueError as error:
        raise TrackingError(
            f"{address} is no address of a model ({error}); give one such as models:/rival/1"
        ) from error
    loaded = _loaded(store, address, path)
    inputs = loaded.metadata.get_input_schema()
    names: Sequence[str] = inputs.input_names() if inputs and inputs.has_input_names() else ()
    return Outside(address, _digest(Path(path)), tuple(names), loaded)


def _loaded(store: Store, address: str, path: str) -> Any:
    try:
        with quiet(), _unheard():
            return store.mlflow.pyfunc.load_model(path)
    except (Exception, SystemExit) as error:  # whatever the code of others raises
        raise TrackingError(
            f"{address} cannot be loaded here ({type(error).__name__}: {error}); install what it "
            "was logged with, or log it again"
        ) from error


@contextmanager
def _unheard() -> Iterator[None]:
    """What the code of others prints is not heard: stdout is the job's own."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        yield


def _one_column(said: object) -> FloatArray | None:
    """The PDs of an answer; None where there is more than one column to choose from."""
    if isinstance(said, pd.DataFrame):
        named = next((name for name in _NAMED if name in said), None)
        said = said[named] if named else said
    try:
        values = np.asarray(said, np.float64)
    except (TypeError, ValueError):
        return None
    return values if values.ndim == 1 else _bads(values)


def _bads(values: FloatArray) -> FloatArray | None:
    """The second of two columns, as scikit-learn's probabilities of 0 and 1."""
    if values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    if values.ndim != 2 or values.shape[1] != 2:
        return None
    return values[:, 1] if np.allclose(values.sum(axis=1), 1) else None


def _digest(folder: Path) -> str:
    told = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if "__pycache__" in path.parts:
            continue
        told.update(path.relative_to(folder).as_posix().encode() + b"\0")
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()
