"""The values one field could take instead: as far as an applicant can move it and a model heeds.

A model of trees is constant between its thresholds, so one value for each of the cells that they
part stands for all. Which moves change a decision is `risk.recourse`.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.dictionary import DataDictionary, Field, Formula
from features.encoding import FloatArray
from risk.policy import Policy

_DIGITS = 3
"""Digits of a proposed value, where its cell holds one so short."""
_MOST_PLACES = 16
_RISKIER = {"rising": "rise", "falling": "fall", "none": ""}


class Moves(NamedTuple):
    """The other values of one field, those of each side from the nearest to the farthest.

    Attributes:
        field: The field.
        old: Its value now.
        new: The others: float64 of a number, levels of a category; shape (k,).
        cost: How far each is: the share of development applicants between the two, or of the
            field's range where their spread is not known; in [0, 1], shape (k,).
    """

    field: Field
    old: float | str
    new: NDArray[Any]
    cost: FloatArray


class Ground(NamedTuple):
    """What the moves of a number are measured by.

    Attributes:
        cuts: Where score or hard rules can change, rising; a value on one belongs below it.
        quantiles: At development, rising, without missing ones; empty where they are not known.
    """

    cuts: FloatArray
    quantiles: FloatArray


def number_moves(field: Field, value: float, ground: Ground) -> Moves:
    """Where a number could be moved to.

    Args:
        field: A changeable number; without quantiles only one with both bounds can move.
        value: Its value now, which is no special code.
        ground: What its moves are measured by.

    Returns:
        Moves the applicant's way that never raise the risk where its direction is known, within
        the field's bounds and what applicants had at development.
    """
    low, high = _bounds(field, ground.quantiles)
    whole = field.type == "integer" or _whole(np.append(ground.quantiles, value))
    found = np.empty(0)
    if _may(field, "rise") and math.isfinite(high):
        cells = [*ground.cuts[(ground.cuts >= value) & (ground.cuts < high)], high]
        found = np.append(found, _shortest(np.array(cells), "first", whole=whole))
    if _may(field, "fall") and math.isfinite(low):
        inside = ground.cuts[(ground.cuts < value) & (ground.cuts >= low)]
        cells = [np.nextafter(low, -np.inf), *inside]
        found = np.append(found, _shortest(np.array(cells), "last", whole=whole)[::-1])
    # A value outside the range now may have thresholds on its way back that lie outside as well.
    known = (found >= low) & (found <= high)
    known &= ~np.isin(found, [float(code) for code in field.special])
    new = found[known]
    return Moves(field, value, new, _shares(field, value, new, ground.quantiles))


def level_moves(field: Field, value: str) -> Moves:
    """The same for a category, along its levels."""
    levels = [level for level in field.levels if level not in field.special]
    here = levels.index(value)
    above, below = range(here + 1, len(levels)), range(here - 1, -1, -1)
    places = [*(above if _may(field, "rise") else ()), *(below if _may(field, "fall") else ())]
    far = np.abs(np.array(places, dtype=np.float64) - here) / max(len(levels) - 1, 1)
    return Moves(field, value, np.array([levels[each] for each in places], dtype=object), far)


def score_cuts(
    name: str,
    values: Mapping[str, float],
    thresholds: Mapping[str, FloatArray],
    dictionary: DataDictionary,
) -> FloatArray:
    """Where the score can change as a number moves and all else stays, rising.

    Args:
        name: Its field.
        values: The numbers of the row, NaN where missing.
        thresholds: Of each feature, as `risk.model.PDModel.thresholds`.
        dictionary: Its formulas are heeded: a feature that follows from the field moves with it.
    """
    followed = [
        _solved(each.formula, name, values, thresholds[each.name])
        for each in dictionary.features
        if each.formula and name in each.formula.of
    ]
    everything = np.concatenate([thresholds.get(name, np.empty(0)), *followed])
    return np.unique(everything[np.isfinite(everything)])


def rule_cuts(name: str, policy: Policy) -> FloatArray:
    """Where a hard rule can change its mind as a number moves, rising."""
    at: list[float] = []
    for rule in policy.rules:
        if rule.field == name and rule.value is not None:
            values = rule.value if isinstance(rule.value, tuple) else (rule.value,)
            at += [float(str(value)) for value in values]
    # A rule may hold at its value, above it or below: the value is a cell of its own.
    return np.unique(np.concatenate([np.array(at), np.nextafter(np.array(at), -np.inf)]))


def _may(field: Field, way: Literal["rise", "fall"]) -> bool:
    """Whether the applicant can go that way, and it is not the one known to raise the risk."""
    return field.changeable in (way, "any") and _RISKIER[field.direction] != way


def _whole(values: FloatArray) -> bool:
    return bool((values == np.floor(values)).all())


def _bounds(field: Field, quantiles: FloatArray) -> tuple[float, float]:
    """The smallest and the largest value to propose; infinite where nothing says."""
    lows = [*([] if field.low is None else [field.low]), *quantiles[:1].tolist()]
    highs = [*([] if field.high is None else [field.high]), *quantiles[-1:].tolist()]
    return max(lows, default=-math.inf), min(highs, default=math.inf)


def _shortest(edges: FloatArray, end: Literal["first", "last"], *, whole: bool) -> FloatArray:
    """A value with few digits in each cell between rising edges, its upper edge belonging to it.

    Args:
        edges: Shape (k + 1,).
        end: Which end of its cell each value shall be near to.
        whole: Whether it has to be a whole number; NaN where a cell has none.
    """
    low, high = edges[:-1], edges[1:]
    near = low if end == "first" else high
    size = np.maximum(np.abs(np.where(near == 0, low + high, near)), 1e-9)
    first = _DIGITS - 1 - np.floor(np.log10(size))
    found = np.full(len(low), np.nan)
    for more in range(_MOST_PLACES):
        places = first + more
        tried = _rounded(near, np.minimum(places, 0) if whole else places, end)
        fits = np.isnan(found) & (low < tried) & (tried <= high)
        found[fits] = tried[fits]
        if not np.isnan(found).any() or (whole and (places >= 0).all()):
            break
    return found if whole else np.where(np.isnan(found), high, found)


def _rounded(values: FloatArray, places: FloatArray, end: Literal["first", "last"]) -> FloatArray:
    """The next decimal above a value (`first`), or the one it is or that is next below."""
    scale = 10.0 ** np.abs(places)
    count = np.floor(np.where(places > 0, values * scale, values / scale)) + (end == "first")
    # Divided by a power of ten, a decimal is the one that a person would type.
    return np.asarray(np.where(places > 0, count / scale, count * scale), dtype=np.float64)


def _shares(field: Field, old: float, new: FloatArray, quantiles: FloatArray) -> FloatArray:
    known, first, count = np.unique(quantiles, return_index=True, return_counts=True)
    if len(known) > 1:
        middle = (first + (count - 1) / 2) / (len(quantiles) - 1)
        return np.abs(np.interp(new, known, middle) - np.interp(old, known, middle))
    low, high = _bounds(field, np.empty(0))
    return np.minimum(np.abs(new - old) / (high - low), 1.0) if low < high else np.zeros(len(new))


def _solved(formula: Formula, name: str, values: Mapping[str, float], at: FloatArray) -> FloatArray:
    """Values of one part at which a formula has certain results, the other parts as they are."""
    others = [values[each] for each in formula.of if each != name]
    if len(others) != len(formula.of) - 1:
        return np.empty(0)
    with np.errstate(all="ignore"):
        match formula.op:
            case "ratio":
                return at * others[0] if name == formula.of[0] else others[0] / at
            case "difference":
                return at + others[0] if name == formula.of[0] else others[0] - at
            case "sum":
                return at - math.fsum(others)
            case "product":
                return at / np.float64(math.prod(others))
            case "max" | "min":
                return at
