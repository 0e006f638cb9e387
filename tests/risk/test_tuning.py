from pathlib import Path

import numpy as np
import pytest

from features.dictionary import DataDictionary
from risk.errors import ModelError
from risk.scorecard import Scaling
from risk.training import Labelled, train
from risk.training_spec import TrainingSpec, default_parameters
from risk.tuning import tune

DICTIONARY = DataDictionary.parse(
    "\n".join(
        f'[fields.{name}]\nrole = "feature"\ntype = "number"\ndirection = "{direction}"'
        for name, direction in (("a", "rising"), ("b", "falling"), ("c", "none"))
    )
)
SPEC = TrainingSpec(threads=1, max_rounds=5, patience=5, folds=2, trials=11)


def _sample(seed: int = 0) -> Labelled:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 3))
    log_odds = x[:, 0] - x[:, 1] - 1
    return Labelled(x, (rng.random(200) < 1 / (1 + np.exp(-log_odds))).astype(np.float64))


def test_an_interrupted_search_ends_with_the_same_trials(tmp_path: Path) -> None:
    whole = tune(_sample(), DICTIONARY, SPEC)
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    part = tune(
        _sample(), DICTIONARY, SPEC.model_copy(update={"trials": 5}), storage=storage, name="s"
    )
    told: list[tuple[int, int]] = []
    resumed = tune(
        _sample(),
        DICTIONARY,
        SPEC,
        storage=storage,
        name="s",
        progress=lambda done, of: told.append((done, of)),
    )
    assert part.trials == whole.trials[:5]
    assert resumed == whole
    assert told == [(number, 11) for number in range(6, 12)]


def test_the_first_trial_is_the_defaults_and_the_best_is_the_largest() -> None:
    sample = _sample()
    spec = SPEC.model_copy(update={"trials": 3, "parameters": {"num_leaves": 5}})
    study = tune(sample, DICTIONARY, spec)
    defaults = default_parameters(200, int(sample.y.sum()), 3)
    assert study.trials[0].parameters == {**defaults, "num_leaves": 5}
    assert study.best.auc == max(trial.auc for trial in study.trials)
    assert TrainingSpec(parameters=study.best.parameters).parameters == study.best.parameters


def test_a_study_of_other_rows_is_refused(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    spec = SPEC.model_copy(update={"trials": 1})
    tune(_sample(), DICTIONARY, spec, storage=storage, name="s")
    with pytest.raises(ModelError, match="other rows or settings"):
        tune(_sample(1), DICTIONARY, spec, storage=storage, name="s")


def test_no_trials_are_refused() -> None:
    with pytest.raises(ModelError, match="at least one trial"):
        tune(_sample(), DICTIONARY, SPEC.model_copy(update={"trials": 0}))


def test_what_tuning_finds_trains_a_model_that_keeps_its_constraints() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(900, 3))
    x[rng.random(x.shape) < 0.2] = np.nan
    risk = 1 / (1 + np.exp(2 - 1.5 * np.nan_to_num(x[:, 0]) + np.nan_to_num(x[:, 1])))
    y = (rng.random(900) < risk).astype(np.float64)
    spec = SPEC.model_copy(update={"trials": 6, "max_rounds": 40})
    best = tune(Labelled(x[:600], y[:600]), DICTIONARY, spec)
    for trial in best.trials:
        chosen = spec.model_copy(update={"parameters": trial.parameters})
        train(x[:600], y[:600], x[600:], y[600:], DICTIONARY, chosen, Scaling())


def test_smoothing_along_a_path_cannot_be_set() -> None:
    with pytest.raises(ValueError, match="path_smooth cannot be set"):
        TrainingSpec(parameters={"path_smooth": 1.0})
