"""What else a guarantor stands for: against the definition, and never from what came later."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.associations.arrays import NONE
from features.associations.loans import CLOSED, Backed, Loans, Standing, look

PEOPLE, MOST = 4, 3
News = tuple[int, int]
Application = tuple[int, int, list[News]]
news = st.lists(st.tuples(st.integers(0, 6), st.sampled_from((CLOSED, 0, 15, 60))), max_size=3)
books = st.lists(
    st.tuples(st.integers(0, 9), st.integers(NONE, PEOPLE - 1), news), max_size=12
).map(lambda found: sorted(found, key=lambda each: each[0]))


def standing_of(book: list[Application]) -> Standing:
    rows = [(day + after, n, days) for n, (day, _, told) in enumerate(book) for after, days in told]
    table = np.array(rows, np.int32).reshape(len(rows), 3)
    return Standing.none().joined(table[:, 0], table[:, 1], table[:, 2].astype(np.int16))


def backed(book: list[Application]) -> Backed:
    loans = Loans.empty().grown(len(book), PEOPLE)
    day, guarantor = (np.array([each[i] for each in book], np.int32) for i in (0, 1))
    return look(day, guarantor, standing_of(book), MOST, loans)


def expected(book: list[Application], at: int) -> tuple[int, int, int]:
    """Counts of an application's guarantor, by the definition."""
    today, guarantor, _ = book[at]
    if guarantor == NONE:
        return 0, 0, 0
    others = [n for n, each in enumerate(book) if each[0] < today and each[1] == guarantor][-MOST:]
    stands = []
    for n in others:
        told = [(book[n][0] + after, days) for after, days in book[n][2]]
        known = sorted((day, days) for day, days in told if day < today)
        ended = any(days == CLOSED for _, days in known)
        stands.append(CLOSED if ended else known[-1][1] if known else 0)
    late = [days for days in stands if days > 0]
    return sum(days != CLOSED for days in stands), len(late), max(late, default=0)


@given(books)
@settings(max_examples=150)
def test_counts_are_those_of_the_definition(book: list[Application]) -> None:
    found = backed(book)
    for at in range(len(book)):
        assert (found.open[at], found.late[at], found.worst[at]) == expected(book, at)


@given(books, books)
def test_nothing_later_changes_anything_earlier(
    book: list[Application], more: list[Application]
) -> None:
    last = book[-1][0] if book else 0
    later = [(day + last, *rest) for day, *rest in more]
    whole = backed([*book, *later])  # type: ignore[list-item]
    for one, other in zip(backed(book), whole, strict=True):
        assert (one == other[: len(book)]).all()
