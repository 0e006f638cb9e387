"""A report to its files and to MLflow: JSON with every figure, one HTML page, a PDF by wish."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from features.language import Language
from pipelines.config import RunConfig
from pipelines.manifest import RunManifest
from pipelines.pages import summary
from pipelines.pages.page import html
from pipelines.pages.words import Words
from pipelines.rundir import RunDirectory, standing_run
from pipelines.tracking import RunLog, Tracking
from risk.report.document import Report

REPORT, PAGE, PRINTED = "report.json", "report.html", "report.pdf"


@dataclass(frozen=True)
class Wanted:
    """How a report is written down.

    Attributes:
        output: Directory of the report.
        language: Language of page and PDF.
        pdf: Whether there is to be a PDF.
        replace: Whether another report there gives way.
    """

    output: Path
    language: Language
    pdf: bool = False
    replace: bool = False

    def require(self) -> None:
        """Make sure that what is wanted can be had here, before work is done for it.

        Raises:
            ConfigError: A PDF is wanted, and cannot be made.
        """
        if self.pdf:
            from pipelines.pages.pdf import require

            require(self.language)

    def files(self) -> dict[str, str]:
        """Where everything lies, by what it is."""
        names = {"report": REPORT, "page": PAGE, **({"pdf": PRINTED} if self.pdf else {})}
        return {key: str(self.output / name) for key, name in names.items()}


def decisive(config: RunConfig, wanted: Wanted) -> dict[str, JsonValue]:
    """The settings that a report on models follows from, beside what it rests on."""
    names = {"policy", "scorecard", "reasons", "samples", "validation"}
    settings = config.model_dump(mode="json", include=names)
    return {**settings, "language": wanted.language, "pdf": wanted.pdf}


def standing(wanted: Wanted, manifest: RunManifest) -> Report | None:
    """The report that stands there already, made from the same; None where there is none.

    Raises:
        DataError: Something else stands there.
    """
    done = standing_run(wanted.output, manifest.key(), replace=wanted.replace)
    return Report.from_json((wanted.output / REPORT).read_bytes()) if done else None


def deliver(report: Report, manifest: RunManifest, wanted: Wanted) -> RunManifest:
    """Write a report, all of it or nothing.

    Raises:
        ScorerError: A PDF is wanted and cannot be made, or the directory is taken.
    """
    page = html(report, wanted.language)
    with RunDirectory(wanted.output, manifest.key(), replace=wanted.replace) as stage:
        stage.path(REPORT).write_text(report.to_json(), "utf-8")
        stage.path(PAGE).write_text(page, "utf-8")
        if wanted.pdf:
            from pipelines.pages.pdf import pdf

            paper = html(report, wanted.language, printed=True)
            stage.path(PRINTED).write_bytes(pdf(paper, wanted.language))
        return stage.commit(manifest, counts(report)).manifest


def counts(report: Report) -> dict[str, int]:
    """Sections, and red and amber lights in them."""
    found = summary.lights(report)
    return {"sections": len(report.sections), "red": found["red"], "amber": found["amber"]}


def notes(report: Report, language: Language) -> tuple[str, ...]:
    """Everything red or amber, a line each."""
    words = Words(language)
    return tuple(
        f"{words.shape(found.light)} {words.listed(f'{found.section}: {found.what}', found.told)}"
        for found in summary.findings(report, words)
    )


def record(
    tracking: Tracking, run_id: str, folder: str, report: Report, manifest: RunManifest
) -> None:
    """Log a report under a run that it speaks of; a later one in the same folder replaces it.

    Args:
        tracking: Where.
        run_id: The run.
        folder: Of the report among the run's artifacts.
        report: The report.
        manifest: What it was made from.

    Raises:
        TrackingError: The run is gone, or MLflow's store cannot be written to.
    """
    begin = folder.replace("/", ".")
    tracking.attach(
        run_id,
        RunLog(
            name=report.kind,
            job=report.kind,
            metrics={f"{begin}.{key}": value for key, value in report.metrics().items()},
            texts={
                f"{folder}/{REPORT}": report.to_json(),
                f"{folder}/manifest.json": manifest.to_json(),
                **{
                    f"{folder}/report.{language}.html": html(report, language)
                    for language in ("zh", "en")
                },
            },
            tags={f"mingjian.{report.kind}": report.light},
        ),
    )


def plain(name: str) -> str:
    """A name as MLflow takes it in a path and in a metric."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
