"""`risk card`: a model card as Markdown and as a page, and both beside the model in MLflow."""

from dataclasses import dataclass
from pathlib import Path

from features.language import LANGUAGES, Language
from pipelines import disk
from pipelines.card.evidence import measured
from pipelines.card.known import Known, know
from pipelines.card.model import described
from pipelines.card.settings import UNSTATED
from pipelines.card.words import CardWords
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.tracking import RunLog, Tracking
from risk.sheet import Pairs, Sheet, to_html, to_markdown


@dataclass(frozen=True)
class CardOptions:
    """What the command line says.

    Attributes:
        model: Alias, version or training run of the model.
        output: Folder of the files.
        language: Their language.
        report: A validation report; None takes the one that was logged last.
        replace: Whether other files of the same names give way.
    """

    model: str
    output: Path
    language: Language
    report: Path | None = None
    replace: bool = False


def run(config: RunConfig, options: CardOptions, reporter: Reporter) -> JobResult:
    """Write a model card.

    Raises:
        ConfigError: A file is there already and says something else, or the report cannot be
            used.
        DataError: The files cannot be written.
        TrackingError: There is no such model, or MLflow's store cannot be used.
    """
    with reporter.step("step.load"):
        known = know(config, options.model, options.report)
    sheet = card(known, options.language)
    name = f"model-card-{known.stored.name}-{known.stored.version}"
    files = {
        "card": (options.output / f"{name}.html", to_html(sheet)),
        "markdown": (options.output / f"{name}.md", to_markdown(sheet)),
    }
    for place, text in files.values():
        _refuse_other(place, text, options)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        for place, text in files.values():
            disk.write(place, text.encode())
    except OSError as error:
        raise disk.explained(error, options.output) from error
    with reporter.step("step.track"):
        _log(config, known)
    return JobResult(
        "card",
        known.stored.run_id,
        counts={
            "feature": len(known.model.dictionary.features),
            "protected": len(known.model.dictionary.protected),
            "unstated": sum(text == UNSTATED for _, text in config.card),
        },
        files={name: str(place) for name, (place, _) in files.items()},
    )


def card(known: Known, language: Language) -> Sheet:
    """The card in one language."""
    say = CardWords(language)
    stored = known.stored
    rows = (
        (say("card.versions.model"), f"{stored.name} {stored.version}"),
        (say("card.versions.trained"), f"{known.told.started:%Y-%m-%d}"),
        (say("card.versions.digest"), stored.digest),
    )
    return Sheet(
        title=say("card.title", name=stored.name, version=stored.version),
        language=language,
        blocks=(Pairs(rows), *described(known, say), *measured(known, say)),
    )


def _refuse_other(place: Path, text: str, options: CardOptions) -> None:
    """A card may have been worked on by hand since."""
    if options.replace or not place.exists() or place.read_bytes() == text.encode():
        return
    raise ConfigError(
        f"{place} is there already and says something else; move it away, or --replace it"
    )


def _log(config: RunConfig, known: Known) -> None:
    sheets = {language: card(known, language) for language in LANGUAGES}
    texts = {f"card/model-card.{key}.md": to_markdown(sheet) for key, sheet in sheets.items()}
    texts |= {f"card/model-card.{key}.html": to_html(sheet) for key, sheet in sheets.items()}
    log = RunLog(name="card", job="card", texts=texts)
    Tracking(config.tracking, config.name).attach(known.stored.run_id, log)
