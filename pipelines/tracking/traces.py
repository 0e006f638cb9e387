"""One MLflow trace a reasoned case, written in bulk once the run's directory stands.

No answer ever waits for MLflow. What a trace says is `pipelines.tracking.spans`; the clock of a
step is not in the record, so only the model's own time is shown, and it ends at the writing.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress, islice, repeat
from typing import Any

from pipelines.job import Advance
from pipelines.tracking import spans
from pipelines.tracking.prompts import PromptVersion
from pipelines.tracking.spans import ReasonedCase, Step
from pipelines.tracking.store import Store, quiet

BATCH = 100  # traces in one transaction; MLflow links no more than these to a run in one call
LIMIT = 20_000
_PAGE = 500


@dataclass(frozen=True)
class TracePlan:
    """Which traces are written.

    Attributes:
        run_id: The MLflow run of the pass; what came of the writing becomes its params.
        run_key: Digest of everything that determined the run's output.
        total: Cases there are.
        prompt: What the cases were asked with; None where no words were sent to a model.
        limit: Most traces of one run; cases that a person might look at go first.
    """

    run_id: str
    run_key: str
    total: int
    prompt: PromptVersion | None = None
    limit: int = LIMIT


@dataclass(frozen=True)
class Traced:
    """What came of it.

    Attributes:
        written: Traces written now.
        known: Traces that an earlier run of the same key and evidence had written.
        left_out: Cases beyond the limit.
        flagged: Cases that a person might look at; 0 where there was room for all.
    """

    written: int
    known: int
    left_out: int
    flagged: int = 0


def unheard(done: int, total: int) -> None:
    """Progress that nobody listens to."""


def write(
    store: Store,
    records: Callable[[], Iterable[ReasonedCase]],
    plan: TracePlan,
    advance: Advance = unheard,
) -> Traced:
    """Write the traces of a run and link them to it; what is there already stays as it is.

    Args:
        store: Where.
        records: Reads the records from their beginning at each call; called twice where there
            are more cases than the limit.
        plan: Run, prompt and limit.
        advance: Hears how far it is.

    Raises:
        TrackingError: The store cannot be reached or written to.
    """
    most = min(plan.total, plan.limit)
    chosen, flagged = _chosen(records, plan)
    with quiet(), store.explained():
        there = _there(store, plan.run_key)
        scope = f"{store.experiment_id}/{plan.run_key}"
    written = known = 0
    for batch in _batches(compress(records(), chosen)):
        new = [record for record in batch if trace_id(scope, record) not in there]
        with quiet(), store.explained():
            _log(store, new, plan, scope)
            ids = [trace_id(scope, record) for record in batch]
            store.client.link_traces_to_run(ids, plan.run_id)
        written, known = written + len(new), known + len(batch) - len(new)
        advance(written + known, most)
    done = Traced(written, known, plan.total - most, flagged)
    with quiet(), store.explained():
        _announce(store, done, plan)
    return done


def trace_id(scope: str, record: ReasonedCase) -> str:
    """The id of a case's trace: the same run, case and replies always have the same.

    A case that was pending and is answered later has another: its evidence has changed.

    Args:
        scope: Experiment and run key; ids are unique in a whole store.
        record: The case.
    """
    return trace_of(*_key(scope, record))


def trace_of(scope: str, application_id: str, evidence_digest: str) -> str:
    """The id of a case's trace, for those who know the case by no more than this."""
    return f"tr-{_number(16, scope, application_id, evidence_digest):032x}"


def _key(scope: str, record: ReasonedCase) -> tuple[str, str, str]:
    return scope, record.rationale.application_id, record.rationale.evidence_digest


def _number(size: int, *parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:size], "big")


def _chosen(
    records: Callable[[], Iterable[ReasonedCase]], plan: TracePlan
) -> tuple[Iterable[bool], int]:
    """Which cases are traced, in order, and how many are flagged; all where there is room."""
    if plan.total <= plan.limit:
        return repeat(True), 0
    flagged = [bool(spans.flags(record)) for record in records()]
    first = min(sum(flagged), plan.limit)
    room = {True: first, False: plan.limit - first}
    chosen = []
    for flag in flagged:
        chosen.append(room[flag] > 0)
        room[flag] -= 1
    return chosen, sum(flagged)


def _batches(records: Iterable[ReasonedCase]) -> Iterator[list[ReasonedCase]]:
    waiting = iter(records)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _there(store: Store, run_key: str) -> frozenset[str]:
    """Ids of the traces that runs of this key have written."""
    found: list[str] = []
    token: str | None = ""
    while token is not None:
        page = store.client.search_traces(
            locations=[store.experiment_id],
            filter_string=f"tags.`mingjian.run_key` = '{run_key}'",
            max_results=_PAGE,
            page_token=token or None,
            include_spans=False,
        )
        found += [each.info.trace_id for each in page]
        token = page.token or None
    return frozenset(found)


def _log(store: Store, records: Iterable[ReasonedCase], plan: TracePlan, scope: str) -> None:
    """Many traces in one transaction; MLflow's own tracer takes one a span: 13 traces a second."""
    from mlflow.entities import Span
    from mlflow.tracing.client import TracingClient

    at = time.time_ns()
    made = [Span.from_dict(each) for record in records for each in _spans(record, plan, scope, at)]
    TracingClient(store.uri).log_spans(store.experiment_id, made)


def _announce(store: Store, done: Traced, plan: TracePlan) -> None:
    from mlflow.entities import Param

    told = {
        "traces": done.written + done.known,
        "traces_written_before": done.known,
        "traces_left_out": done.left_out,
        "traces_limit": plan.limit,
    }
    store.client.log_batch(plan.run_id, params=[Param(k, str(v)) for k, v in told.items()])


def _spans(record: ReasonedCase, plan: TracePlan, scope: str, at: int) -> Iterator[dict[str, Any]]:
    """The spans of a case in the form in which MLflow stores them; the first is the root."""
    steps = list(spans.told(record, plan.prompt))
    begun = at - int(record.rationale.seconds * 1e9)
    answered = record.rationale.status == "answered"
    for number, step in enumerate(steps):
        attributes = _attributes(step, trace_id(scope, record))
        if number == 0:
            attributes |= _tags(record, plan)
        whole = number == 0 or step.timed
        yield {
            "trace_id": _encoded(_number(16, *_key(scope, record)), 16),
            "span_id": _span_id(record, scope, number),
            "parent_span_id": _span_id(record, scope, 0) if number else None,
            "name": step.name,
            "start_time_unix_nano": begun if whole or step.kind == "RETRIEVER" else at,
            "end_time_unix_nano": begun if step.kind == "RETRIEVER" else at,
            "events": [],
            "status": _status(record, failed=whole and not answered),
            "attributes": attributes,
        }


def _span_id(record: ReasonedCase, scope: str, number: int) -> str:
    return _encoded(_number(8, *_key(scope, record), str(number)), 8)


def _encoded(number: int, size: int) -> str:
    return base64.b64encode(number.to_bytes(size, "big")).decode()


def _status(record: ReasonedCase, *, failed: bool) -> dict[str, str]:
    if failed:
        return {"code": "STATUS_CODE_ERROR", "message": record.rationale.code}
    return {"code": "STATUS_CODE_OK", "message": ""}


def _attributes(step: Step, trace: str) -> dict[str, str]:
    said: dict[str, Any] = {"mlflow.traceRequestId": trace, "mlflow.spanType": step.kind}
    if step.inputs:
        said["mlflow.spanInputs"] = step.inputs
    if step.outputs:
        said["mlflow.spanOutputs"] = step.outputs
    # Unescaped, so that MLflow's search finds Chinese words.
    return {k: json.dumps(v, ensure_ascii=False) for k, v in {**said, **step.attributes}.items()}


def _tags(record: ReasonedCase, plan: TracePlan) -> dict[str, str]:
    """Tags of the trace; written as attributes of its root, which MLflow takes apart in bulk."""
    tags = {
        "mlflow.traceName": "reason",
        "mingjian.application_id": record.rationale.application_id,
        "mingjian.run_key": plan.run_key,
    }
    if flagged := spans.flags(record):
        tags["mingjian.flags"] = " ".join(flagged)
    if plan.prompt is not None:
        linked = [{"name": plan.prompt.name, "version": plan.prompt.version}]
        tags["mlflow.linkedPrompts"] = json.dumps(linked)
    return {f"mlflow.traceTag.{key}": json.dumps(value) for key, value in tags.items()}
