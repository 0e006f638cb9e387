"""Arrays that grow from batch to batch."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE = -1
"""No place: no value of a key, nobody before."""

_SHARE = 8


def longer(array: NDArray[Any], more: int, fill: int = 0) -> NDArray[Any]:
    """A new array with more rows behind; what is 0 takes no memory before it is written to.

    Example:
        >>> longer(np.array([4, 5]), 2, NONE)
        array([ 4,  5, -1, -1])
    """
    made = np.zeros((len(array) + more, *array.shape[1:]), array.dtype)
    made[: len(array)] = array
    if fill:
        made[len(array) :] = fill
    return made


def are_few(late: NDArray[Any], many: NDArray[Any]) -> bool:
    """Whether what came since may go on being kept apart: at most an eighth of the many."""
    return len(late) * _SHARE <= len(many)
