"""From the grades of one model to those of another, on the same applications.

Its figures and tables stand in the section on stability of a comparison.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from features.binning import IntArray
from risk.report.document import Chart, Figure, Kind, Section, Table
from risk.report.evidence import NO_ROWS, Pair
from risk.validation.calibration import jeffreys_interval
from risk.validation.explanations import rank_correlation
from risk.validation.grades import Migration, migration

KEY = "migration"
OTHER_GRADES, EQUAL_PDS = "other-grades", "equal-pds"
_MOVES = ("safer_more", "safer_one", "same_grade", "riskier_one", "riskier_more")
_NAMES = ("grade_same", "grade_one_off", "grade_further_off", "upper_bandwidth", "lower_bandwidth")


def migrated(pair: Pair) -> Section:
    """How alike both rank, who moves how far, and the moves of each grade."""
    part = pair.b.current
    lacks = _lacks(pair)
    if lacks:
        figure = partial(Figure, sample=part.name, rows=len(part))
        untold = [figure(key=key, because=lacks) for key in _NAMES]
        return Section(key=KEY, figures=(_alike(pair), *untold))
    found = migration(pair.a.current.grade, part.grade, pair.a.grades)
    figures = (_alike(pair), *_moved(pair, found))
    return Section(key=KEY, figures=figures, tables=(_matrix(pair, found), _cells(pair, found)))


def _lacks(pair: Pair) -> str:
    if not len(pair.b.current):
        return NO_ROWS
    same = pair.a.grades == pair.b.grades and len(pair.a.grades) > 1
    return "" if same else OTHER_GRADES


def _alike(pair: Pair) -> Figure:
    first, second = pair.current
    figure = partial(Figure, key="pd_rank", kind="index", sample=second.name, rows=len(second))
    found = rank_correlation(first.pd_, second.pd_)
    if np.isnan(found):
        return figure(because=EQUAL_PDS if len(second) else NO_ROWS)
    return figure(value=found, method="spearman")


def _moved(pair: Pair, found: Migration) -> Iterator[Figure]:
    """Shares of the rows by how far they have moved, and how wide the moves are."""
    part = pair.b.current
    figure = partial(Figure, sample=part.name, rows=len(part))
    far = _distance(found.counts)
    for key, held in zip(_NAMES[:3], (far == 0, abs(far) == 1, abs(far) > 1), strict=True):
        rows = int(found.counts[held].sum())
        low, high = jeffreys_interval(rows, len(part))
        yield figure(
            key=key,
            kind="share",
            value=rows / len(part),
            low=float(low),
            high=float(high),
            method="jeffreys",
        )
    for key, width in zip(_NAMES[3:], (found.upper, found.lower), strict=True):
        yield figure(key=key, kind="index", value=width, method="ecb-bandwidth")


def _distance(counts: IntArray) -> IntArray:
    """Grades from row to column of a matrix, above 0 towards risk."""
    before, after = np.indices(counts.shape)
    return np.asarray(after - before, np.int64)


def _matrix(pair: Pair, found: Migration) -> Table:
    """Of each grade of the first model, the share that moves so far."""
    rows = found.counts.sum(axis=1)
    far = np.clip(_distance(found.counts), -2, 2)
    table = pd.DataFrame({"grade": pair.a.grades, "rows": rows})
    with np.errstate(invalid="ignore"):
        for step, name in enumerate(_MOVES, start=-2):
            table[name] = np.where(far == step, found.counts, 0).sum(axis=1) / rows
    kinds: dict[str, Kind] = {"grade": "text", "rows": "count"}
    kinds |= dict.fromkeys(_MOVES, "share")
    chart = Chart(kind="heat", label="grade", values=_MOVES)
    name = pair.b.current.name
    return Table.of("migration", table[rows > 0], kinds, sample=name, chart=chart)


def _cells(pair: Pair, found: Migration) -> Table:
    """Every cell of the migration matrix in which there are rows."""
    before, after = np.nonzero(found.counts)
    rows, names = found.counts[before, after], np.array(pair.a.grades, dtype=object)
    table = pd.DataFrame(
        {
            "grade_before": names[before],
            "grade_after": names[after],
            "rows": rows,
            "share": rows / found.counts.sum(axis=1)[before],
        }
    )
    kinds: dict[str, Kind] = {"grade_before": "text", "grade_after": "text"}
    kinds |= {"rows": "count", "share": "share"}
    return Table.of("migration_cells", table, kinds, sample=pair.b.current.name)
