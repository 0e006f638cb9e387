import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from risk.once import Once


def test_it_is_made_once_however_many_ask_at_once() -> None:
    made: list[int] = []
    start = threading.Barrier(8)

    def make() -> int:
        made.append(1)
        return 7

    once = Once(make)

    def ask(_: int) -> int:
        start.wait()
        return once.get()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [7] * 8
    assert made == [1]


def test_none_is_a_result_and_a_failure_is_not() -> None:
    tries: list[int] = []

    def make() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")

    once = Once(make)
    with pytest.raises(ValueError, match="not yet"):
        once.get()
    assert once.get() is None
    assert once.get() is None
    assert len(tries) == 2
