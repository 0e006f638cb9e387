"""One monotone map from a model's raw log-odds to a probability of default.

Measuring how well calibrated a model is belongs to `risk.validation.calibration`.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal, Self, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import expit, logit

from features.encoding import FloatArray

Method = Literal["none", "platt", "isotonic"]
METHODS: tuple[Method, ...] = get_args(Method)  # simplest first: a tie goes to the simpler one
FOLDS = 5
ISOTONIC_BADS = 200
PD_MIN = 1e-6
PD_MAX = 1 - PD_MIN


class Calibration(BaseModel):
    """A fitted map; with no arguments it takes the raw log-odds at their word.

    Attributes:
        method: `none`; `platt`: a straight line in log-odds; `isotonic`: straight pieces between
            knots, continued with slope 1 beyond them.
        slope: Platt's factor on the raw log-odds, above 0.
        intercept: Platt's shift.
        raw: Raw log-odds at the isotonic knots, rising.
        log_odds: Calibrated log-odds at the same knots, rising.
        losses: Cross-validated log loss of each method that could be fitted.

    Example:
        >>> Calibration().apply(np.array([0.0])).tolist()
        [0.5]
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: Method = "none"
    slope: float = Field(default=1.0, gt=0)
    intercept: float = 0.0
    raw: tuple[float, ...] = ()
    log_odds: tuple[float, ...] = ()
    losses: dict[Method, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rising_knots(self) -> Self:
        if (self.method == "isotonic") != bool(self.raw) or len(self.raw) != len(self.log_odds):
            raise ValueError('"isotonic", and nothing else, needs knots in "raw" and "log_odds"')
        for knots in (self.raw, self.log_odds):
            if any(a >= b for a, b in pairwise(knots)):
                raise ValueError("the knots must rise")
        return self

    def apply(self, raw: FloatArray) -> FloatArray:
        """PD of each row, shape (n,), from 1e-6 to 1 - 1e-6; it never falls as `raw` rises."""
        if self.method == "isotonic":
            raw = self._between_knots(raw)
        elif self.method == "platt":
            raw = self.slope * raw + self.intercept
        pd_: FloatArray = np.clip(expit(raw), PD_MIN, PD_MAX)
        return pd_

    def _between_knots(self, raw: FloatArray) -> FloatArray:
        knots, levels = np.array(self.raw), np.array(self.log_odds)
        right = np.searchsorted(knots, raw, side="right")
        low, high = np.maximum(right - 1, 0), np.minimum(right, len(knots) - 1)
        width = knots[high] - knots[low]
        rise = np.divide(
            levels[high] - levels[low], width, out=np.ones_like(width), where=width > 0
        )
        line = levels[low] + (raw - knots[low]) * rise
        # Rounding may carry a line a hair beyond its knot, which would break monotonicity there.
        inside = np.clip(line, levels[low], levels[high])
        calibrated: FloatArray = np.where(width > 0, inside, line)
        return calibrated


def fit(raw: FloatArray, target: FloatArray, *, seed: int = 0) -> Calibration:
    """The simplest calibration that no other beats by more than chance, on rows kept from training.

    A method takes over from a simpler one where its cross-validated log loss is lower by more than
    one standard error of their difference, row by row; isotonic steps also need `ISOTONIC_BADS`
    rows of the rarer outcome, for on fewer they follow noise.

    Args:
        raw: Raw log-odds of each row, shape (n,).
        target: 1 for default, 0 for repaid, same shape.
        seed: Draws the folds.

    Returns:
        A map fitted on all rows by the winning method. Fewer than five rows of an outcome cannot
        choose, so the raw log-odds are then taken at their word.
    """
    rarer = int(min(target.sum(), len(target) - target.sum()))
    if rarer < FOLDS:
        return Calibration()
    able = [m for m in METHODS if m != "isotonic" or rarer >= ISOTONIC_BADS]
    tried = {method: _cross_validated(method, raw, target, seed) for method in able}
    losses = {method: rows for method, rows in tried.items() if rows is not None}
    best: Method = "none"
    for method, rows in losses.items():
        gain = losses[best] - rows
        if gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)):
            best = method
    fitted = _FITTERS[best](raw, target) or Calibration()
    means = {method: float(rows.mean()) for method, rows in losses.items()}
    return fitted.model_copy(update={"losses": means})


def _losses(target: FloatArray, pd_: FloatArray) -> FloatArray:
    """Negative log-likelihood of each row, in nats."""
    return -(target * np.log(pd_) + (1 - target) * np.log1p(-pd_))


def _cross_validated(
    method: Method, raw: FloatArray, target: FloatArray, seed: int
) -> FloatArray | None:
    """Log loss of each row by the method fitted without it; None where it cannot be fitted."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    held_out = np.empty_like(raw)
    for rest, fold in folds.split(raw, target):
        fitted = _FITTERS[method](raw[rest], target[rest])
        if fitted is None:
            return None
        held_out[fold] = fitted.apply(raw[fold])
    return _losses(target, held_out)


def _fit_none(raw: FloatArray, target: FloatArray) -> Calibration | None:
    return Calibration()


def _fit_platt(raw: FloatArray, target: FloatArray) -> Calibration | None:
    """Unpenalised logistic regression on the raw log-odds; none where it would turn the order."""
    from sklearn.linear_model import LogisticRegression

    if np.ptp(raw) == 0:
        return Calibration(method="platt", intercept=float(logit(target.mean()) - raw[0]))
    line = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(raw[:, None], target)
    slope, intercept = float(line.coef_[0, 0]), float(line.intercept_[0])
    # A sample that separates perfectly sends the slope to infinity.
    if not 0 < slope < 100:
        return None
    return Calibration(method="platt", slope=slope, intercept=intercept)


def _fit_isotonic(raw: FloatArray, target: FloatArray) -> Calibration | None:
    """Isotonic blocks, each drawn half a row towards the base rate, joined at their centres."""
    from sklearn.isotonic import isotonic_regression

    order = np.argsort(raw, kind="stable")
    raw, target = raw[order], target[order]
    block = _blocks(np.asarray(isotonic_regression(_tied_means(raw, target))))
    size = np.bincount(block).astype(np.float64)
    smoothed = (np.bincount(block, target) + target.mean()) / (size + 1)
    # Smoothing small blocks can turn their order, so pool once more, now by size.
    rates = np.asarray(isotonic_regression(smoothed, sample_weight=size))
    block = _blocks(rates)[block]
    knots, levels = np.bincount(block, raw) / np.bincount(block), logit(np.unique(rates))
    # `Calibration` refuses knots that do not rise, and ones a rounding apart carry nothing.
    keep = np.r_[True, (np.diff(knots) > 1e-9) & (np.diff(levels) > 1e-9)]
    return Calibration(
        method="isotonic", raw=tuple(knots[keep].tolist()), log_odds=tuple(levels[keep].tolist())
    )


def _tied_means(raw: FloatArray, target: FloatArray) -> FloatArray:
    """The target with rows of one raw value sharing their mean, so that no block splits a tie."""
    _, tie = np.unique(raw, return_inverse=True)
    return np.asarray((np.bincount(tie, target) / np.bincount(tie))[tie], dtype=np.float64)


def _blocks(levels: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Number of the run of equal values that each place belongs to."""
    return np.asarray(np.cumsum(np.r_[0, np.diff(levels) > 0]), dtype=np.int64)


_FITTERS: dict[Method, Callable[[FloatArray, FloatArray], Calibration | None]] = {
    "none": _fit_none,
    "platt": _fit_platt,
    "isotonic": _fit_isotonic,
}
