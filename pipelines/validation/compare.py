"""`risk compare`: two runs side by side on the same rows, on one page."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.sources import Source
from pipelines.tracking import Tracking
from pipelines.unseen import Rows
from pipelines.validation import delivered, delivering
from pipelines.validation.delivering import Wanted
from pipelines.validation.models import open_model
from pipelines.validation.opening import Table, aligned, evidence, read_table
from risk.report import assembly
from risk.report.evidence import Pair


@dataclass(frozen=True)
class CompareOptions:
    """What the command line says.

    Attributes:
        runs: Two models, as `pipelines.validation.models.open_model` takes them, or two delivered
            runs, as `pipelines.validation.delivered.find` does.
        wanted: How the report is written down.
        rows: Which rows of the table judge models.
    """

    runs: tuple[str, str]
    wanted: Wanted
    rows: Rows = "unseen"


@dataclass(frozen=True)
class Opened:
    """Two runs that can be compared.

    Attributes:
        pair: The runs.
        digests: What each of them was.
        run_ids: MLflow runs that the report is logged under.
    """

    pair: Pair
    digests: tuple[str, ...]
    run_ids: tuple[str, ...]


def run(
    config: RunConfig, source: Source | None, options: CompareOptions, reporter: Reporter
) -> JobResult:
    """Compare two runs, write the report, and log it under both.

    Args:
        config: The portfolio.
        source: Labelled rows; needed for models, and for delivered runs where outcomes are known.
        options: What the command line says.
        reporter: Told how far it is.

    Raises:
        ScorerError: A run or the table cannot be used, or they do not belong together.
    """
    options.wanted.require()
    opened = _open(config, source, options, reporter)
    manifest = _manifest(config, opened, options)
    report = delivering.standing(options.wanted, manifest)
    if report is None:
        with reporter.step("step.judge", assembly.COUNT) as advance:
            report = assembly.comparison(opened.pair, advance)
        with reporter.step("step.write"):
            manifest = delivering.deliver(report, manifest, options.wanted)
    with reporter.step("step.track"):
        tracking = Tracking(config.tracking, config.name)
        folder = "comparison/" + "-".join(delivering.plain(name) for name in report.subjects)
        for run_id in dict.fromkeys(filter(None, opened.run_ids)):
            delivering.record(tracking, run_id, folder, report, manifest)
    return JobResult(
        "compare",
        next(filter(None, opened.run_ids), ""),
        manifest.key(),
        delivering.counts(report),
        files=options.wanted.files(),
        notes=delivering.notes(report, options.wanted.language),
    )


def _open(
    config: RunConfig, source: Source | None, options: CompareOptions, reporter: Reporter
) -> Opened:
    folders = [delivered.find(config, reference) for reference in options.runs]
    known = [folder for folder in folders if folder]
    if len(known) == 1:
        raise ConfigError(
            f"{options.runs[0]} and {options.runs[1]} are a model and a delivered run; compare "
            "two of a kind"
        )
    if known:
        return _delivered(config, known, source, reporter)
    if source is None:
        raise ConfigError("two models are compared on labelled rows; name them with --input")
    return _models(config, source, options, reporter)


def _models(
    config: RunConfig, source: Source, options: CompareOptions, reporter: Reporter
) -> Opened:
    with reporter.step("step.load"):
        judged = [open_model(config, reference) for reference in options.runs]
    tables: dict[str, Table] = {}
    sides = []
    for each in judged:
        key = each.dictionary.digest()
        if key not in tables:
            tables[key] = read_table(config, each.dictionary, source, reporter, options.rows)
        with reporter.step("step.score"):
            sides.append(evidence(config, each, tables[key], options.rows))
    return Opened(
        aligned(*sides),
        (next(iter(tables.values())).digest, *(each.digest for each in judged)),
        tuple(each.run_id for each in judged),
    )


def _delivered(
    config: RunConfig, folders: list[Path], source: Source | None, reporter: Reporter
) -> Opened:
    dictionary = config.read_dictionary()
    table = read_table(config, dictionary, source, reporter, "all") if source else None
    with reporter.step("step.load"):
        sides = [delivered.open_delivered(config, folder, table) for folder in folders]
    keys = [delivered.key_of(folder) for folder in folders]
    tracking = Tracking(config.tracking, config.name)
    return Opened(
        aligned(*sides),
        (table.digest if table else "", *keys),
        tuple(tracking.find_run(key) for key in keys),
    )


def _manifest(config: RunConfig, opened: Opened, options: CompareOptions) -> RunManifest:
    pair, (table, *runs) = opened.pair, opened.digests
    return RunManifest.of(
        "compare",
        data={"applications": table, **dict(zip(("a", "b"), runs, strict=True))},
        dictionary=pair.b.dictionary.digest(),
        config={
            **delivering.decisive(config, options.wanted),
            "runs": list(options.runs),
            "rows": options.rows,
            "reasoned": [dict(s.reasoned.identity) if s.reasoned else {} for s in pair.sides],
        },
    )
