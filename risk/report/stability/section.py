"""Whether the book is still the one of development: score, fields, grades, month by month."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from features.binning import IntArray
from features.encoding import FloatArray
from features.errors import DataError
from risk.report.beside import beside
from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_DEVELOPMENT, NO_ROWS, Evidence, Pair, Part
from risk.report.stability import characteristics, migration
from risk.report.stability.characteristics import SIDES, side_chart, sides
from risk.validation.grades import concentration, concentration_change
from risk.validation.multiplicity import holm
from risk.validation.stability import Baseline, shift

KEY = "stability"
ONE_GRADE, EVEN_GRADES, FEW_ROWS = "one-grade", "even-grades", "few-rows"


def validated(evidence: Evidence) -> Section:
    """PSI of the score, CSI of every field, the grades, and each month of the current sample."""
    score, before = _Score.of(evidence), _before(evidence)
    fields = _fields(evidence, before)
    return Section(
        key=KEY,
        figures=(*_psi(evidence, score), *fields.figures, *_grade_figures(evidence, before)),
        tables=(
            *_score_bins(evidence, score),
            *_months(evidence, score),
            *fields.tables,
            *_grade_mix(evidence, before),
        ),
        remarks=(*_psi_by_chance(evidence, score), *fields.remarks),
    )


def compared(pair: Pair) -> Section:
    """PSI of both scores, how alike they rank, and the way from grade to grade."""
    moves, scores = migration.migrated(pair), beside(pair, _scored)
    return Section(key=KEY, figures=(*scores.figures, *moves.figures), tables=moves.tables)


def _scored(evidence: Evidence) -> Section:
    return Section(key=KEY, figures=tuple(_psi(evidence, _Score.of(evidence))))


@dataclass(frozen=True)
class _Score:
    """The score over bins frozen at development, k of them.

    Attributes:
        baseline: The bins, and how development lay in them.
        bounds: Inner bounds of the bins as PDs, shape (k - 2,).
        place: Bin of each current row, shape (n,).
        method: Which score and which development.
    """

    baseline: Baseline
    bounds: FloatArray
    place: IntArray
    method: str

    @classmethod
    def of(cls, evidence: Evidence) -> "_Score | str":
        """The raw score over the bins of training, or else log-odds of the PD; or why neither."""
        part, model, known = evidence.current, evidence.model, evidence.baseline
        if not len(part):
            return NO_ROWS
        if known is not None and model is not None and part.x is not None:
            bounds = model.calibration.apply(np.array(known.bins.edges))
            return cls(known, bounds, known.bins.assign(model.raw(part.x)), "psi-training")
        before = _before(evidence)
        if before is None:
            return NO_DEVELOPMENT
        known = Baseline.of(logit(before.pd_), "pd")
        place = known.bins.assign(logit(part.pd_))
        return cls(known, expit(np.array(known.bins.edges)), place, "psi-development")

    @property
    def then(self) -> IntArray:
        """Rows of each bin at development."""
        return np.array(self.baseline.rows)

    @property
    def now(self) -> IntArray:
        """Rows of each bin now."""
        return np.bincount(self.place, minlength=self.baseline.bins.count)


def _before(evidence: Evidence) -> Part | None:
    """The development sample, where it is another than the current one and has rows."""
    part = evidence.development
    return part if part is not None and part is not evidence.current and len(part) else None


def _psi(evidence: Evidence, score: "_Score | str") -> Iterator[Figure]:
    figure, limits = _figure(evidence.current), evidence.limits
    if isinstance(score, str):
        yield from (figure(key=key, because=score) for key in ("psi", "psi_by_chance"))
        return
    found = shift(score.then, score.now)
    told = figure(key="psi", value=found.psi, p_value=found.p_value, method=score.method)
    yield limits.where_proven(told, limits.psi)
    yield figure(key="psi_by_chance", value=found.by_chance, method="psi-mean")


def _psi_by_chance(evidence: Evidence, score: "_Score | str") -> Iterator[Remark]:
    """Says so where the index is no larger than chance alone would make it."""
    if isinstance(score, str):
        return
    found = shift(score.then, score.now)
    if found.psi <= found.by_chance:
        values = {"psi": found.psi, "by_chance": found.by_chance}
        kinds: dict[str, Kind] = dict.fromkeys(values, "index")
        yield Remark(key="psi_below_chance", values=dict(values), kinds=kinds)


def _score_bins(evidence: Evidence, score: "_Score | str") -> Iterator[Table]:
    if isinstance(score, str):
        return
    bounds = pd.Series([*score.bounds, np.nan, np.nan])
    names = [str(n) for n in range(1, score.baseline.bins.count + 1)]
    table = sides(names, score.then, score.now)
    table = table.assign(pd_up_to=bounds[table["bin"].astype(int) - 1].to_numpy())
    kinds: dict[str, Kind] = {"bin": "text", "pd_up_to": "share", **SIDES}
    chart = side_chart("bin")
    yield Table.of("score_bins", table, kinds, sample=evidence.current.name, chart=chart)


def _months(evidence: Evidence, score: "_Score | str") -> Iterator[Table]:
    """PSI of the score by month; a month with too few rows has none."""
    dates = evidence.dates
    if isinstance(score, str) or dates is None:
        return
    months = pd.to_datetime(dates, errors="coerce").dt.to_period("M")
    place, names = pd.factorize(months, sort=True)
    if not len(names):
        return
    known, count = place >= 0, score.baseline.bins.count
    cells = np.bincount(place[known] * count + score.place[known], minlength=len(names) * count)
    table = _monthly(evidence, score.then, cells.reshape(len(names), count))
    kinds: dict[str, Kind] = {"month": "text", "rows": "count", "psi": "index"}
    kinds |= {"by_chance": "index", "p_adjusted": "p"}
    chart = Chart(kind="lines", label="month", values=("psi", "by_chance"))
    table = table.assign(month=[str(name) for name in names])
    yield Table.of("psi_by_month", table, kinds, sample=evidence.current.name, chart=chart)


def _monthly(evidence: Evidence, then: IntArray, months: IntArray) -> pd.DataFrame:
    limits, rows = evidence.limits, months.sum(axis=1)
    enough = rows >= limits.least_rows
    found = np.full((len(months), 3), np.nan)
    for place in np.flatnonzero(enough):
        found[place] = shift(then, months[place])
    adjusted = holm(found[:, 2])
    lights = [
        limits.proven_light(psi, p_value, limits.psi)
        for psi, p_value in zip(found[:, 0].tolist(), adjusted.tolist(), strict=True)
    ]
    columns = {"rows": rows, "psi": found[:, 0], "by_chance": found[:, 1]}
    return pd.DataFrame({**columns, "p_adjusted": adjusted, "lights": lights})


def _fields(evidence: Evidence, before: Part | None) -> Section:
    """Every field, protected field and the outcome."""
    part = evidence.current
    spreads = characteristics.spreads(evidence, before) if len(part) else []
    if not spreads:
        because = NO_DEVELOPMENT if len(part) else NO_ROWS
        untold = Figure(key="csi_largest", sample=part.name, rows=len(part), because=because)
        return Section(key=KEY, figures=(untold,))
    table = characteristics.moves(spreads, evidence.limits)
    return Section(
        key=KEY,
        figures=(characteristics.largest(part, table),),
        tables=tuple(characteristics.tables(part, spreads, table)),
        remarks=tuple(characteristics.by_chance(table, evidence.limits.csi)),
    )


def _in_grades(evidence: Evidence, part: Part) -> IntArray:
    """Rows of each grade, the safest first, empty ones too."""
    place = pd.Index(evidence.grades).get_indexer(pd.Index(part.grade))
    return np.bincount(place[place >= 0], minlength=len(evidence.grades))


_GRADES = ("grade_psi", "concentration_rise", "herfindahl", "grade_variation")


def _grade_figures(evidence: Evidence, before: Part | None) -> Iterator[Figure]:
    """How full the grades are: moved since development, and crowded."""
    part = evidence.current
    figure = _figure(part)
    lacks = NO_ROWS if not len(part) else "" if len(evidence.grades) > 1 else ONE_GRADE
    if lacks:
        yield from (figure(key=key, because=lacks) for key in _GRADES)
        return
    now = _in_grades(evidence, part)
    if before is None:
        yield from (figure(key=key, because=NO_DEVELOPMENT) for key in _GRADES[:2])
    else:
        then = _in_grades(evidence, before)
        yield _grade_psi(evidence, then, now)
        yield _rise(figure, then, now)
        yield from _crowded(before, then)
    if len(part) < evidence.limits.least_rows:
        yield from (figure(key=key, because=FEW_ROWS) for key in _GRADES[2:])
        return
    for told in _crowded(part, now):
        yield told.against(evidence.limits.herfindahl) if told.key == "herfindahl" else told


def _figure(part: Part) -> "partial[Figure]":
    return partial(Figure, kind="index", sample=part.name, rows=len(part))


def _grade_psi(evidence: Evidence, then: IntArray, now: IntArray) -> Figure:
    found, limits = shift(then, now), evidence.limits
    told = _figure(evidence.current)(
        key="grade_psi", value=found.psi, p_value=found.p_value, method="homogeneity"
    )
    return limits.where_proven(told, limits.psi)


def _crowded(part: Part, rows: IntArray) -> Iterator[Figure]:
    found = concentration(rows)
    yield _figure(part)(key="herfindahl", value=found.herfindahl)
    yield _figure(part)(key="grade_variation", value=found.variation)


def _rise(figure: "partial[Figure]", then: IntArray, now: IntArray) -> Figure:
    """The regulator's test; shown and not judged, since it knows nothing of the number of rows."""
    try:
        found = concentration_change(then, now)
    except DataError:
        return figure(key="concentration_rise", because=EVEN_GRADES)
    return figure(
        key="concentration_rise", value=found.z, p_value=found.p_value, method="ecb-concentration"
    )


def _grade_mix(evidence: Evidence, before: Part | None) -> Iterator[Table]:
    part = evidence.current
    if before is None or not len(part):
        return
    then, now = (_in_grades(evidence, each) for each in (before, part))
    table = sides(evidence.grades, then, now).rename(columns={"bin": "grade"})
    kinds: dict[str, Kind] = {"grade": "text", **SIDES}
    yield Table.of("grade_mix", table, kinds, sample=part.name, chart=side_chart("grade"))
