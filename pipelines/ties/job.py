"""`risk ties`: applications with what they share with earlier ones, as columns of their own."""

from dataclasses import dataclass
from pathlib import Path

from features.associations.columns import fields, keys_of
from features.dictionary import DataDictionary
from features.errors import DataError
from features.language import Language, catalogue
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.locking import held
from pipelines.sources import Source
from pipelines.ties.batch import id_and_date
from pipelines.ties.remembering import FIELDS, TOLD, BatchOptions, tell
from pipelines.ties.source import TiedSource
from pipelines.ties.standing import JOB
from pipelines.ties.widened import FORMS, write_widened

_ALWAYS = ("rows", "tied")
"""What is counted even where it is nothing."""


@dataclass(frozen=True)
class TiesOptions:
    """What the command line says.

    Attributes:
        output: The applications with their columns, `.csv` or `.parquet`.
        batch: What is remembered, and how the batch is told its ties.
    """

    output: Path
    batch: BatchOptions


def run(settings: RunConfig, source: Source, options: TiesOptions, reporter: Reporter) -> JobResult:
    """Tell a batch of applications its ties, remember them, and write the batch with its columns.

    Raises:
        ConfigError: The dictionary names no key, id or date, or the output is no table's name.
        DataError: A file cannot be read, or what is remembered belongs to other keys.
        LockedError: Another job works on the folder.
    """
    dictionary = settings.read_dictionary()
    _check_output(source, options.output)
    check_ties(dictionary, source)
    with held(options.batch.state):
        committed = tell(settings, dictionary, source, options.batch, reporter)
        tied = TiedSource(source, committed.path / TOLD)
        with reporter.step("step.write-table", source.rows or 0) as advance:
            known_by = id_and_date(dictionary)
            written = write_widened(tied, known_by, options.output, advance)
    counts = {**committed.manifest.counts, "rejected": written.broken, "alarms": written.raised}
    found = {
        "output": options.output,
        "state": options.batch.state,
        "columns": committed.path / FIELDS,
    }
    if written.broken:
        found["rejects"] = written.rejects
    if written.raised:
        found["alarms"] = written.alarms
    if written.came:
        found["repeated"] = written.repeated
    return JobResult(
        JOB,
        run_key=committed.manifest.key(),
        counts={name: count for name, count in counts.items() if count or name in _ALWAYS},
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


def _check_output(source: Source, output: Path) -> None:
    if output.suffix not in FORMS:
        raise ConfigError(f"{output} is no table's name; end it in {' or '.join(FORMS)}")
    if Path(source.name).exists() and output.exists() and output.samefile(source.name):
        raise ConfigError(f"{output} is the table itself; give another file")


def check_ties(dictionary: DataDictionary, source: Source) -> None:
    """Refuse applications that cannot be tied.

    Raises:
        ConfigError: The dictionary names no key, id or date.
        DataError: The source holds columns of ties already.
    """
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
