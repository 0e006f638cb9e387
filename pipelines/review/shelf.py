"""Reports as `risk validate`, `risk compare` and `risk monitor` leave them in a folder.

Others write to that folder, so nothing in it is trusted: only plain files below it are read, none
that is reached through a link, and none that is larger than any report.
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from features.errors import DataError
from pipelines.manifest import MANIFEST, RunManifest
from pipelines.review.errors import NotFoundError
from risk.report.document import Light, Report

REPORT = "report.json"
DEEPEST, MOST_FOLDERS, LARGEST = 3, 5_000, 4 * 1024 * 1024
"""How deep below the shelf reports lie, folders that are looked at, bytes of a report."""
Trouble = Literal["", "too-large", "damaged", "newer"]
Stamp = tuple[int, int, int]
"""Inode, size and nanoseconds: what changes when a file is written anew."""


class Filed(NamedTuple):
    """A report in its folder, not yet read.

    Attributes:
        folder: Where it lies.
        place: The same below the shelf, with `/` between folders; empty for the shelf itself.
        stamp: Of its file.
    """

    folder: Path
    place: str
    stamp: Stamp

    @property
    def written(self) -> datetime:
        """When it was written, UTC."""
        return datetime.fromtimestamp(self.stamp[2] / 1e9, UTC)


class Told(NamedTuple):
    """What a list tells of a report.

    Attributes:
        kind: `validation`, `comparison` or `monitoring`; empty where it cannot be read.
        portfolio: Whose model.
        subjects: The runs it speaks of.
        light: The worst of its lights.
        red: Lights that are red.
        amber: Lights that are amber.
        trouble: Why it cannot be read; empty where it can.
    """

    kind: str = ""
    portfolio: str = ""
    subjects: tuple[str, ...] = ()
    light: Light = "none"
    red: int = 0
    amber: int = 0
    trouble: Trouble = ""


class Origin(NamedTuple):
    """What the manifest beside a report says of it; empty where there is none.

    Attributes:
        job: What made it.
        model: Digest of the model that it judges.
        runs: Digests or keys of the two that it compares.
        digest: Of the report as it was written.
    """

    job: str = ""
    model: str = ""
    runs: tuple[str, ...] = ()
    digest: str = ""


class Read(NamedTuple):
    """A report whole; None where it cannot be read.

    Attributes:
        report: The report.
        trouble: Why there is none.
        touched: Whether it is not as it was written, or nobody can tell.
    """

    report: Report | None
    trouble: Trouble
    touched: bool


@dataclass(frozen=True)
class Shelf:
    """The folder of the reports; it may not be there yet."""

    folder: Path

    def filed(self) -> tuple[Filed, ...]:
        """All reports, the newest first."""
        found = [each for each in map(self._filed, _folders(self.folder)) if each is not None]
        return tuple(sorted(found, key=lambda each: (-each.stamp[2], each.place)))

    def find(self, place: str) -> Filed:
        """The report in a folder below the shelf.

        Raises:
            NotFoundError: There is none, or the place is no way down from the shelf.
        """
        folder, names = self.folder, place.split("/") if place else []
        plain = (name not in ("", ".", "..") and name.isprintable() for name in names)
        if len(names) > DEEPEST or not all(plain):
            raise NotFoundError("there is no such report")
        for name in names:
            folder = folder / name
            if not _is_folder(folder):
                raise NotFoundError("there is no such report")
        found = self._filed(folder)
        if found is None:
            raise NotFoundError("there is no such report")
        return found

    def newest(self, model: str) -> Filed | None:
        """The newest report that judges a model, by the model's digest."""
        wanted = (each for each in self.filed() if _judges(origin(each), model))
        return next(wanted, None) if model else None

    def comparing(self, a: str, b: str) -> Filed | None:
        """The newest report that compares two runs, by their keys, whichever comes first."""
        both = ((a, b), (b, a))
        return next((each for each in self.filed() if origin(each).runs in both), None)

    def _filed(self, folder: Path) -> Filed | None:
        try:
            found = (folder / REPORT).lstat()
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        place = folder.relative_to(self.folder).as_posix()
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
        return Filed(folder, "" if place == "." else place, stamp)


def told(filed: Filed) -> Told:
    """What a list tells of a report; read once for as long as its file stays as it is."""
    return _told(filed.folder, filed.stamp)


def origin(filed: Filed) -> Origin:
    """What the manifest beside a report says."""
    try:
        found = (filed.folder / MANIFEST).lstat()
    except OSError:
        return Origin()
    return _origin(filed.folder, (found.st_ino, found.st_size, found.st_mtime_ns))


def read(filed: Filed) -> Read:
    """A report whole."""
    content = _content(filed.folder / REPORT)
    if content is None:
        return Read(None, "damaged" if filed.stamp[1] <= LARGEST else "too-large", touched=True)
    touched = origin(filed).digest != sha256(content).hexdigest()
    try:
        return Read(Report.from_json(content), "", touched)
    except ValidationError:
        return Read(None, "newer" if _is_newer(content) else "damaged", touched)


@lru_cache(maxsize=1024)
def _told(folder: Path, stamp: Stamp) -> Told:
    found = read(Filed(folder, "", stamp))
    report = found.report
    if report is None:
        return Told(trouble=found.trouble)
    lights = [light for section in report.sections for light in section.lights]
    return Told(
        kind=report.kind,
        portfolio=report.portfolio,
        subjects=report.subjects,
        light=report.light,
        red=lights.count("red"),
        amber=lights.count("amber"),
    )


@lru_cache(maxsize=4096)
def _origin(folder: Path, _stamp: Stamp) -> Origin:
    content = _content(folder / MANIFEST)
    try:
        found = RunManifest.from_json((content or b"").decode(), MANIFEST)
    except (DataError, UnicodeDecodeError, RecursionError):
        return Origin()
    written = found.outputs.get(REPORT)
    runs = tuple(found.data[side] for side in ("a", "b") if side in found.data)
    return Origin(found.job, found.model, runs, written.sha256 if written else "")


def _judges(found: Origin, model: str) -> bool:
    return found.job == "validate" and found.model == model


def _folders(shelf: Path) -> Iterator[Path]:
    """The shelf and the folders below it, nearer ones first, as many as are looked at."""
    level, left = [shelf], MOST_FOLDERS
    for depth in range(DEEPEST + 1):
        yield from level
        below: list[Path] = []
        for folder in level if depth < DEEPEST else ():
            below += _below(folder, left - len(below))
        level, left = below, left - len(below)


def _below(folder: Path, most: int) -> list[Path]:
    """Folders in a folder, without links; none whose name no address can hold."""
    try:
        with os.scandir(folder) as entries:
            plain = (e for e in entries if e.is_dir(follow_symlinks=False))
            return [folder / e.name for e in islice(plain, most) if e.name.isprintable()]
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _content(path: Path) -> bytes | None:
    """What a plain file holds; None where it is none, cannot be read, or is too large."""
    # A pipe would let us wait for ever, and a link lead elsewhere.
    how = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(path, "rb", opener=lambda name, _: os.open(name, how)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            content = file.read(LARGEST + 1)
    except OSError:
        return None
    return content if len(content) <= LARGEST else None


def _is_newer(content: bytes) -> bool:
    """Whether a newer version of this software wrote it."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return False
    version = said.get("format") if isinstance(said, dict) else None
    return isinstance(version, int) and version > 1
