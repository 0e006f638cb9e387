"""A small bank's evidence: a seeded book, a real model, its samples scored."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import encode
from features.intake import check
from features.samples import SampleSpec, assign
from features.synthetic import make_book
from risk.policy import Policy
from risk.report.evidence import Evidence, Flow, Pair, Part
from risk.report.limits import ValidationLimits
from risk.report.scored import by_model
from risk.scorecard import Scaling
from risk.scoring import Scorer
from risk.training import Fitted, Labelled, train
from risk.training_spec import TrainingSpec
from risk.validation.summary import summary

ROWS, SEED = 4000, 7
POLICY = Policy(approve=0.08, decline=0.25)


def evidence(seed: int = 0, **changes: object) -> Evidence:
    """The evidence of a model trained with a seed; `changes` are attributes of it."""
    return replace(_evidence(seed), **changes)


def pair(seed: int = 0, other: int = 1) -> Pair:
    """Two models on the same rows."""
    return Pair(evidence(seed), evidence(other))


@cache
def fitted(seed: int = 0) -> tuple[Fitted, DataDictionary]:
    """The model, trained with a seed on the development sample."""
    book, dictionary = _book()
    spec = TrainingSpec(max_rounds=60, references=40, threads=2, seed=seed, approve_below=0.08)
    development, validation = (book[name][1] for name in ("development", "validation"))
    return train(*development, *validation, dictionary, spec, Scaling()), dictionary


@cache
def _book() -> tuple[dict[str, tuple[pd.DataFrame, Labelled]], DataDictionary]:
    made = make_book(ROWS, seed=SEED)
    intake = check(made.applications, made.dictionary)
    rows = intake.accepted
    target, dated = made.dictionary.target, made.dictionary.date
    assert target is not None
    assert dated is not None
    sample = assign(rows[target.name], rows[dated.name], SampleSpec(out_of_time_share=0.25))
    x, y = encode(rows, made.dictionary), rows[target.name].to_numpy(np.float64)
    parts = {}
    for name in ("development", "validation", "out_of_time"):
        chosen = (sample == name).to_numpy()
        parts[name] = (rows[chosen], Labelled(x[chosen], y[chosen]))
    return parts, made.dictionary


@cache
def _evidence(seed: int) -> Evidence:
    model, dictionary = fitted(seed)
    book, _ = _book()
    scorer = Scorer(model.model, POLICY)
    parts = tuple(
        by_model(name, rows, labelled.y, scorer) for name, (rows, labelled) in book.items()
    )
    unseen = book["validation"][1]
    return Evidence(
        name=f"small version {seed + 1}",
        portfolio="small",
        identity={"model": f"digest-{seed}"},
        params={"seed": str(seed)},
        dictionary=dictionary,
        policy=POLICY,
        scaling=Scaling(),
        limits=ValidationLimits(),
        parts=parts,
        flow=_flow(parts),
        model=model.model,
        baseline=model.model.baseline,
        at_development=summary(unseen.y, model.validated.predict(unseen.x)),
    )


def _flow(parts: tuple[Part, ...]) -> Flow:
    months = [
        part.rows.assign(month=part.rows["application_date"].dt.strftime("%Y-%m"), bad=part.y)
        .groupby("month")["bad"]
        .agg(rows="size", bads="sum")
        .reset_index()
        .assign(sample=part.name)
        for part in parts
    ]
    rejected = pd.DataFrame({"field": ["income"], "rule": ["range"], "rows": [2]})
    return Flow(ROWS, rejected, pd.concat(months, ignore_index=True), broken=2)
