"""Delivered runs as evidence: a night, a scored run or a reasoned one, by folder or MLflow run."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.cases import CASES, read_cases
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.manifest import MANIFEST, RunManifest, verify
from pipelines.night import CASE_RUN, NIGHT, read_night
from pipelines.night import SCORES as NIGHT_SCORES
from pipelines.score import read_scores
from pipelines.score_part import SCORES
from pipelines.tracking import OUTPUT_TAG, Tracking
from pipelines.validation.models import flat
from pipelines.validation.opening import Table
from pipelines.validation.possible import require_possible
from pipelines.validation.reasoned import read_reasoned
from risk.policy import Policy
from risk.report.evidence import Evidence, Part

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_NAME = "delivered"
_COLUMNS = ("application_id", "pd", "points", "grade", "decision")


def find(config: RunConfig, reference: str) -> Path | None:
    """The folder of a delivered run; None where the reference is none, and names a model.

    Args:
        config: The portfolio.
        reference: A folder, or the MLflow run of `risk score`, `risk reason` or `risk nightly`.

    Raises:
        ConfigError: There is no such folder, or that of the run is gone or holds another by now.
        TrackingError: MLflow's store cannot be reached.
    """
    folder = Path(reference)
    delivered = any((folder / name).is_file() for name in (NIGHT, MANIFEST))
    # A folder may be called as a model is, such as "1".
    if delivered or (folder.is_dir() and len(folder.parts) > 1):
        return folder
    if len(folder.parts) > 1 and ":" not in reference:
        raise ConfigError(
            f"there is no folder {reference}; give that of a delivered run, its MLflow run, or an "
            "alias, version or address of a model"
        )
    if not _RUN_ID.fullmatch(reference):
        return None
    told = Tracking(config.tracking, config.name).told(reference)
    place = told.tags.get(OUTPUT_TAG)
    if place is None:
        return None
    key = told.tags.get("mingjian.run_key")
    if not Path(place).is_dir() or key != key_of(Path(place)):
        raise ConfigError(
            f"{place}, where run {reference} was delivered, is gone or holds another run; give "
            "the folder it lies in now"
        )
    return Path(place)


def open_delivered(config: RunConfig, folder: Path, table: Table | None) -> Evidence:
    """A delivered run as it was delivered.

    Args:
        config: The portfolio.
        folder: Of the run.
        table: Outcomes and fields of its applications, of which those in it alone are taken; None
            for all, without outcomes.

    Raises:
        ConfigError: The folder holds no delivered run, one of another portfolio, or not as it was
            delivered.
        DataError: Its scores hold what no score has.
    """
    _refuse_other_portfolio(config, folder)
    places = _places(folder)
    for place in dict.fromkeys(places.values()):
        _refuse_changed(place)
    manifest = RunManifest.read(next(iter(places.values())))
    reasoned = read_reasoned(places["cases"], None, config.store) if "cases" in places else None
    said = _scored(places) if "scores" in places else _told(places["cases"])
    _refuse_other_grades(config, folder, said)
    policy = manifest.config.get("policy")
    return Evidence(
        name=_called(folder, manifest),
        portfolio=config.name,
        identity=_identity(manifest),
        params=dict(flat("config", manifest.config)),
        dictionary=table.dictionary if table else config.read_dictionary(),
        policy=Policy.model_validate(policy) if policy else config.policy,
        scaling=config.scorecard,
        limits=config.validation,
        parts=(_part(said, table),),
        reasoned=reasoned,
        seed=config.samples.seed,
    )


def key_of(folder: Path) -> str:
    """The key under which a folder's content was logged: a night's own, or that of its run."""
    if (folder / NIGHT).exists():
        return read_night(folder).key
    return RunManifest.read(folder).key()


def _places(folder: Path) -> dict[str, Path]:
    """The runs in a folder, scores before cases."""
    if (folder / NIGHT).exists():
        inside = {"scores": folder / NIGHT_SCORES, "cases": folder / CASE_RUN}
    else:
        inside = {"scores": folder, "cases": folder}
    wanted = {"scores": SCORES, "cases": CASES}
    found = {key: place for key, place in inside.items() if (place / wanted[key]).exists()}
    if not found:
        raise ConfigError(
            f"{folder} holds no delivered run; give a night's folder, or the directory that "
            "`risk score` or `risk reason` wrote"
        )
    return found


def _refuse_other_portfolio(config: RunConfig, folder: Path) -> None:
    portfolio = read_night(folder).portfolio if (folder / NIGHT).exists() else config.name
    if portfolio != config.name:
        raise ConfigError(
            f'{folder} is a night of "{portfolio}", and the config is that of "{config.name}"; '
            "compare nights of one portfolio under its own config"
        )


def _refuse_changed(place: Path) -> None:
    problems = verify(place)
    if problems:
        files = ", ".join(f"{problem.file} {problem.kind}" for problem in problems[:5])
        raise ConfigError(
            f"{place} is not as it was delivered ({files}); compare an untouched copy, or make the "
            "run again"
        )


def _refuse_other_grades(config: RunConfig, folder: Path, said: pd.DataFrame) -> None:
    strange = sorted(set(said["grade"]) - {grade.name for grade in config.scorecard.grades})
    if strange:
        raise ConfigError(
            f"{folder} has grades that risk.toml does not name ({', '.join(strange[:5])}); compare "
            "under the [scorecard] of that run"
        )


def _scored(places: dict[str, Path]) -> pd.DataFrame:
    where = places["scores"] / SCORES
    strange = f"{where} is not as this version writes it"
    mend = "compare runs of this version, or make the run again"
    try:
        said = read_scores(places["scores"])
    except (OSError, ValueError) as error:
        raise ConfigError(f"{strange}; {mend}") from error
    lacking = [name for name in _COLUMNS if name not in said]
    if lacking:
        raise ConfigError(f"{strange} (no column {', '.join(lacking)}); {mend}")
    require_possible(where, said)
    return said


def _told(cases: Path) -> pd.DataFrame:
    """The scores of a reasoned run, from its cases."""
    rows = pd.DataFrame(_rows(cases))
    said = rows if len(rows) else pd.DataFrame(columns=list(_COLUMNS))
    require_possible(cases / CASES, said)
    return said


def _rows(cases: Path) -> Iterator[dict[str, object]]:
    for record in read_cases(cases):
        score = record.score
        yield {
            "application_id": score.application_id,
            "pd": score.pd_model,
            "points": score.points,
            "grade": score.grade,
            "decision": str(score.recommendation),
            **{f"reason_{reason.rank}": reason.code for reason in score.reasons},
        }


def _part(said: pd.DataFrame, table: Table | None) -> Part:
    rows, y = said[["application_id"]].astype(str), np.full(len(said), np.nan)
    if table is not None:
        known = table.book.intake.accepted
        place = pd.Index(known["application_id"].astype(str)).get_indexer(pd.Index(rows.iloc[:, 0]))
        said, place = said[place >= 0], place[place >= 0]
        rows, y = known.iloc[place].reset_index(drop=True), table.book.y[place]
    listed = sorted(name for name in said.columns.astype(str) if re.fullmatch(r"reason_\d+", name))
    reasons = [said[name].fillna("").to_numpy(np.str_) for name in listed]
    return Part(
        name=_NAME,
        rows=rows,
        y=y,
        pd_=said["pd"].to_numpy(np.float64),
        points=said["points"].to_numpy(np.float64),
        grade=said["grade"].to_numpy(np.str_),
        decision=said["decision"].to_numpy(np.str_),
        reasons=np.column_stack(reasons) if reasons else np.empty((len(said), 0), np.str_),
    )


def _identity(manifest: RunManifest) -> dict[str, str]:
    return {
        "model_digest": manifest.model,
        "dictionary": manifest.dictionary,
        "prompt": manifest.prompt,
        "code": manifest.version,
        "commit": manifest.commit,
        "libraries": ", ".join(f"{k} {v}" for k, v in manifest.libraries.items()),
        **{f"data.{name}": digest for name, digest in manifest.data.items()},
    }


def _called(folder: Path, manifest: RunManifest) -> str:
    """A name by which two runs can be told apart."""
    return f"{folder.resolve().name} ({manifest.key()[:8]})"
