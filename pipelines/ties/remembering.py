"""What is remembered of ties, from batch to batch: a folder that each batch exchanges for the next.

Where the same batch comes again, as after a kill, what it was told then is told again, and nothing
is counted twice. What stood before the last batch is kept beside the folder, so that a corrected
batch can take the last one's place.
"""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.associations.batch import Found, Key
from features.associations.columns import GROUP, fields, group, keys_of, table
from features.associations.hubs import hubs
from features.associations.state import Ties
from features.dictionary import DataDictionary
from features.errors import DataError
from features.rendering import entries
from pipelines import disk
from pipelines.config import RunConfig
from pipelines.job import Advance, Reporter
from pipelines.manifest import MANIFEST, OutputFile, RunManifest, verify
from pipelines.rundir import Committed, RunDirectory, clear
from pipelines.sources import Source
from pipelines.ties.batch import Batch, read_batch
from pipelines.ties.outcomes import read_outcomes
from pipelines.ties.storing import read, write

JOB = "ties"
STATE, TOLD, SECRET = "state", "told.parquet", "secret"
FIELDS, HUBS = "columns.toml", "hubs.csv"
NIGHT = "night"
"""Where the manifest says whose night's the last batch was."""
_GROUP = 100_000
"""Rows of what was told that are read at once."""


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is told its ties.

    Attributes:
        state: Folder of what is remembered; made where it is missing.
        outcomes: What became known of applications since; None for nothing.
        until: The last day of which applications may come; what is dated later is a slip.
        replace: Whether the batch takes the place of the last one.
        night: The business date of the night whose applications these are; None for no night's.
        pause: Called now and then, until what is remembered is exchanged; may raise to stop here.
    """

    state: Path
    outcomes: Source | None = None
    until: date = field(default_factory=lambda: date.today() + timedelta(days=1))
    replace: bool = False
    night: date | None = None
    pause: Callable[[], None] = lambda: None


class _Base(NamedTuple):
    """What a batch goes on from.

    Attributes:
        folder: Where it lies; None for nothing.
        manifest: That of the folder.
        last: Whether the last batch stands after it, whose place is taken.
    """

    folder: Path | None
    manifest: RunManifest | None
    last: bool = False


def tell(
    settings: RunConfig,
    dictionary: DataDictionary,
    source: Source,
    options: BatchOptions,
    reporter: Reporter,
) -> Committed:
    """Tell a batch its ties and remember it; `TOLD` in the folder holds them by row number.

    To be called under the folder's lock, which is held for as long as `TOLD` is read.

    Raises:
        DataError: A file cannot be read, what is remembered belongs to other keys, or nothing is
            kept that the batch could go on from in the last one's place.
    """
    standing = standing_state(options.state)
    manifest = _manifest(dictionary, source, options, standing)
    if standing is not None and _same(manifest, standing):
        clear(options.state)
        return Committed(options.state, standing, "unchanged")
    base = _Base(options.state if standing else None, standing)
    if standing is not None and options.replace:
        base = _before(options.state, standing)
        manifest = _manifest(dictionary, source, options, base.manifest)
    return _advance(settings, dictionary, source, options, base, manifest, reporter)


def kept(state: Path) -> Path:
    """Where what stood before the last batch is kept."""
    return state.with_name(f"{state.name}-before")


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


def _manifest(
    dictionary: DataDictionary,
    source: Source,
    options: BatchOptions,
    standing: RunManifest | None,
) -> RunManifest:
    keys = [[key.name, key.kind, key.most, key.guarantor] for key in keys_of(dictionary)]
    if standing is not None and standing.config["keys"] != keys:
        raise DataError(
            f"{options.state} was built with other keys than dictionary.toml has now; put the "
            "keys back, or build the ties anew in another folder"
        )
    data = {"applications": source.digest(options.pause)}
    if options.outcomes is not None:
        data["outcomes"] = options.outcomes.digest()
    if standing is not None:
        data["before"] = standing.key()
    night = {} if options.night is None else {NIGHT: options.night.isoformat()}
    return RunManifest.of(JOB, data=data, config={"keys": keys, **night})


def _same(manifest: RunManifest, standing: RunManifest) -> bool:
    """Whether the last batch is this one."""
    asked, last = ({**each.data, "before": ""} for each in (manifest, standing))
    return asked == last


def _before(state: Path, standing: RunManifest) -> _Base:
    """What the last batch went on from.

    Raises:
        DataError: It is not kept.
    """
    asked, place = standing.data.get("before"), kept(state)
    if asked is None:
        return _Base(None, None, last=True)
    before = standing_state(place)
    if before is None or before.key() != asked:
        raise DataError(
            f"{place} does not hold what stood before the last batch, so the batch cannot be "
            "replaced; build the ties anew in another folder"
        )
    return _Base(place, before, last=True)


def _keep(state: Path) -> None:
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


def _digests(base: _Base, linked: list[str]) -> dict[str, OutputFile]:
    """Digests of files that were linked: the manifest has them, and they were just verified."""
    outputs = base.manifest.outputs if base.manifest else {}
    return {name: outputs[name] for name in (f"{STATE}/{each}" for each in linked)}


def _advance(
    settings: RunConfig,
    dictionary: DataDictionary,
    source: Source,
    options: BatchOptions,
    base: _Base,
    manifest: RunManifest,
    reporter: Reporter,
) -> Committed:
    """Go on from a folder by a batch, and exchange what is remembered."""
    keys = keys_of(dictionary)
    with RunDirectory(options.state, manifest.key(), replace=True) as directory:
        secret, ties = _remembered(options.state, base, keys)
        with reporter.step("step.read", source.rows or 0) as advance:
            heedful = _heedful(advance, options.pause)
            batch = read_batch(source, dictionary, options.until, secret, heedful)
        if base.last:
            last = read(keys, options.state / STATE)
            _check_place(source, batch.arrivals.ids, ties, last)
        outcomes = read_outcomes(options.outcomes, batch, dictionary, settings.samples, secret)
        with reporter.step("step.tie"):
            after, found = ties.after(batch.arrivals, *outcomes, settings.ties.alarms)
        _write_told(directory.path(TOLD), found, keys, batch.rows, options.pause)
        disk.write(directory.path(SECRET), secret, mode=0o600)
        stage = directory.path(STATE)
        # Where nothing is gone on from, there is nothing to link to: no file lies in the stage yet.
        linked = write(after, stage, ties, base.folder / STATE if base.folder else stage)
        large = hubs(after)
        large.to_csv(directory.path(HUBS), index=False)
        directory.path(FIELDS).write_text(
            entries({GROUP: group()}, fields(keys, dictionary)), "utf-8"
        )
        counts = _counts(batch, large)
        counts |= {
            "belated": int((found.late & ~found.repeated).sum()),
            "repeated": int(found.repeated.sum()),
            "tied": int((found.seen.size > 0).sum()),
            "strangers": found.strangers,
        }
        options.pause()
        if not base.last:
            _keep(options.state)
        return directory.commit(manifest, counts, _digests(base, linked))


def _heedful(advance: Advance, pause: Callable[[], None]) -> Advance:
    """What is told of each stretch that is read, and may stop there."""

    def told(done: int, total: int) -> None:
        advance(done, total)
        pause()

    return told


def _check_place(source: Source, ids: NDArray[np.uint64], before: Ties, last: Ties) -> None:
    """Refuse a batch in the place of the last one that has none of its applications.

    Somebody who repeats a batch that never ended would else take away the one before it.
    """
    if not (last.knows(ids) & ~before.knows(ids)).any():
        raise DataError(
            f"{source.name} holds no application of the last batch that was tied, so it cannot "
            "take its place; leave out --replace to go on from that batch"
        )


def _write_told(
    place: Path,
    found: Found,
    keys: tuple[Key, ...],
    rows: NDArray[np.int64],
    pause: Callable[[], None],
) -> None:
    """Write what a batch was told, some rows at a time: as a whole it would fill the memory."""
    writer: pq.ParquetWriter | None = None
    for start in range(0, max(len(rows), 1), _GROUP):
        pause()
        some = slice(start, start + _GROUP)
        told = table(found.of_rows(some), keys).assign(row=rows[some])
        made = pa.Table.from_pandas(told, preserve_index=False).replace_schema_metadata(None)
        writer = writer or pq.ParquetWriter(place, made.schema)
        writer.write_table(made)
    if writer is not None:
        writer.close()


def _remembered(state: Path, base: _Base, keys: tuple[Key, ...]) -> tuple[bytes, Ties]:
    """The bank's secret, which stays for good, and what is gone on from."""
    stands = (state / MANIFEST).exists()
    secret = (state / SECRET).read_bytes() if stands else secrets.token_bytes(32)
    return secret, read(keys, base.folder / STATE) if base.folder else Ties.none(keys)


def _counts(batch: Batch, large: pd.DataFrame) -> dict[str, int]:
    undated = batch.read - len(batch.rows) - batch.ahead
    return {"rows": batch.read, "undated": undated, "ahead": batch.ahead, "hubs": len(large)}
