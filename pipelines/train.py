"""`risk train`: from a labelled table to a registered model, on one page.

Everything that can be wrong with the input is found before anything is written.
"""

import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import FloatArray, encode
from features.intake import Intake
from features.samples import Sample, assign
from pipelines import plots
from pipelines.config import RunConfig
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.reading import read_all
from pipelines.sinks import write_rejects
from pipelines.sources import Source
from pipelines.tracking import Alias, RunLog, ServedSpec, Tracking, to_json
from risk.logistic import LogisticScorecard
from risk.training import Fitted, train
from risk.validation.discrimination import paired_delong
from risk.validation.stability import score_psi
from risk.validation.summary import summary

SERVED_PACKAGES = ("lightgbm", "mlflow", "numpy", "pandas", "pyarrow", "pydantic", "scikit-learn")
_SERVED = (*SERVED_PACKAGES, "scipy", "shap", "tomlkit")
IMMATURE = "label-immature"


@dataclass(frozen=True)
class TrainOptions:
    """What the command line may say about a training run.

    Attributes:
        trials: Tuning trials; 0 trains with the defaults or the config's parameters.
        alias: Alias to register under; None makes the first model champion, later ones
            challengers.
        rejects: Where rows that cannot be trained on are written.
    """

    trials: int = 0
    alias: Alias | None = None
    rejects: Path = Path("train-rejects.csv")


class Book(NamedTuple):
    """Labelled applications, ready to learn from; `sample` says which row serves where."""

    intake: Intake
    x: FloatArray
    y: FloatArray
    sample: pd.Series

    def of(self, sample: Sample) -> tuple[FloatArray, FloatArray]:
        """Matrix and outcomes of one sample."""
        chosen = (self.sample == sample).to_numpy()
        return self.x[chosen], self.y[chosen]


def run(
    config: RunConfig, source: Source, options: TrainOptions, reporter: Reporter
) -> JobResult:
    """Train, measure, log and register; nothing is written when the input cannot be used.

    Raises:
        ScorerError: Input, dictionary or config cannot be used.
    """
    dictionary = config.read_dictionary()
    book = load_book(config, dictionary, source, reporter)
    spec = config.training.model_copy(update={"trials": options.trials or config.training.trials})
    with reporter.step("step.train", spec.rounds) as advance:
        fitted = train(
            *book.of(Sample.DEVELOPMENT),
            *book.of(Sample.VALIDATION),
            dictionary,
            spec,
            config.scorecard,
            approve_below=config.policy.approve_pd(config.scorecard),
            study=_study(config, dictionary, source),
            progress=advance,
        )
    with reporter.step("step.scorecard"):
        logistic = LogisticScorecard.fit(*book.of(Sample.DEVELOPMENT), dictionary)
    with reporter.step("step.measure"):
        metrics = measure(book, fitted, logistic)
    manifest = _manifest(config, dictionary, source, spec.trials)
    write_rejects(options.rejects, book.intake.rejected)
    with reporter.step("step.track"):
        tracked = _track(config, book, Trained(fitted, logistic, metrics, manifest), options.alias)
    counts = {str(s): int(n) for s, n in book.sample.value_counts().items()}
    rejected = book.intake.rejected["row"].nunique()
    return JobResult(
        "train",
        run_id=tracked["run_id"],
        run_key=manifest.key(),
        counts={"accepted": len(book.x), "rejected": rejected, **counts},
        metrics=metrics,
        files={
            "model": tracked["model"],
            "rejects": str(options.rejects),
            "tracking": config.tracking,
        },
    )


class Trained(NamedTuple):
    """What a training run made."""

    fitted: Fitted
    logistic: LogisticScorecard
    metrics: dict[str, dict[str, float]]
    manifest: RunManifest


def load_book(
    config: RunConfig, dictionary: DataDictionary, source: Source, reporter: Reporter
) -> Book:
    """Read, check, split and encode; labels too young to have matured join the rejects."""
    with reporter.step("step.read", source.rows or 0) as advance:
        intake = read_all(source, dictionary, "train", advance)
    target, date = dictionary.target, dictionary.date
    assert target is not None  # read_all has refused a dictionary without a target
    accepted = intake.accepted
    dates = accepted[date.name] if date else None
    sample = assign(accepted[target.name], dates, config.samples)
    young = sample == Sample.IMMATURE
    rejected = pd.concat([intake.rejected, _immature(accepted[young], date)], ignore_index=True)
    accepted, sample = accepted[~young], sample[~young]
    return Book(
        Intake(accepted, rejected),
        encode(accepted, dictionary),
        accepted[target.name].to_numpy(np.float64),
        sample,
    )


def measure(
    book: Book, fitted: Fitted, logistic: LogisticScorecard
) -> dict[str, dict[str, float]]:
    """Metrics of model and logistic scorecard on each sample, compared pair by pair."""
    found: dict[str, dict[str, float]] = {}
    development = fitted.model.predict(book.of(Sample.DEVELOPMENT)[0])
    for sample in (s for s in Sample if (book.sample == s).any()):
        x, y = book.of(sample)
        pd_model, pd_logistic = fitted.model.predict(x), logistic.predict(x)
        found[str(sample)] = {
            **summary(y, pd_model),
            **{f"logistic_{k}": v for k, v in summary(y, pd_logistic).items() if k in _SHORT},
            **_paired(y, pd_model, pd_logistic),
            "psi": score_psi(development, pd_model),
        }
    return found


_SHORT = ("auc", "gini", "ks", "observed_expected")


def _paired(y: FloatArray, model: FloatArray, logistic: FloatArray) -> dict[str, float]:
    test = paired_delong(y, model, logistic)
    return {
        "auc_gain": test.difference,
        "auc_gain_low": test.low,
        "auc_gain_high": test.high,
        "auc_gain_p": test.p_value,
    }


def _immature(rows: pd.DataFrame, date: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": rows.index.to_numpy(),
            "application_id": rows["application_id"].to_numpy(),
            "field": getattr(date, "name", ""),
            "rule": IMMATURE,
            "value": "",
        }
    )


def _study(config: RunConfig, dictionary: DataDictionary, source: Source) -> str:
    """Name of the tuning study: the same data and dictionary go on where they stopped."""
    return f"{config.name}-{source.digest()[:12]}-{dictionary.digest()[:12]}"


def _manifest(
    config: RunConfig, dictionary: DataDictionary, source: Source, trials: int
) -> RunManifest:
    return RunManifest.of(
        "train",
        data={"applications": source.digest()},
        dictionary=dictionary.digest(),
        config={**config.decides(), "trials": trials},
    )


def _track(
    config: RunConfig, book: Book, trained: Trained, alias: Alias | None
) -> dict[str, str]:
    """Log everything to MLflow and register the model."""
    model, name = trained.fitted.model, config.name
    tracking = Tracking(config.tracking, name)
    alias = alias or ("challenger" if tracking.champion_exists(name) else "champion")
    with tempfile.TemporaryDirectory() as folder, tracking.run("train", "train") as opened:
        digest = model.save(Path(folder) / "pd_model")
        opened.log(_log(book, trained, digest))
        target = model.dictionary.target
        data_digest = trained.manifest.data["applications"]
        frame = book.intake.accepted[[*model.columns_read(), target.name if target else ""]]
        opened.dataset(frame, name, data_digest, target.name if target else None)
        uri = opened.model(Path(folder) / "pd_model", digest, _served(config, book, trained))
        version = tracking.register(name, uri, opened.run_id, digest, alias)
    return {"run_id": opened.run_id, "model": f"models:/{name}@{alias} (version {version})"}


def _log(book: Book, trained: Trained, digest: str) -> RunLog:
    fitted = trained.fitted
    flat = {
        f"{sample}.{key}": value
        for sample, values in trained.metrics.items()
        for key, value in values.items()
        if np.isfinite(value)
    }
    return RunLog(
        name="train",
        job="train",
        params={**fitted.parameters, "calibration": fitted.model.calibration.method},
        metrics=flat,
        curves=fitted.curves,
        texts={
            "dictionary.toml": fitted.model.dictionary_text(),
            "manifest.json": trained.manifest.to_json(),
            "scorecard.json": to_json(trained.logistic.to_dict()),
        },
        tables={"rejects_by_rule.csv": _by_rule(book.intake.rejected)},
        figures=plots.training(fitted, *book.of(_latest(book))),
        tags={"mingjian.run_key": trained.manifest.key(), "mingjian.model_digest": digest},
    )


def _by_rule(rejected: pd.DataFrame) -> pd.DataFrame:
    counted = rejected.groupby(["field", "rule"]).size()
    return counted.rename("rows").reset_index()


def _latest(book: Book) -> Sample:
    """The sample least seen in training: out of time, else the random test part."""
    kept = [s for s in (Sample.OUT_OF_TIME, Sample.TEST) if (book.sample == s).any()]
    return kept[0] if kept else Sample.VALIDATION


def _served(config: RunConfig, book: Book, trained: Trained) -> ServedSpec:
    columns = trained.fitted.model.columns_read()
    accepted = book.intake.accepted.rename(columns={"application_id": _id_name(trained)})
    return ServedSpec(
        policy=config.policy.model_dump_json(),
        reasons=config.reasons.count,
        columns=columns,
        example=accepted[list(columns)].head(2).reset_index(drop=True),
        requirements=tuple(f"{name}=={metadata.version(name)}" for name in _SERVED),
    )


def _id_name(trained: Trained) -> str:
    identity = trained.fitted.model.dictionary.id
    return identity.name if identity else "application_id"
