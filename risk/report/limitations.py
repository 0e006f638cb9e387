"""What a report cannot say, as its own data tell it; what was found; and who signs."""

from collections.abc import Iterator, Sequence

import pandas as pd

from risk.report.document import Cell, Kind, Light, Remark, Section, Table, worst
from risk.report.evidence import TOO_FEW, Evidence, Pair
from risk.report.segments.groups import ONE_GROUP
from risk.validation.discrimination import delong
from risk.validation.outcomes import normal_quantile

KEY = "limitations"
_POWERED = 2.49
"""Standard errors of a fall that a one-sided test at 5 % finds four times in five: 1.65 + 0.84."""
_FEW = (TOO_FEW, ONE_GROUP)
"""Why a figure has no value where rows are wanting."""
_MOVES = ("psi", "grade_psi", "csi")
"""Figures and tables that tell whether the book has moved."""
_ROLES = ("developer", "validator", "owner")


def validated(evidence: Evidence, sections: Sequence[Section]) -> Section:
    """Limits of the evidence and of what was tested; then the findings, for those who sign."""
    remarks = [*_rows(evidence), *_untested(sections), *_shifted(sections)]
    return Section(key=KEY, tables=(*_findings(sections), _sign_off()), remarks=tuple(remarks))


def compared(pair: Pair, sections: Sequence[Section]) -> Section:
    """The same for two runs."""
    remarks = [*_rows(pair.b), *_untested(sections), *_shifted(sections)]
    if pair.left_out:
        values: dict[str, Cell] = {"rows": pair.left_out}
        remarks.append(Remark(key="left_out", values=values, kinds={"rows": "count"}))
    return Section(key=KEY, tables=(*_findings(sections), _sign_off()), remarks=tuple(remarks))


def _rows(evidence: Evidence) -> Iterator[Remark]:
    """What follows from the rows the report rests on."""
    current, flow = evidence.current, evidence.flow
    yield Remark(key="accepted_only")
    if current.name in ("test", "validation"):
        yield Remark(key="not_out_of_time")
    if evidence.development is not None:
        yield Remark(key="in_sample")
    elif evidence.other_table:
        yield Remark(key="other_table")
    if not current.lacks:
        ended, before = current.ended, evidence.at_development
        width = before.get("auc_high", 0.0) - before.get("auc_low", 0.0)
        then = (width / 2 / normal_quantile(0.95)) ** 2
        error = (delong(ended.y, ended.pd_).variance + then) ** 0.5
        yield Remark(
            key="detectable",
            values={"rows": len(ended), "bads": ended.bads, "auc": _POWERED * error},
            kinds={"rows": "count", "bads": "count", "auc": "number"},
        )
    if flow is not None and flow.immature:
        yield Remark(
            key="immature_left_out",
            values={"rows": flow.immature, "last": flow.last_final},
            kinds={"rows": "count", "last": "date"},
        )
    if evidence.model is None:
        yield Remark(key="from_outside" if "outside" in evidence.identity else "scores_alone")
    if evidence.reasoned is None:
        yield Remark(key="no_reasoning")


def _untested(sections: Sequence[Section]) -> Iterator[Remark]:
    """Figures that have no value for want of rows."""
    few = [f for s in sections for f in s.figures if f.because in _FEW]
    if few:
        yield Remark(key="small_cells", values={"figures": len(few)})


def _shifted(sections: Sequence[Section]) -> Iterator[Remark]:
    """A book that is no longer the one of development limits all that rests on both."""
    told = [s for s in sections if s.key == "stability"]
    figures = [f.light for s in told for f in s.figures if f.key in _MOVES]
    fields = [light for s in told for t in s.tables if t.key in _MOVES for light in t.lights]
    if worst(*figures, *fields) in ("amber", "red"):
        yield Remark(key="shifted_book")


def _findings(sections: Sequence[Section]) -> Iterator[Table]:
    """Sections that are not green, the worst first."""
    order: tuple[Light, ...] = ("red", "amber")
    found = sorted((s for s in sections if s.light in order), key=lambda s: order.index(s.light))
    if found:
        frame = pd.DataFrame(
            {
                "section": [f"section.{s.key}" for s in found],
                "findings": [sum(light in order for light in s.lights) for s in found],
                "light": [s.light for s in found],
                "answer": "",
            }
        )
        kinds: dict[str, Kind] = {
            "section": "word",
            "findings": "count",
            "light": "light",
            "answer": "text",
        }
        yield Table.of("findings", frame, kinds)


def _sign_off() -> Table:
    frame = pd.DataFrame({"role": [f"role.{role}" for role in _ROLES]})
    frame = frame.assign(name="", opinion="", date="")
    kinds: dict[str, Kind] = {"role": "word", "name": "text", "opinion": "text", "date": "text"}
    return Table.of("sign_off", frame, kinds)
