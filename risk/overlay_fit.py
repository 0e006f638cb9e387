"""Fitting the effect of opinions on labelled history, and judging it on later rows.

What is fitted, and how it is applied, is `risk.overlay`.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize
from scipy.special import expit

from features.encoding import FloatArray
from features.errors import DataError
from risk.overlay import BOUND, Evidence, LevelArray, Overlay, Verdict, Weights, raised
from risk.validation.paired import at_level, auc_gain, brier_gain

MIN_ROWS, MIN_BADS, MIN_CONCERNS = 200, 20, 20
FOLDS = 5
# A weight has a normal prior with this deviation, so that a handful of cases moves little.
_PRIOR_DEVIATION = 1.0
_WIDEST = 50.0


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
    return _fitted(rows, bound)


def _fitted(rows: Reasoned, bound: float) -> Weights:
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
        DataError: As `fit`, of all rows together.
    """
    from sklearn.model_selection import StratifiedKFold

    check_enough(rows.y)
    effect = np.empty(len(rows.y))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for rest, fold in folds.split(rows.log_odds, rows.y):
        effect[fold] = _fitted(rows.at(rest), bound).effect(rows.level[fold])
    return effect


def judge(
    earlier: Reasoned, later: Reasoned, bound: float = BOUND, *, in_time: bool = True
) -> Overlay:
    """Fit on earlier rows and judge on later ones; the weights ship only where they are proven.

    Proven means that the 95 % interval of the gain in AUC, or in Brier score at the rows' own
    level, lies above 0, and that none lies below it; and that the later rows are later
    (`in_time`), not parted from the others by chance.

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
    verdict = evidence.verdict
    if verdict is Verdict.PROVEN and not in_time:
        verdict = Verdict.NOT_IN_TIME
    weights = found if verdict is Verdict.PROVEN else Weights()
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


def _isotonic(rows: Reasoned, step: float, bound: float) -> Weights:
    """Best weights at a given level of all PDs: pool neighbours until no weight falls."""
    blocks: list[tuple[list[int], float]] = []
    for level in (level for level in (1, 2, 3) if (rows.level == level).any()):
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
