"""What officers say of a case before it is decided: a first view, and marks on its sentences.

Neither moves the case, so neither passes the rules of the desk; both are of what the person was
shown, and are refused where that has changed since.
"""

from collections.abc import Mapping

from pipelines.review.wishes import Wish
from pipelines.store import Review, StoredReview
from pipelines.store.desk import DeskRow
from pipelines.store.marks import Mark, Verdict, as_verdict
from risk.desk import IncompleteError, StaleError, State
from risk.policy import Recommendation


def mark(wish: Wish) -> StoredReview:
    """Say of a sentence of the narrative that it is right, wrong or useless.

    Raises:
        StaleError: The case has been changed since the person saw it, or is gone.
        IncompleteError: There is no such sentence or no such verdict.
    """
    row = _as_shown(wish)
    found = Mark(_claim(wish), _verdict(wish.form["verdict"]))
    said = {"action": "mark", "reason_code": found.verdict, "comment": found.text}
    return _log(wish, row, said)


def first_view(wish: Wish) -> StoredReview:
    """Say what the case looks like, before the model's view is shown.

    Raises:
        StaleError: The case has been changed since the person saw it, or is decided.
        IncompleteError: The outcome is missing, or the comment is too long.
    """
    row = _as_shown(wish)
    if row.state is State.DECIDED:
        raise StaleError("state", "the case is decided already")
    act = wish.act("comment")
    said = {
        "action": "first_view",
        "recommendation": _view(wish.form["outcome"]),
        "comment": act.comment,
    }
    return _log(wish, row, said)


def refuse_without_first_view(wish: Wish) -> None:
    """See that whoever decides has given a view before, where the portfolio asks for one.

    Raises:
        IncompleteError: The person has not.
    """
    if waits_for_view(wish):
        raise IncompleteError("first-view", "a first view has to be given before a decision")


def waits_for_view(wish: Wish) -> bool:
    """Whether the person has yet to give the view that the portfolio asks for."""
    if not wish.bench.settings.first_view:
        return False
    given = (each.reviewer for each in wish.bench.reviews.of(*wish.key) if _is_view(each))
    return wish.person.name not in given


def _is_view(review: StoredReview) -> bool:
    return review.action == "first_view"


def _as_shown(wish: Wish) -> DeskRow:
    row = wish.row()
    if row.evidence_digest != wish.evidence:
        raise StaleError("evidence", "the evidence has changed since the case was shown")
    return row


def _claim(wish: Wish) -> int:
    """Place in the answer of the sentence that was marked."""
    case = wish.bench.cases.find(wish.key)
    if case is None:
        raise StaleError("gone", "another run has replaced the one of this case")
    named = wish.form["sentence"] or wish.form["claim"]
    places = {str(each.claim): each.claim for each in case.record.rationale.narrative.sentences}
    if named not in places:
        raise IncompleteError("sentence", "the narrative has no such sentence")
    return places[named]


def _verdict(typed: str) -> Verdict:
    verdict = as_verdict(typed)
    if verdict is None:
        raise IncompleteError("verdict", "a mark says right, wrong or useless")
    return verdict


def _view(typed: str) -> Recommendation:
    """What the case looks like; who cannot tell yet would refer it."""
    try:
        return Recommendation(typed)
    except ValueError:
        raise IncompleteError("outcome", "a first view needs an outcome") from None


def _log(wish: Wish, row: DeskRow, said: Mapping[str, object]) -> StoredReview:
    whose = {
        "run_key": row.run_key,
        "application_id": row.application_id,
        "reviewer": wish.person.name,
        "evidence_digest": row.evidence_digest,
    }
    return wish.bench.reviews.append(Review.model_validate({**whose, **said}))
