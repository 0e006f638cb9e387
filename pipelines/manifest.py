"""What a run was made from and what it made; the digest of the first is the run's key.

Holds no times and no paths: the same inputs give the same key and, with the same outputs, the
same manifest. When and by whom a run was made stands in its MLflow run.
"""

import csv
import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from features.dictionary import explain
from features.errors import DataError
from features.language import Language, catalogue

MANIFEST = "manifest.json"
LIBRARIES = ("lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "shap")
_DECIDES = {
    "job", "data", "dictionary", "model", "prompt", "config", "version", "libraries", "format"
}  # fmt: skip
_LARGE = 1 << 28
"""Bytes from which the files of a run are hashed side by side; below, threads cost more."""
_THREADS = 4
_R = TypeVar("_R")


class OutputFile(BaseModel):
    """One file of a run.

    Attributes:
        sha256: Digest of its bytes.
        bytes: Its size.
        rows: Its rows, where it is a table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    bytes: int = Field(ge=0)
    rows: int | None = Field(default=None, ge=0)


class RunManifest(BaseModel):
    """Inputs and outputs of one run.

    Attributes:
        job: Which job ran.
        data: Digest of each source, by what it holds.
        dictionary: Digest of the data dictionary.
        model: Digest of the model.
        prompt: Digest of the prompt.
        config: The resolved settings that can change the output.
        version: Version of this package.
        libraries: Versions of Python and of the libraries that can change the output.
        commit: Commit the code was run from, where it is known; no part of the key.
        outputs: What the run wrote, by path within the run.
        counts: Rows by what became of them.
        format: Version of this record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job: str
    data: dict[str, str]
    dictionary: str = ""
    model: str = ""
    prompt: str = ""
    config: dict[str, JsonValue] = Field(default_factory=dict)
    version: str
    libraries: dict[str, str]
    commit: str = ""
    outputs: dict[str, OutputFile] = Field(default_factory=dict)
    counts: dict[str, int] = Field(default_factory=dict)
    format: Literal[1] = 1

    @classmethod
    def of(
        cls,
        job: str,
        *,
        data: Mapping[str, str],
        config: Mapping[str, object],
        dictionary: str = "",
        model: str = "",
        prompt: str = "",
    ) -> Self:
        """The manifest of a run about to be made by the code and libraries at hand.

        Raises:
            DataError: `config` holds what JSON cannot.
        """
        given = {"job": job, "data": dict(data), "config": dict(config)}
        digests = {"dictionary": dictionary, "model": model, "prompt": prompt}
        code = {"version": code_version(), "libraries": dict(libraries()), "commit": git_commit()}
        try:
            return cls.model_validate({**given, **digests, **code})
        except ValidationError as error:
            raise DataError(explain(error, f"manifest of {job}")) from error

    def key(self) -> str:
        """SHA-256 over canonical JSON of all that determines the output.

        Raises:
            DataError: A setting is infinite or not a number.
        """
        decides = self.model_dump(mode="json", include=_DECIDES)
        return hashlib.sha256(_canonical(decides).encode()).hexdigest()

    def with_outputs(self, files: Mapping[str, OutputFile], counts: Mapping[str, int]) -> Self:
        """The manifest with what was written; the key stays."""
        return self.model_copy(update={"outputs": dict(files), "counts": dict(counts)})

    def to_json(self) -> str:
        """The manifest and its key, as they stand in `manifest.json`."""
        body = {"key": self.key(), **self.model_dump(mode="json")}
        return json.dumps(body, ensure_ascii=False, sort_keys=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Self:
        """The manifest that `to_json` wrote; `where` names it in errors.

        Raises:
            DataError: It is none, or was edited: its key does not follow from it.
        """
        try:
            raw = json.loads(text)
            key = raw.pop("key")
            manifest = cls.model_validate(raw)
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise DataError(f"{where} is no run manifest; run again") from error
        if manifest.key() != key:
            raise DataError(f"{where} was changed after the run: its key does not follow from it")
        return manifest

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of the run in a directory.

        Raises:
            DataError: There is none, or it was edited: its key does not follow from it.
        """
        path = folder / MANIFEST
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError as error:
            raise DataError(f"{folder} has no {MANIFEST}, so no finished run is in it") from error
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path} is no run manifest; run again") from error
        return cls.from_json(text, str(path))


class Problem(NamedTuple):
    """One way in which a directory is not the run its manifest describes."""

    file: str
    kind: Literal["missing", "changed", "extra", "unreadable"]

    def text(self, language: Language) -> str:
        """What a person reads."""
        return catalogue("pipelines").text(language, f"run.{self.kind}", file=self.file)


def verify(folder: Path) -> list[Problem]:
    """Compare a run's files with its manifest; an empty list means that all is as written."""
    try:
        manifest = RunManifest.read(folder)
    except DataError:
        return [Problem(MANIFEST, "unreadable" if (folder / MANIFEST).exists() else "missing")]
    return list(_differences(folder, manifest.outputs))


def _differences(folder: Path, outputs: Mapping[str, OutputFile]) -> Iterator[Problem]:
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    digests = _digests(folder, sorted(found & set(outputs)))
    for name, output in sorted(outputs.items()):
        if name not in found:
            yield Problem(name, "missing")
            continue
        if digests[name] != output.sha256:
            yield Problem(name, "changed" if digests[name] else "unreadable")
    for name in sorted(found - set(outputs) - {MANIFEST}):
        yield Problem(name, "extra")


def _digests(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Digests of files, of several at once where they are large; empty where one is unreadable."""

    def digest(path: Path) -> str:
        try:
            return file_digest(path)
        except OSError:
            return ""

    return dict(zip(names, _at_once(digest, [folder / name for name in names]), strict=True))


def _at_once(work: Callable[[Path], _R], paths: Sequence[Path]) -> list[_R]:
    """Results for files in their order; several threads hash large files side by side."""
    if sum(path.lstat().st_size for path in paths) < _LARGE:
        return [work(path) for path in paths]
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(work, paths))


def described(folder: Path, known: Mapping[str, OutputFile]) -> dict[str, OutputFile]:
    """All files of a run below its directory, by path; `known` ones are not read again."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    named.pop(MANIFEST, None)
    new = [path for name, path in named.items() if name not in known]
    made = dict(zip(new, _at_once(output_file, new), strict=True))
    return {name: known[name] if name in known else made[path] for name, path in named.items()}


def output_file(path: Path) -> OutputFile:
    """Digest, size and, for a table that we write, rows of a file."""
    return OutputFile(sha256=file_digest(path), bytes=path.stat().st_size, rows=_rows(path))


def _rows(path: Path) -> int | None:
    """Rows of a table we wrote; None for anything else."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return max(sum(1 for _ in csv.reader(file)) - 1, 0)
    return None


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_version() -> str:
    """Version of the installed package."""
    return _version("mingjian")


@cache
def libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that can change an output."""
    return {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


@cache
def git_commit() -> str:
    """Commit of the checkout this file is part of, with "-dirty" where it was edited, or empty."""
    git, here = shutil.which("git"), Path(__file__)
    if git is None:
        return ""
    # Installed inside somebody else's repository, this file is not tracked there.
    tracked = ("ls-files", "--error-unmatch", here.name)
    describe = ("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    said = ""
    for command in (tracked, describe):
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [git, "-C", str(here.parent), *command], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return ""
        said = done.stdout.strip()
    return said


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _canonical(value: object) -> str:
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
    except ValueError as error:
        raise DataError("a setting is infinite or not a number; correct it in risk.toml") from error
