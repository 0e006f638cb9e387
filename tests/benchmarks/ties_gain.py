"""What ties add on the seeded book with planted rings: rings found, and AUC with and without.

`python -m tests.benchmarks.ties_gain [--rows 40000] [--seeds 3]` makes books, has `risk ties` tell
their applications what they share, and ranks the applications by a rule that anybody could write
down: earlier applications in the group and shared keys, of which an address alone counts for
nothing the first time, as families share one. Then two models are trained on the same rows, with
the columns of ties and without, and judged on the same later ones.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.associations.columns import GROUP, fields, group, keys_of
from features.dictionary import DataDictionary
from features.encoding import encode
from features.intake import check
from features.rendering import render
from features.samples import Sample, SampleSpec, assign
from features.synthetic import make_book
from features.synthetic.book import Book
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.sources import open_source
from pipelines.ties import job
from risk.scorecard import Scaling
from risk.training import Labelled, train
from risk.training_spec import TrainingSpec
from risk.validation.paired import Gain, auc_gain

ALARMS = 0.01
"""Share of the applications outside rings that may be alarms."""
JOINING = ("phone", "address", "guarantor_id")


class Rings(NamedTuple):
    """What the rule finds.

    Attributes:
        rings: How many were planted.
        found: Share of them of which a member was alarmed.
        members: Share of their members behind the first who were.
        of_all: Share of the rings found where alarms are that share of all applications instead.
    """

    rings: int
    found: float
    members: float
    of_all: float


def widened(book: Book, folder: Path) -> pd.DataFrame:
    """The book's applications with their ties, as the command writes them."""
    (folder / "dictionary.toml").write_text(render(book.dictionary), "utf-8")
    (folder / "risk.toml").write_text("[policy]\napprove = 0.08\ndecline = 0.25\n", "utf-8")
    book.applications.to_parquet(folder / "book.parquet", index=False)
    options = job.TiesOptions(folder / "ties", folder / "wide.parquet")
    source = open_source(str(folder / "book.parquet"))
    job.run(RunConfig.read(folder / "risk.toml"), source, options, Silent())
    return pd.read_parquet(folder / "wide.parquet")


def with_ties(dictionary: DataDictionary) -> DataDictionary:
    """The dictionary with the columns of ties."""
    own = fields(keys_of(dictionary), dictionary)
    update = {"groups": {**dictionary.groups, GROUP: group()}}
    return dictionary.model_copy(update={**update, "fields": (*dictionary.fields, *own)})


def rings_found(wide: pd.DataFrame, truth: pd.DataFrame) -> Rings:
    """What the rule finds at so many alarms."""
    inside = truth["ring_id"].notna().to_numpy()
    later = inside & (truth["ring_before"].fillna(0) > 0).to_numpy()
    score = suspicion(wide)
    limit = np.quantile(score[~inside], 1 - ALARMS, method="higher")
    alarmed = score > limit
    fewer = np.zeros(len(score), np.bool_)
    fewer[np.argsort(-score, kind="stable")[: round(ALARMS * len(score))]] = True
    rings = int(truth["ring_id"].nunique())
    found, of_all = (truth["ring_id"][each & inside].nunique() / rings for each in (alarmed, fewer))
    return Rings(rings, found, float(alarmed[later].mean()), of_all)


def suspicion(wide: pd.DataFrame) -> NDArray[np.float64]:
    """Earlier applications of the group, and shared keys; an address shared once is a family's."""
    shared = wide[[f"tie_same_{key}" for key in JOINING]].fillna(0) > 0
    size = wide["tie_group"].fillna(0)
    family = (size == 1) & shared["tie_same_address"] & (shared.sum(axis=1) == 1)
    return np.asarray((size + shared.sum(axis=1)).where(~family, 0.0), float)


def gain(book: Book, wide: pd.DataFrame) -> Gain:
    """AUC of a model with ties beside one without, out of time, on the same rows."""
    with_, without = with_ties(book.dictionary), book.dictionary
    return auc_gain(*_judged(wide, with_, without))


def _judged(
    wide: pd.DataFrame, with_: DataDictionary, without: DataDictionary
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    accepted = check(wide, with_, purpose="train").accepted
    assert with_.target is not None
    assert with_.date is not None
    target = accepted[with_.target.name]
    part = assign(target, accepted[with_.date.name], SampleSpec()).to_numpy()
    y = target.to_numpy(float)
    late = part == Sample.OUT_OF_TIME
    predicted = []
    for dictionary in (with_, without):
        x = encode(accepted, dictionary)
        parts = [Labelled(x[part == p], y[part == p]) for p in ("development", "validation")]
        spec = TrainingSpec(references=200)
        model = train(*parts[0], *parts[1], dictionary, spec, Scaling()).model
        predicted.append(model.predict(x[late]))
    return y[late], predicted[0], predicted[1]


def main() -> None:
    """Measure and print, one line of JSON a seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    for seed in range(given.seeds):
        book = make_book(given.rows, seed=100 + seed)
        with tempfile.TemporaryDirectory() as folder:
            wide = widened(book, Path(folder))
        found, more = rings_found(wide, book.truth), gain(book, wide)
        print(
            json.dumps(
                {
                    "seed": 100 + seed, "rings": found.rings, "found": round(found.found, 4),
                    "members": round(found.members, 4),
                    "found_of_all": round(found.of_all, 4), "auc_gain": round(more.difference, 5),
                    "low": round(more.low, 5), "high": round(more.high, 5),
                    "p": float(f"{more.p_value:.2g}"),
                }
            ),
            flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
