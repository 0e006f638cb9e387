"""A thing that is dear to make: made by the first thread that asks, while others wait."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Once(Generic[Made]):
    """Made when first asked for; where making it fails, the next to ask tries again.

    Example:
        >>> Once(lambda: 3).get()
        3
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        """Nothing is made yet."""
        self._make, self._lock = make, threading.Lock()
        self._made: list[Made] = []

    def get(self) -> Made:
        """The thing."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]
