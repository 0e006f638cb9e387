import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines.errors import LockedError
from pipelines.locking import held

HOLDER = (
    "import sys, time; from pathlib import Path; from pipelines.locking import held\n"
    "with held(Path(sys.argv[1])):\n"
    "    print('held', flush=True)\n"
    "    time.sleep(60)\n"
)


def holder(target: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, target], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def killed(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_another_process_is_refused_at_once_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    process = holder(tmp_path / "night")
    try:
        start = time.monotonic()
        with pytest.raises(LockedError, match=f"process {process.pid} on .*since 20"):
            held(tmp_path / "night").__enter__()
        assert time.monotonic() - start < 10
        with held(tmp_path / "another"):
            pass
    finally:
        killed(process)


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    killed(holder(tmp_path / "night"))
    with held(tmp_path / "night"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_thread_that_holds_a_lock_may_take_it_again(tmp_path: Path) -> None:
    with held(tmp_path / "night"), held(tmp_path / "." / "night"):
        with held(tmp_path / "night"):
            pass
        other = threading.Thread(target=lambda: refused.append(_refused(tmp_path / "night")))
        refused: list[bool] = []
        other.start()
        other.join()
        assert refused == [True]
    assert not _refused(tmp_path / "night")


def _refused(target: Path) -> bool:
    try:
        with held(target):
            return False
    except LockedError:
        return True


def test_folders_that_were_made_for_the_lock_go_with_it(tmp_path: Path) -> None:
    with held(tmp_path / "nights" / "2026-11-27" / "scores"):
        pass
    assert list(tmp_path.iterdir()) == []
    with held(tmp_path / "nights" / "2026-11-27" / "scores"):
        (tmp_path / "nights" / "2026-11-27" / "scores").mkdir()
    assert (tmp_path / "nights" / "2026-11-27" / "scores").is_dir()


def test_of_many_threads_never_two_are_inside(tmp_path: Path) -> None:
    inside, most, done = 0, 0, 0
    count = threading.Lock()

    def work() -> None:
        nonlocal inside, most, done
        for _ in range(50):
            try:
                with held(tmp_path / "night"):
                    with count:
                        inside, done = inside + 1, done + 1
                        most = max(most, inside)
                    os.sched_yield()
                    with count:
                        inside -= 1
            except LockedError:
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside) == (1, 0)
    assert done > 0
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_lock_file_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / ".night.lock").write_text("{")
    with held(tmp_path / "night"):
        pass
