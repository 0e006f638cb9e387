"""Functions compiled by numba and kept on disk, so that only the first start of all waits for it.

Where nothing can be kept (no writable folder, a full disk, a damaged file) they are compiled
anew each time; that is slower by seconds and changes nothing else.
"""

import logging
from collections.abc import Callable
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache

logger = logging.getLogger(__name__)


class _Apart(CompileResultCacheImpl):
    """Kept in the user's own cache and never beside the source, which may be a model's copy."""

    _locator_classes = [  # noqa: RUF012 - numba's
        locator
        for locator in CompileResultCacheImpl._locator_classes
        if "InTree" not in locator.__name__
    ]


class _ForgivingCache(FunctionCache):
    """numba's, except that a cache that fails is no cache."""

    _impl_class = _Apart

    def load_overload(self, *given: Any) -> Any:
        try:
            return super().load_overload(*given)  # type: ignore[no-untyped-call]
        except Exception as error:
            # A damaged file may raise anything; what it holds can be made again.
            logger.info("compiled code cannot be read again (%s)", type(error).__name__)
            self._forget()
            return None

    def save_overload(self, *given: Any) -> None:
        try:
            super().save_overload(*given)  # type: ignore[no-untyped-call]
        except OSError as error:
            logger.info("compiled code cannot be kept (%s)", type(error).__name__)

    def _forget(self) -> None:
        try:
            self.flush()  # type: ignore[no-untyped-call]
        except OSError as error:
            logger.info("damaged code cannot be taken away (%s)", type(error).__name__)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile at the first call; IEEE arithmetic in the order written, and no interpreter lock."""
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy")(function)
    try:
        dispatcher._cache = _ForgivingCache(function)  # type: ignore[no-untyped-call]
    except RuntimeError:  # numba finds no folder it may write to
        logger.info("no folder to keep compiled code in")
    made: Callable[..., Any] = dispatcher
    return made
