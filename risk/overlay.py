"""A bounded effect of the reasoning opinion in log-odds, which ships at 0 until it is proven.

It can only raise a PD, and moves no recommendation: that is the ratchet of `risk.decision`.
"""

import hashlib
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Described
from scipy import optimize
from scipy.special import expit, logit

from features.encoding import FloatArray
from features.errors import DataError
from risk.errors import ModelError
from risk.reasoning.claims import NoOpinion, Opinion
from risk.validation.paired import Gain, at_level, auc_gain, brier_gain

BOUND = 1.5
MIN_ROWS, MIN_BADS, MIN_CONCERNS = 200, 20, 20
FOLDS = 5
_LEVEL = {"low": 1, "medium": 2, "high": 3}
# A weight has a normal prior with this deviation, so that a handful of cases moves little.
_PRIOR_DEVIATION = 1.0
_WIDEST = 50.0

LevelArray = npt.NDArray[np.int64]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Verdict(StrEnum):
    """What was found of an effect; all but `proven` ship at weight 0, and say why."""

    PROVEN = "proven"
    NOT_MEASURED = "not-measured"
    TOO_FEW = "too-few"
    NO_EFFECT = "no-effect"
    NOT_BETTER = "not-better"
    HARMFUL = "harmful"


class Weights(_Strict):
    """Log-odds that a concern on the risky side adds, by its confidence; never falling with it."""

    low: float = Described(default=0.0, ge=0)
    medium: float = Described(default=0.0, ge=0)
    high: float = Described(default=0.0, ge=0)

    @model_validator(mode="after")
    def _rise_with_confidence(self) -> Self:
        if not self.low <= self.medium <= self.high:
            raise ValueError("weights must not fall as confidence rises")
        return self

    def effect(self, level: LevelArray) -> FloatArray:
        """Log-odds added at each level, shape (n,)."""
        return np.array([0.0, self.low, self.medium, self.high])[level]


class Evidence(_Strict):
    """What the later rows say of the effect that the earlier ones gave.

    Attributes:
        fitted_rows: Earlier rows, which the weights come from.
        fitted_bads: Bads among them.
        rows: Later rows, on which it was judged.
        bads: Bads among them.
        concerns: Those with a concern on the risky side.
        auc: Gain in AUC.
        brier: Gain in Brier score as it would be used.
        brier_at_level: The same with both PDs moved to the default rate of these rows, which
            raising everybody in a bad year cannot win.
    """

    fitted_rows: int
    fitted_bads: int
    rows: int
    bads: int
    concerns: int
    auc: Gain
    brier: Gain
    brier_at_level: Gain


class Overlay(_Strict):
    """The effect of opinions on the PD, as it ships.

    Attributes:
        weights: What is applied; all 0 unless the verdict is `proven`.
        found: What was fitted, whatever became of it.
        bound: Most log-odds that any opinion may add.
        verdict: Why the weights are what they are.
        evidence: What the verdict rests on; None where nothing was measured.
        fitted_on: SHA-256 over the rows that it was fitted and judged on.
    """

    weights: Weights = Weights()
    found: Weights = Weights()
    bound: float = Described(default=BOUND, gt=0, le=10)
    verdict: Verdict = Verdict.NOT_MEASURED
    evidence: Evidence | None = None
    fitted_on: str = ""

    @model_validator(mode="after")
    def _keeps_its_promise(self) -> Self:
        if self.found.high > self.bound:
            raise ValueError("a weight exceeds the bound")
        shipped = self.found if self.verdict is Verdict.PROVEN else Weights()
        if self.weights != shipped:
            raise ValueError("weights other than 0 need the verdict and the evidence for them")
        if self.verdict is Verdict.PROVEN and not (self.evidence and _verdict(self.evidence)[1]):
            raise ValueError("the evidence does not bear out the verdict")
        return self

    @classmethod
    def none(cls, verdict: Verdict = Verdict.NOT_MEASURED) -> Self:
        """No effect at all."""
        return cls(verdict=verdict)

    def to_json(self) -> str:
        """The record as it stands on disk."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ModelError: The text is no overlay, or breaks a promise of one.
        """
        try:
            return cls.model_validate_json(text)
        except ValueError:
            raise ModelError(
                "this is no overlay, or its weights are not borne out; write it again with "
                "`risk evaluate-reasoning`"
            ) from None

    def apply(
        self, pd_model: FloatArray, opinions: Sequence[Opinion | NoOpinion | None]
    ) -> FloatArray:
        """The PD with the opinions' effect, shape (n,), in (0, 1) and never below `pd_model`.

        Raises:
            DataError: A PD is not strictly between 0 and 1, or not one opinion for each.
        """
        return raised(pd_model, self.weights.effect(levels(opinions)))


def levels(opinions: Sequence[Opinion | NoOpinion | None]) -> LevelArray:
    """Level of each opinion, shape (n,): 1 to 3 for a concern on the risky side, else 0.

    Agreement, a concern to the other side or to none, and no opinion are one and the same: what
    reasoning says makes nothing laxer.

    Example:
        >>> levels([None, Opinion(stance="concern", direction="raises", confidence="high")])
        array([0, 3])
    """
    return np.array([_level(opinion) for opinion in opinions], dtype=np.int64)


def _level(opinion: Opinion | NoOpinion | None) -> int:
    if not isinstance(opinion, Opinion):
        return 0
    risky = opinion.stance == "concern" and opinion.direction == "raises"
    return _LEVEL[opinion.confidence] if risky else 0


def raised(pd_model: FloatArray, effect: FloatArray) -> FloatArray:
    """PDs raised by log-odds of at least 0, each of shape (n,).

    Raises:
        DataError: A PD is not strictly between 0 and 1, or the shapes differ.
    """
    if pd_model.shape != effect.shape:
        raise DataError(f"{effect.size} opinions do not go with {pd_model.size} PDs")
    if not ((pd_model > 0) & (pd_model < 1)).all():
        raise DataError("an overlay needs PDs strictly between 0 and 1; pass the model's own")
    moved = np.where(effect > 0, expit(logit(pd_model) + effect), pd_model)
    # Rounding may carry the result a hair below where it started, or up to 1 itself.
    return np.clip(moved, pd_model, np.nextafter(1.0, 0.0))


class Reasoned(NamedTuple):
    """Labelled rows with opinions: log-odds of the PD, level of the opinion, and 1 for default."""

    log_odds: FloatArray
    level: LevelArray
    y: FloatArray

    def at(self, chosen: npt.NDArray[np.generic]) -> "Reasoned":
        """The chosen rows, by mask or index."""
        return Reasoned(self.log_odds[chosen], self.level[chosen], self.y[chosen])


def fit(rows: Reasoned, bound: float = BOUND) -> Weights:
    """The likeliest weights in [0, bound] that never fall with confidence, drawn towards 0.

    The level of all PDs is fitted beside them and dropped, so that a year in which every PD is
    too low is not laid to the opinions. A confidence that nobody had takes the weight of the
    next lower one.

    Raises:
        DataError: Fewer rows or bads than `MIN_ROWS` and `MIN_BADS`.
    """
    check_enough(rows.y)

    def slope(step: float) -> float:
        weights = _isotonic(rows, step, bound)
        return float((rows.y - expit(rows.log_odds + step + weights.effect(rows.level))).sum())

    step = optimize.brentq(slope, -_WIDEST, _WIDEST, xtol=1e-10)
    return _isotonic(rows, step, bound)


def check_enough(y: FloatArray) -> None:
    """Refuse rows that no effect can be fitted to or judged on.

    Raises:
        DataError: Saying how many there are and how many are needed.
    """
    bads, goods = int(y.sum()), int((1 - y).sum())
    if len(y) < MIN_ROWS or min(bads, goods) < MIN_BADS:
        raise DataError(
            f"{len(y)} rows with {bads} bads say too little of opinions; at least {MIN_ROWS} rows "
            f"with {MIN_BADS} bads and as many goods are needed, so take a larger sample"
        )


def cross_fitted(rows: Reasoned, *, seed: int = 0, bound: float = BOUND) -> FloatArray:
    """Log-odds that each row's opinion adds by weights fitted without it, shape (n,).

    Raises:
        DataError: The rows of a fold's rest are too few, as in `fit`.
    """
    from sklearn.model_selection import StratifiedKFold

    effect = np.empty(len(rows.y))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for rest, fold in folds.split(rows.log_odds, rows.y):
        effect[fold] = fit(rows.at(rest), bound).effect(rows.level[fold])
    return effect


def judge(earlier: Reasoned, later: Reasoned, bound: float = BOUND) -> Overlay:
    """Fit on earlier rows and judge on later ones; the weights ship only where they are proven.

    Proven means that the 95 % interval of the gain in AUC, or in Brier score at the rows' own
    level, lies above 0, and that none lies below it.

    Raises:
        DataError: Either has fewer rows or bads than `MIN_ROWS` and `MIN_BADS`.
    """
    check_enough(later.y)
    found = fit(earlier, bound)
    given = {"found": found, "bound": bound, "fitted_on": _digest(earlier, later)}
    if min(int((rows.level > 0).sum()) for rows in (earlier, later)) < MIN_CONCERNS:
        return Overlay(verdict=Verdict.TOO_FEW, **given)
    if found.high == 0:
        return Overlay(verdict=Verdict.NO_EFFECT, **given)
    evidence = _evidence(earlier, later, found)
    verdict, proven = _verdict(evidence)
    weights = found if proven else Weights()
    return Overlay(weights=weights, verdict=verdict, evidence=evidence, **given)


def _evidence(earlier: Reasoned, later: Reasoned, found: Weights) -> Evidence:
    before = np.clip(expit(later.log_odds), 1e-12, 1 - 1e-12)
    after = raised(before, found.effect(later.level))
    return Evidence(
        fitted_rows=len(earlier.y),
        fitted_bads=int(earlier.y.sum()),
        rows=len(later.y),
        bads=int(later.y.sum()),
        concerns=int((later.level > 0).sum()),
        auc=auc_gain(later.y, after, before),
        brier=brier_gain(later.y, after, before),
        brier_at_level=brier_gain(later.y, at_level(later.y, after), at_level(later.y, before)),
    )


def _verdict(evidence: Evidence) -> tuple[Verdict, bool]:
    gains = (evidence.auc, evidence.brier_at_level)
    if any(gain.worse for gain in (*gains, evidence.brier)):
        return Verdict.HARMFUL, False
    if any(gain.better for gain in gains):
        return Verdict.PROVEN, True
    return Verdict.NOT_BETTER, False


def _isotonic(rows: Reasoned, step: float, bound: float) -> Weights:
    """Best weights at a given level of all PDs: pool neighbours until no weight falls."""
    blocks: list[tuple[list[int], float]] = []
    for level in (level for level in _LEVEL.values() if (rows.level == level).any()):
        block = [level]
        weight = _best(rows, block, step, bound)
        while blocks and blocks[-1][1] > weight:
            block = blocks.pop()[0] + block
            weight = _best(rows, block, step, bound)
        blocks.append((block, weight))
    known = {level: weight for block, weight in blocks for level in block}
    low = known.get(1, 0.0)
    medium = known.get(2, low)
    return Weights(low=low, medium=medium, high=known.get(3, medium))


def _best(rows: Reasoned, block: Sequence[int], step: float, bound: float) -> float:
    """The one weight in [0, bound] that suits all levels of a block best."""
    inside = np.isin(rows.level, block)
    start, y = rows.log_odds[inside] + step, rows.y[inside]
    pull = len(block) / _PRIOR_DEVIATION**2

    def slope(weight: float) -> float:
        return float((y - expit(start + weight)).sum()) - pull * weight

    if slope(0.0) <= 0:
        return 0.0
    return bound if slope(bound) >= 0 else float(optimize.brentq(slope, 0.0, bound, xtol=1e-10))


def _digest(*parts: Reasoned) -> str:
    hashed = hashlib.sha256()
    for rows in parts:
        for column in (rows.log_odds, rows.level.astype(np.float64), rows.y):
            hashed.update(np.ascontiguousarray(column, "<f8").tobytes() + b"\0")
    return hashed.hexdigest()
