"""What ties and cross-checks add on the seeded book with planted rings and contradictions.

`python -m tests.benchmarks.ties_gain [--rows 40000] [--seeds 3]` makes books, has `risk ties` tell
their applications what they share and raise its alarms, as it does where nothing is set, and counts
the rings of which a member was alarmed. Then models are trained on the same rows and judged on the
same later ones: with the columns of ties, with the number of broken cross-checks, and with neither.
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
from features.crosschecks import broken
from features.dictionary import DataDictionary, Field, Role
from features.encoding import encode
from features.intake import check
from features.language import Text
from features.rendering import render
from features.samples import Sample, SampleSpec, assign
from features.synthetic import make_book
from features.synthetic.book import Book
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.sources import open_source
from pipelines.ties import job
from pipelines.ties.remembering import BatchOptions
from risk.scorecard import Scaling
from risk.training import Labelled, train
from risk.training_spec import TrainingSpec
from risk.validation.paired import Gain, auc_gain
from tests.benchmarks.crosschecks import rows_of

BROKEN = "broken_checks"


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
    options = job.TiesOptions(folder / "wide.parquet", BatchOptions(folder / "ties"))
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


def with_checks(dictionary: DataDictionary) -> DataDictionary:
    """The dictionary with the number of broken cross-checks as a feature."""
    said = Text(zh="未通过的核对数", en="broken cross-checks")
    field = Field(
        name=BROKEN, role=Role.FEATURE, type="number", label=said, reason=said, low=0,
        direction="rising",
    )  # fmt: skip
    return dictionary.model_copy(update={"fields": (*dictionary.fields, field)})


def gains(book: Book, wide: pd.DataFrame) -> dict[str, Gain]:
    """AUC out of time on the same rows: with ties and with broken cross-checks, less neither."""
    plain = book.dictionary
    counts = [len(broken(row, texts, plain)) for row, texts in rows_of(book.applications, plain)]
    wide = wide.assign(**{BROKEN: counts})
    y, without = _judged(wide, plain)
    ways = {"ties": with_ties(plain), "checks": with_checks(plain)}
    return {name: auc_gain(y, _judged(wide, more)[1], without) for name, more in ways.items()}


def _judged(
    wide: pd.DataFrame, dictionary: DataDictionary
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Outcomes and PDs of the rows out of time."""
    accepted = check(wide, dictionary, purpose="train").accepted
    assert dictionary.target is not None
    assert dictionary.date is not None
    target = accepted[dictionary.target.name]
    part = assign(target, accepted[dictionary.date.name], SampleSpec()).to_numpy()
    y = target.to_numpy(float)
    late = part == Sample.OUT_OF_TIME
    x = encode(accepted, dictionary)
    parts = [Labelled(x[part == p], y[part == p]) for p in ("development", "validation")]
    spec = TrainingSpec(references=200)
    model = train(*parts[0], *parts[1], dictionary, spec, Scaling()).model
    return y[late], model.predict(x[late])


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
        told: dict[str, float] = {"seed": 100 + seed}
        told |= rings_found(wide, book.truth)._asdict()
        for name, gain in gains(book, wide).items():
            told |= {f"{name}_gain": gain.difference, f"{name}_low": gain.low}
            told |= {f"{name}_high": gain.high, f"{name}_p": gain.p_value}
        rounded = {name: float(f"{value:.4g}") for name, value in told.items()}
        print(json.dumps(rounded), flush=True)


if __name__ == "__main__":
    main()
