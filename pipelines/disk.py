"""Files that are on the disk, or not there: synced, renamed, and explained where that fails."""

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from features.errors import DataError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
LEFT = "nothing further was delivered, and what stands is kept"
"""What is left where a write fails: also of a night, parts of which may stand by then."""
_NO_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def write(path: Path, content: bytes, mode: int | None = None) -> None:
    """Put a file under its name at once, whole and synced; what stood there gives way.

    Args:
        path: Where to.
        content: What it holds.
        mode: Who may read it, such as 0o600; what is usual where nothing is said.

    Raises:
        OSError: It could not be; what stood there still does.
    """
    with writing(path, mode) as file:
        file.write(content)


@contextmanager
def writing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """As `write`, for what comes bit by bit; where the block raises, nothing changes.

    Raises:
        OSError: It could not be written; what stood there still does.
    """
    part = path.with_name(f"{path.name}.part")
    with named(part), part.open("wb") as file:
        try:
            if mode is not None:
                part.chmod(mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.replace(path)
    sync(path.parent)


def link(source: str | Path, target: str | Path) -> None:
    """Give a file that never changes another name; a copy where the disk knows no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def sync(place: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk before going on."""
    if sys.platform == "win32":
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        with named(place):
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_below(folder: Path) -> None:
    """Sync everything below a folder, and the folder itself last."""
    for place in sorted(folder.rglob("*"), reverse=True):
        sync(place)
    sync(folder)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Have errors of a file say which it is: those of an open one do not."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def exchange(one: Path, other: Path) -> bool:
    """Have two folders change places in one step, so that no moment is without either name.

    Returns:
        Whether they did; the file system may not know how to, and then nothing has changed.

    Raises:
        OSError: They could not be renamed at all.
    """
    if sys.platform == "win32":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def explained(error: OSError, target: Path, left: str = LEFT) -> DataError:
    """What a failed write means to the person who ran it.

    Args:
        error: The failure.
        target: What was to be written.
        left: What is left of the work.
    """
    disk = _existing(target.parent)
    if error.errno in FULL:
        free = shutil.disk_usage(disk).free
        return DataError(
            f"the disk of {disk} is full or its quota used up ({free / 1e6:.0f} MB free); make "
            f"room, or give a directory on another disk; {left}"
        )
    if error.errno in TAKEN:
        return DataError(f"another run was delivered to {target} meanwhile; compare the two")
    return DataError(
        f"{target} cannot be written: {error.strerror or error}; check disk and permissions; {left}"
    )


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)
