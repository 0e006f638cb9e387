import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.metrics import log_loss, roc_auc_score

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from risk.errors import ModelError
from risk.scorecard import Scaling
from risk.training import Fitted, train
from risk.training_spec import TrainingSpec, default_parameters

DICTIONARY = DataDictionary.parse(
    "\n".join(
        f'[fields.{name}]\nrole = "feature"\ntype = "number"\ndirection = "{direction}"'
        for name, direction in (("a", "rising"), ("b", "falling"), ("c", "none"), ("d", "rising"))
    )
)
SPEC = TrainingSpec(threads=1, max_rounds=80, patience=15, references=60, approve_below=0.2)


def _rows(rows: int, seed: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    x[rng.random((rows, 4)) < 0.1] = np.nan
    known = np.nan_to_num(x)
    log_odds = known[:, 0] - known[:, 1] + np.sin(2 * known[:, 2]) - 1.5
    return x, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)


DEVELOPMENT, VALIDATION = _rows(1500, 0), _rows(700, 1)


def _train(spec: TrainingSpec = SPEC) -> Fitted:
    return train(*DEVELOPMENT, *VALIDATION, DICTIONARY, spec, Scaling())


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return _train()


def test_the_model_separates_rows_it_has_not_seen(fitted: Fitted) -> None:
    x, y = _rows(2000, 2)
    pd_ = fitted.model.predict(x)
    assert roc_auc_score(y, pd_) > 0.75
    assert pd_.mean() == pytest.approx(y.mean(), abs=0.03)


def test_training_stops_at_the_least_validation_loss(fitted: Fitted) -> None:
    losses = fitted.curves["validation.binary_logloss"]
    assert fitted.rounds == int(np.argmin(losses)) + 1
    assert set(fitted.curves) == {
        f"{sample}.{measure}"
        for sample in ("development", "validation")
        for measure in ("binary_logloss", "auc")
    }
    raw = fitted.validated.raw(VALIDATION[0])
    assert log_loss(VALIDATION[1], 1 / (1 + np.exp(-raw))) == pytest.approx(min(losses), abs=1e-9)


def test_results_do_not_depend_on_threads_or_layout(fitted: Fitted) -> None:
    again = train(
        np.asfortranarray(DEVELOPMENT[0]),
        DEVELOPMENT[1],
        *VALIDATION,
        DICTIONARY,
        SPEC.model_copy(update={"threads": 2}),
        Scaling(),
    )
    x, _ = _rows(300, 3)
    assert again.model.predict(x).tolist() == fitted.model.predict(x).tolist()
    assert again.model.base == fitted.model.base


def test_the_reference_set_holds_approved_rows_that_repaid(fitted: Fitted) -> None:
    assert fitted.reference_rule == "approved-and-repaid"
    reference = fitted.model.reference
    assert reference.shape == (SPEC.references, 4)
    assert reference.dtype == np.float64
    assert (fitted.model.predict(reference) < SPEC.approve_below).all()
    x, y = DEVELOPMENT
    repaid = {row.tobytes() for row in x[y == 0]}
    assert all(np.ascontiguousarray(row).tobytes() in repaid for row in reference)
    assert np.isnan(reference).any()


def test_the_safer_half_stands_in_where_too_few_are_approved() -> None:
    fitted = _train(SPEC.model_copy(update={"approve_below": 1e-5, "max_rounds": 20}))
    assert fitted.reference_rule == "safer-half-and-repaid"
    half = np.median(fitted.model.predict(DEVELOPMENT[0]))
    assert (fitted.model.predict(fitted.model.reference) <= half).all()


def test_a_small_sample_gives_all_the_references_it_has() -> None:
    fitted = _train(SPEC.model_copy(update={"references": 5000, "max_rounds": 20}))
    assert 100 < len(fitted.model.reference) < 1500


def test_quantiles_are_those_of_development(fitted: Fitted) -> None:
    quantiles = fitted.model.quantiles
    assert quantiles.shape == (4, 101)
    assert quantiles[:, 0].tolist() == np.nanmin(DEVELOPMENT[0], axis=0).tolist()
    assert quantiles[:, 50] == pytest.approx(np.nanmedian(DEVELOPMENT[0], axis=0))


def test_characteristics_are_those_of_development(fitted: Fitted) -> None:
    known = fitted.model.characteristics
    assert known is not None
    assert [each.bins.field for each in known] == list("abcd")
    for each, column in zip(known, DEVELOPMENT[0].T, strict=True):
        assert each.rows[-1] == np.isnan(column).sum()
        assert each.rows == tuple(each.count(column))
        assert len(each.rows) == 11
    assert fitted.validated.characteristics == known


def test_a_field_never_filled_in_is_left_alone() -> None:
    x, y = DEVELOPMENT[0].copy(), DEVELOPMENT[1]
    x[:, 3] = np.nan
    fitted = train(x, y, *VALIDATION, DICTIONARY, SPEC, Scaling())
    assert np.isnan(fitted.model.quantiles[3]).all()
    assert fitted.model.characteristics is not None
    assert fitted.model.characteristics[3].rows == (0, len(y))
    assert (fitted.model.contributions(VALIDATION[0][:20])[:, 3] == 0).all()


def test_progress_is_told_each_round() -> None:
    told: list[tuple[int, int]] = []
    spec = SPEC.model_copy(update={"max_rounds": 7})
    train(
        *DEVELOPMENT,
        *VALIDATION,
        DICTIONARY,
        spec,
        Scaling(),
        lambda done, most: told.append((done, most)),
    )
    assert told == [(number, 7) for number in range(1, 8)]


def test_given_parameters_replace_the_defaults() -> None:
    spec = SPEC.model_copy(update={"parameters": {"num_leaves": 2}, "max_rounds": 10})
    fitted = _train(spec)
    assert fitted.parameters["num_leaves"] == 2
    assert fitted.parameters["learning_rate"] == default_parameters(1500, 300, 4)["learning_rate"]


@pytest.mark.parametrize("name", ["linear_tree", "boosting", "seed", "is_unbalance", "leaves"])
def test_parameters_that_would_make_another_kind_of_model_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="cannot be set"):
        TrainingSpec(parameters={name: True})


def test_a_sample_with_one_outcome_is_refused() -> None:
    x, y = DEVELOPMENT
    with pytest.raises(ModelError, match="validation sample needs both outcomes"):
        train(x, y, x, np.zeros_like(y), DICTIONARY, SPEC, Scaling())


def test_infinite_values_are_refused_by_name() -> None:
    x, y = DEVELOPMENT[0].copy(), DEVELOPMENT[1]
    x[3, 1] = np.inf
    with pytest.raises(ModelError, match="b holds infinite values"):
        train(x, y, *VALIDATION, DICTIONARY, SPEC, Scaling())


def test_features_that_separate_nothing_are_refused() -> None:
    x, y = np.zeros((1500, 4)), DEVELOPMENT[1]
    with pytest.raises(ModelError, match="no feature separates"):
        train(x, y, *VALIDATION, DICTIONARY, SPEC, Scaling())


def test_another_number_of_columns_is_refused() -> None:
    x, y = DEVELOPMENT
    with pytest.raises(ModelError, match="must have 4 columns"):
        train(x[:, :3], y, *VALIDATION, DICTIONARY, SPEC, Scaling())


def test_the_refit_model_has_seen_validation_rows_and_the_validated_one_has_not() -> None:
    plain = _train(SPEC.model_copy(update={"refit": False}))
    assert plain.model is plain.validated
    again = _train()
    x, _ = _rows(300, 3)
    assert again.validated.predict(x).tolist() == plain.model.predict(x).tolist()
    assert again.model.predict(x).tolist() != plain.model.predict(x).tolist()
    assert again.model.trees == again.validated.trees
    assert again.model.calibration == again.validated.calibration


def test_few_validation_bads_leave_the_number_of_rounds_to_cross_validation() -> None:
    x, y = VALIDATION
    bads = np.flatnonzero(y == 1)[:20]
    few = np.concatenate([bads, np.flatnonzero(y == 0)[:80]])
    fitted = train(*DEVELOPMENT, x[few], y[few], DICTIONARY, SPEC, Scaling())
    assert fitted.rounds == fitted.model.trees <= SPEC.max_rounds
    assert fitted.model.calibration == fitted.validated.calibration


@pytest.mark.parametrize(("bads", "leaves"), [(20, 4), (200, 4), (6000, 14), (10**6, 31)])
def test_leaves_follow_the_number_of_bads(bads: int, leaves: int) -> None:
    assert default_parameters(10 * bads, bads, 12)["num_leaves"] == leaves
