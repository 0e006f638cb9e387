"""A model made again, otherwise by chance alone: other reference rows, other seeds, other rows.

What stays the same of its reasons is counted by `risk.validation.explanations`.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, get_args

import numpy as np

from features.encoding import FloatArray
from risk.model import PDModel
from risk.training import Labelled, draw_reference, train
from risk.training_spec import TUNABLE, Parameter, TrainingSpec, default_parameters

ROWS = 20_000
"""Rows that a model is trained on again at most."""

Kind = Literal["seed", "bootstrap", "half"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The same rows by another seed; as many drawn with replacement; half of them."""


class Again(NamedTuple):
    """A model trained again, and on how many rows."""

    model: PDModel
    rows: int


def resampled_references(model: PDModel, draws: int, seed: int = 0) -> Iterator[FloatArray]:
    """The model's reference rows drawn again with replacement, shape (m, p) each."""
    rows = model.reference
    for draw in range(draws):
        chosen = np.random.default_rng((seed, draw)).integers(0, len(rows), len(rows))
        yield rows[chosen]


def redrawn_references(
    model: PDModel, development: Labelled, spec: TrainingSpec, draws: int
) -> Iterator[FloatArray]:
    """Other reference sets by the rule of training, from development rows.

    A set that is the model's own, since no more rows are eligible, is left out.

    Raises:
        ModelError: As `risk.training.draw_reference`.
    """
    pd_ = model.predict(development.x)
    for draw in range(draws):
        seeded = spec.model_copy(update={"seed": spec.seed + draw + 1})
        drawn, _ = draw_reference(development, pd_, seeded)
        if not np.array_equal(drawn, model.reference, equal_nan=True):
            yield drawn


def settings(
    model: PDModel, development: Labelled, logged: Mapping[str, str], approve_below: float
) -> TrainingSpec:
    """How to train the model again.

    Args:
        model: The model.
        development: The rows it was trained on; hyperparameters that are not logged follow from
            their number, as they did then.
        logged: Hyperparameters as a tracker keeps them, by name; other entries are passed over.
        approve_below: PD below which the policy approves.

    Returns:
        As many trees at most, without growing them again on validation rows: that would double
        the time, and change what is compared little.
    """
    y = development.y
    parameters = default_parameters(len(y), int(y.sum()), len(model.columns))
    told = {name: _number(logged[name]) for name in TUNABLE & logged.keys()}
    return TrainingSpec(
        parameters={**parameters, **{name: v for name, v in told.items() if v is not None}},
        max_rounds=model.trees,
        references=len(model.reference),
        approve_below=approve_below,
        refit=False,
        # On so few rows a second thread gains little, and where others want the cores as well it
        # costs a multiple: 26 s in place of 5.
        threads=1,
    )


def again(
    model: PDModel, development: Labelled, validation: Labelled, spec: TrainingSpec, kind: Kind
) -> Again:
    """The model trained again, on `ROWS` of its rows at most.

    Args:
        model: Whose dictionary and scaling are taken.
        development: The rows it was trained on.
        validation: The rows that stop and calibrate it.
        spec: As `settings` gives it, with the seed to draw by.
        kind: What changes besides the seed.

    Raises:
        ModelError: As `risk.training.train`; a sample that was drawn may be too small.
    """
    share = min(1.0, ROWS / (len(development.y) + len(validation.y)))
    parts = [_drawn(each, share, kind, spec.seed) for each in (development, validation)]
    fitted = train(*parts[0], *parts[1], model.dictionary, spec, model.scaling)
    return Again(fitted.model, sum(len(part.y) for part in parts))


def _drawn(rows: Labelled, share: float, kind: Kind, seed: int) -> Labelled:
    draw = np.random.default_rng(seed)
    chosen = np.sort(draw.permutation(len(rows.y))[: round(share * len(rows.y))])
    if kind == "bootstrap":
        chosen = draw.choice(chosen, len(chosen))
    elif kind == "half":
        chosen = draw.permutation(chosen)[: len(chosen) // 2]
    return Labelled(np.asfortranarray(rows.x[chosen]), rows.y[chosen])


def _number(text: str) -> Parameter | None:
    """A hyperparameter from a tracker's text; None where it is none."""
    if text in ("True", "False"):
        return text == "True"
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() and "." not in text else number
