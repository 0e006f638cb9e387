"""Commands run in children of one process that has been through them, so that each is quick.

`python -m tests.pipelines.forked` reads one command a line and writes what came of it; `Forks` is
the other end. What the parent runs itself must leave no connection that a child would use, and no
thread: neither outlives a fork.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TextIO

from tests.pipelines.command import surroundings
from tests.pipelines.faults import Fault, Watch, bounded

PART_ROWS = 16


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        code: Its exit code; minus the signal's number where it was killed.
        seconds: Time it took.
        said: What it wrote on stderr.
        seen: Its operations below its folder by name, where they were counted.
        hit: Whether the fault met its operation.
    """

    code: int
    seconds: float
    said: str
    seen: dict[str, int]
    hit: bool


class Forks:
    """Runs `risk` commands in forked children, one at a time.

    Args:
        commands: Where the parent reads them.
        ends: Where it tells what came of them.
    """

    def __init__(self, commands: TextIO, ends: TextIO) -> None:
        self._commands, self._ends, self._alone = commands, ends, Lock()

    @contextlib.contextmanager
    def twin(self) -> Iterator["Forks"]:
        """Another that knows all that this one has been through, to run commands beside it."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self._tell({"twin": True}))
            with line.makefile("w") as commands, line.makefile("r") as ends:
                yield Forks(commands, ends)

    def run(
        self,
        folder: Path,
        words: Sequence[str],
        *,
        fault: Fault | None = None,
        count: bool = False,
        kill_after_s: float | None = None,
        room: int | None = None,
        here: bool = False,
    ) -> Ended:
        """Run `risk WORDS` in a folder.

        Args:
            folder: Where; operations below it are watched.
            words: The command.
            fault: What is to fail.
            count: Whether operations are counted.
            kill_after_s: When it is killed.
            room: Most pages of a SQLite store.
            here: Whether it runs in the parent itself, to get all ready that is made at first use.
        """
        command = {
            "folder": str(folder),
            "words": list(words),
            "fault": fault,
            "watch": count or fault is not None,
            "kill_after_s": kill_after_s,
            "room": room,
            "here": here,
        }
        return Ended(**self._tell(command))

    def _tell(self, command: dict[str, Any]) -> Any:
        with self._alone:
            self._commands.write(json.dumps(command) + "\n")
            self._commands.flush()
            return json.loads(self._ends.readline())


@contextlib.contextmanager
def started() -> Iterator[Forks]:
    """Forks of a new process."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Threads of LightGBM in the parent would be waited for in its children for ever.
        env=surroundings(RISK_LANG="en", OMP_NUM_THREADS="1"),
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Forks(process.stdin, process.stdout)


def _child(command: dict[str, Any], told: Path) -> None:
    """Be the command; never returns."""
    os.chdir(command["folder"])
    errors = os.open(told / "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(errors, 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    code: Any = 70
    watch = None
    try:
        from pipelines import cli

        if command["watch"]:
            fault = Fault(*command["fault"]) if command["fault"] else None
            create = os.open
            watch = Watch(
                Path(command["folder"]),
                fault,
                lambda: os.close(create(told / "hit", os.O_WRONLY | os.O_CREAT)),
            )
            watch.install()
        if command["room"]:
            bounded(Path(command["folder"]) / "store.db", command["room"])
        sys.argv = ["risk", *command["words"]]
        cli.main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        if watch is not None:
            (told / "seen").write_text(json.dumps(watch.seen))
        os._exit(int(code or 0))


def _run(command: dict[str, Any], told: Path) -> Ended:
    start = time.monotonic()
    if command["here"]:
        return Ended(_here(command), time.monotonic() - start, "", {}, hit=False)
    for name in ("stderr", "seen", "hit"):
        (told / name).unlink(missing_ok=True)
    gc.freeze()  # a collection would copy every page that the two share
    pid = os.fork()
    if pid == 0:
        _child(command, told)
    if command["kill_after_s"] is not None and not _ends_within(pid, command["kill_after_s"]):
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    seconds = time.monotonic() - start
    said = (told / "stderr").read_text() if (told / "stderr").exists() else ""
    seen = json.loads((told / "seen").read_text()) if (told / "seen").exists() else {}
    return Ended(code, seconds, said, seen, (told / "hit").exists())


def _ends_within(pid: int, seconds: float) -> bool:
    ended = os.pidfd_open(pid)
    try:
        return bool(select.select([ended], [], [], seconds)[0])
    finally:
        os.close(ended)


def _here(command: dict[str, Any]) -> int:
    """Run it in this process; what is read, compiled and looked up at first is so for all."""
    from pipelines import cli

    before = Path.cwd()
    os.chdir(command["folder"])
    sys.argv = ["risk", *command["words"]]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        os.chdir(before)
    return 0


def _prepare() -> None:
    """Settle what is the same for all commands."""
    import types

    from pipelines import queue, score
    from risk.reasoning.backends import client

    score.PART_ROWS = PART_ROWS
    # Each case is put down as it is settled: a fault is aimed at the n-th commit of a night, and
    # how many there are must not follow from how busy the machine is.
    queue._EVERY_S = -1.0
    # How long a model took is in the record of a case, and nights are compared byte by byte.
    client.time = types.SimpleNamespace(monotonic=lambda: 0.0, time=time.time)  # type: ignore[attr-defined]


def _serve(commands: TextIO, ends: TextIO) -> None:
    """Run commands until there are no more."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder)
        for line in commands:
            command = json.loads(line)
            came = _twin(told) if "twin" in command else _run(command, told)._asdict()
            ends.write(json.dumps(came) + "\n")
            ends.flush()


def _twin(told: Path) -> str:
    """Have a fork serve commands as well; where it listens."""
    place = f"{tempfile.mkdtemp(dir=told)}/line"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen(1)
        gc.freeze()
        if os.fork() == 0:
            try:
                for inherited in (0, 1):
                    os.dup2(os.open(os.devnull, os.O_RDWR), inherited)
                line, _ = listener.accept()
                with line.makefile("r") as commands, line.makefile("w") as ends:
                    _serve(commands, ends)
            finally:
                os._exit(0)
    return place


if __name__ == "__main__":
    _prepare()
    _serve(sys.stdin, sys.stdout)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()  # for twins, which end with their other ends
