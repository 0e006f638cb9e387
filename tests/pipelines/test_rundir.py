import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

from features.errors import DataError
from pipelines import disk, rundir
from pipelines.errors import LockedError
from pipelines.manifest import MANIFEST, RunManifest, verify
from pipelines.rundir import Committed, RunDirectory, standing_run
from pipelines.sinks import CsvSink, ParquetSink
from pipelines.sources.batches import REJECT_COLUMNS
from tests.pipelines.command import content

FRAME = pd.DataFrame({"application_id": ["A1", "A2"], "pd": [0.1, 0.2]})


def manifest(data: str = "d1") -> RunManifest:
    return RunManifest.of("score", data={"applications": data}, config={})


def run(target: Path, data: str = "d1", frame: pd.DataFrame = FRAME, **how: bool) -> Committed:
    with RunDirectory(target, manifest(data).key(), **how) as stage:
        with ParquetSink(stage.path("scores.parquet")) as scores:
            scores.write(frame)
        with CsvSink(stage.path("rejects.csv")):
            pass
        stage.path("model/booster.txt").write_text("tree")
        return stage.commit(manifest(data), {"scored": len(frame)})


KEY = manifest().key()


def test_a_committed_run_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    done = run(tmp_path / "deep" / "out")
    assert done.state == "new"
    assert verify(done.path) == []
    assert [p.name for p in done.path.parent.iterdir()] == ["out"]
    outputs = done.manifest.outputs
    assert {name: output.rows for name, output in outputs.items()} == {
        "scores.parquet": 2,
        "rejects.csv": 0,
        "model/booster.txt": None,
    }


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    run(tmp_path / "one")
    run(tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert MANIFEST in content(tmp_path / "one")


def test_the_same_run_again_is_left_as_it_is(tmp_path: Path) -> None:
    first = run(tmp_path / "out")
    before = (tmp_path / "out" / MANIFEST).stat().st_mtime_ns
    again = run(tmp_path / "out")
    assert again.state == "unchanged"
    assert again.manifest == first.manifest
    assert (tmp_path / "out" / MANIFEST).stat().st_mtime_ns == before


def test_another_run_is_refused_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    run(tmp_path / "out")
    before = content(tmp_path / "out")
    with pytest.raises(DataError, match="holds another run"):
        run(tmp_path / "out", "d2")
    assert content(tmp_path / "out") == before
    assert run(tmp_path / "out", "d2", replace=True).state == "replaced"
    assert RunManifest.read(tmp_path / "out").data == {"applications": "d2"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_run_that_was_tampered_with_is_told_apart(tmp_path: Path) -> None:
    run(tmp_path / "out")
    (tmp_path / "out" / "rejects.csv").write_text("")
    with pytest.raises(DataError, match=r"not as it was written \(rejects.csv changed"):
        run(tmp_path / "out")
    assert run(tmp_path / "out", replace=True).state == "replaced"


def test_a_standing_run_can_be_asked_for_before_the_work(tmp_path: Path) -> None:
    key = manifest().key()
    assert standing_run(tmp_path / "out", key) is None
    done = run(tmp_path / "out")
    assert standing_run(tmp_path / "out", key) == done.manifest
    with pytest.raises(DataError, match="another run"):
        standing_run(tmp_path / "out", "other")
    assert standing_run(tmp_path / "out", "other", replace=True) is None


@pytest.mark.parametrize("replace", [False, True])
def test_what_is_no_run_is_never_touched(tmp_path: Path, replace: bool) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").write_text("years of work")
    with pytest.raises(DataError, match="no run"):
        run(tmp_path / "out", replace=replace)
    with pytest.raises(DataError, match="is a file"):
        run(tmp_path / "out" / "thesis.doc", replace=replace)
    with pytest.raises(DataError, match=r"thesis\.doc is a file"):
        run(tmp_path / "out" / "thesis.doc" / "scores", replace=replace)
    assert content(tmp_path) == {"out/thesis.doc": b"years of work"}


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run(tmp_path / "out").state == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with RunDirectory(tmp_path / "out", KEY) as stage:
            stage.path("scores.parquet").write_text("half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_without_commit_nothing_is_left(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "out", KEY) as stage:
        stage.path("a").touch()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../a", "/a", "a/../../b", MANIFEST])
def test_a_file_outside_the_run_is_refused(tmp_path: Path, name: str) -> None:
    with (
        RunDirectory(tmp_path / "out", KEY) as stage,
        pytest.raises(DataError, match="cannot name"),
    ):
        stage.path(name)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("sink", [CsvSink, ParquetSink])
def test_a_full_disk_is_named(tmp_path: Path, sink: type[CsvSink | ParquetSink]) -> None:
    wide = pd.DataFrame(dict.fromkeys(REJECT_COLUMNS, tuple(f"{i:0999}" for i in range(99))))

    def overfull() -> None:
        with RunDirectory(tmp_path / "out", KEY) as stage:
            stage.path("scores").symlink_to("/dev/full")
            with sink(stage.path("scores")) as scores:
                scores.write(wide)

    with pytest.raises(DataError, match=f"the disk of {tmp_path} is full"):
        overfull()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_does_not_say_of_what_stands_that_it_was_not_delivered(tmp_path: Path) -> None:
    run(tmp_path / "night" / "scores")

    def overfull() -> None:
        with RunDirectory(tmp_path / "night" / "cases", KEY):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DataError, match="nothing further was delivered, and what stands is kept"):
        overfull()
    assert verify(tmp_path / "night" / "scores") == []


def test_another_error_of_the_disk_passes_through(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="Input/output") as caught,
        RunDirectory(tmp_path / "out", KEY),
    ):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert caught.value.errno == errno.EIO


def killed_half_way(target: Path) -> None:
    """Write half a run in a process of its own, and kill it."""
    code = (
        "import sys, time; from pathlib import Path; from pipelines.rundir import RunDirectory\n"
        "with RunDirectory(Path(sys.argv[1]), 'k') as stage:\n"
        "    stage.path('scores.parquet').write_text('half')\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, target], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"half\n"
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_a_killed_run_is_never_seen_and_the_next_one_clears_up(tmp_path: Path) -> None:
    target = tmp_path / "out [a]*"
    killed_half_way(target)
    assert not target.exists()
    assert all(place.name.startswith(".out [a]*") for place in tmp_path.iterdir())
    assert run(target).state == "new"
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


def test_a_run_killed_while_it_replaces_another_gives_that_back(tmp_path: Path) -> None:
    run(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.0123.old")
    with RunDirectory(tmp_path / "out", KEY):
        pass
    assert verify(tmp_path / "out") == []


def test_a_reader_never_finds_a_run_missing_while_it_is_replaced(tmp_path: Path) -> None:
    run(tmp_path / "out")
    (tmp_path / "other").mkdir()
    (tmp_path / "another").mkdir()
    if not disk.exchange(tmp_path / "other", tmp_path / "another"):
        pytest.skip("this file system cannot exchange two folders")
    missing, over = [], threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                (tmp_path / "out" / MANIFEST).stat()
            except FileNotFoundError:
                missing.append(True)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(30):
        run(tmp_path / "out", f"d{number}", replace=True)
    over.set()
    reader.join()
    assert not missing
    assert RunManifest.read(tmp_path / "out").data == {"applications": "d29"}


def test_where_folders_cannot_be_exchanged_a_run_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "exchange", lambda one, other: False)
    run(tmp_path / "out")
    assert run(tmp_path / "out", "d2", replace=True).state == "replaced"
    assert RunManifest.read(tmp_path / "out").data == {"applications": "d2"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_left_beside_one_that_stands_is_cleared(tmp_path: Path) -> None:
    run(tmp_path / "out")
    before = content(tmp_path)
    (tmp_path / ".out.k.partial" / "work").mkdir(parents=True)
    (tmp_path / ".out.0123.old").mkdir()
    rundir.clear(tmp_path / "out")
    assert content(tmp_path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_second_start_finds_the_first_one_at_work(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "out", KEY) as slow:
        slow.path("a").touch()
        refused: list[str] = []

        def second() -> None:
            with pytest.raises(LockedError) as caught:
                run(tmp_path / "out")
            refused.append(str(caught.value))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
        assert f"process {os.getpid()}" in refused[0]
        assert slow.path("a").exists()
    assert list(tmp_path.iterdir()) == []


def test_of_runs_at_the_same_time_at_most_one_is_at_work(tmp_path: Path) -> None:
    states: list[str] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            states.append(run(tmp_path / "out").state)
        except LockedError:
            states.append("locked")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.count("new") == 1
    assert set(states) <= {"new", "unchanged", "locked"}
    assert verify(tmp_path / "out") == []
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_interruption_before_the_block_lets_go_of_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(target: Path, kept: Path | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rundir, "clean_up", interrupt)
    with pytest.raises(KeyboardInterrupt), RunDirectory(tmp_path / "out", KEY):
        pass
    assert list(tmp_path.iterdir()) == []


def test_unfinished_work_stays_for_the_next_start_of_the_same_run(tmp_path: Path) -> None:
    def stopped(key: str) -> Path:
        with RunDirectory(tmp_path / "out", key, keep="done") as stage:
            (stage.root / "work" / "done").mkdir()
            (stage.root / "work" / "done" / "note").write_text(key)
        return stage.root

    root = stopped(KEY)
    with RunDirectory(tmp_path / "out", KEY, keep="done") as stage:
        assert (stage.root / "work" / "done" / "note").read_text() == KEY
    # Another run in the same place has no use for it.
    assert stopped("other" * 10).is_dir()
    assert not root.exists()


def test_a_stage_in_which_nothing_is_finished_is_not_kept(tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "out", KEY, keep="done") as stage:
        stage.path("half").touch()
        (stage.root / "work" / "done").mkdir()
        (stage.root / "work" / "half").touch()
    assert list(tmp_path.iterdir()) == []
