"""The files of a folder, listed once and opened later, with nothing but regular ones among them.

No link is followed. Hidden files are passed over, and so are those that programs leave beside a
document while it is open, and `confirmed.toml`, which is the bank's own.
"""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipelines.papers.formats import Reading, largest, paper_of, printable
from risk.papers import Paper, Unread

CONFIRMED = "confirmed.toml"
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LEFT_BEHIND = ("thumbs.db", "desktop.ini", CONFIRMED)


class PaperFile(NamedTuple):
    """One entry: its name as a paper, its path in the folder, and why it is not to be opened."""

    name: str
    path: str
    refused: Unread | None


def entries(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder and may be a paper, in no order.

    Raises:
        OSError: It cannot be read.
    """
    with os.scandir(folder) as found:
        for entry in found:
            if not passed_over(entry.name):
                yield entry


def passed_over(name: str) -> bool:
    """Whether a file of that name is no paper.

    Example:
        >>> passed_over(".hidden.txt"), passed_over("~$letter.docx"), passed_over("letter.docx")
        (True, True, False)
    """
    left = name.lower() in _LEFT_BEHIND or name.endswith(("~", ".tmp", ".part", ".crdownload"))
    return left or name.startswith((".", "~$"))


def file_of(entry: os.DirEntry[str], name: str, path: str) -> PaperFile:
    """An entry under the name that it has as a paper."""
    if entry.is_symlink():
        return PaperFile(name, path, Unread.LINK)
    regular = entry.is_file(follow_symlinks=False)
    return PaperFile(name, path, None if regular else Unread.UNKNOWN_FORMAT)


def opened(root: Path, file: PaperFile) -> io.BufferedReader:
    """The file, provided that it still is a regular one.

    Raises:
        OSError: It is none, or cannot be read.
    """
    descriptor = os.open(root / file.path, _FLAGS)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    raise OSError(f"{file.path} is no regular file")


def paper(root: Path, file: PaperFile, read_other: Reading) -> Paper:
    """The paper that a file is; what cannot be read says why."""
    name = printable(file.name)
    limit = largest(file.path)
    if file.refused or not limit:
        return Paper(name=name, unread=file.refused or Unread.UNKNOWN_FORMAT)
    try:
        with opened(root, file) as content:
            data = content.read(limit + 1)
    except OSError:
        return Paper(name=name, unread=Unread.UNREADABLE)
    if len(data) > limit:
        return Paper(name=name, unread=Unread.TOO_LARGE)
    return paper_of(file.path, data, read_other).model_copy(update={"name": name})
