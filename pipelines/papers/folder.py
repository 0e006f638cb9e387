"""A folder of files as papers: a sub-folder an application, or files that begin with its id.

Only what the listing of the folder gave is ever opened, no link is followed, and nothing but
regular files is read, so that no id and no file name leads out of the folder.
"""

import hashlib
import io
import os
import stat
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from features.errors import DataError
from pipelines.papers.formats import PDF, largest, paper_of, printable
from pipelines.papers.pdf import PdfText
from pipelines.papers.source import BATCH, Held
from risk.papers import Paper, Unread

PARTS = "__"
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class _File(NamedTuple):
    """One entry: its name as a paper, its path in the folder, and why it is not to be opened."""

    name: str
    path: str
    refused: Unread | None


class FolderPapers:
    """A folder of papers; the names in it are listed once, the files are read when asked for.

    Hidden files, whose names begin with a dot, are passed over.

    Raises:
        DataError: The folder cannot be read, or holds PDF files and pypdf is not installed.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._root = path
        self._files: dict[str, list[_File]] = {}
        try:
            self._list()
        except OSError as error:
            raise DataError(f"{path} cannot be read; check its permissions ({error})") from error
        for files in self._files.values():
            files.sort(key=lambda file: (file.name, file.path))
        pdf = any(_ending(f.path) in PDF for files in self._files.values() for f in files)
        self._pdf = PdfText() if pdf else None

    def _list(self) -> None:
        with os.scandir(self._root) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    self._list_application(entry)
                else:
                    application_id, name = _parted(entry.name)
                    self._add(application_id, _file(entry, name, entry.name))

    def _list_application(self, folder: os.DirEntry[str]) -> None:
        try:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    if not entry.name.startswith("."):
                        path = f"{folder.name}/{entry.name}"
                        self._add(folder.name, _file(entry, entry.name, path))
        except OSError:
            self._add(folder.name, _File(folder.name, folder.name, Unread.UNREADABLE))

    def _add(self, application_id: str, file: _File) -> None:
        self._files.setdefault(_same(application_id), []).append(file)

    def digest(self) -> str:
        """SHA-256 over the path and the bytes of every file; of what is no file, over its path."""
        whole = hashlib.sha256()
        files = (file for files in self._files.values() for file in files)
        for file in sorted(files, key=lambda f: os.fsencode(f.path)):
            path = os.fsencode(file.path)
            whole.update(len(path).to_bytes(8, "big") + path + self._file_digest(file))
        return whole.hexdigest()

    def _file_digest(self, file: _File) -> bytes:
        if file.refused:
            return file.refused.encode()
        try:
            with self._opened(file) as opened:
                return hashlib.file_digest(opened, "sha256").digest()
        except OSError:
            return Unread.UNREADABLE.encode()

    def batches(self) -> Iterator[list[Held]]:
        """All papers, some at a time."""
        batch: list[Held] = []
        for application_id in sorted(self._files):
            batch += [Held(application_id, paper) for paper in self.of(application_id)]
            if len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def gather(self, wanted: Collection[str], known: Collection[str]) -> "FolderGathered":
        """As `pipelines.papers.source.Papers.gather`; the files are read when asked for."""
        names = {_same(application_id) for application_id in known}
        return FolderGathered(self, sum(1 for each in self._files if each not in names))

    def of(self, application_id: str) -> tuple[Paper, ...]:
        """The application's papers, ordered by name."""
        return tuple(self._paper(file) for file in self._files.get(_same(application_id), ()))

    def _paper(self, file: _File) -> Paper:
        name = printable(file.name)
        limit = largest(file.path)
        if file.refused or not limit:
            return Paper(name=name, unread=file.refused or Unread.UNKNOWN_FORMAT)
        try:
            with self._opened(file) as opened:
                data = opened.read(limit + 1)
        except OSError:
            return Paper(name=name, unread=Unread.UNREADABLE)
        if len(data) > limit:
            return Paper(name=name, unread=Unread.TOO_LARGE)
        return paper_of(file.path, data, self._read_pdf).model_copy(update={"name": name})

    def _read_pdf(self, name: str, data: bytes) -> Paper:
        return (self._pdf or PdfText())(name, data)

    def _opened(self, file: _File) -> io.BufferedReader:
        """The file, provided that it still is a regular one."""
        descriptor = os.open(self._root / file.path, _FLAGS)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return os.fdopen(descriptor, "rb")
        os.close(descriptor)
        raise OSError(f"{file.path} is no regular file")


class FolderGathered:
    """The papers of a folder, by application."""

    def __init__(self, papers: FolderPapers, unmatched: int) -> None:
        self._papers = papers
        self.unmatched = unmatched
        self.broken = 0

    def of(self, application_id: str) -> tuple[Paper, ...]:
        """The application's papers, ordered by name."""
        return self._papers.of(application_id)

    def close(self) -> None:
        """Nothing is held open."""


def _file(entry: os.DirEntry[str], name: str, path: str) -> _File:
    if entry.is_symlink():
        return _File(name, path, Unread.LINK)
    regular = entry.is_file(follow_symlinks=False)
    return _File(name, path, None if regular else Unread.UNKNOWN_FORMAT)


def _parted(name: str) -> tuple[str, str]:
    """Application id and paper name of a file that lies beside others.

    Example:
        >>> _parted("A1__bank statement.pdf"), _parted("A1.txt")
        (('A1', 'bank statement.pdf'), ('A1', 'A1.txt'))
    """
    application_id, parts, rest = name.partition(PARTS)
    if parts and application_id and PurePath(rest).stem:
        return application_id, rest
    return PurePath(name).stem, name


def _same(application_id: str) -> str:
    # Some file systems take accents apart.
    return unicodedata.normalize("NFC", application_id)


def _ending(path: str) -> str:
    return PurePath(path).suffix.lower()
