"""Runs are noted when they begin and when they end, and may be taken up again."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from pipelines.errors import StoreError
from pipelines.manifest import RunManifest
from pipelines.store import Database, RunStore

DAY = date(2026, 3, 2)
KEY = "a" * 64


def test_a_run_is_running_until_it_is_finished(database: Database) -> None:
    runs = RunStore(database, "loans")
    assert runs.find(KEY) is None
    begun = runs.begin(KEY, "reason", "nightly/cases", DAY)
    assert runs.find(KEY) == begun
    assert (begun.state, begun.finished_at, begun.counts) == ("running", None, {})
    manifest = RunManifest.of("reason", data={"scores": "b"}, config={})
    runs.finish(KEY, "partial", {"reasoned": 3, "pending": 1}, manifest)
    ended = runs.find(KEY)
    assert ended is not None
    assert ended.counts == {"reasoned": 3, "pending": 1}
    assert ended.manifest == manifest.to_json()
    assert ended.finished_at is not None
    assert begun.started_at <= ended.finished_at <= datetime.now(UTC)
    assert ended.started_at.utcoffset() == ended.finished_at.utcoffset() == DAY - DAY


def test_a_run_that_is_taken_up_again_keeps_what_stands_in_its_directory(
    database: Database,
) -> None:
    runs = RunStore(database, "loans")
    runs.begin(KEY, "reason", "cases", DAY)
    manifest = RunManifest.of("reason", data={}, config={})
    runs.finish(KEY, "partial", {"pending": 1}, manifest)
    runs.begin(KEY, "reason", "elsewhere", DAY)
    again = runs.find(KEY)
    assert again is not None
    assert (again.state, again.finished_at) == ("running", None)
    assert (again.directory, again.counts) == ("elsewhere", {"pending": 1})
    assert again.manifest == manifest.to_json()
    runs.finish(KEY, "done", {"reasoned": 1})
    done = runs.find(KEY)
    assert done is not None
    assert (done.state, done.counts, done.manifest) == ("done", {"reasoned": 1}, None)


def test_the_runs_of_a_day_come_in_the_order_of_their_start(database: Database) -> None:
    runs = RunStore(database, "loans")
    for key, day in (("c", DAY), ("b", None), ("a", DAY), ("d", date(2026, 3, 3))):
        runs.begin(key * 64, "score", "scores", day)
    assert [run.run_key[0] for run in runs.of(DAY)] == ["c", "a"]


def test_a_run_that_was_never_begun_cannot_end(database: Database) -> None:
    with pytest.raises(StoreError, match="never begun"):
        RunStore(database, "loans").finish(KEY, "done", {})


def test_a_key_is_a_digest(database: Database) -> None:
    with pytest.raises(ValidationError):
        RunStore(database, "loans").begin("tonight", "score", "scores")


def test_nights_are_the_last_delivered_of_each_day_the_newest_first(database: Database) -> None:
    runs, days = RunStore(database, "loans"), [DAY.replace(day=n) for n in (2, 3, 4)]
    keys = ["1" * 64, "2" * 64, "3" * 64]
    for key, day in zip(keys, days, strict=True):
        runs.begin(key, "nightly", "nights", day)
        runs.finish(key, "done", {"scored": 1})
    runs.begin("4" * 64, "nightly", "nights", days[1])
    runs.finish("4" * 64, "partial", {})
    runs.begin("5" * 64, "nightly", "nights", days[2])
    runs.begin("6" * 64, "reason", "nights", date(2026, 3, 9))
    runs.finish("6" * 64, "done", {})
    RunStore(database, "cards").begin("7" * 64, "nightly", "nights", DAY)
    assert [night.run_key[0] for night in runs.nights()] == ["3", "4", "1"]
    assert [night.run_key[0] for night in runs.nights(days[1])] == ["4", "1"]
    assert [night.run_key[0] for night in runs.nights(limit=1)] == ["3"]
    assert runs.nights(date(2026, 1, 1)) == ()
