"""How well the score ranks, now and at development, and which of two ranks better."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Section, Table
from risk.report.evidence import NO_DEVELOPMENT, Evidence, Pair, Part
from risk.validation.discrimination import AucInterval, delong, fallen, ks_interval
from risk.validation.outcomes import normal_quantile
from risk.validation.paired import Gain, auc_gain, bootstrap_gain, brier_gain, log_loss_gain

KEY = "discrimination"
_CURVE = np.linspace(0, 1, 41)


def validated(evidence: Evidence) -> Section:
    """AUC, Gini and KS with their intervals, and what they have lost since development."""
    figures = [figure for part in evidence.parts for figure in _ranking(part)]
    curves = _curves([(f"sample.{part.name}", part) for part in evidence.parts], "word")
    return Section(key=KEY, figures=(_fall(evidence), *figures), tables=curves)


def compared(pair: Pair) -> Section:
    """Both on the same rows, by paired DeLong and by paired bootstrap."""
    each = [
        figure.model_copy(update={"subject": side.name})
        for side in pair.sides
        for figure in _ranking(side.current)
    ]
    curves = _curves([(side.name, side.current) for side in pair.sides], "text")
    return Section(key=KEY, figures=(*_gains(pair), *each), tables=curves)


def _ranking(part: Part) -> Iterator[Figure]:
    ended = part.ended
    figure = partial(Figure, sample=part.name, rows=len(ended), bads=ended.bads)
    if part.lacks:
        yield from (figure(key=key, because=part.lacks) for key in ("auc", "gini", "ks"))
        return
    area, gap = delong(ended.y, ended.pd_), ks_interval(ended.y, ended.pd_)
    yield figure(key="auc", value=area.auc, low=area.low, high=area.high, method="delong")
    value, low, high = (2 * each - 1 for each in (area.auc, area.low, area.high))
    yield figure(key="gini", value=value, low=low, high=high, method="delong")
    yield figure(key="ks", value=gap.ks, low=gap.low, high=gap.high, method="ks")


def _fall(evidence: Evidence) -> Figure:
    """What the AUC has lost against rows that the trees had not seen in training either."""
    current, before = evidence.current.ended, evidence.at_development
    figure = partial(
        Figure, key="auc_fall", sample=current.name, rows=len(current), bads=current.bads
    )
    if evidence.current.lacks or "auc" not in before:
        return figure(because=evidence.current.lacks or NO_DEVELOPMENT)
    half = (before["auc_high"] - before["auc_low"]) / 2
    variance = (half / normal_quantile(0.95)) ** 2
    then = AucInterval(before["auc"], variance, before["auc_low"], before["auc_high"])
    now = delong(current.y, current.pd_)
    lost = fallen(then, now)
    width = normal_quantile(0.95) * np.sqrt(then.variance + now.variance)
    limits = evidence.limits
    told = figure(
        value=lost.difference,
        low=lost.difference - width,
        high=lost.difference + width,
        p_value=lost.p_value,
        method="delong-unpaired",
    )
    return limits.where_proven(told, limits.auc_fall)


def _gains(pair: Pair) -> Iterator[Figure]:
    """What the second has over the first."""
    first, second = (part.ended for part in pair.current)
    lacks, limits = pair.b.current.lacks, pair.b.limits
    figure = partial(Figure, sample=second.name, rows=len(second), bads=second.bads)
    names = ("auc_gain", "auc_gain_bootstrap", "brier_gain", "log_loss_gain")
    if lacks:
        yield from (figure(key=name, because=lacks) for name in names)
        return
    new, old = second.inside, first.inside
    found: Sequence[tuple[str, Gain]] = (
        ("delong-paired", auc_gain(second.y, new, old)),
        ("bootstrap-paired", bootstrap_gain(second.y, new, old, seed=pair.b.seed)),
        ("normal-paired", brier_gain(second.y, new, old)),
        ("normal-paired", log_loss_gain(second.y, new, old)),
    )
    for name, (method, gain) in zip(names, found, strict=True):
        told = figure(
            key=name,
            value=gain.difference,
            low=gain.low,
            high=gain.high,
            p_value=gain.p_value,
            method=method,
        )
        lost = limits.proven(-gain.difference, gain.p_value, limits.gain_fall)
        yield told.against(limits.gain_fall, lost) if name == "auc_gain" else told


def _curves(named: Sequence[tuple[str, Part]], kind: Kind) -> tuple[Table, ...]:
    """ROC curves: share of the bads found by share of the goods refused; names are of `kind`."""
    tables = [_roc(part).assign(line=name) for name, part in named if not part.lacks]
    if not tables:
        return ()
    chart = Chart(
        kind="curve", label="goods_refused", values=("bads_refused",), by="line", diagonal=True
    )
    kinds: dict[str, Kind] = {"line": kind, "goods_refused": "share", "bads_refused": "share"}
    return (Table.of("roc", pd.concat(tables), kinds, chart=chart),)


def _roc(part: Part) -> pd.DataFrame:
    ended = part.ended
    order = np.argsort(-ended.pd_, kind="stable")
    bads, falling = ended.y[order], -ended.pd_[order]
    # Equal scores are refused together: a point of the curve lies where the score changes.
    last = np.flatnonzero(np.append(falling[1:] > falling[:-1], True))
    found = np.append(0, np.cumsum(bads)[last]) / bads.sum()
    refused = np.append(0, np.cumsum(1 - bads)[last]) / (1 - bads).sum()
    return pd.DataFrame(
        {"goods_refused": _CURVE, "bads_refused": np.interp(_CURVE, refused, found)}
    )
