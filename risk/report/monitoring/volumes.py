"""How many applications came, how many could be scored, and which nights are not there."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Light, Remark, Section, Table, worst
from risk.report.limits import away
from risk.report.monitoring.figures import judged, share_light, without_nights
from risk.report.monitoring.nights import LAST, NightFigures, Nights, Unusable

KEY = "night_volumes"
_RULES, _DAYS = 30, 10
_LIGHTS: dict[str, Light] = {"missing": "amber", "unfinished": "amber", "damaged": "red"}


def section(nights: Nights) -> Section:
    """Rows read, scored and rejected, night by night, and nights that cannot be told of."""
    return Section(
        key=KEY,
        figures=tuple(_figures(nights)),
        tables=(*_by_night(nights), *_by_rule(nights)),
        remarks=(*_span(nights), *_absent(nights), *_broken(nights)),
    )


def _figures(nights: Nights) -> Iterator[Figure]:
    last = nights.last
    if last is None:
        yield from without_nights(("rows_read", "rows_scored", "rejected_share"))
        return
    figure = partial(Figure, kind="count", sample=LAST)
    yield figure(key="rows_read", value=last.read).against(
        nights.limits.volume, _away(nights, last)
    )
    yield figure(key="rows_scored", value=last.scored)
    yield judged("rejected_share", last.broken, nights.limits.rejected, "no-rows")


def _usual(nights: Nights, night: NightFigures) -> float:
    """Mean rows of the nights before; NaN without any."""
    rows = [each.read for each in nights.before(night)]
    return float(np.mean(rows)) if rows else np.nan


def _away(nights: Nights, night: NightFigures) -> float:
    """How far the rows lie from those of the nights before, as a ratio at or above 1.

    Few rows either way are not judged.
    """
    usual = _usual(nights, night)
    if np.isnan(usual) or max(night.read, usual) < nights.limits.least_rows:
        return 1.0
    # A night without rows counts as one row, so that the ratio stays a number.
    return away(max(night.read, 1) / max(usual, 1))


def _by_night(nights: Nights) -> Iterator[Table]:
    if not nights.nights:
        return
    frame = pd.DataFrame(
        {
            "day": [night.day for night in nights.nights],
            "read": [night.read for night in nights.nights],
            "rows_before": [_usual(nights, night) for night in nights.nights],
            "scored": [night.scored for night in nights.nights],
            "rejected": [night.rejected for night in nights.nights],
            "rejected_share": [night.broken.value for night in nights.nights],
            "lights": [_light(nights, night) for night in nights.nights],
        }
    )
    kinds: dict[str, Kind] = {
        "day": "text",
        "read": "count",
        "rows_before": "count",
        "scored": "count",
        "rejected": "count",
        "rejected_share": "share",
    }
    chart = Chart(kind="lines", label="day", values=("read", "scored"))
    yield Table.of("night_volumes", frame, kinds, chart=chart)


def _light(nights: Nights, night: NightFigures) -> Light:
    if not night.judged:
        return "none"
    limits = nights.limits
    return worst(
        limits.volume.light(_away(nights, night)), share_light(night.broken, limits.rejected)
    )


def _by_rule(nights: Nights) -> Iterator[Table]:
    """Broken rules of the last night, and of all nights that are judged."""
    judged = {night.day for night in nights.judged}
    lines = nights.rejects[nights.rejects["day"].isin(judged)]
    if nights.last is None or not len(lines):
        return
    lines = lines.assign(last=lines["lines"].where(lines["day"] == nights.last.day, 0))
    grouped = lines.groupby(["field", "rule"], sort=False)
    frame = grouped.agg(lines_last=("last", "sum"), lines_all=("lines", "sum")).reset_index()
    frame = frame.sort_values(["lines_last", "lines_all"], ascending=False, kind="stable")
    kinds: dict[str, Kind] = {
        "field": "text",
        "rule": "text",
        "lines_last": "count",
        "lines_all": "count",
    }
    left_out = max(0, len(frame) - _RULES)
    yield Table.of("night_rules", frame.head(_RULES), kinds, left_out=left_out)


def _span(nights: Nights) -> Iterator[Remark]:
    judged = nights.judged
    if judged:
        context = len(nights.nights) - len(judged)
        told = {"nights": len(judged), "first": judged[0].day, "last": judged[-1].day}
        yield Remark(
            key="night_span",
            values={**told, "before": context},
            kinds={"first": "date", "last": "date"},
        )


def _absent(nights: Nights) -> Iterator[Remark]:
    """Days without a night, and nights that have not ended."""
    for why in ("missing", "unfinished"):
        days = [each.day for each in nights.unusable if each.why == why]
        if days:
            named = ", ".join(days[:_DAYS]) + (" ..." if len(days) > _DAYS else "")
            values = {"nights": len(days), "days": named}
            yield Remark(key=f"night_{why}", values=values, light=_LIGHTS[why])


def _broken(nights: Nights) -> Iterator[Remark]:
    for each in nights.unusable:
        if each.why == "damaged":
            yield _told(each)


def _told(damaged: Unusable) -> Remark:
    return Remark(
        key="night_damaged",
        values={"day": damaged.day, "detail": damaged.detail},
        kinds={"day": "date"},
        light=_LIGHTS["damaged"],
    )
