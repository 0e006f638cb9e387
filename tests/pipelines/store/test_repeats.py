"""Requests that are sent twice, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pipelines.store import Database
from pipelines.store.repeats import GIVEN_UP_AFTER, OtherBodyError, Repeat, Repeats, UnderWayError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST = Repeat("a" * 64, "k1", "b" * 64)


def test_a_request_is_new_once_and_known_afterwards(database: Database) -> None:
    repeats = Repeats(database)
    assert repeats.begin(FIRST, NOW) is None
    with pytest.raises(UnderWayError):
        repeats.begin(FIRST, NOW)
    repeats.done(FIRST, 17)
    assert repeats.begin(FIRST, NOW) == 17
    with pytest.raises(OtherBodyError):
        repeats.begin(FIRST._replace(body_digest="c" * 64), NOW)
    assert repeats.begin(FIRST._replace(key_digest="d" * 64), NOW) is None
    assert repeats.begin(FIRST._replace(name="k2"), NOW) is None


def test_what_was_refused_is_new_again_with_whatever_body(database: Database) -> None:
    repeats = Repeats(database)
    repeats.begin(FIRST, NOW)
    repeats.refused(FIRST)
    assert repeats.begin(FIRST._replace(body_digest="c" * 64), NOW) is None


def test_one_of_many_takes_up_what_was_given_up(database: Database) -> None:
    repeats, later = Repeats(database), NOW + GIVEN_UP_AFTER + timedelta(seconds=1)
    repeats.begin(FIRST, NOW)

    def attempt(_: int) -> int | str | None:
        try:
            return repeats.begin(FIRST, later)
        except UnderWayError:
            return "under way"

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(attempt, range(6)))
    assert sorted(map(str, found)) == ["0", *["under way"] * 5]


def test_tags_differ_by_sender_name_and_body() -> None:
    others = (FIRST, FIRST._replace(name="k2"), FIRST._replace(key_digest="e" * 64),
              FIRST._replace(body_digest="f" * 64))  # fmt: skip
    assert len({each.tag for each in others}) == len(others)
