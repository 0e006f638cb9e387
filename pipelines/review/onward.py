"""Where an officer goes on to after something was done about a case.

The next case is claimed before the officer sees it, so that no two are sent to the same one.
"""

from contextlib import suppress
from typing import Final

from starlette.responses import Response

from pipelines.errors import StoreError
from pipelines.review.flash import tell
from pipelines.review.rendering import case_path, go_to
from pipelines.review.wishes import Wish
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey, StoredReview
from pipelines.store.desk import DeskRow, Wanted
from risk.desk import Person, Role, State

QUEUE: Final = "/queue"
_STAYS = frozenset({"claim", "comment", "mark", "first_view"})
_SENIORS = (State.SECOND, State.ESCALATED)


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
    asked = wish.form["next"] or _usual(done.action)
    if asked == "case":
        return case_path(*wish.key)
    following = None
    if asked != "queue":
        # What was asked for is done by now: no trouble with the next case may deny it.
        with suppress(StoreError):
            following = next_case(wish.bench, wish.person, before)
    return QUEUE if following is None else case_path(*following)


def _usual(action: str) -> str:
    """Where one goes on to who says nothing of it; the case that is given back is not drawn."""
    return "case" if action in _STAYS else "queue" if action == "release" else "next"


def next_case(bench: Workbench, person: Person, before: DeskRow) -> CaseKey | None:
    """The most urgent case that a person might go on with, claimed; None where none is left.

    Those that the person holds come before those that nobody holds, and for seniors those that
    stand where this one stood before all others. Whoever holds as many as one may be given is
    given no more.
    """
    special = person.role is Role.SENIOR and before.state in _SENIORS
    for state in (before.state, State.OPEN) if special else (State.OPEN,):
        own = bench.desk.page(Wanted(state=state, holder=person.name, limit=2)).rows
        key = next((row.key for row in own if row.key != before.key), None)
        if found := key or bench.desk.draw(person, bench.settings, state):
            return found
    return None
