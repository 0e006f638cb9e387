"""Model alone, with opinions, with a cheap text score, with both: compared on the same rows.

Where rows are too few, it says so in place of a number. Fitting the contestants is `risk.overlay`
and `risk.textscore`.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.special import expit

from features.encoding import FloatArray
from risk.overlay_fit import MIN_BADS, MIN_ROWS
from risk.validation.paired import Gain, at_level, auc_gain, brier_gain, log_loss_gain
from risk.validation.summary import summary

ALONE = "model"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gains(_Strict):
    """What a contestant gains over the model alone.

    Attributes:
        auc: In AUC, by paired DeLong.
        brier: In Brier score, as the PDs are.
        brier_at_level: In Brier score with both PDs moved to the rows' own default rate.
        log_loss: In log loss, as the PDs are.
    """

    auc: Gain
    brier: Gain
    brier_at_level: Gain
    log_loss: Gain

    def each(self) -> dict[str, Gain]:
        """The gains by name."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    @property
    def verdict(self) -> Literal["better", "worse", "not_proven"]:
        """By the rule of `risk.overlay.Evidence`: a gain beyond chance, and no loss beyond it."""
        gains = (self.auc, self.brier_at_level)
        if any(gain.worse for gain in (*gains, self.brier)):
            return "worse"
        return "better" if any(gain.better for gain in gains) else "not_proven"


class Standing(_Strict):
    """One contestant on one set of rows.

    Attributes:
        contestant: `model`, `opinion`, `text` or `both`.
        figures: As `risk.validation.summary.summary`, without rows and bads.
        gains: Over the model alone; None for itself.
    """

    contestant: str
    figures: dict[str, float]
    gains: Gains | None = None


class Comparison(_Strict):
    """All contestants on one set of rows; `standings` is empty where the rows are too few.

    Attributes:
        subset: Which rows.
        rows: How many.
        bads: Bads among them.
        concerns: Those whose opinion is a concern on the risky side.
        standings: The contestants, the model alone first.
    """

    subset: str
    rows: int
    bads: int
    concerns: int
    standings: tuple[Standing, ...] = ()

    def of(self, contestant: str) -> Standing | None:
        """One contestant's standing, where there is one."""
        return next((one for one in self.standings if one.contestant == contestant), None)


def compare(
    subset: str, y: FloatArray, log_odds: Mapping[str, FloatArray], concerns: int = 0
) -> Comparison:
    """Compare contestants with the model alone.

    Args:
        subset: What the rows are called.
        y: 1 for default, 0 for repaid, shape (n,).
        log_odds: Log-odds of each contestant, each of shape (n,); `model` among them.
        concerns: Rows with a concern on the risky side.
    """
    bads = int(y.sum())
    known = {"subset": subset, "rows": len(y), "bads": bads, "concerns": concerns}
    if len(y) < MIN_ROWS or min(bads, len(y) - bads) < MIN_BADS:
        return Comparison(**known)
    pds = {name: np.clip(expit(each), 1e-12, 1 - 1e-12) for name, each in log_odds.items()}
    names = [ALONE, *(name for name in pds if name != ALONE)]
    standings = tuple(_standing(name, y, pds[name], pds[ALONE]) for name in names)
    return Comparison(standings=standings, **known)


def _standing(name: str, y: FloatArray, pd_: FloatArray, alone: FloatArray) -> Standing:
    figures = {k: v for k, v in summary(y, pd_).items() if k not in ("rows", "bads", "bad_rate")}
    if name == ALONE:
        return Standing(contestant=name, figures=figures)
    gains = Gains(
        auc=auc_gain(y, pd_, alone),
        brier=brier_gain(y, pd_, alone),
        brier_at_level=brier_gain(y, at_level(y, pd_), at_level(y, alone)),
        log_loss=log_loss_gain(y, pd_, alone),
    )
    return Standing(contestant=name, figures=figures, gains=gains)
