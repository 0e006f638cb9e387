"""`risk score`: every application of a source scored, in batches, delivered at once or not at all.

Exactly the rows that keep to the dictionary are in `scores.parquet`; every other row is in
`rejects.csv`, with field and rule. Restart and other engines plug in at `_score`.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
from pydantic import JsonValue

from features.dictionary import DataDictionary, Field
from pipelines.allocation import give_back_early
from pipelines.beside import beside
from pipelines.config import RunConfig
from pipelines.deadline import Deadline
from pipelines.engines import Engine, LocalEngine
from pipelines.errors import ConfigError
from pipelines.job import Advance, JobResult, Reporter
from pipelines.ledger import LEDGER, Ledger
from pipelines.manifest import MANIFEST, RunManifest
from pipelines.reading import columns_for, refuse_empty
from pipelines.rundir import RunDirectory, clear, standing_run
from pipelines.score_part import SCORES, PartTask, PartWorker
from pipelines.settling import REJECTS, settle
from pipelines.sources import Source
from pipelines.stability import read_psi
from pipelines.tracking import OUTPUT_TAG, RunLog, StoredModel, Tracking
from risk.model import PDModel
from risk.policy import Recommendation
from risk.scoring import Scorer

logger = logging.getLogger(__name__)

PART_ROWS = 100_000
"""About how many rows make a part; a large row group of Parquet is one by itself."""


@dataclass(frozen=True)
class ScoreOptions:
    """How a run is made; none of it changes its bytes.

    Attributes:
        output: Directory of the run.
        replace: Whether another run there gives way.
        engine: What the parts are shared out by.
        deadline: When to stop.
        allow_empty: Whether a source may have no rows.
    """

    output: Path
    replace: bool = False
    engine: Engine = field(default_factory=LocalEngine)
    deadline: Deadline = field(default_factory=Deadline)
    allow_empty: bool = False


def run(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: ScoreOptions,
    reporter: Reporter,
) -> JobResult:
    """Score a source into a directory, and log the run.

    Raises:
        DeadlineError: The deadline has come; the finished parts are kept.
        ScorerError: Input, dictionary or model cannot be used.
    """
    done = deliver(config, source, stored, options, reporter)
    metrics = measured(options.output, done)
    with reporter.step("step.track"):
        run_id = track(config, stored, done, options.output, metrics)
    places = {"scores": SCORES, "rejects": REJECTS, "manifest": MANIFEST}
    files = {name: str(options.output / place) for name, place in places.items()}
    return JobResult("score", run_id, done.key(), done.counts, {"scored": metrics}, files)


def deliver(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: ScoreOptions,
    reporter: Reporter,
) -> RunManifest:
    """Score a source into a directory; a run that already stands there is left as it is.

    A run that was stopped goes on from its finished parts, and ends with the same bytes.

    Raises:
        DeadlineError: The deadline has come; the finished parts are kept.
        ScorerError: Input, dictionary or model cannot be used.
    """
    if not options.allow_empty:
        refuse_empty(source)
    give_back_early()
    with (
        reporter.step("step.load"),
        beside(source.digest, options.deadline.check) as digest,
    ):
        # Threads are the engine's: a model that threads as well would fight it for the cores.
        model = PDModel.load(stored.path, stored.digest, threads=1)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, config.reasons.rows, config.reasons.count)
        scorer.prepare()
        manifest = _manifest(config, dictionary, digest.result(), stored)
    if model.baseline is None:
        logger.warning(
            "%s version %s was trained before models kept how development was scored, so the run "
            "has no PSI; train again to have it",
            stored.name,
            stored.version,
        )
    key = manifest.key()
    done = standing_run(options.output, key, replace=options.replace)
    if done is None:
        with RunDirectory(options.output, key, replace=options.replace, keep=LEDGER) as stage:
            ledger = Ledger(stage.root)
            also = [rule.field for rule in config.policy.rules]
            worker = PartWorker(
                stage.root, scorer, dictionary, also, source.name, options.deadline.check
            )
            with reporter.step("step.score", source.rows or 0) as advance:
                _score(source, worker, ledger, options.engine, advance)
            with reporter.step("step.settle"):
                settled = settle(stage, ledger, dictionary, model)
                done = stage.commit(manifest, settled.counts, settled.files).manifest
    else:
        clear(options.output)
    return done


def track(
    config: RunConfig,
    stored: StoredModel,
    done: RunManifest,
    output: Path,
    metrics: Mapping[str, float],
) -> str:
    """Log a delivered run, where it lies, and what was measured of it; returns its id.

    Raises:
        TrackingError: MLflow's store cannot be reached or written to.
    """
    return Tracking(config.tracking, config.name).record(
        RunLog(
            name="score",
            job="score",
            params={"model": f"{stored.name} version {stored.version}"},
            metrics={**{k: float(v) for k, v in done.counts.items()}, **metrics},
            texts={"manifest.json": done.to_json()},
            tags={"mingjian.run_key": done.key(), OUTPUT_TAG: str(output.resolve())},
        )
    )


def _score(
    source: Source, worker: PartWorker, ledger: Ledger, engine: Engine, advance: Advance
) -> None:
    """Have every part scored that is not finished yet."""
    done = sum(part.rows for part in ledger.parts.values())
    advance(done, source.rows or 0)
    tasks = _tasks(source, worker, ledger)
    for part in engine.map(lambda spread: replace(worker, spread=spread), tasks):
        ledger.enter(part)
        done += part.rows
        advance(done, source.rows or 0)


def _tasks(source: Source, worker: PartWorker, ledger: Ledger) -> Iterator[PartTask]:
    """The unfinished parts; what a finished one covers is read over where it must be."""
    columns = columns_for(source, worker.dictionary, "score", worker.also)
    for number, batches in enumerate(source.stretches(columns, PART_ROWS)):
        worker.pause()
        if number not in ledger:
            yield PartTask(number, batches)


def _manifest(
    config: RunConfig, dictionary: DataDictionary, digest: str, stored: StoredModel
) -> RunManifest:
    return RunManifest.of(
        "score",
        data={"applications": digest},
        dictionary=dictionary.digest(),
        model=stored.digest,
        config=decisive(config),
    )


def decisive(config: RunConfig) -> dict[str, JsonValue]:
    """The settings that scores follow from."""
    return {
        "policy": config.policy.model_dump(mode="json"),
        "reasons": config.reasons.model_dump(mode="json"),
    }


def measured(folder: Path, done: RunManifest) -> dict[str, float]:
    """Shares of the scored rows by decision, and PSI against development where the model has it."""
    scored = done.counts["scored"]
    rates = {f"{d}_rate": done.counts[d] / scored for d in Recommendation} if scored else {}
    psi = read_psi(folder)
    return rates if psi is None else {**rates, "psi": psi}


def fitting_dictionary(config: RunConfig, model: PDModel) -> DataDictionary:
    """The config's dictionary, provided that it encodes rows as the model learnt them.

    Raises:
        ConfigError: A feature was added, removed, re-typed or re-levelled since training.
        DataError: A hard rule looks at a field that it may not use.
    """
    dictionary = config.read_dictionary()
    config.policy.fits(dictionary)
    for now, then in zip(dictionary.features, model.dictionary.features, strict=False):
        if _encoding(now, dictionary) != _encoding(then, model.dictionary):
            raise ConfigError(
                f'{config.dictionary}: field "{now.name}" is not encoded as when the model was '
                f'trained ("{then.name}"); train again, or restore name, type, levels, special, '
                "direction, formula and group"
            )
    if len(dictionary.features) != len(model.dictionary.features):
        raise ConfigError(
            f"{config.dictionary} has {len(dictionary.features)} features and the model "
            f"{len(model.dictionary.features)}; train again or restore them"
        )
    return dictionary


def _encoding(field: Field, dictionary: DataDictionary) -> tuple[object, ...]:
    """All of a field that the model's matrix and reason codes depend on."""
    formula = field.formula
    parts = [_encoding(dictionary[name], dictionary) for name in formula.of] if formula else []
    codes = tuple(field.special)
    said = (field.name, field.type, field.levels, codes, field.direction, field.group)
    return (*said, formula.op if formula else "", tuple(parts))


def read_scores(folder: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The scores of a delivered run, all columns or some.

    Raises:
        ConfigError: The directory holds no scored run.
    """
    return pd.concat(score_parts(folder, columns), ignore_index=True)


def score_parts(folder: Path, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    """The scores of a delivered run, part by part; a run without rows has one part.

    Raises:
        ConfigError: The directory holds no scored run.
    """
    path = folder / SCORES
    if not path.exists():
        raise ConfigError(f"{folder} holds no {SCORES}; give the directory `risk score` wrote")
    for part in sorted(path.iterdir()):
        yield pd.read_parquet(part, columns=None if columns is None else list(columns))
