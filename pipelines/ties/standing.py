"""What a batch of applications goes on from: what is remembered, or what stood before the last one.

What stood before the last batch is kept beside the folder, so that a corrected batch can take the
last one's place.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from features.errors import DataError
from pipelines import disk
from pipelines.manifest import MANIFEST, RunManifest, verify
from pipelines.rundir import clear

JOB = "ties"
BEFORE = "before"
"""Where the manifest names what the last batch went on from ..."""
NIGHT = "night"
"""... and says whose night the last batch was."""


class Base(NamedTuple):
    """What a batch goes on from.

    Attributes:
        folder: Where it lies; None for nothing.
        manifest: That of the folder.
        last: Manifest of the last batch, where its place is taken.
    """

    folder: Path | None
    manifest: RunManifest | None
    last: RunManifest | None = None


def kept(state: Path) -> Path:
    """Where what stood before the last batch is kept."""
    return state.with_name(f"{state.name}-before")


def refuse_lost(state: Path) -> None:
    """Refuse to begin anew where what is remembered was lost.

    To be called under the folder's lock.

    Raises:
        DataError: Nothing stands there, but what stood before its last batch does.
    """
    clear(state)
    place = kept(state)
    if (state / MANIFEST).exists() or not (place / MANIFEST).exists():
        return
    raise DataError(
        f"{state} is missing, while {place} holds what stood before its last batch; put {state} "
        f"back from a copy, or rename {place} to {state} and tie that batch again; to forget all "
        f"ties and begin anew, remove {place}"
    )


def standing_state(state: Path) -> RunManifest | None:
    """What is remembered so far; None for nothing.

    Raises:
        DataError: Something else stands there, or it is not as it was written.
    """
    if not (state / MANIFEST).exists():
        return None
    standing = RunManifest.read(state)
    if standing.job != JOB:
        raise DataError(f"{state} holds a run of another job; give the ties a folder of their own")
    if problems := verify(state):
        files = ", ".join(f"{each.file} {each.kind}" for each in problems[:5])
        raise DataError(
            f"{state} is not as it was written ({files}); put back a copy of it, or build the ties "
            "anew in another folder"
        )
    return standing


def before_last(state: Path, standing: RunManifest) -> Base:
    """What the last batch went on from.

    Raises:
        DataError: It is not kept.
    """
    asked, place = standing.data.get(BEFORE), kept(state)
    if asked is None:
        return Base(None, None, last=standing)
    before = standing_state(place)
    if before is None or before.key() != asked:
        raise DataError(
            f"{place} does not hold what stood before the last batch, so the batch cannot be "
            "replaced; build the ties anew in another folder"
        )
    return Base(place, before, last=standing)


def keep(state: Path) -> None:
    """Keep what stands, by links to the same files: nothing is copied where that is possible."""
    if not (state / MANIFEST).exists():
        return
    place = kept(state)
    fresh = place.with_name(f".{place.name}.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(state, fresh, copy_function=disk.link)
    disk.sync_below(fresh)
    if not place.exists() or not disk.exchange(fresh, place):
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
    disk.sync(place.parent)
    shutil.rmtree(fresh, ignore_errors=True)


def brought(batch: RunManifest) -> bool:
    """Whether a batch brought an application that had not come before."""
    counts = batch.counts
    return counts["rows"] > counts["undated"] + counts["ahead"] + counts["repeated"]
