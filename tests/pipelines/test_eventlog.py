"""Events as whoever collects logs reads them: line by line, each one object."""

import io
import json
import logging
import os
import pty
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.eventlog import EventHandler, EventLog, EventReporter
from tests.pipelines.command import COMMAND, risk, surroundings
from tests.pipelines.conftest import Bank


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


class Clock:
    """Tells a time that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_holds_time_level_event_and_job() -> None:
    stream = io.StringIO()
    EventLog(stream, "score").write("job-started", {"rows": 3, "total": None})
    (said,) = events(stream.getvalue())
    moment = datetime.fromisoformat(str(said.pop("time")))
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert said == {"level": "info", "event": "job-started", "job": "score", "rows": 3}


def test_a_step_is_told_when_it_begins_now_and_then_and_when_it_ends() -> None:
    stream, clock = io.StringIO(), Clock()
    reporter = EventReporter(EventLog(stream), 10.0, clock)
    with reporter.step("step.score", 1000) as advance:
        advance(200, 1000)  # finished by an earlier start: it counts for no speed
        for done in (240, 280, 320, 360):
            clock.now += 4
            advance(done, 1000)
        clock.now += 4
    began, going, ended = events(stream.getvalue())
    assert (began["event"], began["step"], began["total"]) == ("step-started", "score", 1000)
    assert (going["event"], going["done"], going["seconds"]) == ("step-progress", 320, 12.0)
    assert (going["rate"], going["left_s"]) == (10.0, 68.0)
    assert (ended["event"], ended["done"], ended["seconds"]) == ("step-finished", 360, 20.0)
    assert ended["rate"] == 8.0


def test_a_step_that_breaks_is_told_without_the_words_of_the_error() -> None:
    stream = io.StringIO()
    with (
        pytest.raises(ValueError, match="Zhang"),
        EventReporter(EventLog(stream)).step("step.score"),
    ):
        raise ValueError("could not convert Zhang San")
    last = events(stream.getvalue())[-1]
    assert (last["event"], last["level"], last["error"]) == ("step-failed", "warning", "ValueError")
    assert "Zhang" not in stream.getvalue()


@pytest.fixture
def logger() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream, logger = io.StringIO(), logging.getLogger("risk.for_this_test")
    handler = EventHandler(EventLog(stream, "score"))
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def test_a_log_record_is_an_event(logger: tuple[logging.Logger, io.StringIO]) -> None:
    log, stream = logger
    log.warning("at %s", "http://u:geheim@host/")
    (said,) = events(stream.getvalue())
    assert (said["event"], said["level"], said["logger"]) == ("log", "warning", log.name)
    assert said["message"] == "at http://u:***@host/"


def test_a_logged_defect_tells_places_and_kinds_and_quotes_nothing(
    logger: tuple[logging.Logger, io.StringIO],
) -> None:
    log, stream = logger
    try:
        try:
            int("13912345678 a month")
        except ValueError as error:
            raise RuntimeError("row of 13912345678") from error
    except RuntimeError:
        log.exception("defect")
    trace = str(events(stream.getvalue())[0]["trace"])
    assert "13912345678" not in stream.getvalue()
    assert trace.index("ValueError") < trace.index("RuntimeError")
    assert trace.count("test_eventlog.py") == 2


def test_every_line_of_a_job_is_an_event_where_nobody_watches(bank: Bank, tmp_path: Path) -> None:
    config = str(bank.folder / "risk.toml")
    done = risk("score", "-i", str(bank.tonight), "-o", "out", "-c", config, cwd=tmp_path)
    said = events(done.stderr)
    assert done.returncode == 0
    assert [said[0]["event"], said[-1]["event"]] == ["job-started", "job-finished"]
    assert {each["job"] for each in said} == {"score"}
    assert said[-1]["counts"]["scored"] == 200  # type: ignore[index]
    scored = [each for each in said if each.get("step") == "score"]
    assert [each["event"] for each in scored] == ["step-started", "step-finished"]
    assert scored[-1]["done"] == 200
    # The summary is for whoever asked, on a stream of its own.
    assert "scored 200" in done.stdout


def test_on_a_terminal_there_are_bars_and_sentences(bank: Bank, tmp_path: Path) -> None:
    words = ["score", "-i", str(bank.tonight), "-o", "out", "-c", str(bank.folder / "risk.toml")]
    code, shown = on_a_terminal(words, tmp_path)
    assert code == 0
    assert "/s" in shown
    assert "200/200" in shown
    code, shown = on_a_terminal([*words[:-1], "nowhere.toml"], tmp_path)
    assert code == 40
    assert "cannot go on: nowhere.toml does not exist" in " ".join(shown.split())
    assert "{" not in shown


def on_a_terminal(words: list[str], folder: Path) -> tuple[int, str]:
    """Exit code and what a terminal shows."""
    ours, theirs = pty.openpty()
    variables = surroundings(TERM="xterm", COLUMNS="160")
    with subprocess.Popen(
        [*COMMAND, *words], cwd=folder, env=variables, stdout=theirs, stderr=theirs
    ) as running:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # how Linux says that nobody writes any more
                break
            if not piece:
                break
            shown += piece
        code = running.wait(timeout=120)
    os.close(ours)
    return code, shown.decode("utf-8", "replace")
