"""`risk verify-run`: whether a delivered run, or a night of several, is as it was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from features.errors import DataError
from features.language import Language
from pipelines.errors import ConfigError, Exit
from pipelines.job import JobResult, Reporter
from pipelines.manifest import MANIFEST, Problem, RunManifest, file_digest, verify
from pipelines.night import NIGHT, read_night


@dataclass(frozen=True)
class Verified(JobResult):
    """What was found; a run that is not as it was written ends with exit code 40."""

    @property
    def exit(self) -> Exit:
        """`BAD_INPUT` where anything is wrong."""
        return Exit.BAD_INPUT if self.counts["problems"] else Exit.DONE


def run(folder: Path, language: Language, reporter: Reporter) -> JobResult:
    """Compare every file with the digest in its manifest, and every manifest with its night.

    Raises:
        ConfigError: The folder is neither a run nor a night.
    """
    if not (folder / NIGHT).exists() and not (folder / MANIFEST).exists():
        raise ConfigError(f"{folder} is neither a run ({MANIFEST}) nor a night ({NIGHT})")
    runs = read_night(folder).runs if (folder / NIGHT).exists() else {"": ""}
    files, problems = 0, list[Problem]()
    with reporter.step("step.verify", len(runs)) as advance:
        for done, (name, digest) in enumerate(runs.items(), 1):
            problems += problems_of(folder, name, digest)
            if (folder / name / MANIFEST).exists():
                files += 1 + _files(folder / name)
            advance(done, len(runs))
    counts = {"files": files, "problems": len(problems)}
    notes = tuple(problem.text(language) for problem in problems)
    return Verified("verify-run", counts=counts, notes=notes)


def problems_of(folder: Path, name: str, digest: str) -> Iterator[Problem]:
    """What is wrong with a run; `digest` is that of its manifest, empty outside a night."""
    for problem in verify(folder / name):
        yield problem._replace(file=(Path(name) / problem.file).as_posix())
    manifest = folder / name / MANIFEST
    if digest and manifest.exists() and file_digest(manifest) != digest:
        yield Problem((Path(name) / MANIFEST).as_posix(), "changed")


def _files(folder: Path) -> int:
    try:
        return len(RunManifest.read(folder).outputs)
    except DataError:
        return 0
