"""Searching hyperparameters by cross-validation on development rows, resumable at any trial.

What is not searched (constraints, determinism, early stopping) is `risk.training`.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import optuna

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from risk.errors import ModelError
from risk.training import Labelled, Progress, check_sample, cross_validated
from risk.training_spec import Parameter, TrainingSpec, default_parameters

_DATA = "data"
# Part of every study's name: a study made in another search space is not taken up.
_SPACE = 2


class Trial(NamedTuple):
    """One set of hyperparameters and what it reached."""

    number: int
    auc: float
    parameters: dict[str, Parameter]


class Study(NamedTuple):
    """The trials of a search.

    Attributes:
        best: The trial with the largest AUC; trial 0 holds the defaults.
        trials: All finished trials, in order.
    """

    best: Trial
    trials: tuple[Trial, ...]


def tune(
    development: Labelled,
    dictionary: DataDictionary,
    spec: TrainingSpec,
    *,
    storage: str | None = None,
    name: str = "tuning",
    progress: Progress | None = None,
) -> Study:
    """Search `spec.trials` sets of hyperparameters for the largest cross-validated AUC.

    The first trial is the defaults with `spec.parameters`, so the best is never worse than they
    are. Each trial draws from a seed of its own: a search that was interrupted and resumed ends
    with the same trials as one that was not.

    Args:
        development: Development rows; validation and later samples must stay out.
        dictionary: The data dictionary that encoded them.
        spec: Trials, folds, seed, and how each model is trained.
        storage: Where the study is kept, such as `sqlite:///study.db`; in memory if None.
        name: The study's name there.
        progress: Told the finished trials and all trials after each.

    Raises:
        ModelError: The sample cannot be learned from, no trial was asked for, or the stored
            study was made on other rows or settings.
    """
    if spec.trials < 1:
        raise ModelError("tuning needs at least one trial; set trials")
    check_sample("development", development, dictionary)
    with _quiet():
        study = optuna.create_study(
            storage=storage, study_name=name, load_if_exists=True, direction="maximize"
        )
        _same_data(study, name, _fingerprint(development, dictionary, spec))
        for number in range(len(_finished(study)), spec.trials):
            study.sampler = optuna.samplers.TPESampler(seed=spec.seed + number)
            _run_trial(study, number, development, dictionary, spec)
            if progress is not None:
                progress(number + 1, spec.trials)
        trials = _finished(study)
    return Study(max(trials, key=lambda trial: trial.auc), trials)


def study_name(
    prefix: str, development: Labelled, dictionary: DataDictionary, spec: TrainingSpec
) -> str:
    """A name that the same search has again, and no other one."""
    return f"{prefix}-{_fingerprint(development, dictionary, spec)[:16]}"


def _run_trial(
    study: optuna.Study,
    number: int,
    development: Labelled,
    dictionary: DataDictionary,
    spec: TrainingSpec,
) -> None:
    trial = study.ask()
    rows = len(development.y)
    defaults = default_parameters(rows, int(development.y.sum()), development.x.shape[1])
    parameters: dict[str, Parameter] = {**defaults, **spec.parameters}
    if number:
        parameters |= _suggest(trial, rows)
    trial.set_user_attr("parameters", parameters)
    # The best mean over the folds, all stopped at the same round.
    study.tell(trial, max(cross_validated("auc", development, dictionary, spec, parameters)))


def _suggest(trial: optuna.Trial, rows: int) -> dict[str, Parameter]:
    """The space: small smooth trees to large ones, for samples of any size."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.1, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 4, 63, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, max(20, rows // 20), log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
    }


def _finished(study: optuna.Study) -> tuple[Trial, ...]:
    """Completed trials in order; one cut off by an interruption is not among them."""
    done = [each for each in study.trials if each.state == optuna.trial.TrialState.COMPLETE]
    return tuple(
        Trial(number, float(each.value or 0.0), dict(each.user_attrs["parameters"]))
        for number, each in enumerate(done)
    )


def _fingerprint(development: Labelled, dictionary: DataDictionary, spec: TrainingSpec) -> str:
    """SHA-256 over rows, dictionary and settings, without what only makes a search longer."""
    said = spec.model_dump_json(exclude={"trials", "threads", "references", "approve_below"})
    given = f"{_SPACE}{said}{dictionary.digest()}{development.x.shape}"
    digest = hashlib.sha256(given.encode())
    digest.update(_bytes(development.x))
    digest.update(_bytes(development.y))
    return digest.hexdigest()


def _bytes(values: FloatArray) -> bytes:
    return np.ascontiguousarray(values, dtype=np.float64).tobytes()


def _same_data(study: optuna.Study, name: str, fingerprint: str) -> None:
    if study.user_attrs.setdefault(_DATA, fingerprint) != fingerprint:
        raise ModelError(
            f'study "{name}" was made on other rows or settings; give this search another name'
        )
    study.set_user_attr(_DATA, fingerprint)


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna writes each trial to stderr of its own accord; only the command line may."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
