"""`risk ties`: applications with what they share with earlier ones, as columns of their own.

What is remembered lies in a folder that each batch exchanges for the next one. Where the same batch
comes again, as after a kill, what it was told then is told again, and nothing is counted twice.
"""

import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from features.associations.batch import Key
from features.associations.columns import GROUP, fields, group, keys_of, table
from features.associations.hubs import hubs
from features.associations.state import Ties
from features.dictionary import DataDictionary
from features.errors import DataError
from features.language import Language, catalogue
from features.rendering import entries
from pipelines import disk
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.locking import held
from pipelines.manifest import MANIFEST, RunManifest, verify
from pipelines.rundir import Committed, RunDirectory
from pipelines.sources import Source
from pipelines.ties.batch import Batch, id_and_date, read_batch
from pipelines.ties.outcomes import read_outcomes
from pipelines.ties.storing import read, write
from pipelines.ties.widened import FORMS, write_widened

JOB = "ties"
STATE, TOLD, SECRET = "state", "told.parquet", "secret"
FIELDS, HUBS = "columns.toml", "hubs.csv"


@dataclass(frozen=True)
class TiesOptions:
    """What the command line says.

    Attributes:
        state: Folder of what is remembered; made where it is missing.
        output: The applications with their columns, `.csv` or `.parquet`.
        outcomes: What became known of applications since; None for nothing.
        until: The last day of which applications may come; what is dated later is a slip.
    """

    state: Path
    output: Path
    outcomes: Source | None = None
    until: date = field(default_factory=lambda: date.today() + timedelta(days=1))


def run(settings: RunConfig, source: Source, options: TiesOptions, reporter: Reporter) -> JobResult:
    """Tell a batch of applications its ties, remember them, and write the batch with its columns.

    Raises:
        ConfigError: The dictionary names no key, id or date, or the output is no table's name.
        DataError: A file cannot be read, or what is remembered belongs to other keys.
        LockedError: Another job works on the folder.
    """
    dictionary = settings.read_dictionary()
    _check(dictionary, source, options.output)
    with held(options.state):
        standing = _standing(options.state)
        manifest = _manifest(dictionary, source, options, standing)
        committed = _again(standing, manifest, options.state)
        if committed is None:
            committed = _advance(settings, source, options, manifest, reporter)
        told = pd.read_parquet(committed.path / TOLD).set_index("row")
    with reporter.step("step.write-table", source.rows or 0) as advance:
        known_by = id_and_date(dictionary)
        written = write_widened(source, told, known_by, options.output, advance)
    counts = {**committed.manifest.counts, "rejected": written.broken, "alarms": written.raised}
    found = {"output": options.output, "state": options.state, "columns": committed.path / FIELDS}
    if written.broken:
        found["rejects"] = written.rejects
    if written.raised:
        found["alarms"] = written.alarms
    return JobResult(
        JOB,
        run_key=committed.manifest.key(),
        counts={name: count for name, count in counts.items() if count or name == "rows"},
        files={name: str(path) for name, path in found.items()},
        notes=_notes(settings.language, dictionary, found),
    )


def _notes(
    language: Language, dictionary: DataDictionary, files: dict[str, Path]
) -> tuple[str, ...]:
    """How a model comes to use the columns, while the dictionary does not know them."""
    made = {field.name for field in fields(keys_of(dictionary))}
    if made & {field.name for field in dictionary.fields}:
        return ()
    said = {"columns": files["columns"], "output": files["output"]}
    return (catalogue("pipelines").text(language, "note.ties", **said),)


def _check(dictionary: DataDictionary, source: Source, output: Path) -> None:
    if output.suffix not in FORMS:
        raise ConfigError(f"{output} is no table's name; end it in {' or '.join(FORMS)}")
    if Path(source.name).exists() and output.exists() and output.samefile(source.name):
        raise ConfigError(f"{output} is the table itself; give another file")
    id_and_date(dictionary)
    if not keys_of(dictionary):
        raise ConfigError(
            'no field ties applications; give those that do the role "association", or a "key", '
            "in dictionary.toml"
        )
    made = {field.name for field in fields(keys_of(dictionary))}
    if there := made & set(source.columns):
        raise DataError(
            f"{source.name} holds columns of ties already ({', '.join(sorted(there)[:3])}); give "
            "the table they were made from"
        )


def _standing(state: Path) -> RunManifest | None:
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
    options: TiesOptions,
    standing: RunManifest | None,
) -> RunManifest:
    keys = [[key.name, key.kind, key.most, key.guarantor] for key in keys_of(dictionary)]
    if standing is not None and standing.config["keys"] != keys:
        raise DataError(
            f"{options.state} was built with other keys than dictionary.toml has now; put the "
            "keys back, or build the ties anew in another folder"
        )
    data = {"applications": source.digest()}
    if options.outcomes is not None:
        data["outcomes"] = options.outcomes.digest()
    if standing is not None:
        data["before"] = standing.key()
    return RunManifest.of(JOB, data=data, config={"keys": keys})


def _again(standing: RunManifest | None, manifest: RunManifest, state: Path) -> Committed | None:
    """The last batch, where it is this one; None where it is new."""
    if standing is None:
        return None
    asked, last = ({**each.data, "before": ""} for each in (manifest, standing))
    return Committed(state, standing, "unchanged") if asked == last else None


def _advance(
    settings: RunConfig,
    source: Source,
    options: TiesOptions,
    manifest: RunManifest,
    reporter: Reporter,
) -> Committed:
    """Go on by a batch, and exchange what is remembered."""
    dictionary = settings.read_dictionary()
    keys = keys_of(dictionary)
    with RunDirectory(options.state, manifest.key(), replace=True) as directory:
        secret, ties = _remembered(options.state, keys)
        with reporter.step("step.read", source.rows or 0) as advance:
            batch = read_batch(source, dictionary, options.until, secret, advance)
        outcomes = read_outcomes(options.outcomes, batch, dictionary, settings.samples, secret)
        with reporter.step("step.tie"):
            after, found = ties.after(batch.arrivals, *outcomes, settings.ties.alarms)
        told = table(found, keys).assign(row=batch.rows)
        told.to_parquet(directory.path(TOLD), index=False)
        disk.write(directory.path(SECRET), secret, mode=0o600)
        write(after, directory.path(STATE))
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
        return directory.commit(manifest, counts)


def _remembered(state: Path, keys: tuple[Key, ...]) -> tuple[bytes, Ties]:
    """The bank's secret, and what it has kept so far."""
    if not (state / MANIFEST).exists():
        return secrets.token_bytes(32), Ties.none(keys)
    return (state / SECRET).read_bytes(), read(keys, state / STATE)


def _counts(batch: Batch, large: pd.DataFrame) -> dict[str, int]:
    undated = batch.read - len(batch.rows) - batch.ahead
    return {"rows": batch.read, "undated": undated, "ahead": batch.ahead, "hubs": len(large)}
