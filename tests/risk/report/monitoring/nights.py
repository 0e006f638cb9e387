"""Nights in figures, as many and as odd as a test needs."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from features.language import Text
from risk.report.document import Figure, Section, Table
from risk.report.limits import ValidationLimits
from risk.report.monitoring import (
    FieldMove,
    NightFigures,
    Nights,
    Rationales,
    Reviewed,
    ScoreSpread,
)
from risk.validation.stability import shift

FIRST = date(2026, 11, 1)
DEVELOPMENT = np.array([100] * 10)
EVEN, TILTED = np.array([10] * 10), np.array([28, 8, 8, 8, 8, 8, 8, 8, 8, 8])
LABELS = {"income": Text("收入", "income"), "debt": Text("负债", "debt")}
NO_REJECTS = pd.DataFrame(columns=["day", "field", "rule", "lines"])


def night(n: int, **changes: object) -> NightFigures:
    """The n-th night from the first on: 1,000 rows, a tenth of them rejected never."""
    usual = NightFigures(
        day=(FIRST + timedelta(days=n)).isoformat(),
        judged=True,
        made_with={"model": "m", "policy": "p", "dictionary": "d"},
        read=1_000,
        scored=1_000,
        rejected=0,
        decisions={"approve": 700, "refer": 200, "decline": 100},
        spread=ScoreSpread(0.05, 480.0, 560.0, 610.0),
        psi=shift(DEVELOPMENT, EVEN * 10),
        fields=tuple(
            FieldMove(name, 1_000, shift(DEVELOPMENT, EVEN * 10)) for name in ("income", "debt")
        ),
        rationales=Rationales(
            cases=50, answered=50, moved=2, replied=50, verified=49, claims=200, struck=1,
            prompt_tokens=50_000, answer_tokens=10_000,
        ),
        reviewed=Reviewed(40, 4),
    )  # fmt: skip
    return replace(usual, **changes)


def nights(*given: NightFigures, **changes: object) -> Nights:
    """Some nights, with the limits that a bank has without asking."""
    usual = Nights("small", ValidationLimits(), given, NO_REJECTS, LABELS)
    return replace(usual, **changes)


def figure(section: Section, key: str) -> Figure:
    """One of a section's figures."""
    return next(each for each in section.figures if each.key == key)


def table(section: Section, key: str) -> Table:
    """One of a section's tables."""
    return next(each for each in section.tables if each.key == key)


def keys(section: Section) -> set[str]:
    """Its tables by key."""
    return {each.key for each in section.tables}
