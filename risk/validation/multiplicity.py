"""Many tests at once: p-values that hold for all of them together."""

import numpy as np
import numpy.typing as npt

from features.encoding import FloatArray


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """P-values adjusted for all of their family, in the order given, shape (k,).

    A test is rejected at a level where its adjusted value lies below it; the chance of any false
    rejection among all is then at most that level, however the tests depend on each other. NaN
    stands for a test that was not made, and counts for nothing.

    Source:
        Holm, Scandinavian Journal of Statistics 6 (1979).

    Example:
        >>> holm([0.01, 0.04, 0.03]).tolist()
        [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, np.float64)
    adjusted = np.full(values.shape, np.nan)
    made = np.flatnonzero(~np.isnan(values))
    order = made[np.argsort(values[made], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * values[order]))
    return adjusted
