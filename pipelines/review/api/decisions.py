"""Decisions that a program sends on for a person: done once, whatever is sent twice."""

import hashlib
from typing import NamedTuple

from pipelines.review.api.problems import RejectedError, Wrong
from pipelines.review.api.records import DecisionIn, DecisionOut, ReviewOut
from pipelines.review.entrance import same_name
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, StoredReview
from pipelines.store.keys import ApiKey
from pipelines.store.repeats import Repeat, Repeats
from pipelines.store.reviews import DECISIONS
from risk.desk import Act, DeskError, Person


class Sent(NamedTuple):
    """A decision as it was sent.

    Attributes:
        by: The key that it came with.
        name: Its idempotency key.
        case: The case.
        decision: What is decided.
    """

    by: ApiKey
    name: str
    case: CaseKey
    decision: DecisionIn

    @property
    def repeat(self) -> Repeat:
        """What makes it the same when it is sent again."""
        body = "\0".join((*self.case, self.decision.model_dump_json()))
        return Repeat(self.by.key_digest, self.name, hashlib.sha256(body.encode()).hexdigest())


def decide(bench: Workbench, sent: Sent) -> DecisionOut:
    """Do what was sent, or tell what came of it when it was sent before.

    Raises:
        RejectedError: There is no such reviewer.
        DeskError: The rules of the desk forbid it.
        OtherBodyError: Another request had this idempotency key.
        UnderWayError: The same request is being done at this moment.
        StoreError: The store cannot be used.
    """
    repeats, repeat = Repeats(bench.database), sent.repeat
    before = repeats.begin(repeat, bench.clock())
    review = None if before is None else _left(bench, sent, before)
    if review is None:
        try:
            review = _done(bench, sent)
        except (DeskError, RejectedError):
            repeats.refused(repeat)
            raise
    if not before:
        repeats.done(repeat, review.id)
    return _told(review)


def _left(bench: Workbench, sent: Sent, review: int) -> StoredReview | None:
    """What an earlier request of the same left in the log; None where it did not come so far."""
    tag = _signed(sent)
    reviews = bench.reviews.of(*sent.case)
    return next((r for r in reviews if r.id == review or r.comment.endswith(tag)), None)


def _done(bench: Workbench, sent: Sent) -> StoredReview:
    said = sent.decision
    act = Act(said.action, said.outcome, said.reason_code, said.comment, said.evidence_digest)
    person = _person(bench, said.reviewer)
    return bench.desk.act(sent.case, act, person, bench.settings, via=_signed(sent))


def _signed(sent: Sent) -> str:
    """The line of the log that names the key; its last word is this request's alone."""
    return f"[API {sent.by.name} {sent.repeat.tag}]"


def _person(bench: Workbench, name: str) -> Person:
    user = bench.people.find(same_name(name))
    if user is None or not user.active:
        raise RejectedError([Wrong(field="body.reviewer", rule="no-active-user")])
    return Person(user.name, user.role)


def _told(review: StoredReview) -> DecisionOut:
    return DecisionOut(
        run_key=review.run_key,
        application_id=review.application_id,
        review=ReviewOut.model_validate(review),
        decided=review.action in DECISIONS,
        waits_for_second=review.action == "propose",
    )
