"""What officers said of single sentences, as feedback on the traces of their cases.

Nothing keeps a list of what was sent: what is there is seen on the trace itself, so that a mark is
sent once however often it is tried, and one that could not be sent is sent later.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pipelines.tracking.registry import ABSENT
from pipelines.tracking.store import Store, quiet
from pipelines.tracking.traces import trace_of

NAME = "officer_mark"
_REVIEW, _CLAIM = "mingjian.review", "mingjian.claim"


class TraceMark(NamedTuple):
    """What is said of a sentence.

    Attributes:
        review: Id of its review in the log.
        run_key: The reasoned run of the case.
        application_id: The application.
        evidence_digest: Of the rationale that was marked.
        reviewer: Who marked it.
        claim: Place in the answer of the claim that the sentence tells, from 0.
        verdict: `right`, `wrong` or `useless`.
        at_ms: When, in milliseconds since 1970.
    """

    review: int
    run_key: str
    application_id: str
    evidence_digest: str
    reviewer: str
    claim: int
    verdict: str
    at_ms: int

    @property
    def case(self) -> tuple[str, str, str]:
        """What its trace is found by."""
        return self.run_key, self.application_id, self.evidence_digest


class Sent(NamedTuple):
    """What came of it.

    Attributes:
        sent: Marks sent now.
        known: Marks that were there.
        without_trace: Marks of cases that have no trace.
    """

    sent: int = 0
    known: int = 0
    without_trace: int = 0


def send(store: Store, marks: Iterable[TraceMark]) -> Sent:
    """Have every mark stand on its trace.

    Raises:
        TrackingError: The store cannot be reached or written to.
    """
    by_case: dict[tuple[str, str, str], list[TraceMark]] = {}
    for mark in marks:
        by_case.setdefault(mark.case, []).append(mark)
    if not by_case or not store.exists:
        return Sent(without_trace=sum(map(len, by_case.values())))
    done = Sent()
    with quiet(), store.explained():
        for found in by_case.values():
            done = Sent(*map(sum, zip(done, _on_trace(store, found), strict=True)))
    return done


def _on_trace(store: Store, marks: Sequence[TraceMark]) -> Sent:
    """The marks of one case."""
    from mlflow.tracing.client import TracingClient

    client, (run_key, application_id, evidence) = TracingClient(store.uri), marks[0].case
    trace = trace_of(f"{store.experiment_id}/{run_key}", application_id, evidence)
    there = _there(client, trace)
    if there is None:
        return Sent(without_trace=len(marks))
    new = [mark for mark in marks if str(mark.review) not in there]
    for mark in new:
        client.log_assessment(trace, _feedback(mark))
    return Sent(len(new), len(marks) - len(new))


def _there(client: Any, trace: str) -> frozenset[str] | None:
    """Reviews whose marks stand on a trace; None where there is no such trace."""
    from mlflow.exceptions import MlflowException

    try:
        info = client.get_trace_info(trace)
    except MlflowException as error:
        if error.error_code in ABSENT:
            return None
        raise
    return frozenset((each.metadata or {}).get(_REVIEW, "") for each in info.assessments)


def _feedback(mark: TraceMark) -> Any:
    from mlflow.entities import AssessmentSource, Feedback

    return Feedback(
        name=NAME,
        value=mark.verdict,
        source=AssessmentSource("HUMAN", mark.reviewer),
        metadata={_REVIEW: str(mark.review), _CLAIM: str(mark.claim)},
        create_time_ms=mark.at_ms,
        last_update_time_ms=mark.at_ms,
    )
