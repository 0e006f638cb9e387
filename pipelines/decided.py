"""How an application of a run stands: by its case where it has one, else by its score.

What a person has done about the case since, as the store knows it, comes before what the run says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from features.errors import DataError
from pipelines.cases import CASES, CaseRecord, read_cases
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.manifest import RunManifest, file_digest
from pipelines.night import CASE_RUN, read_night
from pipelines.night import SCORES as NIGHT_SCORES
from pipelines.nightly import ORIGINS
from pipelines.reading import checked
from pipelines.score import fitting_dictionary
from pipelines.score_part import SCORES
from pipelines.sources import Source
from pipelines.store import Database, ReviewLog
from pipelines.store.reviews import DECISIONS
from pipelines.tracking import StoredModel
from risk.filing import Filing
from risk.model import PDModel
from risk.notice import Decided, check_declined
from risk.policy import Policy, Recommendation
from risk.scoring import Scorer

_PASSED_OVER = ("comment", "mark", "notice")
"""What is logged of a case and says nothing on how it stands."""


class Behind(NamedTuple):
    """The applications and the model behind a scored run."""

    source: Source
    stored: StoredModel


class Standing(NamedTuple):
    """How an application stands.

    Attributes:
        decided: By model, rules, opinion and people.
        policy: The policy by which it was scored.
        by_person: Whether a person declined what the run did not.
    """

    decided: Decided
    policy: Policy
    by_person: bool = False


def standing(config: RunConfig, folder: Path, wanted: str, behind: Behind | None) -> Standing:
    """How an application stands.

    An opinion may have handed a declined application to a person, and only its case knows.

    Args:
        config: The portfolio, with its store.
        folder: A night, a scored run or a reasoned one.
        wanted: Id of the application.
        behind: What a run was scored from; needed where it holds no case of the application.

    Raises:
        ConfigError: The run does not have the application, or what stands behind it is another.
        DataError: It may yet be decided otherwise, or the run is not as it was delivered.
        StoreError: The reviews in the store cannot be read.
    """
    for place in (folder, folder / CASE_RUN):
        if (place / CASES).exists():
            for record in _cases(place):
                if record.score.application_id == wanted:
                    return _by_case(config, place, record)
    for place in (folder, folder / NIGHT_SCORES):
        if (place / SCORES).exists():
            if place != folder:
                read_night(folder)  # an unfinished one may still have cases to come
            return _by_score(config, place, wanted, behind)
    if (folder / CASES).exists():
        raise ConfigError(f'no case of "{wanted}" in {folder}; give the run that scored it')
    raise ConfigError(f"{folder} holds no run; give a night, a scored run or a reasoned one")


def _cases(place: Path) -> Iterator[CaseRecord]:
    try:
        yield from read_cases(place)
    except ValueError:
        # Its message quotes the case.
        raise _changed(place, place / CASES) from None


def _by_case(config: RunConfig, place: Path, record: CaseRecord) -> Standing:
    manifest = _unchanged(place, place / CASES)
    known = record.score.application_id
    if record.rationale.status == "pending":
        raise DataError(
            f"the rationale of {known} is pending, and an opinion may still hand it to a person; "
            "run the same command of `risk reason` or `risk nightly` again, or give the later "
            "night's `late` folder that has its answer"
        )
    recommended = record.decision.recommendation
    declined = _declined_since(config, _origin(place, manifest, known), known)
    by_person = declined and recommended is not Recommendation.DECLINE
    stands = Recommendation.DECLINE if by_person else recommended
    decided = Decided(record.score, stands, record.case)
    return Standing(decided, _policy(manifest), by_person)


def _by_score(config: RunConfig, place: Path, wanted: str, behind: Behind | None) -> Standing:
    part, row = _scored_row(place, wanted)
    manifest = _unchanged(place, part)
    check_declined(wanted, Recommendation(str(row["decision"])))
    if behind is None:
        raise ConfigError(
            f"{place} holds reason codes alone, and whether a value was missing is seen only in "
            "the application; give --input, the table that was scored"
        )
    policy = _policy(manifest)
    decided = _scored_again(config, behind, _ScoredRow(place, manifest, policy, row))
    return Standing(decided, policy)


class _ScoredRow(NamedTuple):
    place: Path
    manifest: RunManifest
    policy: Policy
    row: pd.Series


def _scored_again(config: RunConfig, behind: Behind, scored: _ScoredRow) -> Decided:
    """The application with its case file, scored as it was in the run.

    Raises:
        ConfigError: Source or model are not those of the run, or say something else of it.
    """
    source, stored = behind
    if scored.manifest.data.get("applications") != source.digest():
        raise ConfigError(f"{scored.place} was not scored from {source.name}; give the same input")
    if scored.manifest.model != stored.digest:
        raise ConfigError(
            f"{scored.place} was scored by another model than {stored.name} version "
            f"{stored.version}; give its version with --model"
        )
    model = PDModel.load(stored.path, stored.digest)
    scorer = Scorer(model, scored.policy, count=_reasons(scored.manifest))
    dictionary = fitting_dictionary(config, model)
    also = [rule.field for rule in scored.policy.rules]
    for intake in checked(source, dictionary, "score", _unheard, also, once=False):
        rows = intake.accepted[intake.accepted.index == int(scored.row["row"])]
        if not rows.empty:
            score = scorer.cases(rows)[0]
            case = Filing(rows, model.quantiles, dictionary).case(0, score)
            decided = Decided(score, score.recommendation, case)
            _check_same(scored, decided)
            return decided
    raise ConfigError(f"{source.name} has no such row now; restore dictionary.toml")


def _check_same(scored: _ScoredRow, decided: Decided) -> None:
    row = scored.row
    codes = [str(row[name]) for name in row.index if name.startswith("reason_") and row[name]]
    again = [reason.code for reason in decided.score.reasons]
    said = (str(row["application_id"]), str(row["decision"]))
    if said != (decided.score.application_id, decided.recommendation) or codes not in ([], again):
        raise ConfigError(
            f"scored again, {row['application_id']} comes out otherwise than in {scored.place}; "
            "the run was made by another version of this software, or dictionary.toml has changed"
        )


def _scored_row(place: Path, wanted: str) -> tuple[Path, pd.Series]:
    """A scored application and the part of the run that it stands in."""
    for part in sorted((place / SCORES).iterdir()):
        try:
            rows = pd.read_parquet(part, filters=[("application_id", "==", wanted)])
        except (OSError, ValueError) as error:
            raise _changed(place, part) from error
        if not rows.empty:
            return part, rows.iloc[0]
    raise ConfigError(
        f'no application "{wanted}" was scored in {place}; rejects.csv there lists the rows that '
        "could not be"
    )


def _unchanged(place: Path, file: Path) -> RunManifest:
    """The run's manifest, provided that the file is as it was delivered."""
    manifest = RunManifest.read(place)
    written = manifest.outputs.get(file.relative_to(place).as_posix())
    if written is None or written.sha256 != file_digest(file):
        raise _changed(place, file)
    return manifest


def _changed(place: Path, file: Path) -> DataError:
    return DataError(f"{file} is not as it was delivered; `risk verify-run {place}` says more")


def _policy(manifest: RunManifest) -> Policy:
    return Policy.model_validate(manifest.config["policy"])


def _reasons(manifest: RunManifest) -> int:
    reasons = manifest.config["reasons"]
    return int(str(reasons["count"])) if isinstance(reasons, dict) else 0


def _origin(place: Path, manifest: RunManifest, application_id: str) -> str:
    """Key of the run that a case was filed in, which is another for one answered late."""
    if not (place / ORIGINS).exists():
        return manifest.key()
    wanted = [("application_id", "==", application_id)]
    return str(pd.read_parquet(place / ORIGINS, filters=wanted)["run_key"].iloc[0])


def _declined_since(config: RunConfig, run_key: str, application_id: str) -> bool:
    """Whether a person has declined the case; not where nobody has taken it up.

    Raises:
        DataError: A person has taken it up, and did not decline it.
    """
    if "://" not in config.store and not Path(config.store).exists():
        return False
    with Database.open(config.store) as database:
        log = ReviewLog(database).of(run_key, application_id)
    last = next((each for each in reversed(log) if each.action not in _PASSED_OVER), None)
    if last is None:
        return False
    if last.action in DECISIONS and last.recommendation is Recommendation.DECLINE:
        return True
    said = f", {last.recommendation}" if last.recommendation else ""
    raise DataError(
        f'a person has taken {application_id} up since ("{last.action}"{said}), so it does not '
        "stand declined"
    )


def _unheard(done: int, total: int) -> None:
    """One row is looked for."""
