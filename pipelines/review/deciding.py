"""What people do about a case: the addresses that the forms of its page are sent to.

A handler has the desk do it and sends the officer on; the rules are `risk.desk`. Where it is not
done, the page says why and keeps what was typed.
"""

from collections.abc import Callable
from typing import get_args

from starlette.responses import Response

from pipelines.errors import StoreError
from pipelines.review import marking
from pipelines.review.onward import onward
from pipelines.review.routing import ACTING, Rooms
from pipelines.review.undone import undone
from pipelines.review.wishes import Wish, Wished
from pipelines.store import StoredReview
from risk.desk import Action, DeskError

CASE = "/case/{run_key}/{application_id:path}"
Work = Callable[[Wish], StoredReview]


def rooms() -> Rooms:
    """An address for everything that may be done about a case."""
    rooms = Rooms()
    for did, work in _WORKS.items():
        rooms.post(f"{CASE}/{did}", roles=ACTING)(_handler(did, work))
    return rooms


def _handler(did: str, work: Work) -> Callable[[Wish], Response]:
    def handle(wish: Wished) -> Response:
        before = wish.row()
        try:
            done = work(wish)
        except (DeskError, StoreError) as error:
            return undone(wish, did, error)
        return onward(wish, before, done)

    return handle


def _acting(action: Action) -> Work:
    def work(wish: Wish) -> StoredReview:
        desk, settings = wish.bench.desk, wish.bench.settings
        return desk.act(wish.key, wish.act(action), wish.person, settings)

    return work


def _decide(wish: Wish) -> StoredReview:
    marking.refuse_without_first_view(wish)
    return _acting("decide")(wish)


def _claim(wish: Wish) -> StoredReview:
    return wish.bench.desk.claim(wish.key, wish.person)


def _release(wish: Wish) -> StoredReview:
    return wish.bench.desk.release(wish.key, wish.person)


_WORKS: dict[str, Work] = {
    **{action: _acting(action) for action in get_args(Action)},
    "decide": _decide,
    "claim": _claim,
    "release": _release,
    "mark": marking.mark,
    "first-view": marking.first_view,
}
