"""What people did about a case, review by review in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipelines.review.case.given import Given, Reader
from pipelines.store import StoredReview
from risk.desk import DeskSettings


@dataclass(frozen=True)
class Event:
    """One thing that somebody did.

    Attributes:
        id: Its place in the log.
        at: When.
        said: What, in words, by whom.
        reason: Why, of the desk's list, in words; empty where nobody said.
        comment: Why, in the person's own words.
        stale: Whether it was done on other evidence than the case's present one.
    """

    id: int
    at: datetime
    said: str
    reason: str
    comment: str
    stale: bool


def history(
    reviews: Iterable[StoredReview], settings: DeskSettings, reader: Reader, evidence: str = ""
) -> tuple[Event, ...]:
    """Every review of a case, the latest first.

    Args:
        reviews: The reviews, the oldest first.
        settings: Names the reasons.
        reader: Who reads them.
        evidence: Evidence digest of the case as it is now; empty where that is not known.
    """
    labels = {each.code: reader.voice.of(each.label) for each in settings.reasons}
    return tuple(_events(reviews, labels, reader, evidence))[::-1]


def _events(
    reviews: Iterable[StoredReview], labels: Mapping[str, str], reader: Reader, now: str
) -> Iterator[Event]:
    for review in reviews:
        code = review.reason_code
        yield Event(
            id=review.id,
            at=review.created_at,
            said=_said(review, reader),
            reason=labels.get(code) or reader.voice.either(f"mark.{code}", code),
            comment="" if review.action == "assign" else review.comment,
            stale=now not in ("", review.evidence_digest),
        )


def _said(review: StoredReview, reader: Reader) -> str:
    voice, person = reader.voice, reader.named(review.reviewer)
    key = f"history.{review.action}"
    said = voice.either(key, f"{person}: {review.action}", person=person)
    what = _what(review, reader)
    return voice.either(f"{key}.what", said, person=person, what=what) if what else said


def _what(review: StoredReview, reader: Reader) -> str:
    """What was decided, or to whom the case was given."""
    if review.action == "assign":
        return reader.named(review.comment)
    if review.recommendation is None:
        return ""
    return reader.voice.say(f"outcome.{review.recommendation}")


def given_first_view(given: Given, name: str) -> bool:
    """Whether a person has given a first view of the case."""
    return any(r.action == "first_view" and r.reviewer == name for r in given.reviews)
