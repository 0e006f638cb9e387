"""How applications turned out whose outcome is final by now, against what their PDs said."""

from collections.abc import Iterator
from functools import partial

from risk.report.document import Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_OUTCOMES, TOO_FEW
from risk.report.level import LEVEL, level_figure
from risk.report.limits import ValidationLimits
from risk.report.monitoring.nights import Nights, Outcomes
from risk.report.swaps.vintages import level_table, levels
from risk.validation.calibration import testable
from risk.validation.discrimination import delong
from risk.validation.outcomes import LEAST_OF_EACH
from risk.validation.vintages import length_for, vintages

KEY = "night_outcomes"
SAMPLE = "matured"
NONE_FINAL = "none-final"


def section(nights: Nights) -> Section:
    """Observed against expected defaults, over all and by vintage, and which labels wait."""
    told = nights.outcomes
    if told is None:
        missing = (Figure(key=key, because=NO_OUTCOMES) for key in (LEVEL, "auc"))
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
    if not rows:
        yield from (figure(key=key, because=NONE_FINAL) for key in (LEVEL, "auc"))
        return
    if testable(bads, rows, told.pd_.mean()):
        yield level_figure(figure, told.y, told.pd_, limits)
    else:
        yield figure(key=LEVEL, because=TOO_FEW)
    if min(bads, rows - bads) < LEAST_OF_EACH:
        yield figure(key="auc", because=TOO_FEW)
        return
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
