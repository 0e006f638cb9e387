"""Where a score stands between the cut-offs, and what reasoning changed."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from pipelines.pages.numbers import written
from pipelines.review.case.given import Basis, Given, Voice
from risk.policy import RECOMMENDATIONS, Recommendation

_CLOSE = 0.51
"""Points are told whole: a score further than this from its own PD's is of another scaling."""


class Cuts(NamedTuple):
    """The cut-offs in points, whichever scale the policy has them on.

    Attributes:
        approve: Approved from here up; infinite where points alone approve nothing.
        decline: Declined below; minus infinity where points alone decline nothing.
    """

    approve: float
    decline: float


def cuts_of(basis: Basis) -> Cuts:
    """A policy's cut-offs in points."""
    policy = basis.policy
    if policy.scale == "points":
        return Cuts(policy.approve, policy.decline)
    return Cuts(in_points(policy.approve, basis), in_points(policy.decline, basis))


def in_points(pd_: float, basis: Basis) -> float:
    """The points of a PD; infinite at 0 and 1."""
    if not 0 < pd_ < 1:
        return math.inf if pd_ <= 0 else -math.inf
    return float(basis.scaling.points(np.array([pd_]))[0])


@dataclass(frozen=True)
class Standing:
    """The score of a case, in numbers.

    Attributes:
        points: Scorecard points.
        grade: Grade of the master scale.
        pd_model: Calibrated PD of the model.
        pd_final: PD with the proven effect of the opinion; None where that is none.
        interval: Bounds of the PD; None where the model has none.
        range: The same in points, the lower first.
        cuts: The cut-offs in points.
        same_scale: Whether the points follow from the PD by the scaling at hand, so that
            cut-offs can be told in points.
    """

    points: float
    grade: str
    pd_model: float
    pd_final: float | None
    interval: tuple[float, float] | None
    range: tuple[float, float] | None
    cuts: Cuts
    same_scale: bool

    @property
    def doubtful(self) -> bool:
        """Whether the nearest PD that the interval allows lies on the other side of a cut-off.

        The interval comes from another calibration, so that most PDs lie somewhat beside it.
        """
        if self.range is None or not self.same_scale:
            return False
        low, high = self.range
        nearest = min(max(self.points, low), high)
        return any((self.points >= cut) != (nearest >= cut) for cut in self.cuts)


def standing_of(given: Given) -> Standing:
    """Where a score stands."""
    score, basis = given.record.score, given.basis
    final = given.record.pd_final
    low_high = given.interval
    spread = None
    if low_high is not None:
        spread = (in_points(low_high[1], basis), in_points(low_high[0], basis))
    there = in_points(score.pd_model, basis)
    return Standing(
        points=score.points,
        grade=score.grade,
        pd_model=score.pd_model,
        pd_final=final if final > score.pd_model else None,
        interval=low_high,
        range=spread,
        cuts=cuts_of(basis),
        same_scale=bool(abs(there - score.points) < _CLOSE) or given.basis.policy.scale == "points",
    )


def distances(standing: Standing, voice: Voice) -> tuple[str, ...]:
    """How far the score is from each cut-off, in words."""
    if not standing.same_scale or not math.isfinite(standing.points):
        return (voice.say("distance.unknown"),)
    return tuple(_distances(standing, voice))


def _distances(standing: Standing, voice: Voice) -> Iterator[str]:
    cuts = standing.cuts
    ends: tuple[tuple[Literal["approve", "decline"], float], ...] = (
        ("approve", cuts.approve), ("decline", cuts.decline),
    )  # fmt: skip
    for name, cut in ends:
        if not math.isfinite(cut):
            yield voice.say(f"distance.{name}.never")
            continue
        away = standing.points - cut
        side = "above" if away >= 0 else "below"
        yield voice.say(
            f"distance.{name}.{side}", points=_away(abs(away)), cut=written(cut, "count")
        )


def _away(points: float) -> str:
    """A distance; to the tenth, for whole points would call a near miss a hit."""
    return written(round(points, 1), "count")


@dataclass(frozen=True)
class Verdict:
    """What the model says, and what became of it.

    Attributes:
        model: What model and hard rules recommend.
        final: What is recommended in the end; None while it is not to be seen.
        because: What led there, in words.
        rules: The hard rules that were hit, in words.
    """

    model: Recommendation
    final: Recommendation | None
    because: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether reasoning changed the recommendation."""
        return self.final not in (None, self.model)


def verdict(given: Given, voice: Voice, *, hidden: bool = False) -> Verdict:
    """What is recommended and why.

    Args:
        given: The case.
        voice: The words.
        hidden: Whether the reasoning pass is not to be seen yet.
    """
    decision = given.record.decision
    labels = {rule.name: voice.of(rule.label) for rule in given.basis.policy.rules}
    names = [cause.removeprefix("rule:") for cause in decision.causes if cause.startswith("rule:")]
    rules = tuple(labels.get(name, name) for name in names)
    if hidden:
        return Verdict(decision.model_recommendation, None, (), rules)
    because = tuple(_because(given, voice))
    return Verdict(decision.model_recommendation, decision.recommendation, because, rules)


def _because(given: Given, voice: Voice) -> Iterator[str]:
    """What of the reasoning pass moved the recommendation, in the order of the causes."""
    for cause in given.record.decision.causes:
        if cause != "score" and not cause.startswith("rule:"):
            yield voice.either(f"cause.{cause}", cause)


def zone(points: float, cuts: Cuts) -> Recommendation:
    """What points alone lead to."""
    if points >= cuts.approve:
        return RECOMMENDATIONS[0]
    return RECOMMENDATIONS[2] if points < cuts.decline else RECOMMENDATIONS[1]
