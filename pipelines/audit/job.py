"""`risk audit`: examine the log of reviews, export its head, export its rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from features.language import Language, catalogue
from pipelines.audit import exporting, heads
from pipelines.audit.chain import Verdict, examine
from pipelines.audit.heads import Head, Mark
from pipelines.config import RunConfig
from pipelines.errors import ConfigError, Exit
from pipelines.job import JobResult, Reporter
from pipelines.store.database import Database
from pipelines.store.trail import Trail


@dataclass(frozen=True)
class Audited(JobResult):
    """What was found; a log that is not as it was ends with exit code 40.

    Attributes:
        head: How far the log is whole.
        found: What is not as it was: kind, and row where one shows it.
    """

    head: Mapping[str, object] = field(default_factory=dict)
    found: tuple[Mapping[str, object], ...] = ()

    @property
    def exit(self) -> Exit:
        """`BAD_INPUT` where anything is wrong."""
        return Exit.BAD_INPUT if self.found else Exit.DONE


def verify(config: RunConfig, known: str, language: Language, reporter: Reporter) -> JobResult:
    """Examine the log.

    Args:
        config: The portfolio's config.
        known: A file of heads or the hash of a row that was kept elsewhere; empty for none.
        language: Of what is said.
        reporter: Hears how far it is.

    Raises:
        ConfigError: There is no store, or what was kept cannot be read.
        StoreError: The store cannot be read.
    """
    examined = _examine(config, heads.read(known) if known else (), reporter)
    return _result("audit verify", examined, language, unheaded="audit.note.end")


def export_head(
    config: RunConfig, output: Path, language: Language, reporter: Reporter
) -> JobResult:
    """Examine the log, also against the heads in a file, and add its head to them.

    Nothing is added where the log is not as it was.

    Raises:
        ConfigError: There is no store, or the file is no file of heads.
        StoreError: The store cannot be read.
        LockedError: Another process adds to the file.
    """
    marks = heads.read(str(output)) if output.exists() and output.stat().st_size else ()
    examined = _examine(config, marks, reporter)
    result = _result("audit head", examined, language, unheaded="audit.note.first")
    if examined.verdict.found:
        return result
    heads.append(output, examined.head)
    return replace(result, files={"heads": str(output)})


def export_rows(config: RunConfig, output: Path, reporter: Reporter) -> JobResult:
    """Write all rows of the log; whether they are as they were is for `verify` to say.

    Raises:
        ConfigError: There is no store, or the file's name is not one to write to.
        StoreError: The store cannot be read.
    """
    exporting.form_of(output)
    with _opened(config) as trail, reporter.step("step.write-rows", trail.count()) as advance:
        rows = exporting.export(trail, output, advance)
    return JobResult("audit export", counts={"rows": rows}, files={"reviews": str(output)})


class _Examined(NamedTuple):
    marks: Sequence[Mark]
    head: Head
    verdict: Verdict


def _examine(config: RunConfig, marks: Sequence[Mark], reporter: Reporter) -> _Examined:
    with _opened(config) as trail, reporter.step("step.chain", trail.count()) as advance:
        verdict = examine(trail, config.name, marks, advance)
    return _Examined(marks, verdict.place.head(config.name, datetime.now(UTC)), verdict)


def _result(name: str, examined: _Examined, language: Language, unheaded: str) -> Audited:
    """What came of it; `unheaded` is the note for a log that no head was there for."""
    marks, head, verdict = examined
    say = catalogue("pipelines")
    notes = [found.text(language) for found in verdict.found]
    shown = {"rows": head.length, "id": head.last_id, "hash": head.hash}
    notes.append(say.text(language, "audit.note.head", **shown))
    if not marks:
        notes.append(say.text(language, unheaded))
    return Audited(
        name,
        counts={"rows": head.length, "heads": len(marks), "problems": len(verdict.found)},
        notes=tuple(notes),
        head=head.model_dump(mode="json"),
        found=tuple(found.told() for found in verdict.found),
    )


@contextmanager
def _opened(config: RunConfig) -> Iterator[Trail]:
    """The log of the portfolio's store.

    Raises:
        ConfigError: There is no store: one that is made now would be whole, and empty.
    """
    if "://" not in config.store and not Path(config.store).exists():
        raise ConfigError(f"there is no store at {config.store}; check `store` in risk.toml")
    with Database.open(config.store) as database:
        yield Trail(database)
