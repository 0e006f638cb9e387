"""`risk train`: from a labelled table to a registered model, on one page.

Everything that can be wrong with the input is found before anything is written. What MLflow is
told of a run is `pipelines.train_record`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.binning import quantile_bins
from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray, encode
from features.intake import Intake
from features.samples import Sample, assign
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.reading import read_all
from pipelines.sinks import CsvSink
from pipelines.sources import Source
from pipelines.tracking import Alias, sqlite_beside
from risk.logistic import LogisticScorecard
from risk.scorecard import Scaling
from risk.training import Fitted, Labelled, TrainingSpec, train
from risk.validation.discrimination import compare
from risk.validation.stability import csi
from risk.validation.summary import summary

IMMATURE = "label-immature"


@dataclass(frozen=True)
class TrainOptions:
    """What the command line may say about a training run.

    Attributes:
        trials: Tuning trials; 0 takes the config's number.
        alias: Alias to register under; None makes the first model champion, later ones
            challengers.
        rejects: Where the rows that cannot be trained on are written.
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

    def of(self, sample: Sample) -> Labelled:
        """Matrix and outcomes of one sample."""
        chosen = (self.sample == sample).to_numpy()
        return Labelled(self.x[chosen], self.y[chosen])

    @property
    def latest(self) -> Sample:
        """The sample least seen in training: out of time, else the random test part."""
        for sample in (Sample.OUT_OF_TIME, Sample.TEST):
            if (self.sample == sample).any():
                return sample
        return Sample.VALIDATION


class Trained(NamedTuple):
    """What a training run made."""

    fitted: Fitted
    logistic: LogisticScorecard
    metrics: dict[str, dict[str, float]]
    manifest: RunManifest


def run(config: RunConfig, source: Source, options: TrainOptions, reporter: Reporter) -> JobResult:
    """Train, measure, log and register; nothing is written when the input cannot be used.

    Raises:
        ScorerError: Input, dictionary or config cannot be used.
    """
    from pipelines import train_record

    dictionary = config.read_dictionary()
    config.policy.fits(dictionary)
    book = load_book(config, dictionary, source, reporter)
    trials = options.trials or config.training.trials
    manifest = RunManifest.of(
        "train",
        data={"applications": source.digest()},
        dictionary=dictionary.digest(),
        config={**config.decides(), "trials": trials},
    )
    spec = tuned(config, dictionary, book, trials, reporter)
    with reporter.step("step.train", spec.max_rounds) as advance:
        fitted = train(
            *book.of(Sample.DEVELOPMENT),
            *book.of(Sample.VALIDATION),
            dictionary,
            spec,
            config.scorecard,
            advance,
        )
    with reporter.step("step.scorecard"):
        logistic = LogisticScorecard.fit(*book.of(Sample.DEVELOPMENT), dictionary)
    with reporter.step("step.measure"):
        trained = Trained(fitted, logistic, measure(book, fitted, logistic), manifest)
    with reporter.step("step.track"):
        with CsvSink(options.rejects) as rejects:
            rejects.write(book.intake.rejected)
        tracked = train_record.track(config, book, trained, options.alias)
    samples = {str(s): int(n) for s, n in book.sample.value_counts().items()}
    rejected = int(book.intake.rejected["row"].nunique())
    return JobResult(
        "train",
        run_id=tracked.run_id,
        run_key=manifest.key(),
        counts={"accepted": len(book.x), "rejected": rejected, **samples},
        metrics=trained.metrics,
        files={
            "model": tracked.model,
            "rejects": str(options.rejects),
            "tracking": config.tracking,
        },
    )


def load_book(
    config: RunConfig, dictionary: DataDictionary, source: Source, reporter: Reporter
) -> Book:
    """Read, check, split and encode; labels too young to have matured join the rejects."""
    target, date = dictionary.target, dictionary.date
    if target is None:
        raise ConfigError(f'{config.dictionary}: no field has role "target"; name the outcome')
    with reporter.step("step.read", source.rows or 0) as advance:
        intake = read_all(source, dictionary, "train", advance)
    accepted = intake.accepted
    dates = accepted[date.name] if date else None
    sample = assign(accepted[target.name], dates, config.samples)
    young = sample == Sample.IMMATURE
    if date is not None and young.any():
        rejected = pd.concat([intake.rejected, _immature(accepted[young], date)])
        intake = Intake(accepted[~young], rejected.reset_index(drop=True))
    y = intake.accepted[target.name].to_numpy(np.float64)
    return Book(intake, encode(intake.accepted, dictionary), y, sample[~young])


def tuned(
    config: RunConfig, dictionary: DataDictionary, book: Book, trials: int, reporter: Reporter
) -> TrainingSpec:
    """The config's training settings, with the best hyperparameters of the trials asked for.

    The study lies beside the tracking store under a name made of data, dictionary and settings,
    so that a search which was stopped goes on where it was.
    """
    cut = approve_below(config)
    spec = config.training.model_copy(update={"trials": trials, "approve_below": cut})
    if not trials:
        return spec
    from risk.tuning import study_name, tune

    development = book.of(Sample.DEVELOPMENT)
    with reporter.step("step.tune", trials) as advance:
        study = tune(
            development,
            dictionary,
            spec,
            storage=sqlite_beside(config.tracking, "tuning.db"),
            name=study_name(config.name, development, dictionary, spec),
            progress=advance,
        )
    return spec.model_copy(update={"parameters": study.best.parameters})


def approve_below(config: RunConfig) -> float:
    """The PD below which the policy approves, whatever scale it is written in."""
    policy, scaling = config.policy, config.scorecard
    return policy.approve if policy.scale == "pd" else _pd_at(policy.approve, scaling)


def _pd_at(points: float, scaling: Scaling) -> float:
    return float(scaling.pd_from_points(np.array([points]))[0])


def measure(book: Book, fitted: Fitted, logistic: LogisticScorecard) -> dict[str, dict[str, float]]:
    """Metrics of model and logistic scorecard on each sample, compared on the same rows."""
    found: dict[str, dict[str, float]] = {}
    development = fitted.model.predict(book.of(Sample.DEVELOPMENT).x)
    bins = quantile_bins(development, field="pd")
    for sample in (s for s in Sample if (book.sample == s).any()):
        x, y = book.of(sample)
        pd_model, pd_logistic = fitted.model.predict(x), logistic.predict(x)
        beside = summary(y, pd_logistic)
        gain = compare(y, pd_model, pd_logistic)
        found[str(sample)] = {
            **summary(y, pd_model),
            **{f"logistic_{key}": beside[key] for key in _BESIDE},
            "auc_gain": gain.difference,
            "auc_gain_low": gain.low,
            "auc_gain_high": gain.high,
            "auc_gain_p": gain.p_value,
            "psi": csi(bins, development, pd_model),
        }
    return found


_BESIDE = ("auc", "gini", "ks", "observed_expected")


def _immature(rows: pd.DataFrame, date: Field) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": rows.index.to_numpy(),
            "application_id": rows["application_id"].to_numpy(),
            "field": date.name,
            "rule": IMMATURE,
            "value": rows[date.name].dt.strftime("%Y-%m-%d").to_numpy(),
        }
    )
