"""One job at a time in one place: a lock that dies with its holder.

Light on purpose: a second start has to be told so before anything heavy is imported.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import LockedError

_held = threading.local()


@contextmanager
def held(target: Path) -> Iterator[None]:
    """Hold the lock of a run's directory for as long as the block lasts.

    The lock is the kernel's and not the file's being there: it ends with the process, however
    that ends, so that no lock is ever stale. Process numbers could not do that, for they are
    reused and differ between containers that share a disk. Taking a lock that this thread holds
    already does nothing.

    Args:
        target: The directory that is to be written; it need not be there yet.

    Raises:
        LockedError: Another process, or another thread of this one, works on it.
        OSError: The folder above it cannot be made or written to.
    """
    target = target.resolve()
    mine: set[Path] = _held.__dict__.setdefault("targets", set())
    if target in mine or sys.platform == "win32":
        yield
        return
    made = _made(target.parent)
    path = target.parent / f".{target.name}.lock"
    handle = _taken(path, target)
    mine.add(target)
    try:
        yield
    finally:
        mine.discard(target)
        # Removed while it is held: who waits for it sees that the name has gone and tries anew.
        with suppress(OSError):  # a file that stays is no lock, and the work is done
            path.unlink()
        os.close(handle)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def _taken(path: Path, target: Path) -> int:
    """An open, locked file that stands under its name."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(handle, target)
            if os.fstat(handle).st_ino == path.stat().st_ino:
                _sign(handle)
                return handle
        except FileNotFoundError:
            pass  # its holder let go between our opening it and our look at it
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, target: Path) -> None:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockedError(
            f"another job is working on {target}{_holder(handle)}; wait until it has ended, "
            "or give another directory"
        ) from error


def _sign(handle: int) -> None:
    """Say in the lock who holds it, for the message that another start gives."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"host": socket.gethostname(), "pid": os.getpid(), "since": now}
    with suppress(OSError):  # a full disk has no room for it, and the lock holds all the same
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(holder).encode(), 0)


def _holder(handle: int) -> str:
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
        return f" (process {holder['pid']} on {holder['host']}, since {holder['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _made(folder: Path) -> list[Path]:
    """Make a folder and those above it; returns the new ones, the deepest first."""
    new = []
    for place in (folder, *folder.parents):
        if place.exists():
            break
        new.append(place)
    folder.mkdir(parents=True, exist_ok=True)
    return new
