"""How far the scores, and the fields that they rest on, have moved since development."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from features.language import Text
from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_DEVELOPMENT
from risk.report.monitoring.figures import without_nights
from risk.report.monitoring.nights import LAST, FieldMove, NightFigures, Nights
from risk.validation.multiplicity import holm
from risk.validation.stability import Shift

KEY = "night_scores"
_FIELDS, _LINES = 40, 5
_MADE_WITH = ("model", "policy", "dictionary")
_NONE = Shift(np.nan, np.nan, np.nan)


def section(nights: Nights) -> Section:
    """PSI of the score, CSI of each field, mean PD and points, night by night."""
    return Section(
        key=KEY,
        figures=tuple(_figures(nights)),
        tables=(*_by_night(nights), *_by_field(nights), *_lines(nights)),
        remarks=tuple(_changes(nights.nights)),
    )


def _figures(nights: Nights) -> Iterator[Figure]:
    last = nights.last
    if last is None:
        yield from without_nights(("psi", "csi_largest", "mean_pd"))
        return
    yield _psi(nights, last)
    yield _largest(nights, last)
    figure = partial(Figure, key="mean_pd", kind="share", sample=LAST, rows=last.scored)
    yield figure(because="no-rows") if last.spread is None else figure(value=last.spread.mean_pd)


def _psi(nights: Nights, night: NightFigures) -> Figure:
    figure = partial(Figure, key="psi", kind="index", sample=LAST, rows=night.scored)
    moved = night.psi
    if moved is None:
        return figure(because=NO_DEVELOPMENT if night.scored else "no-rows")
    told = figure(value=moved.psi, p_value=moved.p_value, method="psi-training")
    limits = nights.limits
    return limits.where_proven(told, limits.psi)


def _largest(nights: Nights, night: NightFigures) -> Figure:
    """The field that has moved farthest, beyond chance where one has."""
    figure = partial(Figure, key="csi_largest", kind="index", sample=LAST)
    if not night.fields:
        return figure(because=NO_DEVELOPMENT if night.scored else "no-rows")
    p_values, limits = _adjusted(night.fields), nights.limits
    proven = [
        limits.proven(each.moved.psi, p_value, limits.csi)
        for each, p_value in zip(night.fields, p_values, strict=True)
    ]
    place = max(range(len(proven)), key=lambda n: (proven[n], night.fields[n].moved.psi))
    found = night.fields[place]
    told = figure(
        value=found.moved.psi,
        rows=found.rows,
        p_value=p_values[place],
        subject=_named(nights, found.field),
        method="homogeneity-holm",
    )
    return told.against(limits.csi, proven[place])


def _adjusted(fields: Sequence[FieldMove]) -> list[float]:
    """p-values over all fields of a night together."""
    return [float(p) for p in holm([each.moved.p_value for each in fields])]


def _by_night(nights: Nights) -> Iterator[Table]:
    rows = nights.nights
    if not rows:
        return
    moved = [night.psi or _NONE for night in rows]
    frame = pd.DataFrame(
        {
            "day": [night.day for night in rows],
            "scored": [night.scored for night in rows],
            "psi": [each.psi for each in moved],
            "by_chance": [each.by_chance for each in moved],
            "p_value": [each.p_value for each in moved],
            "lights": [_light(nights, night) for night in rows],
        }
    )
    kinds: dict[str, Kind] = {
        "day": "text",
        "scored": "count",
        "psi": "index",
        "by_chance": "index",
        "p_value": "p",
    }
    if frame["psi"].notna().any():
        chart = Chart(kind="lines", label="day", values=("psi",), line=nights.limits.psi.red)
        yield Table.of("night_psi", frame, kinds, chart=chart)
    yield from _spreads(rows)


def _light(nights: Nights, night: NightFigures) -> str:
    if not night.judged or night.psi is None:
        return "none"
    return nights.moved_light(night.psi, nights.limits.psi, night.psi.p_value)


def _spreads(rows: Sequence[NightFigures]) -> Iterator[Table]:
    """Mean PD by itself, and the percentiles of the points."""
    found = [night.spread for night in rows]
    if not any(found):
        return
    days = [night.day for night in rows]
    means = [np.nan if each is None else each.mean_pd for each in found]
    kinds: dict[str, Kind] = {"day": "text", "mean_pd": "share"}
    chart = Chart(kind="lines", label="day", values=("mean_pd",))
    yield Table.of("night_pd", pd.DataFrame({"day": days, "mean_pd": means}), kinds, chart=chart)
    names = ("points_p10", "points_p50", "points_p90")
    points = [(np.nan,) * 3 if each is None else each[1:] for each in found]
    frame = pd.DataFrame(points, columns=list(names)).assign(day=days)
    kinds = {"day": "text", **dict.fromkeys(names, "points")}
    yield Table.of(
        "night_points", frame, kinds, chart=Chart(kind="lines", label="day", values=names)
    )


def _by_field(nights: Nights) -> Iterator[Table]:
    """Every field in the last night, the farthest moved first, and the worst of its nights."""
    last = nights.last
    if last is None or not last.fields:
        return
    p_values = _adjusted(last.fields)
    highest = _highest(nights)
    frame = pd.DataFrame(
        {
            "field": [_named(nights, each.field) for each in last.fields],
            "rows": [each.rows for each in last.fields],
            "csi": [each.moved.psi for each in last.fields],
            "by_chance": [each.moved.by_chance for each in last.fields],
            "p_adjusted": p_values,
            "csi_highest": [highest[each.field] for each in last.fields],
            "lights": [
                nights.moved_light(each.moved, nights.limits.csi, p)
                for each, p in zip(last.fields, p_values, strict=True)
            ],
        }
    ).sort_values("csi", ascending=False, kind="stable")
    kinds: dict[str, Kind] = {
        "field": "text",
        "rows": "count",
        "csi": "index",
        "by_chance": "index",
        "p_adjusted": "p",
        "csi_highest": "index",
    }
    chart = Chart(kind="bars", label="field", values=("csi",), line=nights.limits.csi.red)
    left_out = max(0, len(frame) - _FIELDS)
    yield Table.of(
        "night_csi", frame.head(_FIELDS), kinds, sample=LAST, chart=chart, left_out=left_out
    )


def _highest(nights: Nights) -> dict[str, float]:
    """The largest CSI of each field over the nights that are judged."""
    found: dict[str, float] = {}
    for night in nights.judged:
        for each in night.fields:
            found[each.field] = max(found.get(each.field, 0.0), each.moved.psi)
    return found


def _lines(nights: Nights) -> Iterator[Table]:
    """The fields that have moved farthest in any night, night by night."""
    highest = _highest(nights)
    shown = sorted(highest, key=lambda name: -highest[name])[:_LINES]
    lines = [
        {"day": night.day, "field": _named(nights, each.field), "csi": each.moved.psi}
        for night in nights.nights
        for each in sorted(night.fields, key=lambda move: -highest.get(move.field, 0.0))
        if each.field in shown
    ]
    if not lines or len(nights.nights) < 2:
        return
    kinds: dict[str, Kind] = {"day": "text", "field": "text", "csi": "index"}
    chart = Chart(
        kind="lines", label="day", values=("csi",), by="field", line=nights.limits.csi.red
    )
    yield Table.of("night_csi_lines", pd.DataFrame(lines), kinds, chart=chart)


def _named(nights: Nights, field: str) -> Text | str:
    return nights.labels.get(field, field)


def _changes(rows: Sequence[NightFigures]) -> Iterator[Remark]:
    """From which night on another model, policy or dictionary was used."""
    for before, night in pairwise(rows):
        for what in _MADE_WITH:
            then, now = (each.made_with.get(what) for each in (before, night))
            if night.judged and then != now:
                values = {"day": night.day, "what": f"made_with.{what}"}
                kinds: dict[str, Kind] = {"day": "date", "what": "word"}
                yield Remark(key="night_made_with", values=values, kinds=kinds)
