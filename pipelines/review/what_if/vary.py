"""A rebuilt case with other values: how it scores, and which change moved how many points."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.language import Text
from pipelines.review.what_if.percent import as_filed, as_typed
from pipelines.review.what_if.rebuild import Rebuilt, Scored, typed
from risk.display import shown
from risk.policy import RECOMMENDATIONS, Recommendation
from risk.recourse import Advice, Adviser

MOST_PARTED = 8
"""Changes up to which points are parted among them: that takes 2 to this power of scores."""


@dataclass(frozen=True)
class Moved:
    """One changed field.

    Attributes:
        field: Its name.
        label: What people call it.
        old: Its value before, as people read it.
        new: Its value now.
        points: Points it moved: its Shapley value among the changes, so that those of all add up
            to the whole; None where there are more changes than are parted.
    """

    field: str
    label: Text
    old: Text
    new: Text
    points: float | None


@dataclass(frozen=True)
class Varied:
    """What came of other values.

    Attributes:
        after: How the case scores with them; None where one was refused, or none is another.
        moved: The changed fields, in dictionary order.
        refused: The broken rule of each refused field.
    """

    after: Scored | None = None
    moved: tuple[Moved, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def vary(case: Rebuilt, given: Mapping[str, str]) -> Varied:
    """Score a case with what was typed.

    Args:
        case: The case.
        given: Text by field; what stands there already, and fields that cannot be varied, change
            nothing.
    """
    changed = {
        each.name: as_filed(each, given[each.name])
        for each in case.fields
        if each.name in given and given[each.name].strip() != as_typed(each, case.values[each.name])
    }
    if not changed:
        return Varied()
    row, refused = typed(case.values, changed, case.dictionary, case.scorer.policy)
    if refused:
        return Varied(refused=refused)
    before, _ = typed(case.values, {}, case.dictionary, case.scorer.policy)
    points = _parted(case, before, row, list(changed))
    moved = (
        Moved(name, case.dictionary[name].label, *_both(case, name, before, row), points.get(name))
        for name in changed
    )
    return Varied(case.score(row)[0], tuple(moved))


def advice(case: Rebuilt) -> tuple[Advice, ...]:
    """What would lead to each recommendation that is safer than the case's own, best first."""
    now = RECOMMENDATIONS.index(case.before.recommendation)
    goals = RECOMMENDATIONS[:now]
    if not goals:
        return ()
    row, _ = typed(case.values, {}, case.dictionary, case.scorer.policy)
    adviser = Adviser(case.scorer, case.dictionary, most=3)
    return tuple(_toward(case, goal, adviser, row) for goal in goals)


def _toward(case: Rebuilt, goal: Recommendation, adviser: Adviser, row: pd.DataFrame) -> Advice:
    wanted = RECOMMENDATIONS.index(goal)
    against = [r.name for r in case.kept if RECOMMENDATIONS.index(r.decision) > wanted]
    if against:
        return Advice("rule", goal, rules=tuple(against))
    return adviser.advise(row, goal)


def _both(case: Rebuilt, name: str, before: pd.DataFrame, after: pd.DataFrame) -> tuple[Text, Text]:
    """Old and new value of a field, as people read them."""
    cells = (frame[name].iloc[0] for frame in (before, after))
    old, new = (shown(case.dictionary[name], None if pd.isna(each) else each) for each in cells)
    return old, new


def _parted(
    case: Rebuilt, before: pd.DataFrame, after: pd.DataFrame, names: list[str]
) -> dict[str, float]:
    """Points by changed field; empty where there are too many changes."""
    if len(names) > MOST_PARTED:
        return {}
    coalitions = np.arange(1 << len(names))
    rows = before.iloc[np.zeros(len(coalitions), np.intp)].reset_index(drop=True)
    for place, name in enumerate(names):
        has = coalitions >> place & 1 == 1
        rows[name] = rows[name].where(~has, after[name].iloc[0])
    points = np.array([each.points for each in case.score(rows)])
    return {name: _shapley(points, place, len(names)) for place, name in enumerate(names)}


def _shapley(worth: "np.ndarray[tuple[int], np.dtype[np.float64]]", player: int, of: int) -> float:
    """Shapley value of a player from the worth of each coalition, players being its bits."""
    without = np.flatnonzero(np.arange(len(worth)) >> player & 1 == 0)
    sizes = np.bitwise_count(without)
    weights = np.array([1 / (of * math.comb(of - 1, int(size))) for size in sizes])
    return float(((worth[without | 1 << player] - worth[without]) * weights).sum())
