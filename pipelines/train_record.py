"""What MLflow is told of a training run, and how its model gets into the registry."""

import json
import tempfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.draft import render
from pipelines import plots
from pipelines.config import RunConfig
from pipelines.tracking import Alias, RunLog, ServedSpec, Tracking
from pipelines.train import Book, Trained

SERVED_WITH = (
    "lightgbm",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "scikit-learn",
    "scipy",
    "shap",
    "tomlkit",
)


class Tracked(NamedTuple):
    """Where a run and its model are found again."""

    run_id: str
    model: str


def track(config: RunConfig, book: Book, trained: Trained, alias: Alias | None) -> Tracked:
    """Log everything to MLflow and register the model."""
    model, name = trained.fitted.model, config.name
    tracking = Tracking(config.tracking, name)
    alias = alias or ("challenger" if tracking.champion_exists(name) else "champion")
    with tempfile.TemporaryDirectory() as folder, tracking.run("train", "train") as opened:
        files = Path(folder) / "pd_model"
        digest = model.save(files)
        opened.log(_log(book, trained, digest))
        _log_dataset(opened, book, trained, name)
        uri = opened.model(files, digest, _served(config, book, model.dictionary))
        version = tracking.register(name, uri, opened.run_id, digest, alias)
    return Tracked(opened.run_id, f"models:/{name}@{alias} (version {version})")
