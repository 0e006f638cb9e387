"""What ties add on the seeded book with planted rings: rings found, and AUC with and without.

`python -m tests.benchmarks.ties_gain [--rows 40000] [--seeds 3]` makes books, has `risk ties` tell
their applications what they share and raise its alarms, as it does where nothing is set, and counts
the rings of which a member was alarmed. Then two models are trained on the same rows, with the
columns of ties and without, and judged on the same later ones.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.associations.batch import Alarms
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


class Rings(NamedTuple):
    """What the alarms find.

    Attributes:
        rings: How many were planted.
        found: Share of them of which a member raised an alarm.
        alarms: Share of all applications that raised one.
        false: Share of the alarms that belong to no ring.
        members: Share of the members behind the first that are as suspicious as an alarm asks.
        suspects: Share of all applications that are.
    """

    rings: int
    found: float
    alarms: float
    false: float
    members: float
    suspects: float


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
    """What the alarms find."""
    alarmed = wide["tie_alarm"].to_numpy() > 0
    suspect = wide["tie_suspicion"].to_numpy() >= Alarms().suspicion
    inside = truth["ring_id"].notna().to_numpy()
    later = inside & (truth["ring_before"].fillna(0) > 0).to_numpy()
    rings = int(truth["ring_id"].nunique())
    return Rings(
        rings,
        truth["ring_id"][alarmed & inside].nunique() / rings,
        float(alarmed.mean()),
        float((~inside)[alarmed].mean()),
        float(suspect[later].mean()),
        float(suspect.mean()),
    )


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
        told = {
            "seed": 100 + seed, **found._asdict(), "auc_gain": more.difference,
            "low": more.low, "high": more.high, "p": more.p_value,
        }  # fmt: skip
        rounded = {name: float(f"{value:.4g}") for name, value in told.items()}
        print(json.dumps(rounded), flush=True)


if __name__ == "__main__":
    main()
