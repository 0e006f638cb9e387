"""Figures about the last night."""

from collections.abc import Sequence
from functools import partial

from risk.report.document import Figure
from risk.report.monitoring.nights import LAST, NO_NIGHTS
from risk.validation.calibration import jeffreys_interval
from risk.validation.change import Share


def shared(key: str, share: Share, because: str) -> Figure:
    """A share with its interval; without any rows, why there is none."""
    figure = partial(Figure, key=key, kind="share", sample=LAST, rows=share.rows)
    if not share.rows:
        return figure(because=because)
    low, high = jeffreys_interval(*share)
    return figure(value=share.value, low=float(low), high=float(high), method="jeffreys")


def without_nights(keys: Sequence[str]) -> tuple[Figure, ...]:
    """Figures of which nothing is known, since no night can be read."""
    return tuple(Figure(key=key, sample=LAST, because=NO_NIGHTS) for key in keys)
