"""How far each field, protected field and the outcome have moved since development.

Its tables and figures stand in the section on stability.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from features.binning import Bins, IntArray
from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray, encode
from features.language import Text
from risk.display import number, shown
from risk.report.document import Chart, Figure, Kind, Limits, Remark, Table
from risk.report.evidence import Evidence, Part
from risk.report.limits import ValidationLimits
from risk.report.segments.groups import grouped
from risk.validation.multiplicity import holm
from risk.validation.stability import Baseline, psi_parts, shift

_FIELDS, _DETAILED, _BINS = 40, 3, 12


@dataclass(frozen=True)
class Spread:
    """One field over k bins that were frozen at development.

    Attributes:
        label: What people call it.
        use: What it is for: `feature`, `protected` or `outcome`.
        names: What people call its bins, k of them; the last is that of missing values where the
            field is a feature.
        development: Rows of each bin at development, shape (k,).
        current: Rows of each bin now.
    """

    label: Text
    use: str
    names: tuple[Text, ...]
    development: IntArray
    current: IntArray

    @property
    def missing(self) -> tuple[float, float]:
        """Share of missing values of a feature, at development and now; NaN for all else."""
        if self.use != "feature":
            return float("nan"), float("nan")
        then, now = (rows[-1] / rows.sum() for rows in (self.development, self.current))
        return float(then), float(now)


def spreads(evidence: Evidence, before: Part | None) -> list[Spread]:
    """Every feature, protected field and the outcome, in the order of the dictionary.

    Features lie over the bins that the model was trained with, where it kept them, or else over
    those of the development sample; all else needs that sample.

    Args:
        evidence: Whose current sample is held against development; it has rows.
        before: The development sample, with rows; None without one.
    """
    found = list(_features(evidence, before))
    if before is None:
        return found
    both = (before, evidence.current)
    found += [each for field in evidence.protected for each in _protected(evidence, field, both)]
    return [*found, *_outcome(evidence, both)]


def moves(spread: Sequence[Spread], limits: ValidationLimits) -> pd.DataFrame:
    """How far each has moved, the farthest first.

    Returns:
        `place` (in `spread`), `field`, `use`, `csi`, `by_chance` (its mean had nothing moved),
        `p_adjusted` (nothing has moved; Holm, over all of them), `missing_then`, `missing_now` and
        `lights`.
    """
    shifts = [shift(each.development, each.current) for each in spread]
    adjusted = holm([each.p_value for each in shifts])
    index = [each.psi for each in shifts]
    table = pd.DataFrame(
        {
            "place": np.arange(len(spread)),
            "field": pd.Series([each.label for each in spread], dtype=object),
            "use": [f"use.{each.use}" for each in spread],
            "csi": index,
            "by_chance": [each.by_chance for each in shifts],
            "p_adjusted": adjusted,
            "missing_then": [each.missing[0] for each in spread],
            "missing_now": [each.missing[1] for each in spread],
            "lights": [
                limits.proven_light(value, p_value, limits.csi)
                for value, p_value in zip(index, adjusted.tolist(), strict=True)
            ],
        }
    )
    return table.sort_values("csi", ascending=False, kind="stable", ignore_index=True)


def largest(part: Part, table: pd.DataFrame) -> Figure:
    """The index of the feature that has moved farthest; its light is that of the table's row."""
    first = table[table["use"] == "use.feature"].iloc[0]
    return Figure(
        key="csi_largest",
        kind="index",
        sample=part.name,
        rows=len(part),
        value=float(first["csi"]),
        p_value=float(first["p_adjusted"]),
        subject=first["field"],
        method="homogeneity-holm",
    )


def tables(part: Part, spread: Sequence[Spread], table: pd.DataFrame) -> Iterator[Table]:
    """All fields, and the bins of the features that have moved farthest."""
    kinds: dict[str, Kind] = {"field": "text", "use": "word", "csi": "index"}
    kinds |= {"by_chance": "index", "p_adjusted": "p"}
    kinds |= dict.fromkeys(("missing_then", "missing_now"), "share")
    left_out = max(0, len(table) - _FIELDS)
    yield Table.of("csi", table.head(_FIELDS), kinds, sample=part.name, left_out=left_out)
    features = table.loc[table["use"] == "use.feature", "place"].tolist()
    for place in features[:_DETAILED]:
        yield _detailed(part, spread[place])


def sides(names: Sequence[Text | str], development: IntArray, current: IntArray) -> pd.DataFrame:
    """Bins side by side; those that are empty on both sides are left out.

    Returns:
        `bin`, `rows_then`, `share_then`, `rows_now`, `share_now` and `psi_part`.
    """
    table = pd.DataFrame(
        {
            "bin": pd.Series(list(names), dtype=object),
            "rows_then": development,
            "share_then": development / development.sum(),
            "rows_now": current,
            "share_now": current / current.sum(),
            "psi_part": psi_parts(development, current),
        }
    )
    return table[(development > 0) | (current > 0)].reset_index(drop=True)


SIDES: dict[str, Kind] = {
    "rows_then": "count",
    "share_then": "share",
    "rows_now": "count",
    "share_now": "share",
    "psi_part": "index",
}
"""How the columns of `sides` are written."""


def side_chart(label: str) -> Chart:
    """Shares at development and now, as bars."""
    return Chart(kind="bars", label=label, values=("share_then", "share_now"))


def by_chance(table: pd.DataFrame, limits: Limits) -> Iterator[Remark]:
    """Says so where an index is past a limit and yet no more than chance allows."""
    far = table["csi"].map(limits.light) != "green"
    doubtful = int((far & (table["lights"] == "green")).sum())
    if doubtful:
        yield Remark(key="csi_by_chance", values={"fields": doubtful})


def _detailed(part: Part, spread: Spread) -> Table:
    table = sides(spread.names, spread.development, spread.current)
    # Of a category with hundreds of levels, those that have moved, in their own order.
    kept = table["psi_part"].sort_values(ascending=False, kind="stable").index[:_BINS]
    return Table.of(
        "field_bins",
        table.loc[sorted(kept)],
        {"bin": "text", **SIDES},
        sample=part.name,
        subject=spread.label,
        chart=side_chart("bin"),
        left_out=len(table) - len(kept),
    )


def _features(evidence: Evidence, before: Part | None) -> Iterator[Spread]:
    dictionary = evidence.model.dictionary if evidence.model else evidence.dictionary
    known = evidence.model.characteristics if evidence.model else None
    if known is None:
        if before is None:
            return
        then = _matrix(before, dictionary).T
        fields = zip(then, dictionary.features, strict=True)
        known = tuple(Baseline.of_field(values, field) for values, field in fields)
    now = _matrix(evidence.current, dictionary).T
    for field, baseline, values in zip(dictionary.features, known, now, strict=True):
        names = _names(field, baseline.bins)
        yield Spread(field.label, "feature", names, np.array(baseline.rows), baseline.count(values))


def _matrix(part: Part, dictionary: DataDictionary) -> FloatArray:
    return encode(part.rows, dictionary) if part.x is None else part.x


def _names(field: Field, bins: Bins) -> tuple[Text, ...]:
    """Names of the bins of a feature, that of missing values last."""
    spans = _levels(field, bins) if field.type == "category" else _intervals(bins)
    return (*spans, shown(field, None))


def _levels(field: Field, bins: Bins) -> Iterator[Text]:
    """The level of each bin, or the first and the last of those that share it."""
    place = bins.assign(np.arange(len(field.levels), dtype=np.float64))
    for each in range(bins.count - 1):
        own = [shown(field, field.levels[n]) for n in np.flatnonzero(place == each)]
        first, last = own[0], own[-1]
        several = len(own) > 1
        yield Text(zh=f"{first.zh} … {last.zh}", en=f"{first.en} … {last.en}") if several else first


def _intervals(bins: Bins) -> Iterator[Text]:
    # A comma between thousands would read as the one between two bounds.
    edges = [number(edge).replace(",", "") for edge in bins.edges]
    inner = [f"({low}, {high}]" for low, high in pairwise(edges)]
    for span in (f"≤ {edges[0]}", *inner, f"> {edges[-1]}") if edges else ("-",):
        yield Text(zh=span, en=span)


def _protected(evidence: Evidence, field: Field, both: Sequence[Part]) -> Iterator[Spread]:
    """The groups of a protected field, where it is known in both samples and has several."""
    if any(field.name not in part.rows for part in both):
        return
    rows = pd.concat([part.rows[[field.name]] for part in both], ignore_index=True)
    groups = grouped(field, rows, evidence.limits)
    if isinstance(groups, str):
        return
    cut, parted = groups.cut, len(both[0])
    count = partial(np.bincount, minlength=len(cut.keys))
    then, now = (count(each[each >= 0]) for each in (cut.place[:parted], cut.place[parted:]))
    if then.any() and now.any():
        names = tuple(cut.name(n) for n in range(len(cut.keys)))
        yield Spread(field.label, "protected", names, then, now)


def _outcome(evidence: Evidence, both: Sequence[Part]) -> Iterator[Spread]:
    """Goods and bads, where both samples have outcomes."""
    target, ended = evidence.dictionary.target, [part.ended for part in both]
    if target is None or not all(len(part) for part in ended):
        return
    then, now = (np.array([len(part) - part.bads, part.bads]) for part in ended)
    names = (shown(target, target.good[0]), shown(target, target.bad[0]))
    yield Spread(target.label, "outcome", names, then, now)
