"""What moves the score, which reasons it gives, whether a field leaks, and how steady it all is."""

from risk.report.document import Section
from risk.report.evidence import Evidence, Pair
from risk.report.explanations.drivers import both_drivers, drivers
from risk.report.explanations.given import both_given, given
from risk.report.explanations.leakage import leakage, leakages
from risk.report.explanations.steadiness import steadiness

KEY = "explanations"


def validated(evidence: Evidence) -> Section:
    """Importance, direction, reason codes; dominant fields; reasons on making it all again."""
    return _joined(drivers(evidence), given(evidence), leakage(evidence), steadiness(evidence))


def compared(pair: Pair) -> Section:
    """What moves both, whether they give the same reasons, and whether a field leaks in one."""
    return _joined(both_drivers(pair), both_given(pair), leakages(pair))


def _joined(*parts: Section) -> Section:
    return Section(
        key=KEY,
        figures=tuple(figure for part in parts for figure in part.figures),
        tables=tuple(table for part in parts for table in part.tables),
        remarks=tuple(remark for part in parts for remark in part.remarks),
    )
