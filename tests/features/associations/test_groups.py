"""Groups as of each application's time: against the definition, and never from what came later."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.associations.groups import (
    NONE,
    WINDOWS,
    Entries,
    Events,
    Memory,
    Seen,
    advance,
    roots,
)

KEYS, VALUES, DAYS = 3, 6, 500
Application = tuple[int, tuple[int, ...], int | None, int | None]

days = st.integers(0, DAYS)
values = st.tuples(*[st.integers(NONE, VALUES - 1)] * KEYS)
known = st.none() | st.integers(0, 120)
applications = st.lists(st.tuples(days, values, known, known), max_size=14).map(
    lambda found: sorted(found, key=lambda each: each[0])
)
limits = st.tuples(*[st.integers(0, 4)] * KEYS)


def entries_of(book: list[Application]) -> Entries:
    """Values of different keys never meet."""
    rows = [[v if v == NONE else v + VALUES * k for k, v in enumerate(each[1])] for each in book]
    day = np.array([each[0] for each in book], np.int32)
    return Entries(day, np.array(rows, np.int32).reshape(len(book), KEYS))


def events_of(book: list[Application], place: int) -> Events:
    """What became known so many days after each application."""
    found = sorted(
        (each[0] + after, n) for n, each in enumerate(book) if (after := each[place]) is not None
    )
    day, entry = (np.array([each[i] for each in found], np.int32) for i in (0, 1))
    return Events(day, entry)


def seen_of(book: list[Application], most: tuple[int, ...]) -> Seen:
    memory = Memory.empty().grown(len(book), KEYS * VALUES)
    both = events_of(book, 2), events_of(book, 3)
    return advance(entries_of(book), both, np.array(most, np.int32), memory)


def expected(book: list[Application], most: tuple[int, ...], at: int) -> tuple[int, list[int]]:
    """Size and counts of the group of an application, by the definition."""
    today = book[at][0]
    ties = set()
    for key in range(KEYS):
        for value in range(VALUES):
            holders = [n for n, each in enumerate(book) if each[1][key] == value]
            holders = [n for n in holders if book[n][0] < today] + [at] * (at in holders)
            for number, later in enumerate(holders[1:], 1):
                # Of a value that too many share, those who come behind are tied to nobody by it.
                held = sum(book[n][0] < book[later][0] for n in holders) if later == at else number
                if held and held < most[key]:
                    ties.add((holders[number - 1], later))
    group, grows = {at}, True
    while grows:
        more = {n for tie in ties for n in tie if group & set(tie)} - group
        group, grows = group | more, bool(more)
    group.discard(at)
    return len(group), [
        sum(
            each[0] + after < today and each[0] + after >= today - window
            for each in (book[n] for n in group)
            if (after := 0 if place == 1 else each[place]) is not None
        )
        for place in (1, 2, 3)
        for window in WINDOWS
    ]


@given(applications, limits)
@settings(max_examples=150)
def test_counts_are_those_of_the_definition(book: list[Application], most: tuple[int, ...]) -> None:
    seen = seen_of(book, most)
    for at in range(len(book)):
        size, recent = expected(book, most, at)
        assert seen.size[at] == size
        assert seen.recent[at].ravel().tolist() == recent


@given(applications, applications, limits)
def test_nothing_later_changes_anything_earlier(
    book: list[Application], more: list[Application], most: tuple[int, ...]
) -> None:
    last = book[-1][0] if book else 0
    later = [(day + last, *rest) for day, *rest in more]
    alone, both = seen_of(book, most), seen_of([*book, *later], most)
    for one, other in zip(alone, both, strict=True):
        assert (one == other[: len(book)]).all()


@given(applications, limits, st.integers(0, DAYS))
def test_going_on_later_is_the_same_as_never_having_stopped(
    book: list[Application], most: tuple[int, ...], day: int
) -> None:
    whole = seen_of(book, most)
    first = sum(each[0] < day for each in book)
    every, most_ = entries_of(book), np.array(most, np.int32)
    both = events_of(book, 2), events_of(book, 3)
    before = Entries(every.day[:first], every.values[:first])
    memory = Memory.empty().grown(first, KEYS * VALUES)
    advance(before, both, most_, memory)
    # The last day before the stop is not remembered.
    kept = sum(each[0] < book[first - 1][0] for each in book) if first else 0
    after = Entries(every.day, every.values[kept:])
    rest = advance(after, both, most_, memory.grown(len(book), KEYS * VALUES))
    for one, other in zip(whole, rest, strict=True):
        assert (one[kept:] == other).all()


def test_two_of_the_same_group_have_the_same_root() -> None:
    values = ((0, -1, -1), (0, 1, -1), (-1, 1, -1), (2, -1, -1), (-1, -1, -1))
    book: list[Application] = [(day, own, None, None) for day, own in enumerate(values)]
    memory = Memory.empty().grown(len(book), KEYS * VALUES)
    advance(entries_of(book), (Events.none(), Events.none()), np.full(KEYS, 9, np.int32), memory)
    found = roots(memory).tolist()
    assert found[0] == found[1] == found[2] != found[3]
