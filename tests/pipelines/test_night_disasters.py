"""Nights that lose their database, their room or their input, and nights that come two at once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.cases import read_cases
from pipelines.manifest import verify
from pipelines.night import CASE_RUN, LATE, SCORES, read_night
from tests.fake_r1.faults import always, never, status
from tests.fake_r1.replies import Messages, Reply
from tests.pipelines.command import COMMAND, surroundings
from tests.pipelines.conftest import Bank
from tests.pipelines.faults import KINDS, Fault, Kind
from tests.pipelines.forked import Forks
from tests.pipelines.postgresql import running
from tests.pipelines.whole_nights import EARLIER, TONIGHT, Laid, Nights, nights, remembered

NEXT = "2026-11-28"


@pytest.fixture(scope="module")
def made(bank: Bank, forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """Nights on SQLite."""
    with nights(bank, tmp_path_factory.mktemp("disasters") / "nights", forks) as laid:
        yield laid


@pytest.fixture(scope="module")
def mortal(
    bank: Bank, forks: Forks, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, Nights]]:
    """A PostgreSQL that may be killed, and nights on it."""
    folder = tmp_path_factory.mktemp("mortal")
    with (
        running(folder / "pg") as (server, make),
        nights(bank, folder / "nights", forks, make) as laid,
    ):
        yield server, laid


@pytest.fixture(scope="module")
def calm(made: Nights) -> dict[str, str]:
    """What a night delivers that nothing happens to."""
    night = made.lay()
    assert made.run(night).code == 10
    return night.content()


def after(answers: int, happens: Callable[[], None]) -> Callable[[Messages, int], Reply]:
    """A model that something happens beside, once it has given so many answers."""
    given = 0

    def reply(messages: Messages, number: int) -> Reply:
        nonlocal given
        given += 1
        if given == answers:
            happens()
        return remembered(messages, number)

    return reply


def test_a_database_that_dies_while_the_model_is_asked_costs_no_score_and_no_answer(
    mortal: tuple[Any, Nights], calm: dict[str, str]
) -> None:
    postgresql, made = mortal
    night, process = made.lay(), postgresql.get_pid()
    # At once and without a word, as a crash: it has to recover when it is started again.
    made.server.behaviour.latency_s = 0.05
    made.server.behaviour.reply = after(12, lambda: os.kill(process, signal.SIGQUIT))
    ended = made.run(night)
    assert ended.code == 40, ended.said
    assert "the store (postgresql+psycopg) cannot be used: " in ended.said
    assert "what was kept so far stays" in ended.said
    assert verify(night.tonight / SCORES) == []
    assert not (night.tonight / CASE_RUN).exists()
    # Until nothing is left of the process, its lock on the socket keeps another one from starting.
    while (postgresql.pgdata / "postmaster.pid").exists() or Path(f"/proc/{process}").exists():
        time.sleep(0.01)
    gone = made.run(night)
    assert gone.code == 40, gone.said
    postgresql.start()
    kept, asked = night.answered(), made.server.counts.asked.copy()
    assert kept
    assert made.run(night).code == 10
    assert not kept & (made.server.counts.asked - asked).keys()
    assert night.content() == calm


@pytest.mark.parametrize("more", [0, 8, 40])
def test_a_sqlite_store_without_room_is_named_and_gone_on_with(
    made: Nights, calm: dict[str, str], more: int
) -> None:
    night = made.lay()
    ended = made.run(night, room=_pages(night) + more)
    assert ended.code == 40, ended.said
    assert "cannot be used: OperationalError (SQLITE_FULL)" in ended.said
    assert night.half_visible() == []
    assert made.run(night).code == 10
    assert night.content() == calm


def _pages(night: Laid) -> int:
    with sqlite3.connect(night.store) as store:
        return int(store.execute("PRAGMA page_count").fetchone()[0])


def cut_parquet(path: Path) -> None:
    """A copy that was broken off."""
    path.write_bytes(path.read_bytes()[:-200])


def holed_parquet(path: Path) -> None:
    """A copy whose middle was never written, as after a crash; its end is there."""
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [cut_parquet, holed_parquet])
def test_a_damaged_input_is_named_and_the_mended_one_gone_on_with(
    made: Nights, calm: dict[str, str], harm: Callable[[Path], None]
) -> None:
    night = made.lay()
    source = night.folder / f"{TONIGHT}.parquet"
    shutil.copy(source, night.folder / "whole")
    harm(source)
    ended = made.run(night)
    assert ended.code == 40, ended.said
    assert source.name in ended.said
    assert not (night.tonight / SCORES).exists()
    shutil.copy(night.folder / "whole", source)
    assert made.run(night).code == 10
    assert night.content() == calm


def test_a_csv_cut_within_a_character_is_named(made: Nights) -> None:
    night = made.lay()
    frame = pd.read_parquet(night.folder / f"{TONIGHT}.parquet")
    source = night.folder / f"{TONIGHT}.csv"
    frame.iloc[:, ::-1].assign(last="明鉴").to_csv(source, index=False)
    source.write_bytes(source.read_bytes().removesuffix(b"\n")[:-1])
    words = ("nightly", "--date", TONIGHT, "--input", source.name, "--output", "nights")
    ended = made.forks.run(night.folder, words)
    assert ended.code == 40, ended.said
    assert source.name in ended.said
    assert not (night.tonight / SCORES).exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("run", [CASE_RUN, LATE])
def test_what_was_delivered_is_never_missing_while_it_is_renewed(
    made: Nights, calm: dict[str, str], run: str, kind: Kind
) -> None:
    night = made.lay()
    made.server.behaviour.plan = always(status(503))
    assert made.run(night).code == 10
    made.server.behaviour.plan = never
    assert read_night(night.tonight).counts["reasoned"] == 0
    fault = Fault(kind, f"exchange nights/*-*-*/.{run}.*.partial/run", 1)
    ended = made.run(night, fault=fault)
    assert (ended.code, ended.hit) == (-9 if kind == "KILL" else 40, True), ended.said
    assert verify(night.tonight / run) == []
    assert made.run(night).code == 10
    assert night.content() == calm


@pytest.mark.parametrize("error", ["EROFS", "EACCES"])
def test_an_output_folder_that_cannot_be_written_to_is_named(made: Nights, error: str) -> None:
    night = made.lay()
    ended = made.run(night, fault=Fault(error, "mkdir nights/*-*-*", 1))  # type: ignore[arg-type]
    assert (ended.code, ended.hit) == (40, True), ended.said
    assert str(night.tonight) in ended.said
    assert made.run(night).code == 10


def started(night: Laid, day: str) -> "subprocess.Popen[str]":
    words = ("nightly", "--date", day, "--input", "{date}.parquet", "--output", "nights")
    return subprocess.Popen(
        [*COMMAND, *words],
        cwd=night.folder,
        env=surroundings(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_nights_at_once_share_a_store_and_a_folder(
    made: Nights, mortal: tuple[Any, Nights], kind: str
) -> None:
    laid = made if kind == "sqlite" else mortal[1]
    laid.server.behaviour.latency_s = 0.1
    night = laid.lay()
    frame = pd.read_parquet(night.folder / f"{TONIGHT}.parquet")
    frame["application_id"] = "N" + frame["application_id"]
    frame.to_parquet(night.folder / f"{NEXT}.parquet", index=False)
    processes = {day: started(night, day) for day in (TONIGHT, NEXT)}
    late = set()
    for day, process in processes.items():
        _, said = process.communicate(timeout=120)
        assert process.returncode == 10, said
        folder = night.folder / "nights" / day
        assert all(verify(folder / run) == [] for run in read_night(folder).runs)
        if (folder / LATE).exists():
            late |= {record.score.application_id for record in read_cases(folder / LATE)}
    # Whichever night came to them first has the cases of the earlier one, or both have.
    cases = night.rows("SELECT application_id, status, business_date FROM cases")
    assert {id_ for id_, _, day in cases if str(day) == EARLIER} <= late
    assert {status for _, status, _ in cases} == {"answered"}
    assert len({id_ for id_, _, _ in cases}) == len(cases) > 20


def test_of_two_starts_of_a_night_one_is_refused(made: Nights) -> None:
    night = made.lay()
    made.server.behaviour.latency_s = 0.1
    processes = [started(night, TONIGHT) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [10, 30], said
    assert night.half_visible() == []
    assert read_night(night.tonight).counts["pending"] == 0
