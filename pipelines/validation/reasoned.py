"""A delivered reasoning pass as a report needs it: its cases as columns, and who answered how.

Read line by line: a case is forgotten when its row is taken.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import ValidationError

from features.errors import DataError
from pipelines.cases import CASES, CaseRecord
from pipelines.errors import ConfigError
from pipelines.evaluation.findings import Evaluation
from pipelines.evaluation.job import EVALUATION
from pipelines.manifest import RunManifest
from pipelines.night import CASE_RUN, NIGHT
from pipelines.validation.people import Kinds, SentenceKey, kinds_in, people_said
from risk.report.evidence import Reasoned
from risk.report.reasoning.causes import BACK_END
from risk.report.reasoning.reasoned import CaseRow, frame
from risk.validation.faithfulness import Faithfulness, FaithfulnessTally

_JOBS = {"reason": "`risk reason`", "evaluate-reasoning": "`risk evaluate-reasoning`"}


def read_reasoned(folder: Path, evaluation: Path | None, store: str | None) -> Reasoned:
    """A reasoned run, with what an evaluation and people say of it.

    Args:
        folder: Of the run, or `cases` of a night.
        evaluation: Of an evaluation of the same model and back end; None for none.
        store: Path or address of the store with the reviews; None for none.

    Raises:
        ConfigError: A folder holds no such run, its files were damaged, or they do not belong
            together.
        StoreError: The store cannot be read.
    """
    manifest = _manifest(folder, "reason")
    people = people_said(store, manifest.key())
    read = _cases(folder, manifest, people.marked)
    cases = read.cases
    identity = {**_identity(manifest), "answered_by": _names(cases), "cases": read.digest}
    judged = None
    if evaluation is not None:
        judged = _evaluation(evaluation, folder, manifest)
        identity["evaluation"] = _manifest(evaluation, "evaluate-reasoning").key()
    reviews, marks = people.reviews, people.marks_on(read.kinds)
    for name, said in (("reviews", reviews), ("marks", marks)):
        if said is not None:
            identity[name] = _digest_of(said)
    return Reasoned(
        identity=identity,
        faithfulness=read.faithfulness,
        cases=cases,
        comparisons=judged.comparisons if judged else (),
        reviews=reviews,
        marks=marks,
        cost_per_thousand=judged.cost.per_thousand_cases if judged else None,
    )


def _manifest(folder: Path, job: str) -> RunManifest:
    """The manifest of a run of a job.

    Raises:
        ConfigError: The folder holds no such run.
    """
    if (folder / NIGHT).exists():
        raise ConfigError(f"{folder} is a whole night; give {folder / CASE_RUN}")
    try:
        manifest = RunManifest.read(folder)
    except DataError as error:
        raise ConfigError(f"{error}; give the directory that {_JOBS[job]} wrote") from error
    if manifest.job != job:
        raise ConfigError(
            f'{folder} holds a run of "{manifest.job}"; give the directory that {_JOBS[job]} wrote'
        )
    return manifest


class _Read(NamedTuple):
    """What is kept of the cases of a run.

    Attributes:
        cases: As `risk.report.evidence.Reasoned` has them.
        faithfulness: What the checks found in them.
        digest: Of the file.
        kinds: What the sentences of marked cases are about.
    """

    cases: pd.DataFrame
    faithfulness: Faithfulness
    digest: str
    kinds: Kinds


def _cases(folder: Path, manifest: RunManifest, marked: frozenset[str]) -> _Read:
    """The cases of a run; `marked` are those of which sentences have been marked.

    Raises:
        ConfigError: The file cannot be read, or is not the one that the run wrote.
    """
    path, read = folder / CASES, hashlib.sha256()
    rows, tally, kinds = [], FaithfulnessTally(), dict[SentenceKey, str]()
    for record in _records(path, read):
        tally.add(record.case, record.rationale, record.decision)
        rows.append(
            CaseRow.of(
                record.score, record.case, record.rationale, record.decision, record.pd_final
            )
        )
        if record.score.application_id in marked:
            kinds |= kinds_in(record)
    written = manifest.outputs.get(CASES)
    if written is None or written.sha256 != read.hexdigest():
        raise ConfigError(
            f"{path} was changed after the run; give an untouched copy, or run `risk reason` again"
        )
    return _Read(frame(rows), tally.result(), read.hexdigest(), kinds)


def _records(path: Path, read: "hashlib._Hash") -> Iterator[CaseRecord]:
    """The records one by one; `read` takes in all bytes."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                read.update(line)
                yield _record(line, path, number)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; give the directory `risk reason` wrote"
        ) from error


def _record(line: bytes, path: Path, number: int) -> CaseRecord:
    try:
        return CaseRecord.model_validate_json(line)
    except ValidationError:
        # Its message quotes the case.
        raise ConfigError(
            f"{path}, line {number}, is no case record: it was damaged, or another version of "
            "mingjian wrote it; give an untouched copy, or run `risk reason` again"
        ) from None


def _identity(manifest: RunManifest) -> dict[str, str]:
    """What answered, from what and how, by key; see `risk.report.reasoning.causes.differing`."""
    config = manifest.config
    return {
        "run": manifest.key(),
        **_back_end(manifest),
        "language": str(config.get("language", "")),
        "code": manifest.version,
        "commit": manifest.commit,
        "policy": _canonical(config.get("policy")),
        "reasons": _canonical(config.get("reasons")),
        "model_digest": manifest.model,
        "dictionary": manifest.dictionary,
        **{f"data.{name}": digest for name, digest in manifest.data.items()},
    }


def _names(cases: pd.DataFrame) -> str:
    """What answered, by its own word; empty where nothing did."""
    return ", ".join(sorted({name for name in cases["answered_by"] if name}))


def _back_end(manifest: RunManifest) -> dict[str, str]:
    """A back end's identity, part by part where it tells its parts.

    That of vLLM in process and that of two models in a row are digests over all of it: their
    words are known only by the code they came with.
    """
    said = manifest.prompt
    try:
        parts = json.loads(said)
    except ValueError:
        parts = None
    if not isinstance(parts, dict):
        template = said.startswith("template/")
        code = "" if template else f"as in {manifest.version} {manifest.commit}".strip()
        return {f"{BACK_END}identity": said, "prompt": code}
    words = {"prompt": parts.pop("prompt", ""), "answer_form": parts.pop("schema", "")}
    seed = parts.pop("seed", None)
    return {
        **{key: str(value) for key, value in words.items()},
        **dict(_flat(BACK_END.removesuffix("."), parts)),
        "seed": "" if seed is None else str(seed),
    }


def _flat(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _flat(f"{prefix}.{key}", each)
    else:
        yield prefix, value if isinstance(value, str) else _canonical(value)


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _evaluation(folder: Path, run: Path, manifest: RunManifest) -> Evaluation:
    """An evaluation, provided that it speaks of what the run was made with.

    Raises:
        ConfigError: It does not, or cannot be read.
    """
    path = folder / EVALUATION
    asked = _manifest(folder, "evaluate-reasoning")
    try:
        read = path.read_bytes()
        found = Evaluation.model_validate_json(read)
    except (OSError, ValidationError) as error:
        raise ConfigError(f"{path} cannot be read; evaluate again") from error
    written = asked.outputs.get(EVALUATION)
    if written is None or written.sha256 != hashlib.sha256(read).hexdigest():
        raise ConfigError(f"{path} was changed after the evaluation; evaluate again")
    for what, its, own in (
        ("model", asked.model, manifest.model),
        ("back end or prompt", asked.prompt, manifest.prompt),
        ("language", asked.config.get("language"), manifest.config.get("language")),
    ):
        if its != own:
            raise ConfigError(
                f"{path} was measured with another {what} than {run} was reasoned with; give the "
                "evaluation of the same, or none"
            )
    return found


def _digest_of(reviews: pd.DataFrame) -> str:
    told = reviews.to_json(orient="values")
    return hashlib.sha256(told.encode()).hexdigest()
