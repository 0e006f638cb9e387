"""Ties from batch to batch: however they are cut, and whatever comes later."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from features.associations.batch import Arrivals, Found, Key, News, Reports
from features.associations.keys import NOBODY
from features.associations.loans import CLOSED
from features.associations.names import Names
from features.associations.state import Ties

KEYS = (
    Key("phone", "phone", 4),
    Key("contact", "phone", 3),
    Key("id_number", "person", 9),
    Key("guarantor_id", "person", 9, guarantor=True),
    Key("employer", "employer", 0),
)
VALUES, DAYS = 5, 40
days = st.integers(0, DAYS)
values = st.tuples(*[st.integers(0, VALUES)] * len(KEYS))
known = st.none() | st.integers(0, 50)
reports = st.lists(st.tuples(st.integers(0, 50), st.sampled_from((CLOSED, 0, 60))), max_size=2)
Application = tuple[int, tuple[int, ...], int | None, int | None, list[tuple[int, int]]]
applications = st.lists(st.tuples(days, values, known, known, reports), max_size=14)


@dataclass(frozen=True)
class Batch:
    """Applications with their outcomes, told with them, whenever they will be known."""

    arrivals: Arrivals
    news: tuple[News, ...]
    reports: Reports

    @classmethod
    def of(cls, book: list[Application], numbers: list[int]) -> "Batch":
        ids = np.array([10_000 - 7 * n for n in numbers], np.uint64)
        rows = [book[n] for n in numbers]
        day = np.array([each[0] for each in rows], np.int32)
        table = np.array([each[1] for each in rows], np.uint64).reshape(len(rows), len(KEYS))
        news = []
        for place in (2, 3):
            of = [n for n, each in enumerate(rows) if each[place] is not None]
            at = [rows[n][0] + (rows[n][place] or 0) for n in of]  # type: ignore[operator]
            news.append(News(ids[of], np.array(at, np.int32)))
        told = [
            (ids[n], at + rows[n][0], days) for n in range(len(rows)) for at, days in rows[n][4]
        ]
        stands = Reports(
            np.array([each[0] for each in told], np.uint64),
            np.array([each[1] for each in told], np.int32),
            np.array([each[2] for each in told], np.int16),
        )
        names = Names.of(pa.array([f"名{n}" for n in numbers], pa.string()))
        return cls(Arrivals(ids, day, table, names), tuple(news), stands)


def told(found: Found) -> list[tuple[object, ...]]:
    """All that each row is told, but for places of other applications."""
    columns = [
        *found.seen._replace(last=found.seen.shared), *found.chains, *found.backed, found.late,
        found.repeated,
    ]  # fmt: skip
    last = [each.to_pylist() for each in found.last]
    return [
        (*(each[row].tolist() for each in columns), *(each[row] for each in last))
        for row in range(len(found.late))
    ]


def whole(book: list[Application]) -> list[tuple[object, ...]]:
    batch = Batch.of(book, list(range(len(book))))
    return told(Ties.none(KEYS).after(batch.arrivals, batch.news, batch.reports)[1])


@given(applications, st.lists(days, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_batches_may_be_cut_at_any_day_and_their_rows_lie_in_any_order(
    book: list[Application], cuts: list[int], chance: object
) -> None:
    expected = whole(book)
    edges = [-1, *sorted(cuts), DAYS]
    ties = Ties.none(KEYS)
    for after, until in pairwise(edges):
        numbers = [n for n, each in enumerate(book) if after < each[0] <= until]
        chance.shuffle(numbers)  # type: ignore[attr-defined]
        batch = Batch.of(book, numbers)
        ties, found = ties.after(batch.arrivals, batch.news, batch.reports)
        assert told(found) == [expected[n] for n in numbers]
        assert found.strangers == 0


@given(applications, st.integers(1, 13))
def test_one_day_may_come_in_two_batches(book: list[Application], first: int) -> None:
    numbers = sorted(range(len(book)), key=lambda n: (book[n][0], n % 3, n))
    expected = whole(book)
    ties = Ties.none(KEYS)
    for part in (numbers[:first], numbers[first:]):
        batch = Batch.of(book, part)
        ties, found = ties.after(batch.arrivals, batch.news, batch.reports)
        assert told(found) == [expected[n] for n in part]


@given(applications, applications)
def test_later_applications_and_outcomes_change_no_earlier_row(
    book: list[Application], more: list[Application]
) -> None:
    last = max((each[0] for each in book), default=0)
    later = [(day + last, *rest) for day, *rest in more]
    assert whole([*book, *later])[: len(book)] == whole(book)  # type: ignore[list-item]


def alone(day: int, application: int, *own: int) -> Arrivals:
    table = np.full((1, len(KEYS)), NOBODY, np.uint64)
    table[0, : len(own)] = own
    names = Names.of(pa.array([str(application)]))
    return Arrivals(np.array([application], np.uint64), np.array([day], np.int32), table, names)


def test_who_comes_late_is_told_what_is_known_by_now() -> None:
    ties, _ = Ties.none(KEYS).after(alone(5, 1, 4))
    ties, _ = ties.after(alone(7, 2, 4))
    ties, found = ties.after(alone(6, 3, 4))
    assert found.late.tolist() == [True]
    assert found.seen.size.tolist() == [1]
    _, found = ties.after(alone(8, 4, 4))
    assert found.seen.size.tolist() == [3]


def test_who_comes_again_is_told_nothing_and_counts_once() -> None:
    ties, _ = Ties.none(KEYS).after(alone(5, 1, 4))
    for day in (5, 6, 7):
        ties, found = ties.after(alone(day, 1, 4))
        assert found.repeated.tolist() == [True]
        assert found.seen.size.tolist() == [0]
    _, found = ties.after(alone(8, 2, 4))
    assert found.seen.size.tolist() == [1]


def test_an_outcome_counts_from_the_day_on_which_it_is_told_if_not_from_its_own() -> None:
    ties, _ = Ties.none(KEYS).after(alone(5, 1, 4))
    ties, _ = ties.after(alone(50, 2, 9))
    rejected = News(np.array([1, 77], np.uint64), np.array([6, 6], np.int32))
    ties, found = ties.after(alone(51, 3, 4), (rejected, News.none()))
    assert found.strangers == 1
    # Known on day 50, so on day 51 it is within 30 days, though it happened on day 6.
    assert found.seen.recent[0, 1].tolist() == [1, 1, 1]
    _, found = ties.after(alone(52, 4, 4), (rejected, News.none()))
    assert found.seen.recent[0, 1].tolist() == [1, 1, 1]


def test_news_of_applications_that_never_came_are_counted_of_every_kind() -> None:
    ties, _ = Ties.none(KEYS).after(alone(5, 1, 4))
    ids = np.array([1, 77, 78], np.uint64)
    reports = Reports(ids, np.full(3, 6, np.int32), np.array([CLOSED, CLOSED, 30], np.int16))
    _, found = ties.after(alone(7, 2, 4), (News.none(), News.none()), reports)
    assert found.strangers == 2


def test_a_contact_is_another_applicant() -> None:
    ties, _ = Ties.none(KEYS).after(alone(1, 1, 4))
    _, found = ties.after(alone(2, 2, 8, 4))
    assert found.seen.shared[0].tolist() == [0, 1, 0, 0, 0]
    assert found.seen.size.tolist() == [1]


def test_no_application_at_all_is_a_batch_too() -> None:
    nothing = Batch.of([], [])
    ties, found = Ties.none(KEYS).after(nothing.arrivals, nothing.news)
    assert len(found.late) == 0
    _, found = ties.after(alone(1, 1, 4))
    assert found.seen.size.tolist() == [0]
