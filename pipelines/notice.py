"""`risk notice`: the adverse-action notice of one application, from the run that declined it.

Nothing of a notice goes to MLflow: it is written for one person.
"""

import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from features.errors import DataError
from features.language import Language, catalogue
from pipelines import disk
from pipelines.config import RunConfig
from pipelines.decided import Behind, Standing, standing
from pipelines.errors import ConfigError
from pipelines.job import JobResult
from risk.notice import Decided, Notice, NoticeSettings, letter, notice
from risk.policy import Policy
from risk.sheet import to_html, to_text

logger = logging.getLogger(__name__)


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
    found = _reasons_of(standing(config, options.run, options.application, behind))
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


def _reasons_of(found: Standing) -> Notice:
    """The reasons that a letter can give.

    Raises:
        DataError: There are none, as where a person declined for reasons of their own.
    """
    try:
        return notice(found.decided, found.policy)
    except DataError as error:
        if not found.by_person:
            raise
        known = found.decided.score.application_id
        raise DataError(
            f"a person declined {known} at the desk, and no reason code says why; the letter is "
            "theirs to write and has to state their own reasons"
        ) from error
