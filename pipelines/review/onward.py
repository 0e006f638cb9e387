"""Where an officer goes on to after something was done about a case."""

from typing import Final

from starlette.responses import Response

from pipelines.review.flash import tell
from pipelines.review.rendering import case_path, go_to
from pipelines.review.wishes import Wish
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, StoredReview
from pipelines.store.desk import DeskRow, Wanted
from risk.desk import Person, State

QUEUE: Final = "/queue"
_STAYS = frozenset({"claim", "comment", "mark", "first_view"})
_LOOKED = 50


def onward(wish: Wish, before: DeskRow, done: StoredReview) -> Response:
    """Send the officer on, with a word on what was done.

    Args:
        wish: Its field `next` says where to: `queue`, `case`, or `next`, the next case of the
            queue that this one came from.
        before: The case as it was.
        done: What was done.
    """
    answer = go_to(wish.request, _place(wish, before, done))
    tell(answer, done.action, done.application_id)
    return answer


def _place(wish: Wish, before: DeskRow, done: StoredReview) -> str:
    asked = wish.form["next"] or ("case" if done.action in _STAYS else "next")
    if asked == "case":
        return case_path(*wish.key)
    if asked == "queue":
        return QUEUE
    following = next_case(wish.bench, wish.person, before)
    return QUEUE if following is None else case_path(*following)


def next_case(bench: Workbench, person: Person, before: DeskRow) -> CaseKey | None:
    """The most urgent case that a person might go on with; None where none is left.

    Those that the person holds come before those that nobody holds, and those that stand where
    this one stood before all others.
    """
    special = before.state in (State.SECOND, State.ESCALATED)
    for state in (before.state, State.OPEN) if special else (State.OPEN,):
        for holder in (person.name, ""):
            page = bench.desk.page(Wanted(state=state, holder=holder, limit=_LOOKED))
            for row in page.rows:
                if row.key != before.key and row.proposer != person.name:
                    return row.key
    return None
