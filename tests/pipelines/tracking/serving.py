"""A server in a process of its own, on a free port of this machine."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.pipelines.command import surroundings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(command: list[str], cwd: Path, address: str, **variables: str) -> Iterator[None]:
    """A server that answers at `address`, ended with its children when the block ends."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with (cwd / "server.log").open("w") as log:
        running = subprocess.Popen(
            command,
            cwd=cwd,
            env=surroundings(PATH=path, **variables),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait(address, running, cwd / "server.log")
            yield
        finally:
            os.killpg(running.pid, 15)
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, 9)
                running.wait(10)


def _wait(address: str, running: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(240):
        if running.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"no answer: {log.read_text()[-2000:]}")
