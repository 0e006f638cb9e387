"""What became known of applications: defaults by the table's own target, and a file of news."""

import numpy as np

from features.associations.batch import News
from features.dictionary import DataDictionary
from features.errors import DataError
from features.reading import dates, texts
from features.samples import SampleSpec, months_later
from pipelines.sources import Source
from pipelines.ties.batch import Batch, id_digests

COLUMNS = ("application_id", "outcome", "known_on")
NAMES = ("rejected", "defaulted")
"""What the column `outcome` may say, in the order of the ties' own outcomes."""


def read_outcomes(
    source: Source | None,
    batch: Batch,
    dictionary: DataDictionary,
    samples: SampleSpec,
    secret: bytes,
) -> tuple[News, ...]:
    """Rejections and defaults that a batch brings, or that a file tells.

    A default that the batch's own target tells became known when the outcome was final: so many
    months after the application.

    Raises:
        DataError: The file lacks a column, or a line of it cannot be read.
    """
    final = months_later(batch.arrivals.day.astype("datetime64[D]"), samples.maturity_months)
    own = News(batch.arrivals.ids[batch.bad], final[batch.bad].astype(np.int32))
    told = {"rejected": [News.none()], "defaulted": [own]}
    for name, news in _told(source, dictionary, secret) if source else ():
        told[name].append(news)
    return tuple(
        News(*(np.concatenate(each) for each in zip(*told[name], strict=True))) for name in NAMES
    )


def _told(source: Source, dictionary: DataDictionary, secret: bytes) -> "list[tuple[str, News]]":
    found = []
    for batch in source.batches(COLUMNS):
        frame = batch.frame
        if len(batch.rejected):
            row = int(batch.rejected["row"].iloc[0])
            raise DataError(f"{source.name}, row {row}: the line is broken; mend it")
        said = texts(frame["outcome"]).str.lower()
        day = dates(frame["known_on"])[0].astype("datetime64[D]")
        wrong = ~said.isin(NAMES).to_numpy() | np.isnat(day)
        if wrong.any():
            raise DataError(
                f"{source.name}, row {int(frame.index[wrong][0])}: give an outcome, "
                f"{' or '.join(NAMES)}, and the day on which it became known"
            )
        ids = id_digests(frame["application_id"], dictionary, secret)
        for name in NAMES:
            of = (said == name).to_numpy()
            found.append((name, News(ids[of], day[of].astype(np.int32))))
    return found
