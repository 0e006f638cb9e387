"""The level of the PDs, and who applies, from one vintage of applications to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
import pandas as pd

from features.encoding import FloatArray
from risk.report.document import Chart, Figure, Kind, Table
from risk.report.evidence import Evidence, Mask, Pair, Part
from risk.report.limits import ValidationLimits
from risk.validation.vintages import (
    Days,
    Length,
    Vintages,
    drift,
    length_for,
    vintage_table,
    vintages,
)

NO_DATES, ONE_DATE = "no-dates", "one-date"
"""Why vintages are not compared: keys `because.<key>` of the catalogue."""


@dataclass(frozen=True)
class _Dated:
    """Current rows whose application date is known: `chosen` of them all."""

    part: Part
    days: Days
    length: Length
    chosen: Mask

    @property
    def ended(self) -> Self:
        known = ~np.isnan(self.part.y)
        return replace(self, part=self.part.take(known), days=self.days[known])


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Whether the level drifts from the first to the last application."""
    dated = _dated(evidence)
    part = (evidence.current if dated is None else dated.part).ended
    figure = partial(
        Figure, key="drift", kind="index", sample=part.name, rows=len(part), bads=part.bads
    )
    if dated is None:
        yield figure(because=NO_DATES)
    elif because := dated.part.lacks or ("" if np.unique(dated.ended.days).size > 1 else ONE_DATE):
        yield figure(because=because)
    else:
        yield _drift(figure, dated.ended, evidence.limits)


def _drift(figure: "partial[Figure]", dated: _Dated, limits: ValidationLimits) -> Figure:
    found = drift(dated.part.y, dated.part.inside, dated.days)
    told = figure(
        value=found.ratio,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        method="score-trend",
    )
    return told.against(limits.observed_expected, limits.off(found.ratio, found.p_value))


def tables(evidence: Evidence) -> Iterator[Table]:
    """Observed and expected by vintage; then approval rate and mean PD of all who applied."""
    dated = _dated(evidence)
    if dated is None:
        return
    if not dated.part.lacks_level:
        frame = _levels(dated.ended, evidence.limits)
        yield level_table("vintages", dated.part.name, frame, ("",))
    yield _arrival_table("arrivals", dated.part, _arrivals(dated), ("",))


def compared_figures(pair: Pair) -> Iterator[Figure]:
    """The drift of either model; the light is the second's."""
    for side in pair.sides:
        for figure in figures(side):
            light = figure.light if side is pair.b else "none"
            yield figure.model_copy(update={"subject": side.name, "light": light})


def compared_tables(pair: Pair) -> Iterator[Table]:
    """The same with what either model expects; lights are the second's."""
    dated = _dated(pair.b)
    if dated is None:
        return
    first = replace(dated, part=pair.a.current.take(dated.chosen))
    both = ("_a", "_b")
    if not dated.part.lacks_level:
        frames = [_levels(each.ended, pair.b.limits) for each in (first, dated)]
        yield level_table("vintages_both", dated.part.name, _beside(*frames), both)
    frame = _beside(_arrivals(first), _arrivals(dated))
    yield _arrival_table("arrivals_both", dated.part, frame, both)


def _dated(evidence: Evidence) -> _Dated | None:
    if evidence.dates is None:
        return None
    days = pd.to_datetime(evidence.dates, errors="coerce").to_numpy("datetime64[D]")
    chosen = ~np.isnat(days)
    if not chosen.any():
        return None
    part = evidence.current.take(chosen)
    return _Dated(part, days[chosen], length_for(days[chosen], part.y), chosen)


def _levels(dated: _Dated, limits: ValidationLimits) -> pd.DataFrame:
    return levels(dated.part.y, dated.part.pd_, vintages(dated.days, dated.length), limits)


def levels(
    y: FloatArray, pd_: FloatArray, found: Vintages, limits: ValidationLimits
) -> pd.DataFrame:
    """Observed and expected of each vintage, as `vintage_table`, with `vintage` and `lights`.

    Args:
        y: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        found: The vintage of each row.
        limits: Both must hold: the ratio is past its limit, and so is the test, adjusted over all.
    """
    table = vintage_table(y, pd_, found.place, len(found.names))
    tests = zip(table["ratio"], table["p_adjusted"], strict=True)
    lights = [limits.level(*each) for each in tests]
    return table.assign(vintage=list(found.names), lights=lights)


def _arrivals(dated: _Dated) -> pd.DataFrame:
    found = vintages(dated.days, dated.length)
    rows = np.bincount(found.place)
    approved, expected = (
        np.bincount(found.place, each) / rows for each in (dated.part.approved, dated.part.pd_)
    )
    said = {"vintage": found.names, "rows": rows, "approval_rate": approved, "expected": expected}
    return pd.DataFrame(said)


def _beside(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """What both models say of the same vintages; what is the same stands under its own name."""
    named = [first.add_suffix("_a"), second.add_suffix("_b")]
    return pd.concat([second, *named], axis=1)


def level_table(key: str, sample: str, frame: pd.DataFrame, sides: Sequence[str]) -> Table:
    """What `levels` found, and what each side expects by the ending of its columns."""
    kinds: dict[str, Kind] = {"vintage": "text", "rows": "count", "bads": "count"}
    kinds |= dict.fromkeys(("observed", "low", "high"), "share")
    kinds |= dict.fromkeys((f"expected{side}" for side in sides), "share")
    for side in sides:
        kinds |= {f"ratio{side}": "index", f"p_adjusted{side}": "p"}
    drawn = ("observed", *(f"expected{side}" for side in sides))
    chart = Chart(kind="lines", label="vintage", values=drawn, low="low", high="high")
    return Table.of(key, frame, kinds, sample=sample, chart=chart)


def _arrival_table(key: str, part: Part, frame: pd.DataFrame, sides: Sequence[str]) -> Table:
    drawn = [f"{name}{side}" for name in ("approval_rate", "expected") for side in sides]
    kinds: dict[str, Kind] = {"vintage": "text", "rows": "count", **dict.fromkeys(drawn, "share")}
    chart = Chart(kind="lines", label="vintage", values=tuple(drawn))
    return Table.of(key, frame, kinds, sample=part.name, chart=chart)


def undated(evidence: Evidence) -> int:
    """Current rows without a date where others have one."""
    dated = _dated(evidence)
    return 0 if dated is None else int((~dated.chosen).sum())
