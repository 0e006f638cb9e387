"""What one PD gains over another on the same rows, with its uncertainty.

A gain above 0 is always for the better: a higher AUC, a lower Brier score, a lower log loss.
"""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict
from scipy import optimize, stats
from scipy.special import expit, logit

from features.encoding import FloatArray
from risk.validation import discrimination
from risk.validation.outcomes import normal_quantile, probabilities, two_sided

_QUANTILE = normal_quantile(0.95)
_POWERED = _QUANTILE + float(stats.norm.ppf(0.8))


class Gain(BaseModel):
    """A paired difference with its 95 % interval and two-sided p-value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    difference: float
    low: float
    high: float
    p_value: float

    @property
    def better(self) -> bool:
        """Whether the interval lies above 0."""
        return self.low > 0

    @property
    def worse(self) -> bool:
        """Whether the interval lies below 0."""
        return self.high < 0

    @property
    def detectable(self) -> float:
        """The gain that rows like these would have shown in four samples of five."""
        return (self.high - self.low) / (2 * _QUANTILE) * _POWERED

    @classmethod
    def of_rows(cls, gains: FloatArray) -> Self:
        """From the gain of each row, shape (n,) with n at least 2: a normal interval of their mean.

        Example:
            >>> Gain.of_rows(np.array([0.0, 0.0])).p_value
            1.0
        """
        mean, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
        if error == 0:
            return cls(difference=mean, low=mean, high=mean, p_value=float(mean == 0))
        half = _QUANTILE * error
        p_value = float(2 * stats.norm.sf(abs(mean) / error))
        return cls(difference=mean, low=mean - half, high=mean + half, p_value=p_value)


def auc_gain(target: npt.ArrayLike, pd_: npt.ArrayLike, beside: npt.ArrayLike) -> Gain:
    """AUC of `pd_` less that of `beside`, by the paired DeLong test.

    Raises:
        DataError: As `discrimination.compare`.
    """
    found = discrimination.compare(target, pd_, beside)
    return Gain(difference=found.difference, low=found.low, high=found.high, p_value=found.p_value)


def bootstrap_gain(
    target: npt.ArrayLike,
    pd_: npt.ArrayLike,
    beside: npt.ArrayLike,
    draws: int = 500,
    seed: int = 0,
) -> Gain:
    """As `auc_gain`, by a paired bootstrap: bads and goods are drawn again, each among their own.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,).
        beside: Shape (n,).
        draws: How often all rows are drawn again.
        seed: Of the draws.

    Returns:
        The percentile interval, and twice the smaller share of draws on either side of 0, at
        least one draw.

    Raises:
        DataError: As `two_sided`.

    Source:
        Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 13.3.
    """
    outcome, first = two_sided(target, pd_)
    _, second = two_sided(target, beside)
    ranked = _Ranked.of(outcome, first), _Ranked.of(outcome, second)
    generator = np.random.default_rng(seed)
    found = np.empty(draws)
    for draw in range(draws):
        times = _drawn_again(outcome, generator)
        found[draw] = ranked[0].auc(times) - ranked[1].auc(times)
    once = np.ones(len(outcome))
    low, high = np.quantile(found, [0.025, 0.975])
    # A draw that gives exactly 0 speaks for neither side.
    tail = min((found <= 0).mean(), (found >= 0).mean())
    return Gain(
        difference=ranked[0].auc(once) - ranked[1].auc(once),
        low=float(low),
        high=float(high),
        p_value=float(min(1.0, 2 * max(tail, 1 / draws))),
    )


class _Ranked(NamedTuple):
    """Rows by rising score, so that each drawing again costs no sorting."""

    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    bad: FloatArray

    @classmethod
    def of(cls, outcome: FloatArray, score: FloatArray) -> Self:
        order = np.argsort(score, kind="stable")
        rising = score[order]
        starts = np.flatnonzero(np.concatenate([[True], rising[1:] > rising[:-1]]))
        return cls(order, starts, outcome[order])

    def auc(self, times: FloatArray) -> float:
        """AUC of rows of which each counts so many times."""
        weight = times[self.order]
        bads = np.add.reduceat(weight * self.bad, self.starts)
        goods = np.add.reduceat(weight * (1 - self.bad), self.starts)
        below = np.cumsum(goods) - goods / 2
        return float(bads @ below / (bads.sum() * goods.sum()))


def _drawn_again(outcome: FloatArray, generator: np.random.Generator) -> FloatArray:
    """How often each row is drawn, as many bads and goods as there are."""
    times = np.zeros(len(outcome))
    for side in (0, 1):
        rows = np.flatnonzero(outcome == side)
        times[rows] = np.bincount(
            generator.integers(len(rows), size=len(rows)), minlength=len(rows)
        )
    return times


def brier_gain(target: npt.ArrayLike, pd_: npt.ArrayLike, beside: npt.ArrayLike) -> Gain:
    """Brier score of `beside` less that of `pd_`, row by row.

    Raises:
        DataError: No rows, or a PD outside 0 to 1.
    """
    outcome, values = probabilities(target, pd_)
    _, others = probabilities(target, beside)
    return Gain.of_rows((others - outcome) ** 2 - (values - outcome) ** 2)


def log_loss_gain(target: npt.ArrayLike, pd_: npt.ArrayLike, beside: npt.ArrayLike) -> Gain:
    """Log loss of `beside` less that of `pd_`, row by row, in nats; PDs in (0, 1).

    Raises:
        DataError: As `brier_gain`.
    """
    outcome, values = probabilities(target, pd_)
    _, others = probabilities(target, beside)
    gains = np.where(outcome == 1, np.log(values / others), np.log1p(-values) - np.log1p(-others))
    return Gain.of_rows(gains)


def at_level(target: npt.ArrayLike, pd_: npt.ArrayLike) -> FloatArray:
    """PDs moved by one step in log-odds for all, so that their mean is the default rate.

    Whoever raises PDs gains by it in a year in which all PDs are too low. At one level only what
    is said of single rows counts.

    Args:
        target: 1 is bad, 0 is good, shape (n,); both occur.
        pd_: Shape (n,), strictly between 0 and 1.

    Raises:
        DataError: Only one outcome occurs, or a PD is 0 or 1.
    """
    outcome, values = two_sided(target, logit(np.asarray(pd_, np.float64)))
    level = logit(outcome.mean())

    def missed(step: float) -> float:
        return float(expit(values + step).mean() - outcome.mean())

    low, high = level - values.max() - 1e-6, level - values.min() + 1e-6
    return np.asarray(expit(values + optimize.brentq(missed, low, high, xtol=1e-12)))
