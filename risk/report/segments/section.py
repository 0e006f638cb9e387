"""Where the model is weak, and how it falls on those whom the law protects."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import Evidence, Pair, Part
from risk.report.limits import ValidationLimits
from risk.report.segments import fairness, price, proxies
from risk.report.segments.fairness import Fairness
from risk.report.segments.groups import ONE_GROUP, Cut, Groups, listed, segments
from risk.report.segments.levels import level_table, levels
from risk.validation.discrimination import auc
from risk.validation.segments import segment_gains

KEY = "segments"
_MOST = 15
_FIELDS, _LEVELS = 3, 12  # fields whose ranking is shown by level, and levels of each


def validated(evidence: Evidence) -> Section:
    """Weak spots; approval, errors and level by protected group; proxies; the price of a mend."""
    found = fairness.fairness(evidence)
    groups = found.comparable
    weak, weak_tables = _weak(evidence)
    drawn = proxies.drawn(evidence, groups)
    return Section(
        key=KEY,
        figures=(weak, *fairness.figures(evidence, found), *proxies.figures(evidence, drawn)),
        tables=(
            *weak_tables,
            *fairness.tables(evidence, found),
            *proxies.tables(evidence, drawn),
            *price.tables(evidence, drawn),
        ),
        remarks=(
            *_level(evidence.current),
            *_uncompared(evidence, found),
            *_remarks(evidence, groups),
            *price.remarks(evidence, drawn),
        ),
    )


def compared(pair: Pair) -> Section:
    """Both models side by side: segments, approval ratios and errors by protected group."""
    found = fairness.fairness(pair.b)
    gain, gain_tables = _gains(pair)
    return Section(
        key=KEY,
        figures=(gain, *fairness.figures(pair.b, found)),
        tables=(*gain_tables, *fairness.compared_tables(pair, found)),
        remarks=(*_uncompared(pair.b, found), *_remarks(pair.b, found.comparable)),
    )


def _weak(evidence: Evidence) -> tuple[Figure, list[Table]]:
    """Segments whose level is doubtful, and how the largest fields rank level by level."""
    part = evidence.current.ended
    figure = partial(
        Figure, key="weak_spots", kind="count", sample=part.name, rows=len(part), bads=part.bads
    )
    cuts = [] if part.lacks else [*segments(part, evidence.dictionary).values()]
    if not cuts:
        return figure(because=part.lacks or ONE_GROUP), []
    table = levels(part, cuts, evidence.limits)
    weak = int(table["lights"].isin(["amber", "red"]).sum())
    tables = [level_table("weak_spots", part, table, _MOST), *_areas(evidence, part, cuts, table)]
    return figure(value=weak, method="jeffreys-level"), tables


def _level(part: Part) -> Iterator[Remark]:
    """What the rows as a whole were off, which no segment is blamed for."""
    if not part.lacks:
        ended = part.ended
        values = {"observed": float(ended.y.mean()), "expected": float(ended.pd_.mean())}
        yield Remark(key="at_level", values=values, kinds=dict.fromkeys(values, "share"))


def _areas(
    evidence: Evidence, part: Part, cuts: Sequence[Cut], table: pd.DataFrame
) -> Iterator[Table]:
    """AUC by level of the categories that weigh most."""
    categories = [n for n, cut in enumerate(cuts) if cut.field.type == "category"]
    weights = [_weight(evidence, part, cut) for cut in cuts]
    kinds: dict[str, Kind] = {"segment": "text", "rows": "count", "bads": "count"}
    kinds |= dict.fromkeys(("auc", "auc_low", "auc_high"), "number")
    chart = Chart(
        kind="intervals",
        label="segment",
        values=("auc",),
        low="auc_low",
        high="auc_high",
        line=auc(part.y, part.pd_),
    )
    for n in sorted(categories, key=lambda n: -weights[n])[:_FIELDS]:
        own = table[(table["column"] == str(n)) & table["auc"].notna()]
        if len(own) > 1:
            first = own.sort_values("rows", ascending=False, kind="stable").head(_LEVELS)
            yield Table.of(
                "segment_auc",
                first.drop(columns="lights"),
                kinds,
                sample=part.name,
                subject=cuts[n].field.label,
                chart=chart,
                left_out=len(own) - len(first),
            )


def _weight(evidence: Evidence, part: Part, cut: Cut) -> float:
    """What a field moves: by its Shapley values, or else by how mean PDs differ over it."""
    if part.contributions is not None:
        place = evidence.dictionary.features.index(cut.field)
        return float(np.abs(part.contributions[:, place]).mean())
    means = np.bincount(cut.place, part.pd_) / np.maximum(cut.rows, 1)
    return float(np.var(means[cut.place]))


def _gains(pair: Pair) -> tuple[Figure, list[Table]]:
    """Where the second ranks better than the first, and where worse."""
    first, second = (part.ended for part in pair.current)
    figure = partial(
        Figure,
        key="segments_worse",
        kind="count",
        sample=second.name,
        rows=len(second),
        bads=second.bads,
    )
    cuts = [] if second.lacks else [*segments(second, pair.b.dictionary).values()]
    if not cuts:
        return figure(because=second.lacks or ONE_GROUP), []
    places = {str(n): cut.place for n, cut in enumerate(cuts)}
    table = segment_gains(second.y, second.pd_, first.pd_, places)
    table = _judged(table, pair.b.limits)
    worse = int(table["lights"].isin(["amber", "red"]).sum())
    return figure(value=worse, method="delong-paired"), [_gain_table(second, cuts, table)]


def _judged(table: pd.DataFrame, limits: ValidationLimits) -> pd.DataFrame:
    """Both must hold: what is lost is past its limit, and so is its test, adjusted over all.

    Differences that are no chance come first, and then the largest.
    """
    gain = table["gain"].to_numpy(np.float64)
    tests = list(zip(-gain, table["p_adjusted"], strict=True))
    lights = [limits.proven_light(*each, limits.gain_fall) for each in tests]
    chance = [limits.p_value.light(p_value) not in ("amber", "red") for _, p_value in tests]
    order = np.lexsort([-np.abs(gain), chance])
    return table.assign(lights=lights).iloc[order].reset_index(drop=True)


def _gain_table(part: Part, cuts: Sequence[Cut], table: pd.DataFrame) -> Table:
    tested = table[table["gain"].notna()]
    first = tested.head(_MOST)
    places = zip(first["column"].astype(int), first["segment"].astype(int), strict=True)
    names = [cuts[cut].whole_name(place) for cut, place in places]
    first = first.assign(segment=pd.Series(names, first.index, dtype=object))
    first = first.rename(columns={"auc_beside": "auc_a", "auc": "auc_b"})
    kinds: dict[str, Kind] = {"segment": "text", "rows": "count", "bads": "count"}
    kinds |= dict.fromkeys(("auc_a", "auc_b", "gain", "low", "high"), "number")
    kinds |= {"p_adjusted": "p"}
    chart = Chart(
        kind="intervals", label="segment", values=("gain",), low="low", high="high", line=0.0
    )
    left_out = len(tested) - len(first)
    return Table.of("segment_gains", first, kinds, sample=part.name, chart=chart, left_out=left_out)


def _uncompared(evidence: Evidence, found: Fairness) -> Iterator[Remark]:
    """Protected fields of which the section's light says nothing."""
    fields = [each for each in evidence.protected if isinstance(found.groups[each.name], str)]
    if fields:
        values = {"fields": listed([each.label for each in fields]), "protected": len(found.groups)}
        yield Remark(key="fields_uncompared", values=values, kinds={"protected": "count"})


def _remarks(evidence: Evidence, groups: Sequence[Groups]) -> Iterator[Remark]:
    """Groups that were not compared, and references that could not serve."""
    for each in groups:
        field = each.cut.field.label
        reference = each.cut.name(each.reference)
        if each.absent:
            values = {"field": field, "asked": each.absent, "reference": reference}
            yield Remark(key="reference_absent", values=values)
        if each.small:
            yield Remark(
                key="groups_left_out" if each.left_out else "groups_pooled",
                values={
                    "field": field,
                    "groups": each.small,
                    "named": listed(each.called, more=each.small > len(each.called)),
                    "rows": each.left_out or int(each.cut.rows[-1]),
                    "least": evidence.limits.least_rows,
                },
                kinds=dict.fromkeys(("groups", "rows", "least"), "count"),
            )
