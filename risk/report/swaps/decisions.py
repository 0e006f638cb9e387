"""What model and policy decide, how it turned out, and how it turned out near the cut-offs."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from features.binning import IntArray
from features.encoding import FloatArray
from risk.policy import RECOMMENDATIONS, Policy
from risk.report.document import Chart, Figure, Kind, Table
from risk.report.evidence import NO_OUTCOMES, NO_ROWS, Evidence, Mask, Pair, Part
from risk.report.segments.fairness import NONE_APPROVED
from risk.validation.calibration import jeffreys_interval
from risk.validation.rates import bad_rates, margin

_MARGIN = 0.05  # of the rows, on either side of a cut-off
_DECISIONS = tuple(str(each) for each in RECOMMENDATIONS)
_RATES: dict[str, Kind] = {
    "rows": "count",
    "known": "count",
    "bads": "count",
    "bad_rate": "share",
    "low": "share",
    "high": "share",
}


def figures(part: Part) -> Iterator[Figure]:
    """Share of the rows that is approved, and their bad rate."""
    figure = partial(Figure, kind="share", sample=part.name)
    taken = part.take(part.approved)
    yield _share(partial(figure, key="approval_rate"), len(taken), len(part))
    ended = taken.ended
    if len(ended):
        told = _share(partial(figure, key="approved_bad_rate"), ended.bads, len(ended))
        yield told.model_copy(update={"bads": ended.bads})
    else:
        because = NO_OUTCOMES if len(taken) else NONE_APPROVED
        yield figure(key="approved_bad_rate", rows=len(taken), because=because)


def _share(figure: "partial[Figure]", some: int, rows: int) -> Figure:
    if not rows:
        return figure(rows=0, because=NO_ROWS)
    low, high = jeffreys_interval(some, rows)
    return figure(value=some / rows, rows=rows, low=float(low), high=float(high), method="jeffreys")


def tables(evidence: Evidence) -> Iterator[Table]:
    """Each decision; and the last rows on either side of each cut-off."""
    part = evidence.current
    place = _places(part)
    frame = bad_rates(part.y, place, len(_DECISIONS))
    frame["decision"] = [f"recommendation.{each}" for each in _DECISIONS]
    frame["share"] = frame["rows"] / max(1, len(part))
    frame["expected"] = _mean(part.pd_, place, len(_DECISIONS))
    kinds: dict[str, Kind] = {"decision": "word", "share": "share", **_RATES, "expected": "share"}
    yield Table.of("decisions", frame, kinds, sample=part.name, chart=_chart("decision"))
    yield from _margins(evidence)


def _margins(evidence: Evidence) -> Iterator[Table]:
    """By score alone, whatever hard rules decide: there the cut-offs could be moved."""
    part, policy = evidence.current, evidence.policy
    rows = max(evidence.limits.least_rows, round(_MARGIN * len(part)))
    lines = []
    for cut in ("approve", "decline"):
        sides = margin(part.pd_, _safer(part, policy, cut), rows)
        for side, chosen in zip(("inside", "outside"), sides, strict=True):
            line = bad_rates(part.y[chosen], np.zeros(chosen.sum(), np.int64), 1)
            line["expected"] = part.pd_[chosen].mean() if chosen.any() else np.nan
            lines.append(line.assign(margin=f"margin.{cut}_{side}"))
    frame = pd.concat(lines, ignore_index=True)
    kinds: dict[str, Kind] = {"margin": "word", **_RATES, "expected": "share"}
    if len(part):
        yield Table.of("margins", frame, kinds, sample=part.name, chart=_chart("margin"))


def _safer(part: Part, policy: Policy, cut: str) -> Mask:
    """Rows on the safer side of a cut-off."""
    bound = policy.approve if cut == "approve" else policy.decline
    return part.pd_ < bound if policy.scale == "pd" else part.points >= bound


def agreed(pair: Pair) -> Figure:
    """How often both decide alike."""
    first, second = pair.current
    figure = partial(Figure, key="same_decision", kind="share", sample=second.name)
    return _share(figure, int((first.decision == second.decision).sum()), len(second))


def crossed(pair: Pair) -> Iterator[Table]:
    """The decision of one by that of the other, and how these rows turned out."""
    first, second = pair.current
    count = len(_DECISIONS)
    frame = bad_rates(second.y, _places(first) * count + _places(second), count**2)
    names = [f"recommendation.{each}" for each in _DECISIONS]
    frame["decision_a"], frame["decision_b"] = np.repeat(names, count), np.tile(names, count)
    kinds: dict[str, Kind] = {"decision_a": "word", "decision_b": "word", **_RATES}
    shown = frame[frame["rows"] > 0]
    if len(shown):
        yield Table.of("decisions_crossed", shown, kinds, sample=second.name)


def _chart(label: str) -> Chart:
    return Chart(kind="intervals", label=label, values=("bad_rate",), low="low", high="high")


def _places(part: Part) -> IntArray:
    found = pd.Index(_DECISIONS).get_indexer(pd.Index(part.decision.astype(object)))
    return np.asarray(found, np.int64)


def _mean(values: FloatArray, place: IntArray, count: int) -> FloatArray:
    """Mean of each part; NaN of none."""
    rows = np.bincount(place, minlength=count)
    total = np.bincount(place, values, minlength=count)
    return np.where(rows > 0, total / np.maximum(rows, 1), np.nan)
