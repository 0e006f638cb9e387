"""How many requests may be under way at once, found out from what the server says.

Up by a part while answers come, down by half when the server has had too much. Asks nobody.
"""

# A round trip's rise. By ones, a limit of hundreds would take a day to recover; by a fixed step,
# a server that takes four would be asked eight.
_RISE = 1 / 4


class AdaptiveLimit:
    """A limit between 1 and a maximum: up by a quarter a round trip, but by 1 at least; halved.

    Starts at the maximum: vLLM queues what it cannot run yet, and a server that minds says so
    within one round trip.

    Example:
        >>> limit = AdaptiveLimit(64)
        >>> limit.fall(began=0.0, now=1.0)
        >>> limit.now
        32
    """

    def __init__(self, maximum: int) -> None:
        """Start at `maximum`."""
        self._maximum = maximum
        self._limit = float(maximum)
        self._fell_at = float("-inf")
        self._paused_until = float("-inf")

    @property
    def now(self) -> int:
        """The limit as it stands."""
        return int(self._limit)

    def rise(self) -> None:
        """An answer came; as many answers as the limit make a round trip's rise."""
        self._limit = min(self._limit + max(1 / self._limit, _RISE), self._maximum)

    def fall(self, began: float, now: float) -> None:
        """A request that began then was too much for the server now.

        Requests sent before the last fall say nothing about the limit since, so a burst of
        refusals halves the limit once.
        """
        if began >= self._fell_at:
            self._limit = max(self._limit / 2, 1.0)
            self._fell_at = now

    def pause(self, until: float) -> None:
        """Nothing is to be sent before then: the server's own word."""
        self._paused_until = max(self._paused_until, until)

    def pause_left(self, now: float) -> float:
        """Seconds until something may be sent; 0 when it may be now."""
        return max(self._paused_until - now, 0.0)
