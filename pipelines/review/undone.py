"""The answer where something about a case was not done: why, what has changed, what was typed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from features.errors import ScorerError
from pipelines.errors import StoreError
from pipelines.review import marking
from pipelines.review.case.bar import VIEW, Asked
from pipelines.review.case.room import page
from pipelines.review.rendering import render, words
from pipelines.review.wishes import Wish
from pipelines.store.desk import DeskRow
from risk.desk import DeskError, ForbiddenError, IncompleteError, StaleError

_STATUSES: Final[tuple[tuple[type[ScorerError], int], ...]] = (
    (ForbiddenError, 403),
    (StaleError, 409),
    (IncompleteError, 422),
    (StoreError, 503),
)


@dataclass(frozen=True)
class Now:
    """How the case stands, for whoever saw it otherwise.

    Attributes:
        row: The case on the desk.
        holder: Who works on it, as others read the name; empty for nobody.
        by: Who did something about it last, as others read the name; empty for nobody.
        action: What that was.
        at: When; None where nothing was done yet.
    """

    row: DeskRow
    holder: str
    by: str = ""
    action: str = ""
    at: datetime | None = None


def undone(wish: Wish, did: str, error: ScorerError) -> Response:
    """Say why something was not done; what was typed is there to go on with.

    Args:
        wish: What was asked for.
        did: Which action.
        error: What the desk or the store says to it.
    """
    status = next(status for kind, status in _STATUSES if isinstance(error, kind))
    why = error.why if isinstance(error, DeskError) else "store"
    if did == VIEW and why == "outcome":
        why = "view"
    problem = words().text(wish.visitor.language, f"undone.why.{why}")
    opened = _opened(wish, did)
    if status == 422 and marking.waits_for_view(wish) and (opened or did == VIEW):
        # The page shows no other form before.
        opened = VIEW
    if status == 422 and opened:
        asked = Asked(decide=opened, typed=wish.form, problem=problem)
        return page(wish.request, wish.visitor, wish.key, asked, status=422)
    now = None if isinstance(error, StoreError) else _now(wish)
    shown = {"why": why, "problem": problem, "did": did, "now": now, "wish": wish}
    typed = {"comment": wish.comment, "reason": _reason(wish), "asks": opened}
    return render(
        wish.request, wish.visitor, "deciding/undone.html", status=status, **shown, **typed
    )


def _opened(wish: Wish, did: str) -> str:
    """The form of the case's page that was filled in; empty where it is none of them."""
    if did == "decide":
        outcome = wish.form["outcome"]
        return outcome if outcome in ("approve", "decline") else ""
    return did if did not in ("claim", "release", "mark", VIEW) else ""


def _now(wish: Wish) -> Now | None:
    """How the case stands now; None where it is gone."""
    row = wish.bench.desk.find(wish.key)
    if row is None:
        return None
    done, holder = wish.bench.reviews.of(*wish.key), _named(wish, row.holder)
    if not done:
        return Now(row, holder)
    return Now(row, holder, _named(wish, done[-1].reviewer), done[-1].action, done[-1].created_at)


def _named(wish: Wish, name: str) -> str:
    """A person as others read the name."""
    user = wish.bench.people.find(name) if name else None
    return user.display if user is not None and user.display else name


def _reason(wish: Wish) -> str:
    """The reason that was chosen, in words."""
    code = wish.form["reason_code"]
    labels = {each.code: each.label for each in wish.bench.settings.reasons}
    return labels[code].in_(wish.visitor.language) if code in labels else code
