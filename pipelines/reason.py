"""`risk reason`: narratives for the selected cases of a scored run, every claim checked.

Reads the same source again, keeps only the selected rows, and leaves one record a case. The score
is never changed here; the recommendation only by the ratchet of `risk.decision`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from features.language import Language
from pipelines.backends import Backends
from pipelines.cases import CASES, ENDED, SELECTION, read_cases
from pipelines.chosen import Applications, Chosen
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.intake.rules import PaperRules
from pipelines.job import Advance, JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.papers import open_papers
from pipelines.rundir import RunDirectory, clear, standing_run
from pipelines.score import decisive, fitting_dictionary
from pipelines.sources import Source
from pipelines.telling import Teller, Told, tell
from pipelines.tracking import OUTPUT_TAG, RunLog, StoredModel, TracePlan, Tracking
from risk.model import PDModel
from risk.overlay import Overlay
from risk.scoring import Scorer
from risk.validation.faithfulness import Running

_TEMPLATE_TRACES = 100


@dataclass(frozen=True)
class ReasonOptions:
    """What the command line says.

    Attributes:
        scores: Directory of the scored run.
        output: Directory of this run.
        language: Language of the narratives.
        replace: Whether another run in `output` gives way.
        backends: The back ends.
        documents: Folder or table of documents that are no columns of the source.
        again: Whether a run with failed cases is taken up again.
    """

    scores: Path
    output: Path
    language: Language
    replace: bool = False
    backends: Backends = field(default_factory=Backends.template)
    documents: Path | None = None
    again: bool = False


def run(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: ReasonOptions,
    reporter: Reporter,
) -> JobResult:
    """Reason about the selected cases of a scored run.

    A run that left cases pending is taken up again by running it again: what was answered comes
    from the store, and only the rest is asked for.

    Raises:
        ScorerError: The scored run, the source or the model do not belong together, or the store
            of answers cannot be used.
    """
    ready = prepare(config, source, stored, options, reporter)
    manifest = ready.manifest
    done, told = standing_run(options.output, manifest.key(), replace=options.replace), None
    unended = ("pending", "failed") if options.again else ("pending",)
    open_ = done is not None and any(done.counts.get(each) for each in unended)
    if done is None or open_:
        key, how = manifest.key(), config.rationale
        with RunDirectory(options.output, key, replace=options.replace, renew=open_) as stage:
            with Chosen(ready.applications, options.scores, how, reporter) as chosen:
                with reporter.step("step.reason", chosen.total) as advance:
                    cases = chosen.cases(ready.scorer, ready.teller.fitted)
                    records = ready.teller.records(cases)
                    told = tell(stage.path(CASES), records, chosen.total, advance)
                counts = {**told.counts, **chosen.left_over()}
            chosen.deliver(stage.path(SELECTION))
            done = stage.commit(manifest, counts).manifest
    else:
        clear(options.output)
    with reporter.step("step.track") as advance:
        run_id = track(config, options, done, told, advance)
    return JobResult(
        "reason",
        run_id,
        manifest.key(),
        done.counts,
        {"asked": spent(config, options.backends, told.seconds if told else 0.0)},
        {"rationales": str(options.output), CASES: str(options.output / CASES)},
        notes=told.notes() if told else (),
    )


@dataclass(frozen=True)
class Prepared:
    """A run that could begin.

    Attributes:
        manifest: What it is made from.
        scorer: As the scored run's.
        teller: What turns cases into records.
        applications: Where the cases come from.
    """

    manifest: RunManifest
    scorer: Scorer
    teller: Teller
    applications: Applications


def prepare(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: ReasonOptions,
    reporter: Reporter,
) -> Prepared:
    """Read what a run needs, and see that it belongs together.

    Raises:
        ScorerError: It does not, or cannot be read.
    """
    scored = _scored_run(config, options.scores, source, stored)
    papers = open_papers(options.documents) if options.documents else None
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
    overlay = _overlay(config, stored, options.backends)
    given = {"documents": papers.digest()} if papers else {}
    # No score follows from cross-checks, so that the dictionary's digest leaves them out.
    checks = dictionary.model_dump(mode="json", include={"checks"}) if dictionary.checks else {}
    by_kind = papers is not None and any(each.papers for each in dictionary.checks.values())
    rules = PaperRules.beside(config.home / "risk.toml") if by_kind else None
    manifest = RunManifest.of(
        "reason",
        data={"scores": scored.key(), **scored.data, **given},
        dictionary=dictionary.digest(),
        model=stored.digest,
        prompt=options.backends.identity,
        config={
            "selection": config.rationale.model_dump(mode="json"),
            **decisive(config),
            **checks,
            **({"papers": rules.digest()} if rules else {}),
            "language": options.language,
            **({"overlay": overlay.model_dump(mode="json")} if config.reasoning.overlay else {}),
        },
    )
    return Prepared(
        manifest,
        Scorer(model, config.policy, count=config.reasons.count),
        Teller(options.backends, options.language, config.policy, overlay),
        Applications(source, dictionary, config.policy, papers, rules),
    )


def _scored_run(
    config: RunConfig, folder: Path, source: Source, stored: StoredModel
) -> RunManifest:
    """The scored run's manifest, provided that it was made from this source, model and config."""
    scored = RunManifest.read(folder)
    if scored.data.get("applications") != source.digest():
        raise ConfigError(f"{folder} was not scored from {source.name}; give the same input")
    if scored.model != stored.digest:
        raise ConfigError(
            f"{folder} was scored by another model than {stored.name} version {stored.version}; "
            "give its version with --model, or score again"
        )
    if scored.config != decisive(config):
        raise ConfigError(
            f"{folder} was scored under other [policy] or [reasons] settings than risk.toml has "
            "now; restore them, or score again"
        )
    return scored


def _overlay(config: RunConfig, stored: StoredModel, backends: Backends) -> Overlay:
    """The effect of opinions, provided that it was measured with this model and these back ends."""
    place = config.reasoning.overlay
    if place is None:
        return Overlay.none()
    try:
        overlay = Overlay.from_json(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"reasoning.overlay, {place}, cannot be read: {error}") from error
    if (overlay.model, overlay.backend) != (stored.digest, backends.identity):
        raise ConfigError(
            f"reasoning.overlay, {place}, was measured with another model, back end or prompt; "
            "run `risk evaluate-reasoning` again, or take the line out of risk.toml"
        )
    return overlay


def spent(config: RunConfig, backends: Backends, seconds: float) -> dict[str, float]:
    """What asking took: seconds, requests, tokens and, where it has a price, the GPU time's.

    Args:
        config: Names GPUs and price.
        backends: What was asked.
        seconds: From the first request to the last answer.
    """
    took = {"seconds": seconds, **{key: float(n) for key, n in backends.counts().items()}}
    held = config.reasoning
    if held.gpu_hour_price and backends.profiles:
        took["cost"] = seconds * held.gpus / 3_600 * held.gpu_hour_price
    return took


def track(
    config: RunConfig,
    options: ReasonOptions,
    done: RunManifest,
    told: Told | None,
    advance: Advance,
) -> str:
    """Log the run and, where a model was asked, its prompt and a trace for each case."""
    tracking = Tracking(config.tracking, config.name)
    backends, metrics = options.backends, {key: float(n) for key, n in done.counts.items()}
    if told is not None:
        running = Running(
            wall_seconds=max(told.seconds, 1e-3),
            gpus=config.reasoning.gpus,
            gpu_hour_price=config.reasoning.gpu_hour_price,
        )
        metrics |= told.tally.result(running).metrics()
        metrics |= {key: float(n) for key, n in backends.counts().items()}
        metrics["wall_seconds"] = told.seconds
    run_id = tracking.record(
        RunLog(
            name="reason",
            job="reason",
            params={"backend": backends.name, "language": options.language},
            metrics=metrics,
            texts={"manifest.json": done.to_json(), "back_end.json": backends.identity},
            tags={"mingjian.run_key": done.key(), OUTPUT_TAG: str(options.output.resolve())},
        )
    )
    prompt = tracking.prompt(options.language, run_id) if backends.profiles else None
    total = sum(done.counts[key] for key in ENDED)
    # The template's words follow from the case: a few traces show what they look like.
    limit = config.reasoning.traces if backends.profiles else _TEMPLATE_TRACES
    plan = TracePlan(run_id, done.key(), total, prompt, limit)
    tracking.reasoned(lambda: read_cases(options.output), plan, advance)
    return run_id
