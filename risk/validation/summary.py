"""The handful of numbers by which every run is compared with every other."""

import numpy as np
import numpy.typing as npt

from risk.validation import calibration, discrimination
from risk.validation.brier import brier
from risk.validation.outcomes import probabilities


def summary(target: npt.ArrayLike, pd_: npt.ArrayLike) -> dict[str, float]:
    """Size, ranking and level of one sample, for JSON and the run tracker.

    Args:
        target: 1 is bad, 0 is good, shape (n,).
        pd_: Shape (n,), in [0, 1].

    Returns:
        `rows`, `bads`, `bad_rate`, `auc`, `auc_low`, `auc_high` (95 % DeLong interval), `gini`,
        `ks`, `brier`, `log_loss`, `observed_expected`. All finite: for `log_loss` alone, PDs
        of 0 and 1 are moved in by 1e-15, as an infinite number does not survive JSON.

    Raises:
        DataError: Fewer than two bads or goods, or a PD outside 0 to 1.
    """
    outcome, values = probabilities(target, pd_)
    area = discrimination.delong(outcome, values)
    inside = np.clip(values, 1e-15, 1 - 1e-15)
    return {
        "rows": float(len(outcome)),
        "bads": float(outcome.sum()),
        "bad_rate": float(outcome.mean()),
        "auc": area.auc,
        "auc_low": area.low,
        "auc_high": area.high,
        "gini": 2 * area.auc - 1,
        "ks": discrimination.ks(outcome, values),
        "brier": brier(outcome, values),
        "log_loss": calibration.log_loss(outcome, inside),
        "observed_expected": calibration.observed_expected(outcome, values).ratio,
    }
