"""What officers said of the sentences that they were shown: right, wrong or useless.

They mark what they choose to, so shares are of the marks and not of all sentences.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from risk.report.document import Figure, Kind, Remark, Table
from risk.report.reasoning.reasoned import SAMPLE
from risk.validation.shares import Shares, wilson

VERDICTS = ("right", "wrong", "useless")
NO_MARKS, TOO_FEW_MARKS = "no-marks", "too-few-marks"
"""Why a figure has no value: keys `because.<key>` of the catalogue."""
LEAST = 30
"""Marks of which shares are told; fewer are only counted."""
FIGURES = ("marks", *(f"marked_{verdict}" for verdict in VERDICTS))


class Bounded(NamedTuple):
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


def bounded(some: int, of: int) -> Bounded | None:
    """A share of marks with its Wilson interval; None where there are fewer than `LEAST`.

    Example:
        >>> bounded(1, 29), bounded(0, 30)
        (None, Bounded(value=0.0, low=0.0, high=0.11351...))
    """
    if of < LEAST:
        return None
    share = some / of
    low, high = wilson(Shares(np.array([float(some)]), np.array([float(of)])))
    # At 0 and 1 the bound is the share itself, and rounding must not put it inside.
    return Bounded(share, min(max(float(low[0]), 0.0), share), max(min(float(high[0]), 1.0), share))


def figures(marks: pd.DataFrame | None) -> Iterator[Figure]:
    """How many marks there are, and the share of each verdict.

    Args:
        marks: As `risk.report.evidence.Reasoned` has them.
    """
    verdicts = [] if marks is None else marks["verdict"].tolist()
    of = len(verdicts)
    yield Figure(key="marks", value=of, kind="count", sample=SAMPLE)
    for verdict in VERDICTS:
        figure = partial(Figure, key=f"marked_{verdict}", kind="share", sample=SAMPLE, rows=of)
        share = bounded(verdicts.count(verdict), of)
        if share is None:
            yield figure(because=TOO_FEW_MARKS if of else NO_MARKS)
        else:
            yield figure(**share._asdict(), method="wilson-marks")


def tables(marks: pd.DataFrame | None, subject: str = "") -> Iterator[Table]:
    """The verdicts by what the marked sentences are about."""
    if marks is None or not len(marks):
        return
    found = pd.crosstab(marks["claim_kind"], marks["verdict"])
    counted = found.reindex(columns=list(VERDICTS), fill_value=0).add_prefix("marked_")
    counted = counted.reset_index()
    counted["claim_kind"] = "claim." + counted["claim_kind"].astype(str)
    kinds: dict[str, Kind] = {
        "claim_kind": "word",
        **{f"marked_{verdict}": "count" for verdict in VERDICTS},
    }
    yield Table.of("marks_by_claim", counted, kinds, sample=SAMPLE, subject=subject)


def remarks(marks: pd.DataFrame | None, run: str = "") -> Iterator[Remark]:
    """That nobody has marked anything, of the run of a name where there are two."""
    if marks is not None and len(marks):
        return
    yield Remark(key="no_marks_of", values={"run": run}) if run else Remark(key="no_marks")
