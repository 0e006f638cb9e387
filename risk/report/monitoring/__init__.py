"""Night by night, what became of the applications: the report of whoever watches a live run."""

from risk.report.monitoring.nights import (
    BEFORE,
    FieldMove,
    NightFigures,
    Nights,
    Outcomes,
    Rationales,
    Reviewed,
    ScoreSpread,
    Unusable,
)
from risk.report.monitoring.watching import monitoring, series

__all__ = [
    "BEFORE",
    "FieldMove",
    "NightFigures",
    "Nights",
    "Outcomes",
    "Rationales",
    "Reviewed",
    "ScoreSpread",
    "Unusable",
    "monitoring",
    "series",
]
