"""How applications turned out whose outcome is final by now, against what their PDs said."""

from collections.abc import Iterator
from functools import partial

from risk.report.document import Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_OUTCOMES, TOO_FEW
from risk.report.limits import ValidationLimits
from risk.report.monitoring.nights import Nights, Outcomes
from risk.report.swaps.vintages import level_table, levels
from risk.validation.calibration import observed_expected
from risk.validation.discrimination import delong
from risk.validation.segments import LEAST_OF_EACH
from risk.validation.vintages import length_for, level_p_values, vintages

KEY = "night_outcomes"
SAMPLE = "matured"
NONE_FINAL = "none-final"


def section(nights: Nights) -> Section:
    """Observed against expected defaults, over all and by vintage, and which labels wait."""
    told = nights.outcomes
    if told is None:
        missing = (Figure(key=key, because=NO_OUTCOMES) for key in ("observed_expected", "auc"))
        return Section(key=KEY, figures=tuple(missing))
    return Section(
        key=KEY,
        figures=tuple(_figures(told, nights.limits)),
        tables=tuple(_by_vintage(told, nights.limits)),
        remarks=tuple(_remarks(told)),
    )


def _figures(told: Outcomes, limits: ValidationLimits) -> Iterator[Figure]:
    rows, bads = len(told.y), int(told.y.sum())
    figure = partial(Figure, sample=SAMPLE, rows=rows, bads=bads)
    few = min(bads, rows - bads) < LEAST_OF_EACH
    if not rows or few:
        because = TOO_FEW if rows else NONE_FINAL
        yield from (figure(key=key, because=because) for key in ("observed_expected", "auc"))
        return
    found = observed_expected(told.y, told.pd_)
    p_value = float(level_p_values(bads, rows, found.expected))
    level = figure(
        key="observed_expected",
        kind="index",
        value=found.ratio,
        low=found.low,
        high=found.high,
        p_value=p_value,
        method="jeffreys-ratio",
    )
    yield level.against(limits.observed_expected, limits.off(found.ratio, p_value))
    area = delong(told.y, told.pd_)
    yield figure(key="auc", value=area.auc, low=area.low, high=area.high, method="delong")


def _by_vintage(told: Outcomes, limits: ValidationLimits) -> Iterator[Table]:
    if not len(told.y):
        return
    found = vintages(told.days, length_for(told.days, told.y))
    yield level_table("vintages", SAMPLE, levels(told.y, told.pd_, found, limits), ("",))


def _remarks(told: Outcomes) -> Iterator[Remark]:
    counts: dict[str, Kind] = {"rows": "count", "read": "count"}
    if told.immature:
        values = {"rows": told.immature, "first": told.first_final, "last": told.last_final}
        kinds: dict[str, Kind] = {"rows": "count", "first": "date", "last": "date"}
        yield Remark(key="immature", values=values, kinds=kinds)
    for key, rows in (("labels_rejected", told.rejected), ("labels_unknown", told.unknown)):
        if rows:
            yield Remark(key=key, values={"rows": rows, "read": told.read}, kinds=counts)
