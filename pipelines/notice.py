"""`risk notice`: the adverse-action notice of one application, from the run that declined it.

Nothing of a notice goes to MLflow: it is written for one person.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from features.errors import DataError
from features.language import Language, catalogue
from pipelines import disk
from pipelines.cases import CASES, CaseRecord, read_cases
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult
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
from risk.notice import Decided, Notice, NoticeSettings, check_declined, letter, notice
from risk.policy import Policy, Recommendation
from risk.scoring import Scorer
from risk.sheet import to_html, to_text

logger = logging.getLogger(__name__)

_PASSED_OVER = ("comment", "mark", "notice")
"""What is logged of a case and says nothing on how it stands."""


@dataclass(frozen=True)
class NoticeOptions:
    """What the command line says.

    Attributes:
        application: Id of the application.
        run: A night, a scored run or a reasoned one.
        language: Language of the notice.
        day: Date of the notice.
        format: How it is written.
    """

    application: str
    run: Path
    language: Language
    day: date
    format: Literal["text", "html"] = "text"


class Behind(NamedTuple):
    """The applications and the model behind a scored run."""

    source: Source
    stored: StoredModel


class Composed(NamedTuple):
    """A notice as it is sent, and how many reasons it gives."""

    text: str
    reasons: int


def compose(config: RunConfig, options: NoticeOptions, behind: Behind | None = None) -> Composed:
    """The notice, as text or as a page.

    Args:
        config: The portfolio; its `[notice]` says who writes.
        options: Which application of which run.
        behind: What a run was scored from; needed where it holds no case of the application.

    Raises:
        ConfigError: `risk.toml` does not say who writes, the run does not have the application,
            or what stands behind the run is another.
        DataError: The application was not declined, or may yet be decided otherwise.
        StoreError: The reviews in the store cannot be read.
    """
    sender = _sender(config)
    found = _reasons_of(_decided(config, options, behind))
    sheet = letter(found, sender, options.day, options.language)
    text = to_html(sheet) if options.format == "html" else to_text(sheet)
    _warn(found, options.language)
    return Composed(text, len(found.reasons))


def write(config: RunConfig, decided: Decided, policy: Policy, when: tuple[date, Language]) -> str:
    """The notice of a case that stands declined, as a page.

    Args:
        config: The portfolio; its `[notice]` says who writes.
        decided: How the case stands.
        policy: The policy by which it was scored.
        when: Date and language of the notice.

    Raises:
        ConfigError: `risk.toml` does not say who writes.
        DataError: No reason code says why it was declined.
    """
    sender = _sender(config)
    return to_html(letter(notice(decided, policy), sender, *when))


def _warn(found: Notice, language: Language) -> None:
    """Name the reasons that the letter can give by their labels alone."""
    if found.unworded:
        fields = ", ".join(found.unworded)
        said = catalogue("pipelines").text(language, "notice.unworded", fields=fields)
        logger.warning("%s", said)


def deliver(composed: Composed, output: Path) -> JobResult:
    """Put a notice into a file of its own.

    Raises:
        ConfigError: The file is there already: what was written to an applicant stays.
        DataError: It cannot be written.
    """
    if output.exists():
        raise ConfigError(f"{output} is already there; move it away or give another --output")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        disk.write(output, composed.text.encode())
    except OSError as error:
        raise disk.explained(error, output) from error
    counts = {"reasons": composed.reasons}
    return JobResult("notice", counts=counts, files={"notice": str(output)})


def _sender(config: RunConfig) -> NoticeSettings:
    if config.notice is None:
        raise ConfigError(
            "risk.toml does not say who writes to applicants; add a table [notice] with "
            'lender = "…" and contact = "…", each also as {zh = "…", en = "…"}'
        )
    return config.notice


class _Standing(NamedTuple):
    """How an application stands, and whether a person declined what the run did not."""

    decided: Decided
    policy: Policy
    by_person: bool = False


def _reasons_of(standing: _Standing) -> Notice:
    """The reasons that a letter can give.

    Raises:
        DataError: There are none, as where a person declined for reasons of their own.
    """
    try:
        return notice(standing.decided, standing.policy)
    except DataError as error:
        if not standing.by_person:
            raise
        known = standing.decided.score.application_id
        raise DataError(
            f"a person declined {known} at the desk, and no reason code says why; the letter is "
            "theirs to write and has to state their own reasons"
        ) from error


def _decided(config: RunConfig, options: NoticeOptions, behind: Behind | None) -> _Standing:
    """How the application stands: by its case where it has one, else by its score.

    An opinion may have handed a declined application to a person, and only its case knows.
    """
    folder, wanted = options.run, options.application
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


def _by_case(config: RunConfig, place: Path, record: CaseRecord) -> _Standing:
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
    return _Standing(decided, _policy(manifest), by_person)


def _by_score(config: RunConfig, place: Path, wanted: str, behind: Behind | None) -> _Standing:
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
    return _Standing(decided, policy)


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
