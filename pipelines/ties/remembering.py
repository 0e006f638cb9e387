"""What is remembered of ties, from batch to batch: a folder that each batch exchanges for the next.

Where the same batch comes again, as after a kill, what it was told then is told again, and nothing
is counted twice.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

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
from pipelines.manifest import MANIFEST, OutputFile, RunManifest
from pipelines.rundir import Committed, RunDirectory, clear
from pipelines.sources import Source
from pipelines.ties.batch import Batch, read_batch
from pipelines.ties.outcomes import read_outcomes
from pipelines.ties.standing import (
    BEFORE,
    JOB,
    NIGHT,
    Base,
    before_last,
    brought,
    keep,
    refuse_lost,
    standing_state,
)
from pipelines.ties.storing import read, write

STATE, TOLD, SECRET = "state", "told.parquet", "secret"
FIELDS, HUBS = "columns.toml", "hubs.csv"
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
        DataError: A file cannot be read, what is remembered was lost or belongs to other keys, all
            applications came before, or the batch cannot take the last one's place.
    """
    refuse_lost(options.state)
    standing = standing_state(options.state)
    base = Base(options.state if standing else None, standing)
    manifest = _manifest(dictionary, source, options, base)
    if standing is not None and _same(manifest, standing):
        clear(options.state)
        return Committed(options.state, standing, "unchanged")
    if standing is not None and options.replace:
        base = before_last(options.state, standing)
    return _advance(settings, dictionary, source, options, base, reporter)


def _manifest(
    dictionary: DataDictionary,
    source: Source,
    options: BatchOptions,
    base: Base,
    *,
    passing: bool = False,
) -> RunManifest:
    """What the batch is remembered from; one in passing leaves who was last before it."""
    standing = base.manifest
    keys = [[key.name, key.kind, key.most, key.guarantor] for key in keys_of(dictionary)]
    if standing is not None and standing.config["keys"] != keys:
        raise DataError(
            f"{options.state} was built with other keys than dictionary.toml has now; put the "
            "keys back, or build the ties anew in another folder"
        )
    data = {"applications": source.digest(options.pause)}
    if options.outcomes is not None:
        data["outcomes"] = options.outcomes.digest()
    night = {} if options.night is None else {NIGHT: options.night.isoformat()}
    if standing is not None and passing:
        data |= {name: key for name, key in standing.data.items() if name == BEFORE}
        night = {name: str(day) for name, day in standing.config.items() if name == NIGHT}
    elif standing is not None:
        data[BEFORE] = standing.key()
    return RunManifest.of(JOB, data=data, config={"keys": keys, **night})


def _same(manifest: RunManifest, standing: RunManifest) -> bool:
    """Whether the last batch is this one."""
    asked, last = ({**each.data, BEFORE: ""} for each in (manifest, standing))
    return asked == last


def _digests(base: Base, linked: list[str]) -> dict[str, OutputFile]:
    """Digests of files that were linked: the manifest has them, and they were just verified."""
    outputs = base.manifest.outputs if base.manifest else {}
    return {name: outputs[name] for name in (f"{STATE}/{each}" for each in linked)}


def _advance(
    settings: RunConfig,
    dictionary: DataDictionary,
    source: Source,
    options: BatchOptions,
    base: Base,
    reporter: Reporter,
) -> Committed:
    """Go on from a folder by a batch, and exchange what is remembered."""
    keys = keys_of(dictionary)
    key = _manifest(dictionary, source, options, base).key()
    with RunDirectory(options.state, key, replace=True) as directory:
        secret = _secret(options.state)
        with reporter.step("step.read", source.rows or 0) as advance:
            heedful = _heedful(advance, options.pause)
            batch = read_batch(source, dictionary, options.until, secret, heedful)
        base = _placed(source, batch, options, base, keys)
        ties = _remembered(base, keys)
        outcomes = read_outcomes(options.outcomes, batch, dictionary, settings.samples, secret)
        with reporter.step("step.tie"):
            after, found = ties.after(batch.arrivals, *outcomes, settings.ties.alarms)
        _refuse_known(source, found)
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
        passing = _passing(batch, options, base)
        manifest = _manifest(dictionary, source, options, base, passing=passing)
        if not base.last and not passing:
            keep(options.state)
        return directory.commit(manifest, counts, _digests(base, linked))


def _heedful(advance: Advance, pause: Callable[[], None]) -> Advance:
    """What is told of each stretch that is read, and may stop there."""

    def told(done: int, total: int) -> None:
        advance(done, total)
        pause()

    return told


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


def _secret(state: Path) -> bytes:
    """The bank's secret, which stays for good."""
    stands = (state / MANIFEST).exists()
    return (state / SECRET).read_bytes() if stands else secrets.token_bytes(32)


def _remembered(base: Base, keys: tuple[Key, ...]) -> Ties:
    return read(keys, base.folder / STATE) if base.folder else Ties.none(keys)


def _placed(
    source: Source, batch: Batch, options: BatchOptions, base: Base, keys: tuple[Key, ...]
) -> Base:
    """What a batch goes on from, once it is known whether it can take the last one's place.

    Raises:
        DataError: It has none of the last one's applications: somebody who repeats a batch that
            never ended would else take away the one before it.
    """
    last = base.last
    if last is None or (options.night and last.config.get(NIGHT) == options.night.isoformat()):
        return base
    ids, there = batch.arrivals.ids, read(keys, options.state / STATE).knows(batch.arrivals.ids)
    if (there & ~_remembered(base, keys).knows(ids)).any():
        return base
    if brought(last):
        raise DataError(
            f"{source.name} holds no application of the last batch that was tied, so it cannot "
            "take its place; leave out --replace to go on from that batch"
        )
    if there.any():
        raise DataError(
            f"{source.name} holds applications that were tied before the last batch, which brought "
            "none, so it cannot take their place; leave out --replace to go on and tell them no "
            "ties, or build the ties anew in another folder, from the corrected tables in order"
        )
    # Nothing came that had to give way.
    return Base(options.state, last)


def _refuse_known(source: Source, found: Found) -> None:
    """Refuse a batch that would be told nothing, and whose table may be a good one's place."""
    if len(found.repeated) and found.repeated.all():
        raise DataError(
            f"all applications of {source.name} were tied before, so they would be told no ties; "
            "put back what was written then from a copy, or build the ties anew in another folder"
        )


def _passing(batch: Batch, options: BatchOptions, base: Base) -> bool:
    """Whether a batch brings nothing that anybody would replace, or miss where it gives way.

    What a night tells besides, the next night tells again.
    """
    told = options.outcomes is not None and options.night is None
    return not len(batch.arrivals.ids) and not told and base.last is None


def _counts(batch: Batch, large: pd.DataFrame) -> dict[str, int]:
    undated = batch.read - len(batch.rows) - batch.ahead
    return {"rows": batch.read, "undated": undated, "ahead": batch.ahead, "hubs": len(large)}
