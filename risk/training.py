"""Fitting the PD model: boosted trees, calibration, and the reference set for reasons.

Choosing the samples belongs to `features.samples`, searching hyperparameters to `risk.tuning`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import lightgbm as lgb
import numpy as np

from features.dictionary import DataDictionary
from features.encoding import FloatArray, directions
from risk import booster_text
from risk.calibration import Calibration, fit
from risk.errors import ModelError
from risk.model import PDModel
from risk.model_parts import QUANTILES, Parts
from risk.scorecard import Scaling
from risk.training_spec import Parameter, TrainingSpec, default_parameters
from risk.validation.stability import Baseline

Progress = Callable[[int, int], None]

FEW_BADS = 200
"""Validation samples with fewer bads stop by chance: South German Credit at 194 to 1,165 trees."""
CURVES = ("binary_logloss", "auc")
"""Measured each round; the first one decides when to stop."""


class Labelled(NamedTuple):
    """Rows with their outcomes: matrix of shape (n, p), and 1 for default or 0 for repaid."""

    x: FloatArray
    y: FloatArray


class Fitted(NamedTuple):
    """A trained model and how it came about.

    Attributes:
        model: The model.
        validated: The model before the refit, which has not seen the validation rows: figures on
            them are honest for this one only. The same as `model` without a refit.
        curves: Loss and AUC after each round, under `development.auc` and the like.
        parameters: The hyperparameters used.
        rounds: Trees kept.
        reference_rule: How the reference set was drawn: `approved-and-repaid`, or
            `safer-half-and-repaid` where too few were approved.
    """

    model: PDModel
    validated: PDModel
    curves: dict[str, list[float]]
    parameters: dict[str, Parameter]
    rounds: int
    reference_rule: str


def train(
    x_dev: FloatArray,
    y_dev: FloatArray,
    x_val: FloatArray,
    y_val: FloatArray,
    dictionary: DataDictionary,
    spec: TrainingSpec,
    scaling: Scaling,
    progress: Progress | None = None,
) -> Fitted:
    """Fit on development rows; stop and calibrate on validation rows; grow again on both.

    The calibration is not fitted again: it belongs to as many trees of the same settings, and on
    rows they have seen it would take their fit for certainty.

    Args:
        x_dev: Development rows, shape (n, p), as encoded.
        y_dev: Their outcomes, 1 for default and 0 for repaid.
        x_val: Validation rows, shape (m, p).
        y_val: Their outcomes.
        dictionary: The data dictionary that encoded them.
        spec: How to train. `spec.trials` is for the caller: `risk.tuning.tune` finds parameters
            to put into `spec.parameters`.
        scaling: PD to points and grades.
        progress: Told the round and the most rounds after each.

    Raises:
        ModelError: A sample lacks an outcome or holds infinite values, or no feature separates
            the outcomes.
    """
    development, validation = Labelled(x_dev, y_dev), Labelled(x_val, y_val)
    for name, sample in (("development", development), ("validation", validation)):
        check_sample(name, sample, dictionary)
    defaults = default_parameters(len(y_dev), int(y_dev.sum()), x_dev.shape[1])
    parameters = {**defaults, **spec.parameters}
    booster, curves = _boost(development, validation, dictionary, spec, parameters, progress)
    uncalibrated = Parts(
        booster=_text(booster, booster.best_iteration),
        dictionary=dictionary,
        calibration=Calibration(),
        scaling=scaling,
        reference=x_dev[:1],
        quantiles=_quantiles(x_dev),
        characteristics=_characteristics(x_dev, dictionary),
    )
    raw = PDModel(uncalibrated, threads=spec.threads).raw(x_val)
    parts = replace(uncalibrated, calibration=fit(raw, y_val, seed=spec.seed))
    validated, rule = _with_reference(parts, development, spec)
    model = validated
    if spec.refit:
        everything = Labelled(np.vstack([x_dev, x_val]), np.concatenate([y_dev, y_val]))
        rounds = booster.best_iteration
        if y_val.sum() < FEW_BADS:
            losses = cross_validated("binary_logloss", everything, dictionary, spec, parameters)
            rounds = int(np.argmin(losses)) + 1
        parts = replace(parts, booster=_regrown(everything, dictionary, spec, parameters, rounds))
        model, rule = _with_reference(parts, development, spec)
    return Fitted(model, validated, curves, parameters, model.trees, rule)


def check_sample(name: str, sample: Labelled, dictionary: DataDictionary) -> None:
    """Refuse rows nothing can be learned from.

    Raises:
        ModelError: Naming the sample and what is wrong with it.
    """
    features = [field.name for field in dictionary.features]
    if sample.x.shape != (len(sample.y), len(features)):
        raise ModelError(
            f"the {name} sample must have {len(features)} columns and one outcome a row"
        )
    if set(np.unique(sample.y).tolist()) != {0.0, 1.0}:
        raise ModelError(f"the {name} sample needs both outcomes, coded 0 and 1, and nothing else")
    infinite = [
        name for name, each in zip(features, sample.x.T, strict=True) if np.isinf(each).any()
    ]
    if infinite:
        raise ModelError(f"{', '.join(infinite)} holds infinite values; refuse them at intake")


def lightgbm_parameters(
    dictionary: DataDictionary, spec: TrainingSpec, parameters: dict[str, Parameter]
) -> dict[str, Any]:
    """Everything LightGBM is told: the hyperparameters and what every model here keeps to."""
    constraints = directions(dictionary)
    fixed: dict[str, Any] = {
        "objective": "binary",
        "metric": list(CURVES),
        "seed": spec.seed,
        "num_threads": spec.threads,
        # Together these make the trees independent of the number of threads.
        "deterministic": True,
        "force_col_wise": True,
        "feature_pre_filter": False,
        "verbosity": -1,
    }
    if any(constraints):
        # Only `basic` holds with missing values: `intermediate` broke 76 of 1,800 curves on rows
        # with them (LightGBM 4.7.0), and `advanced` has an open defect (#6155).
        fixed |= {"monotone_constraints": constraints, "monotone_constraints_method": "basic"}
    return {**parameters, **fixed}


def dataset(sample: Labelled) -> lgb.Dataset:
    """The sample as LightGBM takes it, under the names a stored booster uses."""
    names = booster_text.feature_names(sample.x.shape[1])
    return lgb.Dataset(sample.x, sample.y, feature_name=names, free_raw_data=False)


def _boost(
    development: Labelled,
    validation: Labelled,
    dictionary: DataDictionary,
    spec: TrainingSpec,
    parameters: dict[str, Parameter],
    progress: Progress | None,
) -> tuple[lgb.Booster, dict[str, list[float]]]:
    measured: dict[str, dict[str, list[float]]] = {}
    callbacks = [
        lgb.record_evaluation(measured),
        lgb.early_stopping(spec.patience, first_metric_only=True, verbose=False),
    ]
    if progress is not None:
        callbacks.append(lambda env: progress(env.iteration + 1, spec.max_rounds))
    rows = dataset(development)
    booster = lgb.train(
        lightgbm_parameters(dictionary, spec, parameters),
        rows,
        num_boost_round=spec.max_rounds,
        valid_sets=[rows, dataset(validation)],
        valid_names=["development", "validation"],
        callbacks=callbacks,
    )
    curves = {
        f"{name}.{key}": [float(value) for value in values]
        for name, each in measured.items()
        for key, values in each.items()
    }
    return booster, curves


def _text(booster: lgb.Booster, rounds: int) -> str:
    return booster_text.prepare(booster.model_to_string(num_iteration=rounds))


def _regrown(
    rows: Labelled,
    dictionary: DataDictionary,
    spec: TrainingSpec,
    parameters: dict[str, Parameter],
    rounds: int,
) -> str:
    """As many trees on more rows: nothing is left that could tell when to stop."""
    told = lightgbm_parameters(dictionary, spec, parameters)
    return _text(lgb.train(told, dataset(rows), num_boost_round=rounds), rounds)


def cross_validated(
    metric: Literal["auc", "binary_logloss"],
    rows: Labelled,
    dictionary: DataDictionary,
    spec: TrainingSpec,
    parameters: dict[str, Parameter],
) -> list[float]:
    """Mean of a metric over `spec.folds` folds after each round, until it stops getting better."""
    measured = lgb.cv(
        lightgbm_parameters(dictionary, spec, parameters) | {"metric": metric},
        # Built anew: min_data_in_leaf and max_bin belong to a dataset once it is built.
        dataset(rows),
        num_boost_round=spec.max_rounds,
        nfold=spec.folds,
        stratified=True,
        seed=spec.seed,
        callbacks=[lgb.early_stopping(spec.patience, verbose=False)],
    )
    return [float(mean) for mean in measured[f"valid {metric}-mean"]]


def _with_reference(parts: Parts, development: Labelled, spec: TrainingSpec) -> tuple[PDModel, str]:
    """The model with its reference set and baseline, and how the first was drawn."""
    raw = PDModel(parts, threads=spec.threads).raw(development.x)
    reference, rule = draw_reference(development, parts.calibration.apply(raw), spec)
    known = replace(parts, reference=reference, baseline=Baseline.of(raw, "raw"))
    return PDModel(known, threads=spec.threads), rule


def _characteristics(x: FloatArray, dictionary: DataDictionary) -> tuple[Baseline, ...]:
    fields = zip(x.T, dictionary.features, strict=True)
    return tuple(Baseline.of_field(values, field) for values, field in fields)


def _quantiles(x: FloatArray) -> FloatArray:
    levels = np.linspace(0, 1, QUANTILES)
    known = [column[~np.isnan(column)] for column in x.T]
    return np.array(
        [np.quantile(each, levels) if each.size else np.full(QUANTILES, np.nan) for each in known]
    )


def draw_reference(
    development: Labelled, pd_dev: FloatArray, spec: TrainingSpec
) -> tuple[FloatArray, str]:
    """Rows the model approves and that repaid; of the safer half where too few are approved.

    Args:
        development: Rows to draw from, with their outcomes.
        pd_dev: Their PDs, shape (n,).
        spec: How many, below which PD, and by which seed.

    Returns:
        The reference set, and its rule as in `Fitted.reference_rule`.

    Raises:
        ModelError: None of the safer half repaid.
    """
    repaid = development.y == 0
    eligible, rule = repaid & (pd_dev < spec.approve_below), "approved-and-repaid"
    if eligible.sum() < spec.references:
        eligible, rule = repaid & (pd_dev <= np.median(pd_dev)), "safer-half-and-repaid"
    rows = np.flatnonzero(eligible)
    if not rows.size:
        raise ModelError("no application of the safer half repaid; check the target column")
    drawn = np.random.default_rng(spec.seed).permutation(rows)[: spec.references]
    return np.ascontiguousarray(development.x[np.sort(drawn)]), rule
