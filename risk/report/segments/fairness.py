"""How decisions and levels fall on protected groups.

Approved is what model and policy approve by themselves; what is referred counts as not approved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from risk.report.document import Chart, Figure, Kind, Limits, Table
from risk.report.evidence import TOO_FEW, Evidence, Pair, Part
from risk.report.limits import ValidationLimits
from risk.report.segments.groups import Groups, grouped
from risk.report.segments.levels import level_table, levels
from risk.validation.fairness import approval_ratios, error_gaps
from risk.validation.multiplicity import holm
from risk.validation.outcomes import LEAST_OF_EACH

NONE_APPROVED = "none-approved"
"""Why there is no approval ratio: key `because.<key>` of the catalogue."""
ERRORS = ("good_refused", "bad_approved")
_MOST = 40  # groups shown of all fields together


@dataclass(frozen=True)
class Fairness:
    """How the current rows of each protected field fare, group by group.

    Attributes:
        groups: The groups of each field, or why it has none to compare.
        ratios: As `approval_ratios`, of all fields together: `field`, `place` of the group in it,
            `group` as people call it, `approval_ratio`, its `size` (the ratio or its inverse,
            whichever is smaller), `p_adjusted` over all, `judged`, `lights`.
        gaps: As `error_gaps`, in the same way, with the `size` of a gap either way; NaN where an
            error rests on fewer than `LEAST_OF_EACH` rows.
    """

    groups: Mapping[str, Groups | str]
    ratios: pd.DataFrame
    gaps: pd.DataFrame

    @property
    def comparable(self) -> tuple[Groups, ...]:
        """Of the fields that have groups to compare."""
        return tuple(each for each in self.groups.values() if isinstance(each, Groups))


def fairness(evidence: Evidence) -> Fairness:
    """Approval ratios and error gaps of the current rows."""
    rows, limits = evidence.current.rows, evidence.limits
    groups = {field.name: grouped(field, rows, limits) for field in evidence.protected}
    return of_part(evidence.current, groups, limits)


def of_part(part: Part, groups: Mapping[str, Groups | str], limits: ValidationLimits) -> Fairness:
    """The same of rows whose groups are known."""
    each = [one for one in groups.values() if isinstance(one, Groups)]
    approvals = _together(ratios(part.approved, one) for one in each)
    errors = _together(_gaps(part, one) for one in each)
    return Fairness(
        groups,
        _judged(approvals, limits.approval_ratio, 1.0, limits),
        _judged(errors, limits.error_gap, 0.0, limits),
    )


def ratios(approved: npt.ArrayLike, groups: Groups) -> pd.DataFrame:
    """Approval ratios of one field, as in `Fairness`; empty where none of the reference is.

    Args:
        approved: Which rows are approved, shape (n,).
        groups: Of the same rows.
    """
    place, taken = groups.cut.place, np.asarray(approved, bool)
    own = place >= 0
    if not taken[place == groups.reference].any():
        return pd.DataFrame()
    table = approval_ratios(taken[own], place[own], str(groups.reference))
    table = _called(table, groups).rename(columns={"ratio": "approval_ratio"})
    ratio = table["approval_ratio"]
    return table.assign(size=np.minimum(ratio, 1 / np.maximum(ratio, 1)))


def _gaps(part: Part, groups: Groups) -> pd.DataFrame:
    place = groups.cut.place
    own = (place >= 0) & ~np.isnan(part.y)
    reference = part.y[own & (place == groups.reference)]
    if min(reference.sum(), len(reference) - reference.sum()) < LEAST_OF_EACH:
        return pd.DataFrame()
    table = error_gaps(part.y[own], part.approved[own], place[own], str(groups.reference))
    few = table["rows"] < LEAST_OF_EACH
    table.loc[few, ["rate", "gap", "low", "high", "p_value"]] = np.nan
    return _called(table.assign(size=table["gap"].abs()), groups)


def _called(table: pd.DataFrame, groups: Groups) -> pd.DataFrame:
    """Groups by what people call them, in the order of the field."""
    place = table["group"].astype(int)
    names = pd.Series([groups.cut.whole_name(each) for each in place], dtype=object)
    table = table.assign(group=names, place=place, field=groups.cut.field.name)
    return table.sort_values("place", kind="stable", ignore_index=True)


def _together(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    found = [table for table in tables if len(table)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _judged(
    table: pd.DataFrame, limit: Limits, nothing: float, limits: ValidationLimits
) -> pd.DataFrame:
    """Both must hold: a size is past its limit, and so is its test, adjusted over all."""
    if not len(table):
        return table
    adjusted = holm(table["p_value"])
    sizes = zip(table["size"], adjusted, strict=True)
    judged = [limits.proven(size, p_value, limit, nothing) for size, p_value in sizes]
    lights = [limit.light(each) for each in judged]
    return table.assign(p_adjusted=adjusted, judged=judged, lights=lights)


def figures(evidence: Evidence, found: Fairness) -> Iterator[Figure]:
    """For each protected field the worst approval ratio, and the worst gap of either error."""
    part, limits = evidence.current, evidence.limits
    for name, groups in found.groups.items():
        figure = partial(Figure, sample=part.name, subject=evidence.dictionary[name].label)
        because = groups if isinstance(groups, str) else ""
        ratio = partial(figure, key="approval_ratio", because=because or NONE_APPROVED)
        yield _worst_ratio(ratio, _tested(found.ratios, name), limits.approval_ratio)
        for error in ERRORS:
            gap = partial(figure, key=f"{error}_gap", because=because or part.lacks or TOO_FEW)
            yield _worst_gap(gap, _tested(found.gaps, name, error), limits.error_gap)


def _tested(table: pd.DataFrame, field: str, error: str = "") -> pd.DataFrame:
    """Groups of one field that are held against its reference; of one error where it is named."""
    if not len(table):
        return table
    own = (table["field"] == field) & table["p_value"].notna()
    return table[own & (table["error"] == error)] if error else table[own]


def _worst_ratio(figure: "partial[Figure]", table: pd.DataFrame, limit: Limits) -> Figure:
    if table.empty:
        return figure()
    row = table.sort_values(["judged", "size"]).iloc[0]
    told = figure(**_said(row, "approval_ratio"), kind="index", method="katz")
    return told.against(limit, float(row["judged"]))


def _worst_gap(figure: "partial[Figure]", table: pd.DataFrame, limit: Limits) -> Figure:
    if table.empty:
        return figure()
    row = table.sort_values(["judged", "size"]).iloc[-1]
    told = figure(**_said(row, "gap"), kind="share", method="newcombe")
    return told.against(limit, float(row["judged"]))


def _said(row: pd.Series, value: str) -> dict[str, object]:
    return {
        "value": row[value],
        "low": row["low"],
        "high": row["high"],
        "p_value": row["p_adjusted"],
        "rows": int(row["rows"]),
        "subject": row["group"],
        "because": "",
    }


def tables(evidence: Evidence, found: Fairness) -> Iterator[Table]:
    """Every group: approval ratio, either error, and whether its risk is told rightly."""
    part = evidence.current
    yield from _ratio_table(part, found.ratios)
    yield from _gap_tables(part, found.gaps)
    if found.comparable and not part.lacks:
        yield _levels(part, found.comparable, evidence.limits)


def _levels(part: Part, groups: Sequence[Groups], limits: ValidationLimits) -> Table:
    """Where the risk of a group is told too high or too low."""
    known = ~np.isnan(part.y)
    cuts = [replace(g.cut, place=g.cut.place[known]) for g in groups]
    return level_table("group_levels", part, levels(part.ended, cuts, limits), _MOST)


def _ratio_table(part: Part, table: pd.DataFrame) -> Iterator[Table]:
    kinds: dict[str, Kind] = {
        "group": "text",
        "rows": "count",
        "approved": "count",
        "rate": "share",
        "approval_ratio": "index",
        "low": "index",
        "high": "index",
        "p_adjusted": "p",
    }
    chart = Chart(
        kind="intervals",
        label="group",
        values=("approval_ratio",),
        low="low",
        high="high",
        line=1.0,
    )
    if len(table):
        yield Table.of("approval_ratios", table, kinds, sample=part.name, chart=chart)


def _gap_tables(part: Part, table: pd.DataFrame) -> Iterator[Table]:
    kinds: dict[str, Kind] = {
        "group": "text",
        "rows": "count",
        "wrong": "count",
        "rate": "share",
        "gap": "share",
        "low": "share",
        "high": "share",
        "p_adjusted": "p",
    }
    chart = Chart(
        kind="intervals", label="group", values=("gap",), low="low", high="high", line=0.0
    )
    for error in ERRORS if len(table) else ():
        own = table[table["error"] == error]
        yield Table.of(error, own, kinds, sample=part.name, chart=chart)


def compared_tables(pair: Pair, found: Fairness) -> Iterator[Table]:
    """Approval ratios and error gaps of both models; `found` and the lights are the second's."""
    first, part = of_part(pair.a.current, found.groups, pair.b.limits), pair.b.current
    yield from _both_ratios(part, _beside(first.ratios, found.ratios))
    yield from _both_gaps(part, _beside(first.gaps, found.gaps))


def _beside(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """What both models have of the same groups; the lights are the second's."""
    if not (len(one) and len(other)):
        return pd.DataFrame()
    same = [name for name in ("field", "place", "error") if name in one]
    table = other.assign(order=range(len(other))).merge(one, on=same, suffixes=("_b", "_a"))
    table = table.sort_values("order", ignore_index=True)
    plain = {"group_b": "group", "rows_b": "rows", "lights_b": "lights"}
    return table.rename(columns=plain)


def _both_ratios(part: Part, table: pd.DataFrame) -> Iterator[Table]:
    kinds: dict[str, Kind] = {
        "group": "text",
        "rows": "count",
        **dict.fromkeys(("approval_ratio_a", "low_a", "high_a"), "index"),
        **dict.fromkeys(("approval_ratio_b", "low_b", "high_b"), "index"),
    }
    values = ("approval_ratio_a", "approval_ratio_b")
    chart = Chart(kind="bars", label="group", values=values, line=1.0)
    if len(table):
        yield Table.of("approval_ratios_both", table, kinds, sample=part.name, chart=chart)


def _both_gaps(part: Part, table: pd.DataFrame) -> Iterator[Table]:
    shares = ("rate_a", "rate_b", "gap_a", "low_a", "high_a", "gap_b", "low_b", "high_b")
    kinds: dict[str, Kind] = {"group": "text", "rows": "count", **dict.fromkeys(shares, "share")}
    chart = Chart(kind="bars", label="group", values=("gap_a", "gap_b"), line=0.0)
    for error in ERRORS if len(table) else ():
        own = table[table["error"] == error]
        yield Table.of(f"{error}_both", own, kinds, sample=part.name, chart=chart)
