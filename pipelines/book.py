"""A labelled table made ready to learn from: read, checked, parted into samples, encoded."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray, encode
from features.intake import Intake
from features.samples import Sample, assign, undivided
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Reporter
from pipelines.reading import read_all
from pipelines.sources import Source
from risk.training import Labelled

IMMATURE = "label-immature"


class Book(NamedTuple):
    """Labelled applications, ready to learn from; `sample` says which row serves where."""

    intake: Intake
    x: FloatArray
    y: FloatArray
    sample: pd.Series

    def of(self, sample: Sample) -> Labelled:
        """Matrix and outcomes of one sample."""
        chosen = (self.sample == sample).to_numpy()
        return Labelled(self.x[chosen], self.y[chosen])

    @property
    def latest(self) -> Sample:
        """The sample least seen in training: out of time, else the random test part."""
        for sample in (Sample.OUT_OF_TIME, Sample.TEST):
            if (self.sample == sample).any():
                return sample
        return Sample.VALIDATION


def load_book(
    config: RunConfig,
    dictionary: DataDictionary,
    source: Source,
    reporter: Reporter,
    also: Sequence[str] = (),
    *,
    parted: bool = True,
) -> Book:
    """Read, check, split and encode; labels too young to have matured join the rejects.

    Args:
        config: Names the dictionary, and says how to part the rows.
        dictionary: Of the model.
        source: The labelled table.
        reporter: Told how far it is.
        also: Fields needed beside those of the model.
        parted: Whether the rows are parted into samples to learn from; if not, they only judge.

    Raises:
        ScorerError: It cannot be read, no outcome is final, or it cannot be parted.
    """
    target, date = dictionary.target, dictionary.date
    if target is None:
        raise ConfigError(f'{config.dictionary}: no field has role "target"; name the outcome')
    with reporter.step("step.read", source.rows or 0) as advance:
        intake = read_all(source, dictionary, "train", advance, also)
    accepted = intake.accepted
    dates = accepted[date.name] if date else None
    part = assign if parted else undivided
    sample = part(accepted[target.name], dates, config.samples)
    young = sample == Sample.IMMATURE
    if date is not None and young.any():
        rejected = pd.concat([intake.rejected, _immature(accepted[young], date)])
        intake = Intake(accepted[~young], rejected.reset_index(drop=True))
    y = intake.accepted[target.name].to_numpy(np.float64)
    return Book(intake, encode(intake.accepted, dictionary), y, sample[~young])


def _immature(rows: pd.DataFrame, date: Field) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": rows.index.to_numpy(),
            "application_id": rows["application_id"].to_numpy(),
            "field": date.name,
            "rule": IMMATURE,
            "value": rows[date.name].dt.strftime("%Y-%m-%d").to_numpy(),
        }
    )
