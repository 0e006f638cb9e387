"""`risk evaluate-reasoning`: what the reasoning pass adds to the model, measured on labelled rows.

Asks the back end about a sample of rows that the model was not trained on, and puts model,
opinions and a cheap text score to a contest. Changes no score and registers nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from features.dictionary import DataDictionary
from features.errors import DataError
from features.language import Language
from pipelines import plots
from pipelines.backends import Backends
from pipelines.book import load_book
from pipelines.config import ReasoningSettings, RunConfig
from pipelines.evaluation import contest, report
from pipelines.evaluation.answers import Asking, digest
from pipelines.evaluation.findings import Evaluation, GpuPrice, cost, part, said, statuses
from pipelines.evaluation.sample import Draw, Drawn, draw
from pipelines.job import JobResult, Reporter
from pipelines.manifest import MANIFEST, RunManifest
from pipelines.rundir import RunDirectory, standing_run
from pipelines.score import decisive, fitting_dictionary
from pipelines.sinks import ParquetSink
from pipelines.sources import Source
from pipelines.tracking import RunLog, StoredModel, Tracking
from risk.contest import Contest
from risk.model import PDModel
from risk.scoring import Scorer

EVALUATION, REPORT, OVERLAY = "evaluation.json", "evaluation.md", "overlay.json"
CASES, PICTURE = "evaluated.parquet", "gains.png"


@dataclass(frozen=True)
class EvaluateOptions:
    """What the command line says.

    Attributes:
        output: Directory of this run.
        backends: What answers.
        language: Language to reason in, and of the report.
        draw: Which rows are reasoned about.
        price: What the hardware costs; None leaves the cost in tokens and seconds.
        replace: Whether another run in `output` gives way.
    """

    output: Path
    backends: Backends
    language: Language
    draw: Draw = field(default_factory=Draw)
    price: GpuPrice | None = None
    replace: bool = False


def price_of(settings: ReasoningSettings) -> GpuPrice | None:
    """The price that the config names; None where it names none.

    Cases are taken to be answered as many at once as the back end is allowed.
    """
    asked = settings.engine if settings.backend == "engine" else settings.server
    if not settings.gpu_hour_price or asked is None:
        return None
    return GpuPrice(per_hour=settings.gpu_hour_price, gpus=settings.gpus, at_once=asked.concurrency)


def run(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: EvaluateOptions,
    reporter: Reporter,
) -> JobResult:
    """Reason about labelled rows and measure what it adds.

    Raises:
        ScorerError: Source, config and model do not belong together, the model was trained on
            these rows, or they are too few; nothing has been asked then.
    """
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, count=config.reasons.count)
    asked = _manifest(config, dictionary, source, stored, options)
    replace = options.replace or may_complete(options.output, asked)
    also = [rule.field for rule in config.policy.rules]
    book = load_book(config, dictionary, source, reporter, also)
    drawn = draw(book, dictionary.date, model, options.draw)
    with reporter.step("step.score"):
        rows = contest.scored(scorer, drawn, config.rationale)
    with reporter.step("step.ask", int(drawn.chosen.sum())) as advance:
        asking = Asking(scorer, dictionary, options.backends, options.language)
        answers = asking.answers(drawn, advance)
    with reporter.step("step.judge"):
        rows = rows.join(answers)
        held = contest.contest(rows, drawn, dictionary, options.draw.seed)
        found = _evaluation(rows, drawn, held, stored, options)
    manifest = asked.model_copy(update={"data": {**asked.data, "answers": digest(answers)}})
    done = standing_run(options.output, manifest.key(), replace=replace)
    if done is None:
        rejected = int(book.intake.rejected["row"].nunique())
        with RunDirectory(options.output, manifest.key(), replace=replace) as stage:
            _write(stage, found, contest.table(rows, held), options.language)
            done = stage.commit(manifest, {**_counts(found), "rejected": rejected}).manifest
    with reporter.step("step.track"):
        log = _log(found, done, options.language)
        run_id = Tracking(config.tracking, config.name).record(log)
    return _result(found, done, run_id, options)


def _manifest(
    config: RunConfig,
    dictionary: DataDictionary,
    source: Source,
    stored: StoredModel,
    options: EvaluateOptions,
) -> RunManifest:
    """All that is known before the first answer; the answers join it, for no model repeats them."""
    how, price = options.draw, options.price
    return RunManifest.of(
        "evaluate-reasoning",
        data={"applications": source.digest()},
        dictionary=dictionary.digest(),
        model=stored.digest,
        prompt=options.backends.identity,
        config={
            **decisive(config),
            "selection": config.rationale.model_dump(mode="json"),
            "samples": config.samples.model_dump(mode="json"),
            "draw": how._asdict(),
            "price": price.model_dump(mode="json") if price else None,
            "language": options.language,
        },
    )


def may_complete(target: Path, asked: RunManifest) -> bool:
    """Whether the same evaluation stands there with answers pending, and may now be completed.

    Raises:
        DataError: Another run stands there; said before anything is asked and paid for.
    """
    try:
        standing = RunManifest.read(target)
    except DataError:
        return False
    data = {name: digest for name, digest in standing.data.items() if name != "answers"}
    if standing.model_copy(update={"data": data}).key() != asked.key():
        standing_run(target, asked.key())
    return bool(standing.counts.get("pending"))


def _evaluation(
    rows: pd.DataFrame,
    drawn: Drawn,
    held: Contest,
    stored: StoredModel,
    options: EvaluateOptions,
) -> Evaluation:
    cases = rows[drawn.chosen]
    by_status, by_code = statuses(cases)
    return Evaluation(
        language=options.language,
        model=f"{stored.name} version {stored.version}",
        backend=options.backends.name,
        answered_by=tuple(sorted({name for name in cases["answered_by"] if name})),
        unseen=len(rows),
        alike=drawn.alike,
        earlier=part(rows[drawn.earlier], drawn.dates),
        later=part(rows[drawn.judged], drawn.dates),
        text_rows=int((~drawn.later).sum()) if "text" in held.log_odds else 0,
        statuses=by_status,
        codes=by_code,
        said=said(cases),
        overlay=held.overlay.model_copy(
            update={"model": stored.digest, "backend": options.backends.identity}
        ),
        comparisons=tuple(contest.comparisons(rows, drawn, held)),
        cost=cost(cases, options.price),
    )


def _counts(found: Evaluation) -> dict[str, int]:
    return {"evaluated": found.earlier.rows + found.later.rows, **found.statuses}


def _write(stage: RunDirectory, found: Evaluation, table: pd.DataFrame, language: Language) -> None:
    stage.path(EVALUATION).write_text(found.to_json(), "utf-8")
    stage.path(OVERLAY).write_text(found.overlay.to_json(), "utf-8")
    stage.path(REPORT).write_text(report.markdown(found, language), "utf-8")
    plots.gains(found.comparisons[0], language).savefig(stage.path(PICTURE), dpi=120)
    with ParquetSink(stage.path(CASES)) as cases:
        cases.write(table)


def _log(found: Evaluation, done: RunManifest, language: Language) -> RunLog:
    return RunLog(
        name="evaluate-reasoning",
        job="evaluate-reasoning",
        params={
            "backend": found.backend,
            "model": found.model,
            "language": language,
            "verdict": found.overlay.verdict,
        },
        metrics={
            **{key: float(n) for key, n in done.counts.items()},
            **{
                f"{who}.{key}": v
                for who, each in found.metrics().items()
                for key, v in each.items()
            },
            "prompt_tokens": float(found.cost.prompt_tokens),
            "answer_tokens": float(found.cost.answer_tokens),
            "seconds": found.cost.seconds,
        },
        texts={
            MANIFEST: done.to_json(),
            EVALUATION: found.to_json(),
            OVERLAY: found.overlay.to_json(),
            REPORT: report.markdown(found, language),
        },
        figures={f"plots/{PICTURE}": plots.gains(found.comparisons[0], language)},
        tags={"mingjian.run_key": done.key()},
    )


def _result(
    found: Evaluation, done: RunManifest, run_id: str, options: EvaluateOptions
) -> JobResult:
    places: Mapping[str, str] = {
        "report": REPORT, "evaluation": EVALUATION, "overlay": OVERLAY, "picture": PICTURE,
    }  # fmt: skip
    return JobResult(
        "evaluate-reasoning",
        run_id,
        done.key(),
        done.counts,
        found.metrics(),
        files={key: str(options.output / name) for key, name in places.items()},
        notes=report.notes(found, options.language),
    )
