"""What it would cost in Gini, and in bad rate, to bring approval rates nearer to each other.

Measured on the rows that proxies were looked for in, at the approval rate they have; hard rules
aside. Nothing is recommended here.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from features.encoding import FloatArray
from features.language import Text
from risk.report.document import Kind, Remark, Table
from risk.report.evidence import Evidence, Mask, Part
from risk.report.segments.fairness import ratios
from risk.report.segments.groups import Groups, listed
from risk.report.segments.proxies import Drawn, Proxies
from risk.validation.discrimination import gini
from risk.validation.mitigation import (
    approved_in_groups,
    lifted,
    neutral,
    price,
    typical_values,
)
from risk.validation.paired import auc_gain
from risk.validation.swapset import approved

_STEPS = (1, 3)
"""How many of the strongest proxies are made neutral."""


class _Measure(NamedTuple):
    """One way to decide: `pd_` is None where it changes no order of risk."""

    key: str
    approved: Mask
    pd_: FloatArray | None = None
    fields: Text | None = None


def tables(evidence: Evidence, drawn: Drawn) -> Iterator[Table]:
    """For each protected field: as it is, with its strongest proxies neutral, by own cut-offs."""
    rate = float(drawn.part.approved.mean()) if len(drawn.part) else 0.0
    for each in drawn.found if 0 < rate < 1 else ():
        measures = _measures(evidence, drawn, each, rate)
        frame = pd.DataFrame(_priced(drawn.part, each.groups, m) for m in measures)
        kinds: dict[str, Kind] = {"measure": "word", "fields": "text", "rows": "count"}
        kinds |= {"approval_rate": "share"}
        kinds |= dict.fromkeys(("approval_ratio", "low", "high"), "index")
        kinds |= {"bad_rate": "share"}
        kinds |= dict.fromkeys(("decision_gini", "gini"), "number")
        kinds |= dict.fromkeys(("gini_change", "change_low", "change_high"), "number")
        label = each.groups.cut.field.label
        yield Table.of("price", frame, kinds, sample=drawn.part.name, subject=label)


def _measures(evidence: Evidence, drawn: Drawn, found: Proxies, rate: float) -> Iterator[_Measure]:
    part = drawn.part
    as_is = approved(part.pd_, rate)
    yield _Measure("price.as_is", as_is, part.pd_)
    for count in _STEPS:
        pd_ = _without(evidence, drawn, found, count)
        if pd_ is not None:
            fields = _labels(evidence, found.fields["field"].head(count).tolist())
            yield _Measure(f"price.neutral_{count}", approved(pd_, rate), pd_, fields)
    yield _Measure("price.cut_offs", _by_group(evidence, part, found.groups, as_is))


def _without(evidence: Evidence, drawn: Drawn, found: Proxies, count: int) -> FloatArray | None:
    """PDs with the strongest proxies at what is typical of the reference set; no retraining."""
    features, model = evidence.dictionary.features, evidence.model
    names = found.fields["field"].head(count)
    if model is None or len(names) < count or count >= len(features):
        return None
    places = [n for n, field in enumerate(features) if field.name in set(names)]
    categories = [n for n, field in enumerate(features) if field.type == "category"]
    typical = typical_values(model.reference, categories)
    return model.predict(neutral(drawn.x, places, typical))


def _by_group(evidence: Evidence, part: Part, groups: Groups, as_is: Mask) -> Mask:
    """Approved with a cut-off for each group, the ratio of their rates at its limit."""
    place = groups.cut.place
    own, rows = place >= 0, groups.cut.rows
    rates = np.bincount(place[own], as_is[own], minlength=len(rows)) / np.maximum(rows, 1)
    wanted = lifted(rates, rows, evidence.limits.approval_ratio.amber)
    taken = as_is.copy()
    taken[own] = approved_in_groups(part.pd_[own], place[own], wanted)
    return taken


def _labels(evidence: Evidence, names: Sequence[str]) -> Text:
    return listed([evidence.dictionary[name].label for name in names])


def _priced(part: Part, groups: Groups, measure: _Measure) -> dict[str, object]:
    """A line of the table; what rests on outcomes is left out where they are too few."""
    line: dict[str, object] = {
        "measure": measure.key,
        "fields": measure.fields,
        "rows": len(part),
        "approval_rate": float(measure.approved.mean()),
        **_farthest(ratios(measure.approved, groups)),
    }
    names = ("bad_rate", "decision_gini", "gini", "gini_change", "change_low", "change_high")
    unknown = dict.fromkeys(names, np.nan)
    return {**line, **unknown, **({} if part.lacks else _outcome(part, measure))}


def _farthest(found: pd.DataFrame) -> dict[str, float]:
    """The approval ratio that is farthest from 1, either way."""
    names = ("approval_ratio", "low", "high")
    if found.empty:
        return dict.fromkeys(names, np.nan)
    row = found.sort_values("size").iloc[0]
    return {name: float(row[name]) for name in names}


def _outcome(part: Part, measure: _Measure) -> dict[str, float]:
    known = ~np.isnan(part.y)
    y, before = part.y[known], part.pd_[known]
    bad_rate, of_decision = price(y, measure.approved[known])
    told = {"bad_rate": bad_rate, "decision_gini": of_decision}
    if measure.pd_ is None:
        return told
    after = measure.pd_[known]
    told["gini"] = gini(y, after)
    if measure.fields is None:
        return told
    gain = auc_gain(y, after, before)
    changes = (2 * each for each in (gain.difference, gain.low, gain.high))
    return told | dict(zip(("gini_change", "change_low", "change_high"), changes, strict=True))


def remarks(evidence: Evidence, drawn: Drawn) -> Iterator[Remark]:
    """What the figures are not."""
    if not drawn.found:
        return
    if evidence.model is not None:
        yield Remark(key="neutral_without_retraining")
    yield Remark(
        key="own_cut_offs",
        values={"ratio": evidence.limits.approval_ratio.amber},
        kinds={"ratio": "share"},
    )
