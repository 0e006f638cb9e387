"""What one PD gains over another on the same rows, with its uncertainty.

A gain above 0 is always for the better: a higher AUC, a lower Brier score, a lower log loss.
"""

from typing import Self

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
