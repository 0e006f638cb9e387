"""The directory of a run: seen whole or not at all, however the run ends.

A run is written into a hidden sibling of its directory and renamed onto it when it is done.
Writing tables belongs to `pipelines.sinks`, what was written from what to `pipelines.manifest`.
"""

import errno
import logging
import os
import secrets
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Literal, NamedTuple, Self

from features.errors import DataError
from pipelines.manifest import MANIFEST, RunManifest, described, verify

logger = logging.getLogger(__name__)

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)
# How old an unlocked stage must be: its maker may not have locked it yet.
_YOUNG_S = 60.0


class Committed(NamedTuple):
    """What became of a run.

    Attributes:
        path: Its directory.
        manifest: Its manifest, outputs included.
        state: `new`; `unchanged`, where the same run already stood there and was left as it
            was; `replaced`, where another run stood there.
    """

    path: Path
    manifest: RunManifest
    state: Literal["new", "unchanged", "replaced"]


class RunDirectory:
    """Writes one run, as a context manager; without `commit`, nothing is left of it.

    Args:
        target: Directory of the run; its parent is made where it is missing.
        replace: Whether another finished run under `target` gives way. A directory that holds
            anything else is never touched.
        renew: Whether the same run gives way too, as where it left something pending.

    Raises:
        DataError: `target` is taken, the disk is full, or the folder cannot be written to.
    """

    def __init__(self, target: Path, *, replace: bool = False, renew: bool = False) -> None:
        # A symbolic link is followed once, here, so that the rename replaces what it points to.
        self.target = target.resolve()
        self.replace = replace
        self.renew = renew
        self.committed: Committed | None = None
        self._stage = self.target.parent / _hidden(self.target.name, "partial")
        self._lock: int | None = None

    def __enter__(self) -> Self:
        _refuse_foreign(self.target)
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            clean_up(self.target)
            self._stage.mkdir()
            self._lock = _locked(self._stage)
        except OSError as error:
            raise _explained(error, self.target) from error
        except BaseException:
            # Interrupted between the stage and the block it is for: no `__exit__` will follow.
            shutil.rmtree(self._stage, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._stage, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise _explained(error, self.target) from error

    def path(self, name: str) -> Path:
        """Where to write a file of the run; folders above it are made.

        Raises:
            DataError: `name` leads out of the run, or is the manifest's.
        """
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/") or name == MANIFEST:
            raise DataError(f'"{name}" cannot name a file of a run; give a relative path')
        place = self._stage.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def commit(
        self,
        manifest: RunManifest,
        counts: Mapping[str, int] | None = None,
        rows: Mapping[str, int] | None = None,
    ) -> Committed:
        """Make the run appear under its directory, all at once.

        Args:
            manifest: What the run was made from.
            counts: Rows by what became of them.
            rows: Rows of each file; for Parquet and CSV counted where not given.

        Raises:
            DataError: A different run stands there, or the disk is full.
        """
        files = described(self._stage, rows or {})
        finished = manifest.with_outputs(files, counts or {})
        try:
            (self._stage / MANIFEST).write_text(finished.to_json(), "utf-8")
            _sync(self._stage)
            self.committed = self._put(finished)
        except OSError as error:
            raise _explained(error, self.target) from error
        logger.info("run %s: %s", finished.key(), self.committed.state)
        return self.committed

    def _put(self, manifest: RunManifest) -> Committed:
        try:
            return self._place(manifest)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
            # Another run was delivered since we looked; it may be the same one.
            return self._place(manifest)

    def _place(self, manifest: RunManifest) -> Committed:
        standing = standing_run(self.target, manifest.key(), replace=self.replace)
        if standing is not None and not (self.renew and standing.outputs != manifest.outputs):
            if standing.outputs != manifest.outputs:
                logger.warning(
                    "run %s gave other bytes than before; the first ones stay", manifest.key()
                )
            return Committed(self.target, standing, "unchanged")
        away = self.target.parent / _hidden(self.target.name, "old")
        # A run delivered since we looked gives way only if it may: the rename fails on it.
        may = self.replace or self.renew
        replaced = may and self.target.exists() and any(self.target.iterdir())
        if replaced:
            self.target.rename(away)
        try:
            self._stage.rename(self.target)
        except OSError:
            if away.exists() and not self.target.exists():
                away.rename(self.target)
            raise
        _sync_one(self.target.parent)
        shutil.rmtree(away, ignore_errors=True)
        return Committed(self.target, manifest, "replaced" if replaced else "new")


def standing_run(target: Path, key: str, *, replace: bool = False) -> RunManifest | None:
    """The finished run under `target` if it is the one with this key and whole; else None.

    Ask before the work to spare it: a run that stands need not be made again.

    Raises:
        DataError: Something else stands there; with `replace`, only if it is no run.
    """
    _refuse_foreign(target)
    if not target.exists() or not any(target.iterdir()):
        return None
    try:
        standing = RunManifest.read(target)
        same = standing.key() == key
        problems = verify(target) if same else []
    except DataError:
        standing, same, problems = None, False, []
    if same and not problems:
        return standing
    if replace:
        return None
    if same:
        files = ", ".join(f"{p.file} {p.kind}" for p in problems[:5])
        raise DataError(
            f"{target} holds this run, but not as it was written ({files}); "
            "give another directory, or --replace it"
        )
    raise DataError(
        f"{target} holds another run, made from other inputs; "
        "give another directory, or --replace it"
    )


def clean_up(target: Path) -> None:
    """Remove what runs into `target` left behind when they were killed."""
    for stage in target.parent.glob(f".{_escaped(target.name)}.*.partial"):
        if _abandoned(stage):
            logger.info("removing %s, left by a run that was killed", stage)
            shutil.rmtree(stage, ignore_errors=True)
    for old in target.parent.glob(f".{_escaped(target.name)}.*.old"):
        if not target.exists():
            # The replacing run was killed between its two renames.
            old.rename(target)
        elif _abandoned(old):
            shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    """Refuse a target that is no run: nothing that a run did not write is ever removed."""
    for place in (target, *target.parents):
        if place.exists() and not place.is_dir():
            raise DataError(f"{place} is a file; give a directory for the run")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise DataError(f"{target} holds files that are no run; give a new or empty directory")


def _hidden(name: str, ending: str) -> str:
    return f".{name}.{secrets.token_hex(8)}.{ending}"


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _locked(folder: Path) -> int | None:
    """Hold a lock on a directory for as long as this process lives; None where none can be had.

    A lock and not a process number: numbers are reused, and differ between containers that
    share a disk.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _abandoned(folder: Path) -> bool:
    """Whether nobody is writing into a stage any more."""
    try:
        if any(folder.iterdir()) or time.time() - folder.stat().st_mtime > _YOUNG_S:
            handle = _locked(folder)
            if handle is not None:
                os.close(handle)
                return True
    except OSError:
        pass
    return False


def _sync(folder: Path) -> None:
    """Have everything below a directory on the disk before it is renamed."""
    for place in sorted(folder.rglob("*"), reverse=True):
        _sync_one(place)
    _sync_one(folder)


def _sync_one(place: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explained(error: OSError, target: Path) -> DataError:
    """What a failed write means to the person who ran it."""
    disk = _existing(target.parent)
    if error.errno in _FULL:
        free = shutil.disk_usage(disk).free
        return DataError(
            f"the disk of {disk} is full or its quota used up ({free / 1e6:.0f} MB free); make "
            "room, or give a directory on another disk; nothing was written"
        )
    if error.errno in _TAKEN:
        return DataError(f"another run was delivered to {target} meanwhile; compare the two")
    return DataError(
        f"{target} cannot be written: {error.strerror or error}; check its permissions"
    )


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)
