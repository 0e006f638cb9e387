"""A batch of applications as the ties need them: digests of ids and keys, and days."""

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.associations.batch import Arrivals, Key
from features.associations.columns import keys_of
from features.associations.keys import NOBODY, digests, normalised
from features.associations.names import Names
from features.dictionary import DataDictionary
from features.errors import DataError
from features.reading import dates, texts
from pipelines.errors import ConfigError
from pipelines.job import Advance
from pipelines.sources import Source


class Batch(NamedTuple):
    """A batch.

    Attributes:
        arrivals: Its applications that have an id and a day, n of them.
        rows: Their row numbers in the source, shape (n,).
        bad: Which are known to have defaulted, by the dictionary's target, shape (n,).
        read: How many rows could be read at all.
        ahead: How many of them are dated after the last day that may come.
    """

    arrivals: Arrivals
    rows: NDArray[np.int64]
    bad: NDArray[np.bool_]
    read: int
    ahead: int


def read_batch(
    source: Source, dictionary: DataDictionary, until: date, secret: bytes, advance: Advance
) -> Batch:
    """Read a source once, keeping nothing of it but digests, days and ids.

    A row that is dated after `until` is left out: one slip of a year would put the ties' own day
    so far ahead that every later application came too late.

    Raises:
        DataError: A column is missing.
    """
    id_, dated = id_and_date(dictionary)
    keys = keys_of(dictionary)
    target = dictionary.target
    judged = target is not None and target.name in source.columns
    names = [id_, dated, *(key.name for key in keys)]
    names = list(dict.fromkeys(names + ([target.name] if target and judged else [])))
    parts: list[Batch] = []
    count = 0
    for frame in (batch.frame for batch in source.batches(names)):
        count += len(frame)
        day = dates(frame[dated], dictionary.missing)[0].astype("datetime64[D]")
        ids = id_digests(frame[id_], dictionary, secret)
        ahead = day > np.datetime64(until)
        known = ~np.isnat(day) & ~ahead & (ids != NOBODY)
        values = [_digests(frame[key.name], key, dictionary, secret) for key in keys]
        bad = np.zeros(len(frame), np.bool_)
        if target is not None and judged:
            bad = texts(frame[target.name]).isin(target.bad).to_numpy()
        plain = Names.of(_plain(frame[id_], dictionary)).at(np.flatnonzero(known))
        days = day[known].astype(np.int32)
        arrivals = Arrivals(ids[known], days, np.column_stack(values)[known], plain)
        rows = frame.index.to_numpy()[known]
        parts.append(Batch(arrivals, rows, bad[known], len(frame), int(ahead.sum())))
        advance(count, source.rows or 0)
    if not parts:
        raise DataError(f"{source.name} holds no rows; give a table that does")
    each = [part.arrivals for part in parts]
    return Batch(
        Arrivals(
            np.concatenate([one.ids for one in each]),
            np.concatenate([one.day for one in each]),
            np.concatenate([one.values for one in each]),
            Names.of(pa.concat_arrays([one.names.texts() for one in each])),
        ),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.bad for part in parts]),
        count,
        sum(part.ahead for part in parts),
    )


def id_and_date(dictionary: DataDictionary) -> tuple[str, str]:
    """The columns by which an application is known, and put in its place in time.

    Raises:
        ConfigError: The dictionary lacks one of them.
    """
    if dictionary.id is None or dictionary.date is None:
        raise ConfigError(
            'ties need each application\'s id and day; give fields the roles "id" and "date" in '
            "dictionary.toml"
        )
    return dictionary.id.name, dictionary.date.name


def id_digests(column: pd.Series, dictionary: DataDictionary, secret: bytes) -> NDArray[np.uint64]:
    """What applications are known by."""
    return digests(_plain(column, dictionary), "id", secret)


def _digests(
    column: pd.Series, key: Key, dictionary: DataDictionary, secret: bytes
) -> NDArray[np.uint64]:
    return digests(normalised(_plain(column, dictionary), key.kind), key.kind, secret)


def _plain(column: pd.Series, dictionary: DataDictionary) -> pa.Array:
    """A column's texts; null where the dictionary calls them missing."""
    found = texts(column)
    return pa.array(found.mask(found.isin(dictionary.missing)), pa.large_string(), from_pandas=True)
