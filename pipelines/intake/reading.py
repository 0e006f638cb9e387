"""The papers of one applicant's folder, read as `--documents` reads them, and which are the same.

Sub-folders are told and not entered.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

from features.errors import DataError
from pipelines.papers.files import PaperFile, entries, file_of, opened, paper
from pipelines.papers.formats import printable
from pipelines.papers.readers import Readers
from risk.papers import Paper, Unread

MOST_FILES = 500
MOST_CHARACTERS = 20_000_000


class Filed(NamedTuple):
    """A paper of the folder.

    Attributes:
        paper: Its name and its text, or why there is none.
        digest: SHA-256 of the file's bytes; empty where it was not opened.
        size: Its bytes.
        same_as: Name of the first paper with the same bytes or the same text; empty for the first.
    """

    paper: Paper
    digest: str
    size: int
    same_as: str = ""


def read_folder(folder: Path) -> tuple[Filed, ...]:
    """Read every paper of a folder, in the order of their names.

    Raises:
        DataError: It is no folder, cannot be read, holds too many files, or a library that its
            files need is not installed.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give the folder with one applicant's papers")
    try:
        files = sorted(file_of(entry, entry.name, entry.name) for entry in entries(folder))
    except OSError as error:
        raise DataError(f"{folder} cannot be read; check its permissions ({error})") from error
    if len(files) > MOST_FILES:
        raise DataError(
            f"{folder} holds {len(files)} files, and {MOST_FILES} are the most for one applicant; "
            "give the folder of one applicant"
        )
    readers = Readers(file.path for file in files if not file.refused)
    filed: list[Filed] = []
    left = MOST_CHARACTERS
    for file in files:
        each = _filed(folder, file, readers)
        left -= len(each.paper.text)
        if left < 0:
            too_much = Paper(name=each.paper.name, unread=Unread.TOO_LARGE)
            each = each._replace(paper=too_much)
        filed.append(each)
    return _with_doubles(filed)


def _filed(folder: Path, file: PaperFile, readers: Readers) -> Filed:
    if file.refused:
        return Filed(paper(folder, file, readers), "", 0)
    try:
        with opened(folder, file) as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            size = content.tell()
    except OSError:
        return Filed(Paper(name=printable(file.name), unread=Unread.UNREADABLE), "", 0)
    return Filed(paper(folder, file, readers), digest, size)


def _with_doubles(filed: list[Filed]) -> tuple[Filed, ...]:
    first: dict[str, str] = {}
    told: list[Filed] = []
    for each in filed:
        keys = [each.digest] if each.digest else []
        if text := " ".join(each.paper.text.split()):
            keys.append(text)
        same = next((first[key] for key in keys if key in first), "")
        for key in keys:
            first.setdefault(key, each.paper.name)
        told.append(each._replace(same_as=same))
    return tuple(told)
