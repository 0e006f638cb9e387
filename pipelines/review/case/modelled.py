"""What is known of the model behind a run, without keeping a page waiting for it.

The first look costs the import of MLflow, and a registry may be far away or down: it is done on a
thread of its own, and a page that comes too early does without.
"""

import threading
import time
from concurrent.futures import Future
from typing import NamedTuple

from pipelines.config import RunConfig
from pipelines.review.what_if.models import facts_of
from risk.model_parts import ModelFacts

_WAITS_S = 0.25
_AGAIN_S = 300.0
_MOST = 16


class _Look(NamedTuple):
    """A look at the registry, and when it was begun."""

    begun: float
    found: Future[ModelFacts | None]

    @property
    def in_vain(self) -> bool:
        """Whether nothing was found, and long enough ago to look again."""
        old = time.monotonic() - self.begun > _AGAIN_S
        return old and self.found.done() and self.found.result() is None


_LOOKS: dict[tuple[str, str, str], _Look] = {}
_ONE_AT_A_TIME = threading.Lock()


def modelled(config: RunConfig, digest: str) -> ModelFacts | None:
    """Calibration, scaling and PD interval of a model; None where they are not at hand."""
    if not digest:
        return None
    try:
        return _look(config, digest).result(_WAITS_S)
    except TimeoutError:
        return None


def _look(config: RunConfig, digest: str) -> Future[ModelFacts | None]:
    """The look that is under way, or a new one where there is none."""
    wanted = (config.tracking, config.name, digest)
    with _ONE_AT_A_TIME:
        look = _LOOKS.get(wanted)
        if look is None or look.in_vain:
            if len(_LOOKS) >= _MOST:
                _LOOKS.pop(next(iter(_LOOKS)))
            look = _LOOKS[wanted] = _Look(time.monotonic(), Future())
            work = (config, digest, look.found)
            threading.Thread(target=_find, args=work, name="model", daemon=True).start()
        return look.found


def _find(config: RunConfig, digest: str, found: Future[ModelFacts | None]) -> None:
    try:
        found.set_result(facts_of(config, digest))
    except BaseException:
        # Whoever waits goes on without, and what went wrong ends this thread as any other.
        found.set_result(None)
        raise
