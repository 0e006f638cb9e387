"""Whether the level of the PD is right: over all, over its range, and in every grade."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from features.encoding import FloatArray
from features.errors import DataError
from risk.report.beside import beside
from risk.report.calibration.certainty import uncertainties, uncertainty
from risk.report.document import Chart, Figure, Kind, Limits, Remark, Section, Table
from risk.report.evidence import Evidence, Pair, Part
from risk.report.level import LEVEL, level_figure
from risk.report.limits import away
from risk.validation.brier import brier_parts, spiegelhalter
from risk.validation.calibration import (
    grade_table,
    hosmer_lemeshow,
    quantile_groups,
    reliability,
)
from risk.validation.multiplicity import holm
from risk.validation.outcomes import LEAST_OF_EACH, normal_quantile

KEY = "calibration"
UNTESTABLE = "untestable"
_FITTED = ("development", "validation")
_TENTHS = 10
_SCORES = ("brier", "log_loss")
_PARTS = ("reliability", "resolution", "uncertainty", "within")
_TESTS = ("hosmer_lemeshow", "spiegelhalter")


def validated(evidence: Evidence) -> Section:
    """The current sample's defaults against its PDs, and how sure a single PD is."""
    own, sure = _told(evidence), uncertainty(evidence)
    curve = _curve([(f"sample.{evidence.current.name}", evidence.current)], "word")
    return Section(
        key=KEY,
        figures=(*own.figures, *sure.figures),
        tables=(*own.tables, *curve, *sure.tables),
        remarks=(*own.remarks, *sure.remarks),
    )


def compared(pair: Pair) -> Section:
    """The same of both models, side by side."""
    both, sure = beside(pair, _told), uncertainties(pair)
    curve = _curve([(side.name, side.current) for side in pair.sides], "text")
    return Section(
        key=KEY,
        figures=(*both.figures, *sure.figures),
        tables=(*both.tables, *curve, *sure.tables),
        remarks=(*both.remarks, *sure.remarks),
    )


def _told(evidence: Evidence) -> Section:
    """What one model's section holds besides its curve and the uncertainty of a single PD."""
    part = evidence.current
    if lacks := part.lacks_level:
        names = (LEVEL, *_TESTS, *_SCORES, *(f"brier_{each}" for each in _PARTS))
        figures = [_figure(part)(key=name, because=lacks) for name in names]
        return Section(key=KEY, figures=tuple(figures))
    level, grades = _level(evidence), _graded(evidence)
    tests = list(_tests(evidence, level, grades))
    return Section(
        key=KEY,
        figures=(level, *tests, *_scores(part), *_decomposed(part)),
        tables=(_grade_table(evidence, grades),),
        remarks=tuple(_remarks(evidence, (level, *tests), grades)),
    )


def _figure(part: Part) -> "partial[Figure]":
    ended = part.ended
    return partial(Figure, sample=part.name, rows=len(ended), bads=ended.bads)


def _level(evidence: Evidence) -> Figure:
    ended = evidence.current.ended
    return level_figure(_figure(evidence.current), ended.y, ended.pd_, evidence.limits)


def _tests(evidence: Evidence, level: Figure, grades: pd.DataFrame) -> Iterator[Figure]:
    """Tests of the PDs of all rows, adjusted for each other."""
    part, limits = evidence.current, evidence.limits.p_value
    slight = _slight(evidence, level, grades)
    y, pd_ = part.ended.y, part.ended.pd_
    hosmer = _made(lambda: hosmer_lemeshow(y, pd_, _TENTHS, fitted=part.name in _FITTED)[::2])
    spiegel = _made(lambda: spiegelhalter(y, pd_))
    adjusted = holm([hosmer[1], spiegel[1]])
    for key, (value, _), p_value in zip(_TESTS, (hosmer, spiegel), adjusted.tolist(), strict=True):
        if np.isnan(value):
            yield _figure(part)(key=key, because=UNTESTABLE)
            continue
        told = _figure(part)(key=key, value=value, p_value=p_value, method=key.replace("_", "-"))
        # Both must hold: what is proven and does not matter is no more than amber.
        yield told.against(limits, _at_most_amber(p_value, limits) if slight else p_value)


def _slight(evidence: Evidence, level: Figure, grades: pd.DataFrame) -> bool:
    """Whether neither the level over all nor that of any grade is materially off."""
    inside = level.value is not None and _within(level.value, evidence.limits.observed_expected)
    return inside and not grades["lights"].isin(["amber", "red"]).any()


def _at_most_amber(p_value: float, limits: Limits) -> float:
    return limits.amber if limits.light(p_value) == "red" else p_value


def _made(test: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Statistic and p-value; NaN where PDs take too few values for it."""
    try:
        statistic, p_value = test()
    except DataError:
        return float("nan"), float("nan")
    return statistic, p_value


def _scores(part: Part) -> Iterator[Figure]:
    """Means over the rows of what each PD cost, with their normal intervals."""
    y, pd_, inside = part.ended.y, part.ended.pd_, part.ended.inside
    lost = ((pd_ - y) ** 2, -np.log(np.where(y == 1, inside, 1 - inside)))
    for key, costs in zip(_SCORES, lost, strict=True):
        mean, half = float(costs.mean()), _half(costs)
        yield _figure(part)(
            key=key, value=mean, low=max(0.0, mean - half), high=mean + half, method="normal"
        )


def _half(costs: FloatArray) -> float:
    return normal_quantile(0.95) * float(costs.std(ddof=1) / np.sqrt(len(costs)))


def _decomposed(part: Part) -> Iterator[Figure]:
    ended = part.ended
    parts = brier_parts(ended.y, ended.pd_, quantile_groups(ended.pd_, _TENTHS))
    for name in _PARTS:
        yield _figure(part)(key=f"brier_{name}", value=getattr(parts, name), method="tenths")


def _graded(evidence: Evidence) -> pd.DataFrame:
    """Calibration of each grade that occurs; one with too few rows is given no test."""
    ended, limits = evidence.current.ended, evidence.limits
    table = grade_table(ended.y, ended.pd_, ended.grade)
    few = table["rows"] < LEAST_OF_EACH
    table.loc[few, ["p_value", "p_binomial", "p_level"]] = np.nan
    ratio, adjusted = table["observed"] / table["expected"], holm(table["p_level"])
    lights = [limits.level(*each) for each in zip(ratio, adjusted, strict=True)]
    return table.assign(ratio=ratio, p_adjusted=adjusted, lights=lights)


def _grade_table(evidence: Evidence, grades: pd.DataFrame) -> Table:
    kinds: dict[str, Kind] = {"grade": "text", "rows": "count", "bads": "count"}
    kinds |= dict.fromkeys(("observed", "low", "high", "expected"), "share")
    kinds |= {"ratio": "index", "p_jeffreys": "p", "p_binomial": "p", "p_level": "p"}
    chart = Chart(
        kind="intervals", label="grade", values=("observed", "expected"), low="low", high="high"
    )
    grades = grades.rename(columns={"p_value": "p_jeffreys"}).assign(p_level=grades["p_adjusted"])
    return Table.of("calibration_grades", grades, kinds, sample=evidence.current.name, chart=chart)


def _curve(named: Sequence[tuple[str, Part]], kind: Kind) -> tuple[Table, ...]:
    """Reliability curves: default rate by mean PD, in tenths of the rows by PD."""
    tables = [
        reliability(part.ended.y, part.ended.pd_, _TENTHS).assign(line=name)
        for name, part in named
        if not part.lacks_level
    ]
    if not tables:
        return ()
    kinds: dict[str, Kind] = {"line": kind, "rows": "count", "bads": "count"}
    kinds |= dict.fromkeys(("expected", "observed", "low", "high"), "share")
    chart = Chart(kind="curve", label="expected", values=("observed",), by="line", diagonal=True)
    sample = named[0][1].name
    return (Table.of("reliability", pd.concat(tables), kinds, sample=sample, chart=chart),)


def _remarks(evidence: Evidence, tests: Sequence[Figure], grades: pd.DataFrame) -> Iterator[Remark]:
    limits, level = evidence.limits.p_value, tests[0]
    red = sum(limits.light(figure.p_value) == "red" for figure in tests[1:])
    if red and _slight(evidence, level, grades):
        yield Remark(
            key="not_material",
            values={"name": evidence.name, "tests": red, "rows": level.rows, "ratio": level.value},
            kinds={"tests": "count", "rows": "count", "ratio": "index"},
        )
    proven = np.array([limits.light(each) == "red" for each in grades["p_adjusted"].tolist()])
    slight = int((proven & (grades["lights"] == "green")).sum())
    if slight:
        yield Remark(key="grades_not_material", values={"name": evidence.name, "grades": slight})
    few = int(grades["p_value"].isna().sum())
    if few:
        values = {"name": evidence.name, "grades": few, "rows": LEAST_OF_EACH}
        yield Remark(key="grades_untested", values=dict(values))


def _within(ratio: float, limits: Limits) -> bool:
    return limits.light(away(ratio)) == "green"
