"""`risk train`: from a labelled table to a registered model, on one page.

Everything that can be wrong with the input is found before anything is written. What MLflow is
told of a run is `pipelines.train_record`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from features.binning import quantile_bins
from features.dictionary import DataDictionary
from features.language import catalogue
from features.samples import Sample
from pipelines import train_record
from pipelines.book import Book, load_book
from pipelines.config import RunConfig
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.sinks import CsvSink
from pipelines.sources import Source
from pipelines.tracking import Alias, sqlite_beside
from risk.logistic import LogisticScorecard
from risk.scorecard import Scaling
from risk.training import Fitted, train
from risk.training_spec import TrainingSpec
from risk.uncertainty import FEWEST_BADS
from risk.validation.discrimination import compare
from risk.validation.stability import csi
from risk.validation.summary import summary


@dataclass(frozen=True)
class TrainOptions:
    """What the command line may say about a training run.

    Attributes:
        trials: Tuning trials; 0 takes the config's number.
        alias: Alias to register under; None makes the first model champion, later ones
            challengers.
        rejects: Where the rows that cannot be trained on are written, if there are any.
    """

    trials: int = 0
    alias: Alias | None = None
    rejects: Path = Path("train-rejects.csv")


def run(config: RunConfig, source: Source, options: TrainOptions, reporter: Reporter) -> JobResult:
    """Train, measure, log and register; nothing is written when the input cannot be used.

    Raises:
        ScorerError: Input, dictionary or config cannot be used.
    """
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
        fitted = with_interval(book, fitted)
    with reporter.step("step.scorecard"):
        rivals = fit_rivals(book, dictionary, refit=spec.refit)
    with reporter.step("step.measure"):
        metrics = measure(book, fitted, rivals)
        trained = train_record.Trained(fitted, rivals.logistic, metrics, manifest)
    with reporter.step("step.track"):
        tracked = train_record.track(config, book, trained, options.alias)
    rejected = int(book.intake.rejected["row"].nunique())
    if rejected:
        with CsvSink(options.rejects) as rejects:
            rejects.write(book.intake.rejected)
    else:
        options.rejects.unlink(missing_ok=True)  # of an earlier training, on other rows
    samples = {str(s): int(n) for s, n in book.sample.value_counts().items()}
    return JobResult(
        "train",
        run_id=tracked.run_id,
        run_key=manifest.key(),
        counts={"accepted": len(book.x), "rejected": rejected, **samples},
        metrics=trained.metrics,
        files={
            "model": tracked.model,
            **({"rejects": str(options.rejects)} if rejected else {}),
            "tracking": config.tracking,
        },
        notes=(*_left_to_review(config, dictionary), *_unsure(config, fitted)),
    )


def with_interval(book: Book, fitted: Fitted) -> Fitted:
    """The same, its model knowing how sure a PD is, where enough of the youngest rows tell.

    Neither trees nor calibration have seen the youngest sample. The metrics of that sample stay
    what they are: they are taken from the PDs, and no PD follows from the interval.
    """
    x, y = book.of(book.latest)
    rarer = int(min(y.sum(), len(y) - y.sum()))
    if book.latest == Sample.VALIDATION or rarer < FEWEST_BADS:
        return fitted
    return fitted._replace(model=fitted.model.with_interval(x, y))


def _unsure(config: RunConfig, fitted: Fitted) -> tuple[str, ...]:
    """That the model cannot tell how sure it is."""
    if fitted.model.interval is not None:
        return ()
    return (catalogue("pipelines").text(config.language, "note.no_interval", least=FEWEST_BADS),)


def _left_to_review(config: RunConfig, dictionary: DataDictionary) -> tuple[str, ...]:
    """What `risk init` asked a person to check and nobody has struck out yet."""
    fields = sum(bool(field.review) for field in dictionary.fields)
    said = catalogue("pipelines").text(config.language, "note.review", fields=fields)
    return (said,) if fields else ()


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


class Rivals(NamedTuple):
    """Logistic scorecards on the rows the model had: all of them, and without validation."""

    logistic: LogisticScorecard
    validated: LogisticScorecard


def fit_rivals(book: Book, dictionary: DataDictionary, *, refit: bool) -> Rivals:
    """The scorecards to compare with; one where the model was not refitted on validation rows."""
    development, validation = book.of(Sample.DEVELOPMENT), book.of(Sample.VALIDATION)
    validated = LogisticScorecard.fit(*development, dictionary)
    if not refit:
        return Rivals(validated, validated)
    x = np.vstack([development.x, validation.x])
    y = np.concatenate([development.y, validation.y])
    return Rivals(LogisticScorecard.fit(x, y, dictionary), validated)


def measure(book: Book, fitted: Fitted, rivals: Rivals) -> dict[str, dict[str, float]]:
    """Metrics of model and logistic scorecard on each sample, compared on the same rows.

    Validation figures are those of the trees and the scorecard that have not seen these rows;
    only stopping and calibration have.
    """
    found: dict[str, dict[str, float]] = {}
    development = fitted.model.predict(book.of(Sample.DEVELOPMENT).x)
    bins = quantile_bins(development, field="pd")
    for sample in (s for s in Sample if (book.sample == s).any()):
        x, y = book.of(sample)
        unseen = sample == Sample.VALIDATION
        pd_model = (fitted.validated if unseen else fitted.model).predict(x)
        pd_logistic = (rivals.validated if unseen else rivals.logistic).predict(x)
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


_BESIDE = ("auc", "auc_low", "auc_high", "gini", "ks", "observed_expected")
