"""Sending a message to whoever may be slow, or never come to an end."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from pipelines.review.webhook.posting import NotToldError, post


@contextmanager
def trickling(begins: bytes, more: bytes) -> Iterator[str]:
    """The address of one who begins to answer and never ends."""
    gone = Event()

    def answer(listening: socket.socket) -> None:
        heard, _ = listening.accept()
        with heard:
            heard.sendall(begins)
            while not gone.wait(0.02):
                try:
                    heard.sendall(more)
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=answer, args=(listening,))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        gone.set()
        thread.join()


@pytest.mark.parametrize(
    ("begins", "more"),
    [(b"", b""), (b"H", b"T"), (b"HTTP/1.1 200 OK\r\nX: ", b"x"), (b"", b"HTTP/1.1 100 C\r\n\r\n")],
)
def test_an_answer_that_never_ends_is_none(begins: bytes, more: bytes) -> None:
    started = time.monotonic()
    with trickling(begins, more) as url, pytest.raises(NotToldError):
        post(url, b"{}", {}, timeout_s=0.3)
    assert time.monotonic() - started < 60


def test_what_comes_after_the_status_is_not_waited_for() -> None:
    with trickling(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", b"x") as url:
        post(url, b"{}", {}, timeout_s=5)
