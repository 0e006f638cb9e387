"""What drove a score, bar by bar from where all applicants start to where this one ends.

The record names the largest contributions only. All others, the starting point and what
calibration does are one bar, so that the bars add up to the score in the digits that are shown.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipelines.review.case.given import Basis, Given, Voice
from risk.decision import Reason
from risk.wording import label

Unit = Literal["points", "log-odds"]
_PLACES: dict[Unit, int] = {"points": 1, "log-odds": 2}


@dataclass(frozen=True)
class Bar:
    """One step of the way to the score.

    Attributes:
        fact: Id of the fact of the case file that it is; empty where there is none.
        label: What moves the score.
        said: The same as a reason code is worded; empty where it is none.
        change: By how much it moves the score, as shown.
        start: Where the score stands before it.
        riskier: Whether it moves the score to the riskier side.
    """

    fact: str
    label: str
    said: str
    change: float
    start: float
    riskier: bool

    @property
    def end(self) -> float:
        """Where the score stands after it."""
        return self.start + self.change


@dataclass(frozen=True)
class Waterfall:
    """The whole way; empty of bars where the score is no finite number.

    Attributes:
        unit: What everything is counted in.
        places: Digits after the point.
        base: What is not named one by one: all other fields and the starting point.
        bars: What is named; first what raises the risk, then what lowers it.
        total: The score.
        straight: Whether contributions and score are of one measure, so that the bars are the
            model's own: not so where calibration bends what lies between, or nobody said how.
    """

    unit: Unit
    places: int
    base: float
    bars: tuple[Bar, ...]
    total: float
    straight: bool

    @property
    def drawable(self) -> bool:
        """Whether there is a way to draw."""
        return math.isfinite(self.total)


def waterfall(given: Given, unit: Unit, voice: Voice) -> Waterfall:
    """The way to the score in points, where more is safer, or in log-odds, where more is riskier.

    Contributions are raw log-odds; Platt's calibration stretches all of them by one factor.
    """
    score, places = given.record.score, _PLACES[unit]
    slope = _slope(given.basis)
    factor = (slope or 1.0) * (-given.basis.scaling.factor if unit == "points" else 1.0)
    total = score.points if unit == "points" else _log_odds(score.pd_model)
    named = (*score.reasons, *score.protective)
    changes = [round(each.contribution * factor, places) for each in named]
    if not all(map(math.isfinite, (total, *changes))):
        return Waterfall(unit, places, math.nan, (), math.nan, slope is not None)
    shown = round(total, places)
    base = round(shown - sum(changes), places)
    bars = tuple(_bars(given, list(zip(named, changes, strict=True)), base, voice))
    return Waterfall(unit, places, base, bars, shown, slope is not None)


def _bars(
    given: Given, named: list[tuple[Reason, float]], base: float, voice: Voice
) -> Iterator[Bar]:
    facts = {(f.code, f.direction): f for f in given.visible if f.kind == "score"}
    protected = {field.name for field in given.dictionary.protected}
    at = base
    for reason, change in named:
        riskier = reason.contribution > 0
        fact = facts.get((reason.code, "raises" if riskier else "lowers"))
        hidden = reason.field in protected
        called = voice.say("reason.hidden") if hidden else _called(given, reason, voice)
        said = "" if fact is None or hidden else voice.headed(fact.display)
        yield Bar("" if fact is None else fact.id, called, said, change, at, riskier)
        at += change


def _called(given: Given, reason: Reason, voice: Voice) -> str:
    """The label of a reason code; the code itself where the dictionary no longer has it."""
    known = {field.name for field in given.dictionary.fields} | given.dictionary.groups.keys()
    return (
        voice.headed(label(reason.code, given.dictionary)) if reason.code in known else reason.code
    )


def _slope(basis: Basis) -> float | None:
    """What calibration multiplies all contributions by; None where it does more than that."""
    calibration = basis.calibration
    if calibration is None or calibration.method == "isotonic":
        return None
    return calibration.slope if calibration.method == "platt" else 1.0


def _log_odds(pd_: float) -> float:
    return math.log(pd_ / (1 - pd_)) if 0 < pd_ < 1 else math.nan
