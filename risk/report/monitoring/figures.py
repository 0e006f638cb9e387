"""Figures about the last night."""

from collections.abc import Sequence
from functools import partial

from risk.report.document import Figure, Light, Limits
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


def judged(key: str, share: Share, limits: Limits, because: str) -> Figure:
    """The same with its light: past a limit where the whole interval is."""
    figure = shared(key, share, because)
    if not share.rows:
        return figure.against(limits)
    told = figure.model_copy(update={"method": "jeffreys-whole"})
    return told.against(limits, _better(share, limits))


def share_light(share: Share, limits: Limits) -> Light:
    """The light of such a share; `none` without rows."""
    return limits.light(_better(share, limits)) if share.rows else "none"


def _better(share: Share, limits: Limits) -> float:
    """The better end of a share's interval: a size that may be chance is no alarm."""
    low, high = jeffreys_interval(*share)
    return float(low if limits.red >= limits.amber else high)


def without_nights(keys: Sequence[str]) -> tuple[Figure, ...]:
    """Figures of which nothing is known, since no night can be read."""
    return tuple(Figure(key=key, sample=LAST, because=NO_NIGHTS) for key in keys)
