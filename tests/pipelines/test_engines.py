import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import pytest

from pipelines.engines import LocalEngine, Spread, cores


def simply(work: Callable[[int], int]) -> Callable[[Spread], Callable[[int], int]]:
    """A recipe of work that spreads nothing."""
    return lambda _: work


def test_every_task_is_worked_on_once() -> None:
    found = list(LocalEngine(3).map(simply(lambda task: task * task), range(100)))
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

    results = LocalEngine(2).map(simply(work), tasks())
    first = threading.Thread(target=lambda: next(results))
    first.start()
    time.sleep(0.2)
    assert taken == [0, 1]
    release.set()
    first.join()
    assert len(list(results)) == 9


def spread_out(
    threads: int, tasks: Iterable[int], work: Callable[[int], int]
) -> Iterator[list[int]]:
    """Each task is the ten numbers from it on, and comes to what became of them."""

    def build(spread: Spread) -> Callable[[int], list[int]]:
        return lambda task: list(spread(work, range(task, task + 10)))

    return LocalEngine(threads).map(build, tasks)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_what_is_spread_comes_back_in_its_order(threads: int) -> None:
    def work(number: int) -> int:
        time.sleep(0.001 * (number % 3))
        return -number

    found = sorted(spread_out(threads, range(0, 100, 10), work), reverse=True)
    assert found == [[-n for n in range(task, task + 10)] for task in range(0, 100, 10)]


def test_no_more_threads_work_at_once_than_there_are() -> None:
    at_work, most = set(), []

    def work(number: int) -> int:
        at_work.add(number)
        most.append(len(at_work))
        time.sleep(0.002)
        at_work.remove(number)
        return number

    assert len(list(spread_out(3, range(0, 60, 10), work))) == 6
    assert max(most) == 3


def test_one_task_at_a_time_has_its_items_taken() -> None:
    taken: list[int] = []

    def items(task: int) -> Iterator[int]:
        for number in range(5):
            taken.append(task)
            time.sleep(0.002)
            yield number

    def build(spread: Spread) -> Callable[[int], int]:
        return lambda task: sum(spread(lambda number: number, items(task)))

    assert list(LocalEngine(4).map(build, range(4))) == [10] * 4
    turns = [task for task, _ in groupby(taken)]
    assert sorted(turns) == list(range(4)), "in whatever order, each has its turn in one piece"


def test_the_first_error_ends_the_work_and_none_is_left_running() -> None:
    running = []

    def work(number: int) -> int:
        running.append(number)
        time.sleep(0.01)
        running.remove(number)
        if number == 13:
            raise ValueError("row 13")
        return number

    with pytest.raises(ValueError, match="row 13"):
        list(spread_out(2, range(0, 500, 10), work))
    assert running == []


def test_an_error_of_the_reader_ends_the_work() -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        list(LocalEngine(2).map(simply(lambda task: task), tasks()))


def test_threads_follow_the_cores_unless_told() -> None:
    assert LocalEngine().threads == cores() >= 1
    assert LocalEngine(5).threads == 5
