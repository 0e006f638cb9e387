"""Guarantors behind guarantors: against a walk in plain Python, and whatever the order of a day."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.associations.arrays import NONE
from features.associations.guarantees import STEPS, Chains, Parties, Vouched, follow

PEOPLE = 6
people = st.integers(NONE, PEOPLE - 1)
books = st.lists(st.tuples(st.integers(0, 8), people, people), max_size=14).map(
    lambda found: sorted(found, key=lambda each: each[0])
)
Book = list[tuple[int, int, int]]


def parties_of(book: Book) -> Parties:
    table = np.array(book, np.int32).reshape(len(book), 3)
    return Parties(*(np.ascontiguousarray(column) for column in table.T))


def found_in(book: Book, vouched: Vouched | None = None) -> Chains:
    return follow(parties_of(book), vouched or Vouched.empty().grown(PEOPLE))


def expected(book: Book, at: int) -> tuple[int, bool, int]:
    day, person, following = book[at]
    earlier = [each for each in book if each[0] < day]
    # Of several applications of a person on one day, the last one counts.
    last = {each[1]: each[2] for each in earlier if each[1] != NONE}
    named = sum(each[2] == person for each in earlier) if person != NONE else 0
    met: list[int] = []
    while following != NONE:
        if following == person or following in met:
            return len(met), True, named
        met.append(following)
        following = last.get(following, NONE)
    return len(met), False, named


@given(books)
def test_chains_are_those_of_a_plain_walk(book: Book) -> None:
    found = found_in(book)
    for at in range(len(book)):
        told = (found.length[at], found.circle[at], found.guarantees[at])
        assert told == expected(book, at)


@given(books, books, st.integers(0, 8))
def test_what_comes_later_changes_nothing_and_a_stop_neither(
    book: Book, more: Book, day: int
) -> None:
    whole = found_in(book)
    last = book[-1][0] + 1 if book else 0
    longer = found_in([*book, *((each[0] + last, *each[1:]) for each in more)])
    vouched = Vouched.empty().grown(PEOPLE)
    before = [each for each in book if each[0] < day]
    first = found_in(before, vouched)
    # The last day before the stop is not remembered.
    kept = sum(each[0] < before[-1][0] for each in before) if before else 0
    rest = found_in(book[kept:], vouched)
    for name in Chains._fields:
        one = getattr(whole, name)
        assert (one == getattr(longer, name)[: len(book)]).all()
        assert (one == np.append(getattr(first, name)[:kept], getattr(rest, name))).all()


def test_a_circle_is_told_and_a_long_chain_cut() -> None:
    circle = found_in([(1, 0, 1), (2, 1, 2), (3, 2, 0)])
    assert circle.circle.tolist() == [False, False, True]
    assert circle.length.tolist() == [1, 1, 2]
    people = 3 * STEPS
    book = [(n, n, n - 1) for n in range(1, people)]
    long = follow(parties_of(book), Vouched.empty().grown(people))
    assert long.length.max() == STEPS
    assert not long.circle.any()
