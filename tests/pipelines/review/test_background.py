"""Work beside the answers: at once, again and again, and whatever fails meanwhile."""

import time
from collections.abc import Callable

import pytest

from pipelines.audit.heads import head_of
from pipelines.errors import StoreError
from pipelines.review.background import Repeating, record_head
from pipelines.review.workbench import Workbench
from pipelines.tracking import Tracking


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_it_begins_at_once_goes_on_and_ends_with_its_context(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise StoreError("the store (sqlite) cannot be used")
        if len(calls) == 3:
            raise RuntimeError("Zhang Wei")

    with Repeating("taking-in", 0.01, work):
        until(lambda: len(calls) > 4)
    ended = len(calls)
    time.sleep(0.05)
    assert len(calls) == ended
    assert "taking-in: the store (sqlite) cannot be used" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Zhang" not in caplog.text


def test_the_head_of_the_log_is_in_mlflow_once_a_day(bench: Workbench) -> None:
    record_head(bench)
    record_head(bench)
    tracking = Tracking(bench.config.tracking, bench.config.name)
    run_id = tracking.find_tagged("mingjian.audit", "whole")
    assert run_id is not None
    text = tracking.text(run_id, "head.jsonl")
    assert text is not None
    assert head_of(text).length == 0
