"""How far two shares of the same cases lie apart, such as those of two passes over them."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from features.errors import DataError
from risk.validation.outcomes import normal_quantile
from risk.validation.paired import Gain


def share_difference(one: npt.ArrayLike, other: npt.ArrayLike, confidence: float = 0.95) -> Gain:
    """Share of the cases that hold in `one` less that in `other`.

    Args:
        one: Whether each case holds, shape (n,).
        other: The same cases seen otherwise, shape (n,).
        confidence: Probability that the interval holds.

    Returns:
        The difference with the adjusted Wald interval, and the p-value of the exact test of
        McNemar, two-sided; both rest on the cases that differ.

    Raises:
        DataError: No cases, or not the same number.

    Source:
        Bonett and Price, Journal of Educational and Behavioral Statistics 37 (2012), 479-488.

    Example:
        >>> found = share_difference([True] * 9 + [False], [True] * 5 + [False] * 5)
        >>> round(found.difference, 2), round(found.p_value, 3)
        (0.4, 0.125)
    """
    first, second = np.asarray(one, bool), np.asarray(other, bool)
    if first.shape != second.shape or not first.size:
        raise DataError(f"{first.size} cases do not pair with {second.size}; give the same ones")
    n = len(first)
    more, fewer = int((first & ~second).sum()), int((~first & second).sum())
    up, down = (more + 1) / (n + 2), (fewer + 1) / (n + 2)
    error = np.sqrt((up + down - (up - down) ** 2) / (n + 2))
    half = normal_quantile(confidence) * float(error)
    differing = more + fewer
    return Gain(
        difference=(more - fewer) / n,
        low=max(up - down - half, -1.0),
        high=min(up - down + half, 1.0),
        p_value=float(stats.binomtest(more, differing).pvalue) if differing else 1.0,
    )
