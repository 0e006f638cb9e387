"""Scores single applications with the champion, by the rules of intake of `risk score`."""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import NamedTuple

import pandas as pd

from features.dictionary import DataDictionary
from features.errors import DataError
from features.intake import check
from pipelines.config import RunConfig
from pipelines.errors import TrackingError
from pipelines.review.api.problems import RejectedError, Wrong
from pipelines.review.api.records import ModelOut, ReasonOut, Scalar, ScoreOut
from pipelines.score import fitting_dictionary
from pipelines.tracking import StoredModel, Tracking
from risk.decision import Reason
from risk.model import PDModel
from risk.scoring import Scorer

logger = logging.getLogger(__name__)

LOOKED_AGAIN_S = 60.0
"""Seconds after which another champion is noticed."""
_LARGEST = 2**63


class Ready(NamedTuple):
    """A champion, ready to score.

    Attributes:
        stored: The registered model.
        scorer: Model and policy.
        dictionary: The portfolio's, which fits the model.
    """

    stored: StoredModel
    scorer: Scorer
    dictionary: DataDictionary


class Champion:
    """The champion of a portfolio, loaded when it is first asked for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._ready: Ready | None = None
        self._looked = 0.0

    def of(self, config: RunConfig) -> Ready:
        """The champion, as it was a minute ago at the oldest.

        Raises:
            TrackingError: There is none, or the registry cannot be reached and never could.
            ScorerError: It does not fit the portfolio's dictionary.
        """
        with self._lock:
            if self._ready is None or self._clock() - self._looked >= LOOKED_AGAIN_S:
                self._ready = self._look(config, self._ready)
                self._looked = self._clock()
            return self._ready

    @staticmethod
    def _look(config: RunConfig, known: Ready | None) -> Ready:
        try:
            stored = Tracking(config.tracking, config.name).fetch(config.name, "champion")
        except TrackingError:
            if known is None:
                raise
            logger.warning("the registry cannot be reached; version %s goes on scoring",
                           known.stored.version)  # fmt: skip
            return known
        if known is not None and known.stored == stored:
            return known
        model = PDModel.load(stored.path, stored.digest, threads=1)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, "all", config.reasons.count)
        scorer.prepare()
        return Ready(stored, scorer, dictionary)


def score(ready: Ready, application: Mapping[str, Scalar]) -> ScoreOut:
    """The score of one application.

    Raises:
        RejectedError: It breaks rules of the dictionary.
    """
    accepted = _accepted(ready, application)
    (scored,) = ready.scorer.cases(accepted)
    stored = ready.stored
    return ScoreOut(
        application_id=scored.application_id,
        pd=scored.pd_model,
        points=scored.points,
        grade=scored.grade,
        recommendation=scored.recommendation,
        rules=scored.rules,
        reasons=tuple(_told(each, ready.dictionary) for each in scored.reasons),
        model=ModelOut(name=stored.name, version=stored.version, digest=stored.digest),
    )


def _accepted(ready: Ready, application: Mapping[str, Scalar]) -> pd.DataFrame:
    dictionary = ready.dictionary
    also = [rule.field for rule in ready.scorer.policy.rules]
    needed = dict.fromkeys((*dictionary.columns_to_score(), *also))
    absent = [name for name in needed if name not in application]
    if absent:
        raise RejectedError(Wrong(field=name, rule="missing-column") for name in absent)
    known = [f.name for f in dictionary.fields if f.name in application]
    frame = pd.DataFrame({name: [_cell(application[name])] for name in known}, dtype=object)
    try:
        intake = check(frame, dictionary, binding=also)
    except DataError:
        # Its message quotes the value. What is left to be wrong is an id that lost its digits.
        raise RejectedError([Wrong(field=_id(dictionary), rule="not-exact")]) from None
    if len(intake.rejected):
        lines = zip(intake.rejected["field"], intake.rejected["rule"], strict=True)
        raise RejectedError(Wrong(field=field, rule=rule) for field, rule in lines)
    return intake.accepted


def _id(dictionary: DataDictionary) -> str:
    return dictionary.id.name if dictionary.id is not None else ""


def _cell(value: Scalar) -> Scalar:
    """A value as a column can hold it; whole numbers beyond 64 bits only as text."""
    too_large = type(value) is int and not -_LARGEST <= value < _LARGEST
    return str(value) if too_large else value


def _told(reason: Reason, dictionary: DataDictionary) -> ReasonOut:
    group = dictionary.groups.get(reason.code)
    label = dictionary[reason.field].label if group is None else group.label
    return ReasonOut(
        rank=reason.rank,
        code=reason.code,
        field=reason.field,
        label=label,
        contribution=reason.contribution,
    )
