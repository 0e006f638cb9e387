"""A bounded effect of the reasoning opinion in log-odds, which ships at 0 until it is proven.

It can only raise a PD, and moves no recommendation: that is the ratchet of `risk.decision`.
Fitting and judging it is `risk.overlay_fit`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Described
from scipy.special import expit, logit

from features.encoding import FloatArray
from features.errors import DataError
from risk.errors import ModelError
from risk.reasoning.claims import NoOpinion, Opinion
from risk.validation.paired import Gain

BOUND = 1.5
_LEVEL = {"low": 1, "medium": 2, "high": 3}

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
    NOT_IN_TIME = "not-in-time"


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

    @property
    def verdict(self) -> Verdict:
        """Proven where AUC or Brier score at level gains beyond chance, and nothing loses."""
        gains = (self.auc, self.brier_at_level)
        if any(gain.worse for gain in (*gains, self.brier)):
            return Verdict.HARMFUL
        return Verdict.PROVEN if any(gain.better for gain in gains) else Verdict.NOT_BETTER


class Overlay(_Strict):
    """The effect of opinions on the PD, as it ships.

    Attributes:
        weights: What is applied; all 0 unless the verdict is `proven`.
        found: What was fitted, whatever became of it.
        bound: Most log-odds that any opinion may add.
        verdict: Why the weights are what they are.
        evidence: What the verdict rests on; None where nothing was measured.
        fitted_on: SHA-256 over the rows that it was fitted and judged on.
        model: Digest of the PD model whose log-odds it adds to; empty where nothing was measured.
        backend: Identity of what gave the opinions, prompt included; likewise.
    """

    weights: Weights = Weights()
    found: Weights = Weights()
    bound: float = Described(default=BOUND, gt=0, le=10)
    verdict: Verdict = Verdict.NOT_MEASURED
    evidence: Evidence | None = None
    fitted_on: str = ""
    model: str = ""
    backend: str = ""

    @model_validator(mode="after")
    def _keeps_its_promise(self) -> Self:
        if self.found.high > self.bound:
            raise ValueError("a weight exceeds the bound")
        shipped = self.found if self.verdict is Verdict.PROVEN else Weights()
        if self.weights != shipped:
            raise ValueError("weights other than 0 need the verdict and the evidence for them")
        borne_out = self.evidence is not None and self.evidence.verdict is Verdict.PROVEN
        if self.verdict is Verdict.PROVEN and not borne_out:
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
