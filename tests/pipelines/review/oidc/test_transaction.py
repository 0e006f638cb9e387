"""Tickets of log-ins on their way: each one's own, for one use, for minutes."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.review.oidc.transaction import LASTS_S, Transactions
from tests.pipelines.review.conftest import Clock

KEY = "a secret of thirty characters!"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_what_was_begun_comes_back_once_wherever_it_leads(to: str) -> None:
    clock = Clock()
    transactions = Transactions(KEY, clock)
    begun = transactions.begin(to)
    assert begun.to == to
    assert begun.sealed.isascii()
    assert transactions.end(begun.sealed, begun.state) == begun
    assert transactions.end(begun.sealed, begun.state) is None


def test_another_process_with_the_same_secret_ends_it_and_one_with_another_does_not() -> None:
    clock = Clock()
    begun = Transactions(KEY, clock).begin("/")
    assert Transactions(KEY[::-1], clock).end(begun.sealed, begun.state) is None
    assert Transactions(KEY, clock).end(begun.sealed, begun.state) == begun


def test_it_ends_after_its_time_and_not_before_it_began() -> None:
    clock = Clock()
    transactions = Transactions(KEY, clock)
    first, second = transactions.begin("/"), transactions.begin("/")
    clock.advance(seconds=LASTS_S - 1)
    assert transactions.end(first.sealed, first.state) is not None
    clock.advance(seconds=1)
    assert transactions.end(second.sealed, second.state) is None
    third = transactions.begin("/")
    clock.advance(seconds=-2)
    assert transactions.end(third.sealed, third.state) is None


def test_no_two_share_anything_and_no_ticket_tells_what_follows_from_it() -> None:
    transactions = Transactions(KEY, Clock())
    parts = [
        part
        for begun in (transactions.begin("/"), transactions.begin("/"))
        for part in (begun.state, begun.nonce, begun.verifier)
    ]
    assert len(set(parts)) == 6
    begun = transactions.begin("/")
    assert not any(part in begun.sealed for part in (begun.state, begun.nonce, begun.verifier))


@given(st.text(max_size=200), st.text(max_size=60))
def test_what_nobody_sealed_is_no_ticket(sealed: str, state: str) -> None:
    transactions = Transactions(KEY, Clock())
    begun = transactions.begin("/")
    assert transactions.end(sealed, state) is None
    assert transactions.end(sealed, begun.state) is None
    assert transactions.end(begun.sealed, state) is None
