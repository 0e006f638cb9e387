"""The directory of a run: seen whole or not at all, however the run ends.

A run is written into a hidden sibling of its directory and renamed onto it when it is done. One
job at a time works on a directory (`pipelines.locking`). Which parts of a run are finished is
`pipelines.ledger`; what was written from what, `pipelines.manifest`.
"""

import logging
import secrets
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Literal, NamedTuple, Self

from features.errors import DataError
from pipelines import disk
from pipelines.locking import held
from pipelines.manifest import MANIFEST, OutputFile, RunManifest, described, verify

logger = logging.getLogger(__name__)

_KEY_SHOWN = 16


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
    """Writes one run, as a context manager; without `commit`, nothing of it is seen.

    Args:
        target: Directory of the run; its parent is made where it is missing.
        key: The run's key; what an earlier start of the same run finished is found by it.
        replace: Whether another finished run under `target` gives way. A directory that holds
            anything else is never touched.
        renew: Whether the same run gives way too, as where it left something pending.
        keep: Folder of `work` that says what is finished; while it holds anything, unfinished work
            stays for the next start of the same run.

    Attributes:
        root: The stage: `run` below it is what will be delivered, `work` what the run needs and
            does not deliver.

    Raises:
        DataError: `target` is taken, the disk is full, or the folder cannot be written to.
        LockedError: Another job works on `target`.
    """

    def __init__(
        self,
        target: Path,
        key: str,
        *,
        replace: bool = False,
        renew: bool = False,
        keep: str = "",
    ) -> None:
        # A symbolic link is followed once, here, so that the rename replaces what it points to.
        self.target = target.resolve()
        self.replace, self.renew, self.keep = replace, renew, keep
        self.committed: Committed | None = None
        self.root = self.target.parent / f".{self.target.name}.{key[:_KEY_SHOWN]}.partial"
        self._run, self._work = self.root / "run", self.root / "work"
        self._lock = ExitStack()

    def __enter__(self) -> Self:
        refuse_foreign(self.target)
        try:
            self._lock.enter_context(held(self.target))
            clean_up(self.target, self.root if self.keep else None)
            for folder in (self._run, self._work):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._lock.close()
            raise disk.explained(error, self.target) from error
        except BaseException:
            # Interrupted between the stage and the block it is for: no `__exit__` will follow.
            self._lock.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        finished = bool(self.keep) and any((self._work / self.keep).glob("*"))
        stays = finished and self.committed is None
        if not stays:
            shutil.rmtree(self.root, ignore_errors=True)
        self._lock.close()
        if isinstance(error, OSError) and error.errno in disk.FULL:
            left = "what was finished is kept" if stays else disk.LEFT
            raise disk.explained(error, self.target, left) from error

    def path(self, name: str) -> Path:
        """Where to write a file of the run; folders above it are made.

        Raises:
            DataError: `name` leads out of the run, or is the manifest's.
        """
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/") or name == MANIFEST:
            raise DataError(f'"{name}" cannot name a file of a run; give a relative path')
        place = self._run.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def commit(
        self,
        manifest: RunManifest,
        counts: Mapping[str, int] | None = None,
        known: Mapping[str, OutputFile] | None = None,
    ) -> Committed:
        """Make the run appear under its directory, all at once.

        Args:
            manifest: What the run was made from.
            counts: Rows by what became of them.
            known: Files whose digests are known already; the others are read once more.

        Raises:
            DataError: A different run stands there, or the disk is full.
        """
        try:
            finished = manifest.with_outputs(described(self._run, known or {}), counts or {})
            disk.write(self._run / MANIFEST, finished.to_json().encode())
            disk.sync_below(self._run)
            self.committed = self._place(finished)
        except OSError as error:
            raise disk.explained(error, self.target) from error
        logger.info("run %s: %s", finished.key(), self.committed.state)
        return self.committed

    def _place(self, manifest: RunManifest) -> Committed:
        standing = standing_run(self.target, manifest.key(), replace=self.replace)
        if standing is not None and not (self.renew and standing.outputs != manifest.outputs):
            if standing.outputs != manifest.outputs:
                logger.warning(
                    "run %s gave other bytes than before; the first ones stay", manifest.key()
                )
            return Committed(self.target, standing, "unchanged")
        replaced = self.target.exists() and any(self.target.iterdir())
        if not replaced:
            self._run.rename(self.target)
        elif not disk.exchange(self._run, self.target):
            self._replace()
        disk.sync(self.target.parent)
        return Committed(self.target, manifest, "replaced" if replaced else "new")

    def _replace(self) -> None:
        """Replace a run in two steps; where the second is not come to, `clean_up` undoes the first.

        For file systems that cannot exchange two folders: nothing stands there in between.
        """
        away = self.target.parent / f".{self.target.name}.{secrets.token_hex(8)}.old"
        self.target.rename(away)
        try:
            self._run.rename(self.target)
        except OSError:
            away.rename(self.target)
            raise
        disk.sync(self.target.parent)
        shutil.rmtree(away, ignore_errors=True)


def standing_run(target: Path, key: str, *, replace: bool = False) -> RunManifest | None:
    """The finished run under `target` if it is the one with this key and whole; else None.

    Ask before the work to spare it: a run that stands need not be made again.

    Raises:
        DataError: Something else stands there; with `replace`, only if it is no run.
    """
    refuse_foreign(target)
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


def clear(target: Path) -> None:
    """Remove what killed runs left beside a run that stands, and that nobody will take up.

    Raises:
        LockedError: Another job works on `target`.
    """
    with held(target):
        clean_up(target.resolve())


def clean_up(target: Path, kept: Path | None = None) -> None:
    """Remove what runs into `target` left behind when they were killed; its lock must be held.

    Args:
        target: Directory of the run.
        kept: The stage that is to be taken up again.
    """
    for stage in target.parent.glob(f".{_escaped(target.name)}.*.partial"):
        if stage != kept:
            logger.info("removing %s, left by a run that did not end", stage)
            shutil.rmtree(stage, ignore_errors=True)
    for old in target.parent.glob(f".{_escaped(target.name)}.*.old"):
        if not target.exists():
            # The replacing run was killed between its two renames.
            old.rename(target)
        else:
            shutil.rmtree(old, ignore_errors=True)


def refuse_foreign(target: Path) -> None:
    """Refuse a target that is no run: nothing that a run did not write is ever removed.

    Raises:
        DataError: Naming what stands there.
    """
    for place in (target, *target.parents):
        if place.exists() and not place.is_dir():
            raise DataError(f"{place} is a file; give a directory for the run")
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise DataError(f"{target} holds files that are no run; give a new or empty directory")


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
