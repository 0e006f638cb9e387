"""`risk validate`: one model judged on a labelled table, on one page."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.sources import Source
from pipelines.tracking import Tracking
from pipelines.unseen import Rows
from pipelines.validation import delivering
from pipelines.validation.delivering import Wanted
from pipelines.validation.models import Judged, open_model
from pipelines.validation.opening import Table, evidence, read_table
from pipelines.validation.reasoned import read_reasoned
from risk.report import assembly
from risk.report.evidence import Reasoned


@dataclass(frozen=True)
class ValidateOptions:
    """What the command line says.

    Attributes:
        run: The model, as `pipelines.validation.models.open_model` takes it.
        wanted: How the report is written down.
        rows: Which rows judge.
        reasoned: Directory of a reasoned run over some of the rows; None for none.
        evaluation: Directory of an evaluation of reasoning; None for none.
    """

    run: str
    wanted: Wanted
    rows: Rows = "unseen"
    reasoned: Path | None = None
    evaluation: Path | None = None


def run(
    config: RunConfig, source: Source, options: ValidateOptions, reporter: Reporter
) -> JobResult:
    """Judge a model, write the report, and log it under the run that trained the model.

    Raises:
        ScorerError: Model, table or reasoned run cannot be used, or do not belong together.
    """
    options.wanted.require()
    with reporter.step("step.load"):
        judged = open_model(config, options.run)
        reasoned = _reasoned(config, options)
    table = read_table(config, judged.dictionary, source, reporter, options.rows)
    manifest = _manifest(config, judged, table, reasoned, options)
    report = delivering.standing(options.wanted, manifest)
    if report is None:
        with reporter.step("step.score"):
            known = evidence(config, judged, table, options.rows, reasoned)
        with reporter.step("step.judge", assembly.COUNT) as advance:
            report = assembly.validation(known, advance)
        with reporter.step("step.write"):
            manifest = delivering.deliver(report, manifest, options.wanted)
    if judged.run_id:
        with reporter.step("step.track"):
            tracking = Tracking(config.tracking, config.name)
            delivering.record(tracking, judged.run_id, judged.folder, report, manifest)
    return JobResult(
        "validate",
        judged.run_id,
        manifest.key(),
        delivering.counts(report),
        files=options.wanted.files(),
        notes=delivering.notes(report, options.wanted.language),
    )


def _reasoned(config: RunConfig, options: ValidateOptions) -> Reasoned | None:
    if options.reasoned is None:
        if options.evaluation is not None:
            raise ConfigError(
                f"{options.evaluation} measures reasoning, and no reasoned run is given; add "
                "--reasoned, the run of the same model and back end"
            )
        return None
    return read_reasoned(options.reasoned, options.evaluation, config.store)


def _manifest(
    config: RunConfig,
    judged: Judged,
    table: Table,
    reasoned: Reasoned | None,
    options: ValidateOptions,
) -> RunManifest:
    return RunManifest.of(
        "validate",
        data={"applications": table.digest},
        dictionary=judged.dictionary.digest(),
        model=judged.digest,
        config={
            **delivering.decisive(config, options.wanted),
            "rows": options.rows,
            "reasoned": dict(reasoned.identity) if reasoned else {},
        },
    )
