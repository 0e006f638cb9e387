"""What became known of applications: defaults by the table's own target, and a file of news."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.associations.batch import News, Reports
from features.associations.loans import CLOSED, MOST_DAYS
from features.dictionary import DataDictionary
from features.errors import DataError
from features.reading import dates, texts
from features.samples import SampleSpec, months_later
from pipelines.sources import Source
from pipelines.ties.batch import Batch, id_digests

COLUMNS = ("application_id", "outcome", "known_on")
DAYS = "days_late"
NAMES = ("rejected", "defaulted")
"""What the column `outcome` may say, in the order of the ties' own outcomes ..."""
STANDS = ("closed", "late")
"""... and how else a loan may stand."""


class Outcomes(NamedTuple):
    """What became known.

    Attributes:
        news: Rejections, then defaults.
        reports: How loans stand.
    """

    news: tuple[News, ...]
    reports: Reports


def read_outcomes(
    source: Source | None,
    batch: Batch,
    dictionary: DataDictionary,
    samples: SampleSpec,
    secret: bytes,
) -> Outcomes:
    """What a batch brings, and what a file tells.

    A default that the batch's own target tells became known when the outcome was final: so many
    months after the application.

    Raises:
        DataError: The file lacks a column, or a line of it cannot be read.
    """
    final = months_later(batch.arrivals.day.astype("datetime64[D]"), samples.maturity_months)
    own = News(batch.arrivals.ids[batch.bad], final[batch.bad].astype(np.int32))
    told = {"rejected": [News.none()], "defaulted": [own]}
    reports = Reports.none()
    for frame, ids, day in _told(source, dictionary, secret) if source else ():
        said = frame["outcome"]
        for name in NAMES:
            of = (said == name).to_numpy()
            told[name].append(News(ids[of], day[of]))
        of = said.isin(STANDS).to_numpy()
        reports = reports.joined(Reports(ids[of], day[of], frame["days"].to_numpy()[of]))
    news = (News(*map(np.concatenate, zip(*told[name], strict=True))) for name in NAMES)
    return Outcomes(tuple(news), reports)


def _told(
    source: Source, dictionary: DataDictionary, secret: bytes
) -> Iterator[tuple[pd.DataFrame, NDArray[np.uint64], NDArray[np.int32]]]:
    """Outcomes and days late, whose they are, and when they became known, batch by batch."""
    names = (*COLUMNS, DAYS) if DAYS in source.columns else COLUMNS
    for batch in source.batches(names):
        frame = batch.frame
        if len(batch.rejected):
            row = int(batch.rejected["row"].iloc[0])
            raise DataError(f"{source.name}, row {row}: the line is broken; mend it")
        said = texts(frame["outcome"]).str.lower()
        day = dates(frame["known_on"])[0].astype("datetime64[D]")
        wrong = ~said.isin((*NAMES, *STANDS)).to_numpy() | np.isnat(day)
        if wrong.any():
            raise DataError(
                f"{source.name}, row {int(frame.index[wrong][0])}: give an outcome, "
                f"{', '.join((*NAMES, *STANDS))}, and the day on which it became known"
            )
        days = _days(frame, said, source.name)
        ids = id_digests(frame["application_id"], dictionary, secret)
        yield pd.DataFrame({"outcome": said, "days": days}), ids, day.astype(np.int32)


def _days(frame: pd.DataFrame, said: "pd.Series[str]", name: str) -> NDArray[np.int16]:
    """By how many days each loan is late; 0 where it is late no longer."""
    late = (said == "late").to_numpy()
    given = texts(frame[DAYS]) if DAYS in frame else pd.Series("", index=frame.index)
    days = pd.to_numeric(given, errors="coerce").to_numpy(float)
    wrong = late & ~((days >= 0) & (days == np.floor(days)))
    if wrong.any():
        raise DataError(
            f'{name}, row {int(frame.index[wrong][0])}: a loan is "late" by a whole number of '
            f'days; give it in column "{DAYS}", and 0 once it is late no longer'
        )
    return np.where(late, np.minimum(np.nan_to_num(days), MOST_DAYS), CLOSED).astype(np.int16)
