"""Applications whose outcome is known by now, with the PD that the nights gave them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.errors import DataError
from features.samples import SampleSpec, months_later
from pipelines.errors import ConfigError
from pipelines.job import Advance
from pipelines.monitoring.folders import Whole
from pipelines.night import SCORES
from pipelines.reading import checked
from pipelines.score import score_parts
from pipelines.sources import Source
from pipelines.validation.possible import require_possible
from risk.report.evidence import Mask
from risk.report.monitoring import Outcomes
from risk.validation.vintages import Days


class Labels(NamedTuple):
    """A labelled table, n rows that keep to the dictionary.

    Attributes:
        ids: Application ids.
        y: 1 for default, 0 for repaid, shape (n,).
        days: Application dates, NaT where not known, shape (n,).
        rejected: Rows that broke a rule.
    """

    ids: pd.Index
    y: FloatArray
    days: Days
    rejected: int


def read_labels(source: Source, dictionary: DataDictionary, advance: Advance) -> Labels:
    """Read a labelled table batch by batch, and keep of it what is needed here.

    Raises:
        ConfigError: The dictionary names no outcome.
        DataError: The table cannot be read, lacks a column, or has an id in two rows.
    """
    target, dated = dictionary.target, dictionary.date
    if target is None:
        raise ConfigError('no field of the dictionary has role "target"; name the outcome')
    parts, rejected = [], 0
    for intake in checked(source, dictionary, "train", advance):
        rows = intake.accepted
        days = rows[dated.name] if dated else pd.Series(pd.NaT, rows.index)
        known = {"id": rows["application_id"].astype(str), "y": rows[target.name], "day": days}
        parts.append(pd.DataFrame(known))
        rejected += int(intake.rejected["row"].nunique())
    whole = pd.concat(parts, ignore_index=True)
    return Labels(
        pd.Index(whole["id"]),
        whole["y"].to_numpy(np.float64),
        whole["day"].to_numpy("datetime64[D]"),
        rejected,
    )


def joined(labels: Labels, nights: Sequence[Whole], spec: SampleSpec, advance: Advance) -> Outcomes:
    """Labels of applications that the nights have scored; those that are not final yet wait.

    Args:
        labels: The labelled table.
        nights: The oldest first; of several that scored an application the last one counts.
        spec: Says when an outcome is final.
        advance: Told how many nights are read.

    Raises:
        DataError: The scores of a night cannot be read.
    """
    pd_, scored = np.full(len(labels.y), np.nan), np.full(len(labels.y), "NaT", "datetime64[D]")
    for done, whole in enumerate(nights, 1):
        for ids, values in _scores(whole):
            place = labels.ids.get_indexer(ids)
            pd_[place[place >= 0]] = values[place >= 0]
            scored[place[place >= 0]] = np.datetime64(whole.night.day, "D")
        advance(done, len(nights))
    known = ~np.isnan(pd_)
    # A portfolio without application dates: an application is of the night that scored it.
    days = np.where(np.isnat(labels.days), scored, labels.days)
    final = months_later(days, spec.maturity_months)
    ripe = known & _final(final, spec.observed_until)
    waiting = final[known & ~ripe]
    return Outcomes(
        y=labels.y[ripe],
        pd_=pd_[ripe],
        days=days[ripe],
        read=len(labels.y) + labels.rejected,
        rejected=labels.rejected,
        unknown=int((~known).sum()),
        immature=len(waiting),
        first_final=str(waiting.min()) if len(waiting) else "",
        last_final=str(waiting.max()) if len(waiting) else "",
    )


def _final(days: Days, observed_until: date | None) -> Mask:
    """Which outcomes were final when they were observed; all, where nobody says when that was."""
    if observed_until is None:
        return np.ones(len(days), bool)
    return np.asarray(days <= np.datetime64(observed_until, "D"), bool)


def _scores(whole: Whole) -> Iterator[tuple[pd.Index, FloatArray]]:
    try:
        for part in score_parts(whole.folder / SCORES, ["application_id", "pd"]):
            told = pd.Index(part["application_id"].astype(str)), part["pd"].to_numpy(np.float64)
            require_possible(whole.folder / SCORES, part)
            yield told
    except (OSError, ValueError) as error:
        # Their message may quote an application.
        raise DataError(
            f"{whole.folder / SCORES} is not as this version writes it "
            f"({type(error).__name__}); move {whole.folder} away, or make the night again"
        ) from None
