"""What a policy lets through, who changes places between two models, and how vintages fare."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.language import Text, catalogue
from risk.reasons import groups
from risk.report.document import Chart, Figure, Kind, Remark, Section, Table
from risk.report.evidence import NO_MODEL, Evidence, Pair, Part
from risk.report.swaps import decisions, vintages
from risk.validation.explanations import frequency
from risk.validation.multiplicity import holm
from risk.validation.rates import bad_rates
from risk.validation.swapset import CELLS, cells, exchange
from risk.wording import label

KEY = "swaps"
_RATES = (0.6, 0.7, 0.8, 0.9)
_REASONS = 8  # shown of each cell


def validated(evidence: Evidence) -> Section:
    """Decisions and how they turned out; the margins of the cut-offs; vintages."""
    return Section(
        key=KEY,
        figures=(*decisions.figures(evidence.current), *vintages.figures(evidence)),
        tables=(*decisions.tables(evidence), *vintages.tables(evidence)),
        remarks=tuple(_remarks(evidence)),
    )


def compared(pair: Pair) -> Section:
    """The swap set at equal approval rates, reasons in it, both policies, and vintages."""
    swapped = _Swapped.of(pair)
    sides = [
        figure.model_copy(update={"subject": side.name})
        for side in pair.sides
        for figure in decisions.figures(side.current)
    ]
    vintage_figures = vintages.compared_figures(pair)
    return Section(
        key=KEY,
        figures=(
            *_exchanged(pair, swapped),
            *_untold(swapped),
            decisions.agreed(pair),
            *sides,
            *vintage_figures,
        ),
        tables=(
            *_cells(swapped),
            *_shifts(pair, swapped),
            *decisions.crossed(pair),
            *vintages.compared_tables(pair),
        ),
        remarks=tuple(_remarks(pair.b)),
    )


@dataclass(frozen=True)
class _Swapped:
    """Rows that are compared at equal approval rates, by score alone.

    Attributes:
        first: Those with an outcome, or all where there is none.
        second: The same, by the second model.
        rates: The first model's own approval rate among them, and others.
        cell: Place in `CELLS` of each row at each rate, shape (rates, n).
    """

    first: Part
    second: Part
    rates: tuple[float, ...]
    cell: tuple[npt.NDArray[np.int8], ...]

    @classmethod
    def of(cls, pair: Pair) -> Self:
        """At the first model's own rate, and at those that are usual."""
        known = ~np.isnan(pair.b.current.y)
        chosen = known if known.any() else np.ones(len(known), bool)
        first, second = (part.take(chosen) for part in pair.current)
        rates = (float(first.approved.mean()) if len(first) else 0.0, *_RATES)
        found = tuple(cells(first.pd_, second.pd_, rate) for rate in rates)
        return cls(first, second, rates, found)

    @property
    def tables(self) -> list[pd.DataFrame]:
        """The cells at each rate: `cell`, `approval_rate`, and as `bad_rates`."""
        return [
            bad_rates(self.second.y, cell, len(CELLS)).assign(cell=CELLS, approval_rate=rate)
            for rate, cell in zip(self.rates, self.cell, strict=True)
        ]


def _exchanged(pair: Pair, swapped: _Swapped) -> Iterator[Figure]:
    """Bads that the second would have kept out at the first's own approval rate."""
    part, table = swapped.second, swapped.tables[0]
    figure = partial(Figure, kind="count", sample=part.name, rows=len(part), bads=part.bads)
    found = exchange(table)
    yield figure(key="swapped_rows", value=found.rows)
    if part.lacks:
        yield figure(key="bads_avoided", because=part.lacks)
        return
    told = figure(
        key="bads_avoided",
        value=found.avoided,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        method="newcombe-swap",
    )
    limits = pair.b.limits
    before = table.set_index("cell").loc[["both", "swapped_out"], "bads"].sum()
    more = -found.avoided / max(1, before)
    judged = limits.proven(more, found.p_value, limits.swap_bads)
    yield told.against(limits.swap_bads, judged)


def _untold(swapped: _Swapped) -> Iterator[Figure]:
    """Reasons of a model that gives none cannot be compared."""
    if not all(part.reasons.shape[1] for part in (swapped.first, swapped.second)):
        part = swapped.second
        yield Figure(key="reasons_of_both", sample=part.name, rows=len(part), because=NO_MODEL)


def _cells(swapped: _Swapped) -> Iterator[Table]:
    """The four cells at the first's own rate, at the other rates, and what the swap brings."""
    if not len(swapped.second):
        return
    name, tables = swapped.second.name, swapped.tables
    kinds: dict[str, Kind] = {"approval_rate": "share", "cell": "word"}
    kinds |= dict.fromkeys(("rows", "known", "bads"), "count")
    kinds |= dict.fromkeys(("bad_rate", "low", "high"), "share")
    chart = Chart(kind="intervals", label="cell", values=("bad_rate",), low="low", high="high")
    own, *others = (table.assign(cell="cell." + table["cell"]) for table in tables)
    yield Table.of("swap_cells", own, kinds, sample=name, chart=chart)
    yield Table.of("swap_cells_at", pd.concat(others), kinds, sample=name)
    if not swapped.second.lacks:
        yield _gain_table(name, swapped.rates, tables)


def _gain_table(name: str, rates: tuple[float, ...], tables: list[pd.DataFrame]) -> Table:
    found = [exchange(table) for table in tables]
    frame = pd.DataFrame(found).assign(
        approval_rate=rates, p_adjusted=holm([each.p_value for each in found])
    )
    kinds: dict[str, Kind] = {"approval_rate": "share"}
    kinds |= dict.fromkeys(("rows", "avoided", "low", "high"), "count")
    kinds |= {"p_adjusted": "p"}
    chart = Chart(
        kind="intervals",
        label="approval_rate",
        values=("avoided",),
        low="low",
        high="high",
        line=0.0,
    )
    return Table.of("swap_gains", frame, kinds, sample=name, chart=chart)


def _shifts(pair: Pair, swapped: _Swapped) -> Iterator[Table]:
    """Per cell, which reasons one model gives more often than the other for the same rows."""
    if not all(part.reasons.shape[1] for part in (swapped.first, swapped.second)):
        return
    labels = {**_labels(pair.a), **_labels(pair.b)}
    kinds: dict[str, Kind] = {"reason": "text"}
    kinds |= dict.fromkeys(("rows", "named_a", "named_b"), "count")
    kinds |= dict.fromkeys(("share_a", "share_b", "shift"), "share")
    chart = Chart(kind="bars", label="reason", values=("share_a", "share_b"))
    for place, cell in enumerate(CELLS):
        frame = _shift(swapped, swapped.cell[0] == place, list(labels))
        shown = frame.head(_REASONS)
        if len(shown):
            reason = pd.Series([labels[code] for code in shown.index], shown.index, dtype=object)
            yield Table.of(
                "swap_reasons",
                shown.assign(reason=reason),
                kinds,
                sample=swapped.second.name,
                subject=catalogue("risk.report").texts[f"word.cell.{cell}"],
                chart=chart,
                left_out=len(frame) - len(shown),
            )


def _shift(swapped: _Swapped, own: npt.NDArray[np.bool_], codes: list[str]) -> pd.DataFrame:
    """Codes that are named for some rows, the largest shift first."""
    named_a, named_b = (
        frequency(part.reasons[own], codes)["among"] for part in (swapped.first, swapped.second)
    )
    rows = max(1, int(own.sum()))
    frame = pd.DataFrame({"rows": int(own.sum()), "named_a": named_a, "named_b": named_b})
    frame = frame.assign(share_a=named_a / rows, share_b=named_b / rows)
    frame["shift"] = frame["share_b"] - frame["share_a"]
    frame = frame[(named_a + named_b) > 0]
    order = frame["shift"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order]


def _labels(evidence: Evidence) -> dict[str, Text]:
    """What people call each reason code."""
    dictionary = evidence.dictionary
    return {code: label(code, dictionary) for code in groups(dictionary)}


def _remarks(evidence: Evidence) -> Iterator[Remark]:
    if undated := vintages.undated(evidence):
        yield Remark(key="undated", values={"rows": undated}, kinds={"rows": "count"})
