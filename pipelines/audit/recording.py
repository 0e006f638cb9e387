"""The head of the log in MLflow, once a day: a copy that is out of reach of the database.

Each day's is also held against the youngest whole one before it, so that rows that were taken off
the end are told without anybody asking.
"""

import hashlib
import json
import logging
from datetime import datetime
from typing import NamedTuple

from pipelines.audit.chain import Verdict, examine
from pipelines.audit.heads import Head, Mark, head_of
from pipelines.config import RunConfig
from pipelines.errors import LockedError
from pipelines.store.database import Database
from pipelines.store.trail import Trail
from pipelines.tracking import RunLog, Tracking

logger = logging.getLogger(__name__)

HEAD = "head.jsonl"
_TAG = "mingjian.audit"


class Recorded(NamedTuple):
    """A head as MLflow has it.

    Attributes:
        run_id: The run that holds it.
        head: How far the log is whole.
        verdict: What the examination found.
    """

    run_id: str
    head: Head
    verdict: Verdict


def record_head(config: RunConfig, database: Database, at: datetime) -> Recorded | None:
    """Examine the log and log its head as a run of the portfolio's experiment.

    A head is logged once a day however often this is called, and by whom. That the log is not
    whole is logged too, as a warning and as the run's tag.

    Args:
        config: The portfolio's config.
        database: The open store.
        at: The time, with its zone; the day is that of the zone.

    Returns:
        What was logged, now or earlier in the day; None where another process is at it now.

    Raises:
        StoreError: The log cannot be read.
        TrackingError: MLflow's store cannot be used.
    """
    trail = Trail(database)
    try:
        with trail.alone():
            return _record(config, trail, at)
    except LockedError:
        return None


def _record(config: RunConfig, trail: Trail, at: datetime) -> Recorded:
    tracking = Tracking(config.tracking, config.name)
    verdict = examine(trail, config.name, _before(tracking), _unheard)
    head = verdict.place.head(config.name, at)
    if verdict.found:
        logger.warning("the log of reviews is not whole: %s", verdict.found[0].text("en"))
    log = _log(head, verdict)
    run_id = tracking.find_run(log.tags["mingjian.run_key"]) or tracking.record(log)
    return Recorded(run_id, head, verdict)


def _before(tracking: Tracking) -> tuple[Mark, ...]:
    """The youngest head of a whole log; one of a log that was not is nothing to go by."""
    run_id = tracking.find_tagged(_TAG, "whole")
    text = tracking.text(run_id, HEAD) if run_id else None
    return () if text is None else (Mark(f"MLflow {run_id[:12]}", head_of(text)),)


def _log(head: Head, verdict: Verdict) -> RunLog:
    state = "broken" if verdict.found else "whole"
    day = head.at.date().isoformat()
    named = json.dumps([head.portfolio, day, head.length, head.hash, head.ids, state])
    found = [found.told() for found in verdict.found]
    return RunLog(
        name=f"audit {day}",
        job="audit",
        params={"day": day, "head": head.hash, "last_id": head.last_id},
        metrics={"rows": float(head.length), "problems": float(len(found))},
        texts={HEAD: head.line(), "found.json": json.dumps(found, ensure_ascii=False)},
        tags={"mingjian.run_key": hashlib.sha256(named.encode()).hexdigest(), _TAG: state},
    )


def _unheard(done: int, total: int) -> None:
    """Nobody watches."""
