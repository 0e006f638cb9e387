from pathlib import Path

import numpy as np
import pytest

from risk.model import PDModel
from risk.retraining import (
    KINDS,
    Kind,
    again,
    redrawn_references,
    resampled_references,
    settings,
)
from risk.training import Labelled, train
from risk.training_spec import TrainingSpec, default_parameters
from tests.risk.report.scene import evidence


@pytest.fixture(scope="module")
def model() -> PDModel:
    known = evidence().model
    assert known is not None
    return known


@pytest.fixture(scope="module")
def development() -> Labelled:
    return of("development")


@pytest.fixture(scope="module")
def validation() -> Labelled:
    return of("validation")


def of(name: str) -> Labelled:
    part = next(part for part in evidence().parts if part.name == name)
    assert part.x is not None
    return Labelled(part.x, part.y)


def test_the_frozen_reference_explains_as_the_model_itself_does(
    model: PDModel, development: Labelled
) -> None:
    x = development.x[:30]
    again_ = model.against(model.reference).explain(x)
    assert again_.contributions.tolist() == model.contributions(x).tolist()


def test_another_reference_moves_every_row_by_its_base(
    model: PDModel, development: Labelled
) -> None:
    x, reference = development.x[:30], development.x[100:130]
    values = model.against(reference).explain(x).contributions
    base = model.raw(reference).mean()
    assert values.sum(axis=1) + base == pytest.approx(model.raw(x))


def test_nothing_is_kept_of_a_reference_that_was_only_tried(
    model: PDModel, development: Labelled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGJIAN_CACHE", str(tmp_path))
    model.against(development.x[:50]).explain(development.x[:5])
    assert not list(tmp_path.rglob("*.npz"))


def test_references_are_drawn_from_their_own_rows(model: PDModel) -> None:
    known = {row.tobytes() for row in np.ascontiguousarray(model.reference)}
    drawn = [*resampled_references(model, 2, seed=3)]
    assert not np.array_equal(*drawn, equal_nan=True)
    for each in drawn:
        assert each.shape == model.reference.shape
        assert {row.tobytes() for row in each} < known


def test_other_references_are_approved_and_repaid(model: PDModel, development: Labelled) -> None:
    spec = settings(model, development, {}, approve_below=0.08)
    approved = (model.predict(development.x) < 0.08) & (development.y == 0)
    eligible = {row.tobytes() for row in np.ascontiguousarray(development.x[approved])}
    drawn = [*redrawn_references(model, development, spec, 2)]
    assert len(drawn) == 2
    for each in drawn:
        assert {row.tobytes() for row in each} <= eligible


def test_the_only_reference_set_there_can_be_is_left_out(
    model: PDModel, development: Labelled, validation: Labelled
) -> None:
    repaid = int((development.y == 0).sum())
    spec = TrainingSpec(max_rounds=5, references=repaid, approve_below=1, threads=1)
    made = train(*development, *validation, model.dictionary, spec, model.scaling).model
    again_ = settings(made, development, {}, approve_below=1)
    assert [*redrawn_references(made, development, again_, 2)] == []


def test_settings_are_those_on_record(model: PDModel, development: Labelled) -> None:
    logged = {
        "num_leaves": "7",
        "learning_rate": "0.05",
        "lambda_l2": "10.0",
        "extra_trees": "True",
        "max_bin": "many",
        "rounds": "60",
    }
    spec = settings(model, development, logged, approve_below=0.08)
    y = development.y
    defaults = default_parameters(len(y), int(y.sum()), len(model.columns))
    given = {"num_leaves": 7, "learning_rate": 0.05, "lambda_l2": 10.0, "extra_trees": True}
    assert spec.parameters == {**defaults, **given}
    assert isinstance(spec.parameters["lambda_l2"], float)
    assert (spec.max_rounds, spec.references) == (model.trees, len(model.reference))


@pytest.mark.parametrize(("kind", "share"), [*zip(KINDS, (1, 1, 0.5), strict=True)])
def test_a_model_is_made_again_from_as_many_rows_as_its_kind_says(
    model: PDModel, development: Labelled, validation: Labelled, kind: Kind, share: float
) -> None:
    spec = settings(model, development, {}, 0.08).model_copy(update={"seed": 5, "max_rounds": 10})
    made = again(model, development, validation, spec, kind)
    rows = len(development.y) + len(validation.y)
    assert made.rows == pytest.approx(share * rows, abs=1)
    assert made.model.trees <= 10
    once_more = again(model, development, validation, spec, kind)
    x = validation.x[:50]
    assert made.model.predict(x).tolist() == once_more.model.predict(x).tolist()
    other = spec.model_copy(update={"seed": 6})
    changed = again(model, development, validation, other, kind).model.predict(x)
    assert made.model.predict(x).tolist() != changed.tolist()


def test_more_rows_than_are_needed_are_drawn_from(
    model: PDModel, development: Labelled, validation: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("risk.retraining.ROWS", 1000)
    spec = settings(model, development, {}, 0.08).model_copy(update={"max_rounds": 5})
    assert again(model, development, validation, spec, "seed").rows == pytest.approx(1000, abs=1)
