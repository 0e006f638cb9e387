"""Fields that stand in for a protected group, and how much they weigh in the model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.encoding import FloatArray, encode
from risk.report.document import Chart, Figure, Kind, Table
from risk.report.evidence import TOO_FEW, Evidence, Mask, Part
from risk.report.segments.groups import Cut, Groups, segments
from risk.validation.explanations import importance
from risk.validation.proxies import associations, membership

_MOST_ROWS = 10_000
_SHOWN = 10


@dataclass(frozen=True)
class Proxies:
    """What the model's fields tell of one protected field.

    Attributes:
        groups: Of the rows drawn.
        members: As `membership`, rows of no group left out; empty where only one group is drawn.
        fields: As `associations`, with `importance`, NaN where the model does not tell it.
    """

    groups: Groups
    members: pd.DataFrame
    fields: pd.DataFrame


@dataclass(frozen=True)
class Drawn:
    """Rows that proxies are looked for in, at most 10,000, and what was found.

    Attributes:
        part: The rows.
        x: Their matrix, shape (n, p).
        found: One for each protected field that has groups to compare.
    """

    part: Part
    x: FloatArray
    found: tuple[Proxies, ...]


def drawn(evidence: Evidence, groups: Sequence[Groups]) -> Drawn:
    """Look for proxies of each protected field."""
    chosen = _chosen(len(evidence.current), evidence.seed)
    part = evidence.current.take(chosen)
    x = encode(part.rows, evidence.dictionary) if part.x is None else part.x
    cuts = segments(part, evidence.dictionary) if groups else {}
    weights = _weights(part, evidence.dictionary)
    found = []
    for each in groups:
        own = replace(each, cut=replace(each.cut, place=each.cut.place[chosen]))
        fields = _fields(own, cuts)
        fields["importance"] = fields["field"].map(weights)
        found.append(Proxies(own, _members(own, x, evidence.seed), fields))
    return Drawn(part, x, tuple(found))


def _chosen(rows: int, seed: int) -> Mask:
    return np.random.default_rng(seed).permutation(rows) < _MOST_ROWS


def _weights(part: Part, dictionary: DataDictionary) -> dict[str, float]:
    names = [field.name for field in dictionary.features]
    if part.contributions is None:
        return dict.fromkeys(names, np.nan)
    return dict(zip(names, importance(part.contributions).tolist(), strict=True))


def _members(groups: Groups, x: FloatArray, seed: int) -> pd.DataFrame:
    own = groups.cut.place >= 0
    if np.unique(groups.cut.place[own]).size < 2:
        return pd.DataFrame()
    table = membership(x[own], groups.cut.place[own], seed)
    names = [groups.cut.whole_name(each) for each in table["group"]]
    table["group"] = pd.Series(names, dtype=object)
    return table


def _fields(groups: Groups, cuts: Mapping[str, Cut]) -> pd.DataFrame:
    own = groups.cut.place >= 0
    bins = {name: cut.place[own] for name, cut in cuts.items()}
    return associations(bins, groups.cut.place[own])


def figures(evidence: Evidence, drawn: Drawn) -> Iterator[Figure]:
    """For each protected field the group that the model's fields tell best."""
    for each in drawn.found:
        figure = partial(Figure, key="proxy_auc", sample=drawn.part.name)
        table = each.members
        table = table[table["auc"].notna()] if len(table) else table
        if table.empty:
            yield figure(subject=each.groups.cut.field.label, because=TOO_FEW)
            continue
        row = table.sort_values("auc").iloc[-1]
        told = figure(
            value=row["auc"],
            low=row["low"],
            high=row["high"],
            rows=int(each.members["rows"].sum()),
            subject=row["group"],
            method="delong-halves",
        )
        yield told.against(evidence.limits.proxy_auc, _judged(row["auc"], row["low"]))


def _judged(area: float, low: float) -> float:
    """Both must hold: the AUC is past its limit, and its interval lies above one half."""
    return area if low > 0.5 else 0.5


def tables(evidence: Evidence, drawn: Drawn) -> Iterator[Table]:
    """How well each group is told; then the fields that go with it, and what they weigh."""
    members = [each.members for each in drawn.found if len(each.members)]
    if members:
        yield _member_table(evidence, drawn.part, pd.concat(members, ignore_index=True))
    for each in drawn.found:
        yield _field_table(evidence.dictionary, drawn.part, each)


def _member_table(evidence: Evidence, part: Part, table: pd.DataFrame) -> Table:
    limit = evidence.limits.proxy_auc
    bounds = zip(table["auc"], table["low"], strict=True)
    lights = [limit.light(_judged(*each) if each[0] == each[0] else None) for each in bounds]
    kinds: dict[str, Kind] = {"group": "text", "rows": "count"}
    kinds |= dict.fromkeys(("auc", "low", "high"), "number")
    chart = Chart(
        kind="intervals", label="group", values=("auc",), low="low", high="high", line=0.5
    )
    return Table.of("membership", table.assign(lights=lights), kinds, sample=part.name, chart=chart)


def _field_table(dictionary: DataDictionary, part: Part, found: Proxies) -> Table:
    kinds: dict[str, Kind] = {"field": "text", "association": "index"}
    if found.fields["importance"].notna().any():
        kinds["importance"] = "share"
    shown = found.fields.head(_SHOWN)
    labels = [dictionary[name].label for name in shown["field"]]
    values = tuple(name for name in kinds if name != "field")
    return Table.of(
        "proxies",
        shown.assign(field=pd.Series(labels, shown.index, dtype=object)),
        kinds,
        sample=part.name,
        subject=found.groups.cut.field.label,
        chart=Chart(kind="bars", label="field", values=values),
        left_out=len(found.fields) - len(shown),
    )
