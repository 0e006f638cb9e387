"""Nights in figures: each held against those before it, by the limits of the monitoring report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from features.language import Language, Text
from pipelines.monitoring.scored import REJECT_COLUMNS, fields_moved, score_moved
from pipelines.pages.charts import draw
from pipelines.stability import Stability
from pipelines.store import Run
from risk.policy import RECOMMENDATIONS
from risk.report.document import Light
from risk.report.limits import ValidationLimits
from risk.report.monitoring import NightFigures, Nights, decisions
from risk.report.monitoring.figures import share_light
from risk.validation.change import Share
from risk.validation.multiplicity import holm
from risk.validation.stability import Shift

FIELDS = 20
"""Fields that a page lists, those that have moved farthest."""
_TIED, _UNUSUAL = ("tied", "alarms"), ("repeated", "ahead", "belated")


@dataclass(frozen=True)
class Rate:
    """A share of a night's rows beside that of the nights before.

    Attributes:
        key: What it is: `approve`, `refer`, `decline`, `rejected`.
        now: In this night.
        before: In the nights before, all their rows together; without rows where there are none.
        light: Of the difference where it is more than chance, for `rejected` of the share itself.
    """

    key: str
    now: Share
    before: Share
    light: Light

    @property
    def difference(self) -> float | None:
        """One less the other; None where either has no rows."""
        both = self.now.rows and self.before.rows
        return self.now.value - self.before.value if both else None


@dataclass(frozen=True)
class Moved:
    """How far a score or a field has moved since development.

    Attributes:
        name: What people call it; None for the score.
        rows: Rows that were counted.
        shift: How far, and what chance alone would make of it.
        light: Past which limit it is more than chance.
    """

    name: Text | None
    rows: int
    shift: Shift
    light: Light


def figures(night: Run) -> NightFigures:
    """A night as the store counted it."""
    counts = night.counts
    scored, rejected = (counts.get(name, 0) for name in ("scored", "rejected"))
    return NightFigures(
        day=str(night.business_date),
        judged=True,
        made_with={},
        read=scored + rejected,
        scored=scored,
        rejected=rejected,
        decisions={str(each): counts.get(str(each), 0) for each in RECOMMENDATIONS},
    )


def ties(counts: Mapping[str, int], *, tied: bool) -> dict[str, int]:
    """How many applications were tied, and how many could not be as usual.

    Args:
        counts: Of a night, which leave out what is 0.
        tied: Whether its folder holds ties.

    Returns:
        Counts by what is counted; nothing of a night that does not tie.

    Example:
        >>> ties({"scored": 300, "ahead": 2}, tied=True), ties({"scored": 300}, tied=False)
        ({'tied': 0, 'alarms': 0, 'ahead': 2}, {})
    """
    found = {name: counts[name] for name in (*_TIED, *_UNUSUAL) if counts.get(name)}
    return {**dict.fromkeys(_TIED, 0), **found} if tied or found else {}


def gathered(nights: Sequence[Run], limits: ValidationLimits) -> Nights:
    """Nights, given the newest first, as a monitoring report takes them."""
    return Nights(
        portfolio="",
        limits=limits,
        nights=tuple(figures(each) for each in reversed(nights)),
        rejects=pd.DataFrame(columns=REJECT_COLUMNS),
    )


def rates(nights: Nights) -> tuple[Rate, ...]:
    """The shares of the last of some nights, held against those before it."""
    last = nights.last
    if last is None:
        return ()
    broken = _rate(nights, "rejected", lambda night: night.broken)
    light = share_light(last.broken, nights.limits.rejected)
    decided = (_decided(nights, str(each)) for each in RECOMMENDATIONS)
    return (*decided, replace(broken, light=light))


def _decided(nights: Nights, decision: str) -> Rate:
    return _rate(nights, decision, lambda night: night.decided(decision))


def _rate(nights: Nights, key: str, share: Callable[[NightFigures], Share]) -> Rate:
    last = nights.nights[-1]
    then = [share(each) for each in nights.before(last)]
    before = Share(sum(each.of for each in then), sum(each.rows for each in then))
    return Rate(key, share(last), before, nights.rate_light(nights.changed(last, share)))


def moved(said: Stability, nights: Nights, labels: dict[str, Text]) -> tuple[Moved, ...]:
    """How far the score, first, and the fields have moved, the farthest first.

    Args:
        said: What the night's run says.
        nights: Give the limits.
        labels: What people call the fields.
    """
    score, fields = score_moved(said), fields_moved(said)
    told = []
    if score is not None:
        light = nights.moved_light(score, nights.limits.psi, score.p_value)
        told.append(Moved(None, sum(said.scored), score, light))
    p_values = holm([each.moved.p_value for each in fields]) if fields else ()
    found = [
        Moved(
            labels.get(each.field) or Text(zh=each.field, en=each.field),
            each.rows,
            each.moved,
            nights.moved_light(each.moved, nights.limits.csi, float(p_value)),
        )
        for each, p_value in zip(fields, p_values, strict=True)
    ]
    farthest = sorted(found, key=lambda each: -each.shift.psi)
    return (*told, *farthest[:FIELDS])


def chart(nights: Nights, language: Language) -> str:
    """Rates of approval, referral and decline night by night, as SVG; empty for a single night."""
    drawn = [table for table in decisions.section(nights).tables if table.key == "night_decisions"]
    return draw(drawn[0], language) if drawn and len(nights.nights) > 1 else ""
