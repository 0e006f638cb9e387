"""What model, policy and people decide, night by night."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Section, Table
from risk.report.monitoring.figures import shared, without_nights
from risk.report.monitoring.nights import LAST, NO_BEFORE, NightFigures, Nights
from risk.validation.change import Share

KEY = "night_decisions"
_DECISIONS = ("approve", "refer", "decline")
_RATES = {"approve": "approval_rate", "refer": "referral_rate", "decline": "decline_rate"}


def section(nights: Nights) -> Section:
    """Rates of approval, referral and decline, and how often people decide otherwise."""
    return Section(
        key=KEY,
        figures=tuple(_figures(nights)),
        tables=(*_by_night(nights), *_overrides(nights)),
    )


def _figures(nights: Nights) -> Iterator[Figure]:
    last = nights.last
    if last is None:
        names = (*_RATES.values(), "approval_change", "overridden", "override_change")
        yield from without_nights(names)
        return
    for decision, key in _RATES.items():
        yield shared(key, last.decided(decision), "no-rows")
    yield _change(nights, "approval_change", _approved, "no-rows")
    yield shared("overridden", last.overridden, "no-reviews")
    yield _change(nights, "override_change", _overridden, "no-reviews")


def _change(
    nights: Nights, key: str, told: Callable[[NightFigures], Share], because: str
) -> Figure:
    """How far a rate of the last night lies from that of the nights before."""
    last = nights.last
    rows = told(last).rows if last else 0
    found = nights.changed(last, told) if last else None
    if found is None:
        lacks = NO_BEFORE if rows else because
        return Figure(key=key, kind="share", sample=LAST, rows=rows, because=lacks)
    figure = Figure(
        key=key,
        kind="share",
        sample=LAST,
        rows=rows,
        value=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        method="nights-before",
    )
    return figure.against(nights.limits.rate_change, nights.rate_judged(found))


def _approved(night: NightFigures) -> Share:
    return night.approved


def _overridden(night: NightFigures) -> Share:
    return night.overridden


def _by_night(nights: Nights) -> Iterator[Table]:
    if not any(night.scored for night in nights.nights):
        return
    frame = pd.DataFrame(
        {
            "day": [night.day for night in nights.nights],
            "scored": [night.scored for night in nights.nights],
            **{
                _RATES[each]: [night.decided(each).value for night in nights.nights]
                for each in _DECISIONS
            },
            **_changes(nights, _approved),
        }
    )
    kinds: dict[str, Kind] = {
        "day": "text",
        "scored": "count",
        **dict.fromkeys(_RATES.values(), "share"),
        "change": "share",
        "p_value": "p",
    }
    chart = Chart(kind="lines", label="day", values=tuple(_RATES.values()))
    yield Table.of("night_decisions", frame, kinds, chart=chart)


def _overrides(nights: Nights) -> Iterator[Table]:
    if not any(night.reviewed.decided for night in nights.nights):
        return
    frame = pd.DataFrame(
        {
            "day": [night.day for night in nights.nights],
            "cases": [night.rationales.cases for night in nights.nights],
            "decided_cases": [night.reviewed.decided for night in nights.nights],
            "override_rate": [night.overridden.value for night in nights.nights],
            **_changes(nights, _overridden),
        }
    )
    kinds: dict[str, Kind] = {
        "day": "text",
        "cases": "count",
        "decided_cases": "count",
        "override_rate": "share",
        "change": "share",
        "p_value": "p",
    }
    chart = Chart(kind="lines", label="day", values=("override_rate",))
    yield Table.of("night_overrides", frame, kinds, chart=chart)


def _changes(nights: Nights, told: Callable[[NightFigures], Share]) -> dict[str, list[object]]:
    """Columns `change`, `p_value` and `lights` against the nights before each."""
    found = [nights.changed(night, told) for night in nights.nights]
    judged = zip(nights.nights, found, strict=True)
    return {
        "change": [np.nan if each is None else each.difference for each in found],
        "p_value": [np.nan if each is None else each.p_value for each in found],
        "lights": [nights.rate_light(each) if night.judged else "none" for night, each in judged],
    }
