"""Whether delivered scores hold values that scores can have; a digest tells only what was written.

The grades of a portfolio are looked at in `pipelines.validation.delivered`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import DataError
from risk.policy import RECOMMENDATIONS

_Right = npt.NDArray[np.bool_]


def impossible(said: pd.DataFrame) -> tuple[str, ...]:
    """Columns of scores that hold what no score has.

    Args:
        said: Scores, some or all of their columns, n rows.

    Returns:
        Names in the order of looking; empty where all is possible.

    Example:
        >>> impossible(pd.DataFrame({"application_id": ["A", "A"], "pd": [0.0, 1.5]}))
        ('application_id', 'pd')
    """
    return tuple(
        name for name, right in _LOOKS.items() if name in said and not right(said[name]).all()
    )


def require_possible(where: Path, said: pd.DataFrame) -> None:
    """Refuse scores that hold what no score has.

    Args:
        where: What they were read from.
        said: Some or all of their columns.

    Raises:
        DataError: They do.
    """
    if wrong := impossible(said):
        raise DataError(f"{where} holds what no score has ({', '.join(wrong)}); make it again")


def _once(ids: pd.Series) -> _Right:
    return np.asarray(ids.notna() & ~ids.duplicated(), bool)


def _share(values: pd.Series) -> _Right:
    return np.asarray(pd.to_numeric(values, errors="coerce").between(0.0, 1.0), bool)


def _finite(values: pd.Series) -> _Right:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.asarray(np.isfinite(numbers), bool)


def _there(values: pd.Series) -> _Right:
    return np.asarray(values.notna(), bool)


def _recommended(values: pd.Series) -> _Right:
    return np.asarray(values.isin([str(each) for each in RECOMMENDATIONS]), bool)


_LOOKS: dict[str, Callable[[pd.Series], _Right]] = {
    "application_id": _once,
    "pd": _share,
    "points": _finite,
    "grade": _there,
    "decision": _recommended,
}
