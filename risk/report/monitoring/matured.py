"""How applications turned out whose outcome is final by now, against what their PDs said."""

from collections.abc import Iterator
from functools import partial

from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_OUTCOMES, TOO_FEW
from risk.report.limits import ValidationLimits
from risk.report.monitoring.nights import Nights, Outcomes
from risk.validation.calibration import observed_expected
from risk.validation.discrimination import delong
from risk.validation.segments import LEAST_OF_EACH
from risk.validation.vintages import length_for, vintage_table, vintages

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
    level = figure(
        key="observed_expected",
        kind="index",
        value=found.ratio,
        low=found.low,
        high=found.high,
        method="jeffreys-ratio",
    )
    # Both must hold: a ratio that may as well be 1 is not judged by its size.
    proven = found.low > 1 or found.high < 1
    away = max(found.ratio, 1 / found.ratio) if proven else 1.0
    yield level.against(limits.observed_expected, away)
    area = delong(told.y, told.pd_)
    yield figure(key="auc", value=area.auc, low=area.low, high=area.high, method="delong")


def _by_vintage(told: Outcomes, limits: ValidationLimits) -> Iterator[Table]:
    if not len(told.y):
        return
    found = vintages(told.days, length_for(told.days, told.y))
    table = vintage_table(told.y, told.pd_, found.place, len(found.names))
    tests = zip(table["ratio"], table["p_adjusted"], strict=True)
    frame = table.assign(vintage=list(found.names), lights=[limits.level(*each) for each in tests])
    kinds: dict[str, Kind] = {
        "vintage": "text",
        "rows": "count",
        "bads": "count",
        "observed": "share",
        "low": "share",
        "high": "share",
        "expected": "share",
        "ratio": "index",
        "p_adjusted": "p",
    }
    drawn = ("observed", "expected")
    chart = Chart(kind="lines", label="vintage", values=drawn, low="low", high="high")
    yield Table.of("vintages", frame, kinds, sample=SAMPLE, chart=chart)


def _remarks(told: Outcomes) -> Iterator[Remark]:
    counts: dict[str, Kind] = {"rows": "count", "read": "count"}
    if told.immature:
        values = {"rows": told.immature, "first": told.first_final, "last": told.last_final}
        kinds: dict[str, Kind] = {"rows": "count", "first": "date", "last": "date"}
        yield Remark(key="immature", values=values, kinds=kinds)
    for key, rows in (("labels_rejected", told.rejected), ("labels_unknown", told.unknown)):
        if rows:
            yield Remark(key=key, values={"rows": rows, "read": told.read}, kinds=counts)
