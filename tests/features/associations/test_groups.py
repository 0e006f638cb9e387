"""Groups as of each application's time: against the definition, and never from what came later."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.associations.arrays import NONE
from features.associations.groups import (
    WINDOWS,
    Entries,
    Events,
    Memory,
    Rules,
    Seen,
    advance,
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


def rules_of(most: tuple[int, ...]) -> Rules:
    """The last key is shared in families; alarms come early and often."""
    return Rules(np.array(most, np.int32), np.array([False, False, True]), 2, 2)


def seen_of(book: list[Application], most: tuple[int, ...]) -> Seen:
    both = events_of(book, 2), events_of(book, 3)
    memory = Memory.empty().grown(len(book), KEYS * VALUES, len(both[0].day) + len(both[1].day))
    return advance(entries_of(book), both, rules_of(most), memory)


def group_of(
    book: list[Application], most: tuple[int, ...], at: int
) -> tuple[set[int], dict[int, int]]:
    """Who an application is tied to, and by how many earlier holders of each key, by definition."""
    today = book[at][0]
    ties: set[tuple[int, int]] = set()
    links: dict[int, int] = {}
    for key in range(KEYS):
        for value in range(VALUES):
            holders = [n for n, each in enumerate(book) if each[1][key] == value]
            holders = [n for n in holders if book[n][0] < today] + [at] * (at in holders)
            for number, later in enumerate(holders[1:], 1):
                # Of a value that too many share, those who come behind are tied to nobody by it.
                held = sum(book[n][0] < book[later][0] for n in holders) if later == at else number
                if held and held < most[key]:
                    ties.add((holders[number - 1], later))
                    links |= {key: held} if later == at else {}
    group, grows = {at}, True
    while grows:
        more = {n for tie in ties for n in tie if group & set(tie)} - group
        group, grows = group | more, bool(more)
    return group - {at}, links


def counts_of(book: list[Application], group: set[int], today: int) -> list[int]:
    return [
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
    alarmed: dict[int, int] = {}
    for at in range(len(book)):
        group, links = group_of(book, most, at)
        for key in range(KEYS):
            earlier = [n for n in range(at) if book[n][0] < book[at][0]]
            same = [n for n in earlier if book[n][1][key] == book[at][1][key] != NONE]
            assert seen.last[at, key] == (same[-1] if key in links else NONE)
        assert seen.size[at] == len(group)
        assert seen.recent[at].ravel().tolist() == counts_of(book, group, book[at][0])
        family = len(group) == 1 and list(links) == [2]
        suspicion = 0 if family or not group else len(group) + len(links)
        assert seen.suspicion[at] == suspicion
        before = max((alarmed.get(n, 0) for n in group), default=0)
        assert seen.alarm[at] == (suspicion >= 2 and len(group) >= 2 * before)
        if seen.alarm[at]:
            alarmed[at] = len(group)


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
    every, rules = entries_of(book), rules_of(most)
    both = events_of(book, 2), events_of(book, 3)
    before = Entries(every.day[:first], every.values[:first])
    outcomes = len(both[0].day) + len(both[1].day)
    memory = Memory.empty().grown(first, KEYS * VALUES, outcomes)
    advance(before, both, rules, memory)
    # The last day before the stop is not remembered.
    kept = sum(each[0] < book[first - 1][0] for each in book) if first else 0
    after = Entries(every.day, every.values[kept:])
    rest = advance(after, both, rules, memory.grown(len(book), KEYS * VALUES, outcomes))
    for one, other in zip(whole, rest, strict=True):
        assert (one[kept:] == other).all()
