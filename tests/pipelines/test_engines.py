import threading
import time
from collections.abc import Iterator

import pytest

from pipelines.engines import LocalEngine, cores


def test_every_task_is_worked_on_once() -> None:
    found = list(LocalEngine(3).map(lambda: lambda task: task * task, range(100)))
    assert sorted(found) == [n * n for n in range(100)]


def test_tasks_are_taken_only_as_there_is_room() -> None:
    taken, release = [], threading.Event()

    def tasks() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    def work(task: int) -> int:
        release.wait()
        return task

    results = LocalEngine(2).map(lambda: work, tasks())
    first = threading.Thread(target=lambda: next(results))
    first.start()
    time.sleep(0.2)
    assert taken == [0, 1, 2]
    release.set()
    first.join()
    assert len(list(results)) == 9


def test_the_first_error_ends_the_work_and_none_is_left_running() -> None:
    running = []

    def work(task: int) -> int:
        running.append(task)
        time.sleep(0.05)
        running.remove(task)
        if task == 3:
            raise ValueError("row 3")
        return task

    with pytest.raises(ValueError, match="row 3"):
        list(LocalEngine(2).map(lambda: work, range(50)))
    assert running == []


def test_an_error_of_the_reader_ends_the_work() -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        list(LocalEngine(2).map(lambda: lambda task: task, tasks()))


def test_threads_follow_the_cores_unless_told() -> None:
    assert LocalEngine().threads == cores() >= 1
    assert LocalEngine(5).threads == 5
