"""From the rows of a table to the samples: what was left out and why, and how many were bad."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_OUTCOMES, Evidence, Flow, Pair, Part
from risk.validation.calibration import jeffreys_interval

KEY = "flow"
_RULES = 30


def validated(evidence: Evidence) -> Section:
    """Rows read, rejected, immature; rows and bad rate by sample and by month."""
    figures = [figure for part in evidence.parts for figure in _rates(part)]
    if evidence.flow is None:
        return Section(key=KEY, figures=tuple(figures), remarks=tuple(_empty(evidence.current)))
    return Section(
        key=KEY,
        figures=(*_read(evidence, evidence.flow), *figures),
        tables=(*_rejected(evidence.flow), *_by_month(evidence.flow)),
        remarks=(*_empty(evidence.current), *_immature(evidence.flow)),
    )


def compared(pair: Pair) -> Section:
    """The rows that both have scored, which all that follows rests on."""
    part = pair.b.current
    both = Figure(key="rows_of_both", value=len(part), kind="count", sample=part.name)
    one = Figure(key="rows_of_one", value=pair.left_out, kind="count", sample=part.name)
    tables = _by_month(pair.b.flow) if pair.b.flow else ()
    figures, remarks = (both, one, *_rates(part)), tuple(_empty(part))
    return Section(key=KEY, figures=figures, tables=tuple(tables), remarks=remarks)


def _read(evidence: Evidence, flow: Flow) -> Iterator[Figure]:
    yield Figure(key="rows_read", value=flow.read, kind="count")
    share = flow.broken / flow.read if flow.read else 0.0
    told = Figure(key="rows_rejected", value=flow.broken, kind="count", rows=flow.read)
    yield told.against(evidence.limits.rejected, share)
    yield Figure(key="rows_immature", value=flow.immature, kind="count", rows=flow.read)


def _rates(part: Part) -> Iterator[Figure]:
    ended = part.ended
    figure = partial(Figure, key="bad_rate", kind="share", sample=part.name, rows=len(part))
    if not len(ended):
        yield figure(because=NO_OUTCOMES)
        return
    low, high = jeffreys_interval(ended.bads, len(ended))
    yield figure(
        value=ended.bads / len(ended),
        bads=ended.bads,
        low=float(low),
        high=float(high),
        method="jeffreys",
    )


def _rejected(flow: Flow) -> Iterator[Table]:
    if not len(flow.rejected):
        return
    frame = flow.rejected.sort_values("rows", ascending=False, kind="stable")
    kinds: dict[str, Kind] = {"field": "text", "rule": "text", "rows": "count"}
    left_out = max(0, len(frame) - _RULES)
    yield Table.of("rejected", frame.head(_RULES), kinds, left_out=left_out)


def _by_month(flow: Flow) -> Iterator[Table]:
    """Rows and bad rate by month, whatever sample they are in."""
    frame = flow.by_month
    if not len(frame) or not frame["month"].any():
        return
    young = frame["sample"] == "immature"
    grouped = frame[~young].groupby("month")[["rows", "bads"]].sum()
    months = grouped.assign(immature=frame[young].groupby("month")["rows"].sum())
    late = frame[young & ~frame["month"].isin(grouped.index)].groupby("month")["rows"].sum()
    months = pd.concat([months, late.rename("immature").to_frame()]).sort_index().reset_index()
    low, high = jeffreys_interval(months["bads"], months["rows"].fillna(1))
    shown = months.assign(bad_rate=months["bads"] / months["rows"], low=low, high=high)
    shown.loc[shown["bad_rate"].isna(), ["low", "high"]] = np.nan
    kinds: dict[str, Kind] = {
        "month": "text",
        "rows": "count",
        "bads": "count",
        "bad_rate": "share",
        "low": "share",
        "high": "share",
        "immature": "count",
    }
    chart = Chart(kind="intervals", label="month", values=("bad_rate",), low="low", high="high")
    yield Table.of("by_month", shown, kinds, chart=chart)


def _empty(part: Part) -> Iterator[Remark]:
    """Without rows nothing can be wrong, which is not to say that all is well."""
    if not len(part):
        sample = f"sample.{part.name}"
        kinds: dict[str, Kind] = {"sample": "word"}
        yield Remark(key="nothing_to_judge", values={"sample": sample}, kinds=kinds, light="amber")


def _immature(flow: Flow) -> Iterator[Remark]:
    if flow.immature:
        yield Remark(
            key="immature",
            values={
                "rows": flow.immature,
                "first": flow.first_final,
                "last": flow.last_final,
            },
            kinds={"rows": "count", "first": "date", "last": "date"},
        )
