"""The model that scored a run, found among the registered ones by its digest.

The first look costs the import of MLflow and LightGBM; what was found stays at hand.
"""

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from pipelines.config import RunConfig
from pipelines.errors import TrackingError
from pipelines.tracking import StoredModel, Tracking
from risk.errors import ModelError
from risk.model_parts import ModelFacts, read_facts

if TYPE_CHECKING:
    from risk.model import PDModel

logger = logging.getLogger(__name__)

_KEPT = 4


def model_of(config: RunConfig, digest: str) -> "PDModel":
    """The model of a digest, ready to score.

    Raises:
        TrackingError: It is not registered, or the registry cannot be reached.
        ModelError: Its files were changed or damaged.
    """
    return _model(config.tracking, config.name, digest)


def facts_of(config: RunConfig, digest: str) -> ModelFacts | None:
    """Calibration, scaling and PD interval of a model, without LightGBM.

    None where the model is not registered or cannot be read: a page shows less then, and the log
    says why.
    """
    try:
        return _facts(config.tracking, config.name, digest)
    except (TrackingError, ModelError) as error:
        logger.warning("model %s: %s", digest[:12], error)
        return None


@lru_cache(maxsize=_KEPT)
def _model(tracking: str, name: str, digest: str) -> "PDModel":
    from risk.model import PDModel

    # One case is scored at a time: threads would only take each other's cores.
    return PDModel.load(_stored(tracking, name, digest).path, digest, threads=1)


@lru_cache(maxsize=_KEPT)
def _facts(tracking: str, name: str, digest: str) -> ModelFacts:
    return read_facts(_stored(tracking, name, digest).path, digest)


def _stored(tracking: str, name: str, digest: str) -> StoredModel:
    return Tracking(tracking, name).with_digest(name, digest)
