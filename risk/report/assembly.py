"""The reports whole: the sections in the order in which a validator reads them."""

from collections.abc import Callable
from typing import NamedTuple

from risk.report import (
    discrimination,
    flow,
    identity,
    limitations,
    ordering,
)
from risk.report.calibration import section as calibration
from risk.report.document import Report, Section
from risk.report.evidence import Evidence, Pair
from risk.report.explanations import section as explanations
from risk.report.reasoning import section as reasoning
from risk.report.segments import section as segments
from risk.report.stability import section as stability
from risk.report.swaps import section as swaps

Advance = Callable[[int, int], None]


class _Question(NamedTuple):
    """A section, of one run and of two."""

    validated: Callable[[Evidence], Section]
    compared: Callable[[Pair], Section]


_QUESTIONS = tuple(
    _Question(room.validated, room.compared)
    for room in (
        identity,
        flow,
        discrimination,
        calibration,
        stability,
        ordering,
        swaps,
        segments,
        explanations,
        reasoning,
    )
)
COUNT = len(_QUESTIONS) + 1
"""Sections of a report."""


def validation(evidence: Evidence, advance: Advance) -> Report:
    """The report on one run.

    Args:
        evidence: What it rests on.
        advance: Told how many sections of how many are done.
    """
    sections: list[Section] = []
    for question in _QUESTIONS:
        sections.append(question.validated(evidence))
        advance(len(sections), COUNT)
    sections.append(limitations.validated(evidence, sections))
    return Report(
        kind="validation",
        portfolio=evidence.portfolio,
        subjects=(evidence.name,),
        sections=tuple(sections),
    )


def comparison(pair: Pair, advance: Advance) -> Report:
    """The report on two runs; arguments as `validation`."""
    sections: list[Section] = []
    for question in _QUESTIONS:
        sections.append(question.compared(pair))
        advance(len(sections), COUNT)
    sections.append(limitations.compared(pair, sections))
    return Report(
        kind="comparison",
        portfolio=pair.a.portfolio,
        subjects=(pair.a.name, pair.b.name),
        sections=tuple(sections),
    )
