"""What MLflow is told of a training run, and how its model gets into the registry."""

import json
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary, Field, Role
from features.rendering import render
from pipelines import plots
from pipelines.book import Book
from pipelines.config import RunConfig
from pipelines.manifest import RunManifest
from pipelines.tracking import MODEL_FOLDER, Alias, RunLog, ServedSpec, Tracking
from risk.logistic import LogisticScorecard
from risk.training import Fitted

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


class Trained(NamedTuple):
    """What a training run made."""

    fitted: Fitted
    logistic: LogisticScorecard
    metrics: dict[str, dict[str, float]]
    manifest: RunManifest


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
        files = Path(folder) / MODEL_FOLDER
        digest = model.save(files)
        opened.log(_log(book, trained, digest))
        opened.dataset(
            book.intake.accepted[_read(model.dictionary)],
            name,
            trained.manifest.data["applications"],
        )
        uri = opened.model(files, digest, _served(config, book, model.dictionary))
        version = tracking.register(name, uri, opened.run_id, digest, alias)
    return Tracked(opened.run_id, f"models:/{name}@{alias} (version {version})")


def _log(book: Book, trained: Trained, digest: str) -> RunLog:
    fitted, interval = trained.fitted, trained.fitted.model.interval
    flat = {
        f"{sample}.{key}": value
        for sample, values in trained.metrics.items()
        for key, value in values.items()
        if np.isfinite(value)
    }
    return RunLog(
        name="train",
        job="train",
        params={
            **fitted.parameters,
            "rounds": fitted.rounds,
            "calibration": fitted.model.calibration.method,
            "references": len(fitted.model.reference),
            "reference_rule": fitted.reference_rule,
            "interval_rows": interval.rows if interval else 0,
            "interval_bads": interval.bads if interval else 0,
        },
        metrics=flat,
        # Names of their own: under the measured AUC's, MLflow would show the last round's for it.
        curves={f"rounds.{name}": values for name, values in fitted.curves.items()},
        texts={
            "dictionary.toml": render(fitted.model.dictionary),
            "manifest.json": trained.manifest.to_json(),
            "logistic_scorecard.json": json.dumps(trained.logistic.to_dict(), ensure_ascii=False),
        },
        tables={
            "rejects_by_rule.csv": _by_rule(book.intake.rejected),
            "logistic_scorecard.csv": trained.logistic.points_table(fitted.model.scaling),
        },
        figures=plots.training(fitted, *book.of(book.latest)),
        tags={"mingjian.run_key": trained.manifest.key(), "mingjian.model_digest": digest},
    )


def _by_rule(rejected: pd.DataFrame) -> pd.DataFrame:
    return rejected.groupby(["field", "rule"]).size().rename("rows").reset_index()


def _read(dictionary: DataDictionary) -> list[str]:
    """Columns of the accepted frame that the model was trained on."""
    identity = dictionary.id.name if dictionary.id else ""
    return [name for name in dictionary.columns_to_train() if name != identity]


def _served(config: RunConfig, book: Book, dictionary: DataDictionary) -> ServedSpec:
    ruled = {rule.field for rule in config.policy.rules}
    scored = set(dictionary.columns_to_score()) | ruled
    columns = tuple(field.name for field in dictionary.fields if field.name in scored)
    return ServedSpec(
        policy=config.policy.model_dump_json(),
        reasons=config.reasons.count,
        columns=columns,
        example=_example(book.intake.accepted, columns, dictionary),
        requirements=tuple(f"{name}=={metadata.version(name)}" for name in SERVED_WITH),
    )


def _example(
    accepted: pd.DataFrame, columns: Sequence[str], dictionary: DataDictionary
) -> pd.DataFrame:
    """One made-up application, typical column by column: no applicant stands in the registry."""
    row = {
        field.name: _plausible(field)
        if field.role == Role.ID or field.name not in accepted.columns
        else _typical(accepted[field.name], field)
        for field in (dictionary[name] for name in columns)
    }
    return pd.DataFrame([row])


def _typical(column: pd.Series, field: Field) -> object:
    if field.type == "date":
        return str(column.max().date())
    if field.numeric:
        return column.quantile(0.5, interpolation="nearest")
    return column.mode().iloc[0] if field.levels else ""


def _plausible(field: Field) -> object:
    """What may stand in a column that training did not read: an id, or what a hard rule sees."""
    if field.role == Role.ID:
        return "example-1"
    if field.type == "date":
        return "2026-01-01"
    if field.numeric:
        return next((bound for bound in (field.low, field.high) if bound is not None), 0.0)
    return field.levels[0] if field.levels else ""
