import time
from collections.abc import Callable

import pytest

from pipelines.beside import beside
from pipelines.errors import DeadlineError


def endless(pause: Callable[[], None]) -> int:
    while True:
        pause()
        time.sleep(0.001)


def test_the_work_goes_on_beside_the_block() -> None:
    with beside(lambda pause: threadless(pause, 3)) as made:
        assert made.result() == 3
        assert made.result() == 3


def threadless(pause: Callable[[], None], value: int) -> int:
    pause()
    return value


def test_an_error_of_the_work_comes_out_where_its_result_is_asked_for() -> None:
    def broken(pause: Callable[[], None]) -> int:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"), beside(broken) as made:
        made.result()


def test_an_error_of_the_block_ends_the_work() -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match="of the block"), beside(endless):
        raise ValueError("of the block")
    assert time.monotonic() - began < 60


def test_a_deadline_ends_the_work_and_the_wait_for_it() -> None:
    calls = []

    def pause() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise DeadlineError("come")

    with pytest.raises(DeadlineError, match="come"), beside(endless, pause) as made:
        made.result()
    assert len(calls) == 3
