"""A folder of files as papers: a sub-folder an application, or files that begin with its id.

Only what the listing of the folder gave is ever opened, no link is followed, and nothing but
regular files is read, so that no id and no file name leads out of the folder.
"""

import hashlib
import os
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath

from features.errors import DataError
from pipelines.papers.files import PaperFile, entries, file_of, opened, paper
from pipelines.papers.readers import Readers
from pipelines.papers.source import BATCH, Held
from risk.papers import Paper, Unread

PARTS = "__"


class FolderPapers:
    """A folder of papers; the names in it are listed once, the files are read when asked for.

    Raises:
        DataError: The folder cannot be read, or a library that its files need is not installed.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._root = path
        self._files: dict[str, list[PaperFile]] = {}
        try:
            self._list()
        except OSError as error:
            raise DataError(f"{path} cannot be read; check its permissions ({error})") from error
        for files in self._files.values():
            files.sort(key=lambda file: (file.name, file.path))
        self._readers = Readers(f.path for files in self._files.values() for f in files)

    def _list(self) -> None:
        for entry in entries(self._root):
            if entry.is_dir(follow_symlinks=False):
                self._list_application(entry)
            else:
                application_id, name = _parted(entry.name)
                self._add(application_id, file_of(entry, name, entry.name))

    def _list_application(self, folder: os.DirEntry[str]) -> None:
        try:
            for entry in entries(folder.path):
                path = f"{folder.name}/{entry.name}"
                self._add(folder.name, file_of(entry, entry.name, path))
        except OSError:
            self._add(folder.name, PaperFile(folder.name, folder.name, Unread.UNREADABLE))

    def _add(self, application_id: str, file: PaperFile) -> None:
        self._files.setdefault(_same(application_id), []).append(file)

    def digest(self) -> str:
        """SHA-256 over the path and the bytes of every file; of what is no file, over its path."""
        whole = hashlib.sha256()
        files = (file for files in self._files.values() for file in files)
        for file in sorted(files, key=lambda f: os.fsencode(f.path)):
            path = os.fsencode(file.path)
            whole.update(len(path).to_bytes(8, "big") + path + self._file_digest(file))
        return whole.hexdigest()

    def _file_digest(self, file: PaperFile) -> bytes:
        if file.refused:
            return file.refused.encode()
        try:
            with opened(self._root, file) as content:
                return hashlib.file_digest(content, "sha256").digest()
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
        files = self._files.get(_same(application_id), ())
        return tuple(paper(self._root, file, self._readers) for file in files)


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
