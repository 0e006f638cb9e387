"""Which rows of a labelled table a model has not seen: those alone can judge it."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from features.encoding import FloatArray
from features.samples import Sample
from pipelines.book import Book
from pipelines.errors import ConfigError
from risk.model import PDModel

Rows = Literal["unseen", "all"]
"""`unseen`: the out-of-time rows under the config's [samples], or its random test part; `all`: the
whole table, which then must be younger than the model."""

# Two applicants may be alike; more of the model's own reference rows than this are no chance.
_ALIKE = 0.05


def unseen(book: Book, rows: Rows) -> npt.NDArray[np.bool_]:
    """Which rows of a book a model trained on it has not seen, shape (n,).

    Raises:
        ConfigError: It has seen them all.
    """
    if rows == "all":
        return np.ones(len(book.y), dtype=np.bool_)
    if book.latest is Sample.VALIDATION:
        raise ConfigError(
            "no row is out of time and none is kept for the test, so the model has seen them all; "
            "give a younger table with --rows all, or set out_of_time_share in [samples] and "
            "train again"
        )
    return np.asarray(book.sample == book.latest, dtype=np.bool_)


def refuse_seen(model: PDModel, x: FloatArray) -> float:
    """Share of the model's reference applicants who are among the rows, if it may be chance.

    Args:
        model: All of its reference applicants were trained on.
        x: The rows to judge it by, shape (n, p).

    Raises:
        ConfigError: It was trained on these rows.
    """
    alike = _alike(model, x)
    if alike > _ALIKE:
        raise ConfigError(
            f"{alike:.0%} of the model's own reference applicants are among the rows to evaluate "
            "on: the model was trained on them, and would look better than it is; give a younger "
            "table, or [samples] as they were when the model was trained"
        )
    return alike


def _alike(model: PDModel, x: FloatArray) -> float:
    rows = _bytes(x)
    reference = _bytes(model.reference)
    return sum(row in rows for row in reference) / len(reference)


def _bytes(x: FloatArray) -> set[bytes]:
    # One NaN and one zero: their bits may differ where the values do not.
    same = np.ascontiguousarray(np.where(np.isnan(x), np.nan, x + 0.0))
    return {row.tobytes() for row in same}
