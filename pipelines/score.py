"""`risk score`: every application of a source scored, in batches, delivered at once or not at all.

Exactly the rows that keep to the dictionary are in `scores.parquet`; every other row is in
`rejects.csv`, with field and rule. Restart and other engines plug in at `_scored`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import JsonValue

from features.dictionary import DataDictionary, Field
from features.intake import Intake
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.manifest import MANIFEST, RunManifest
from pipelines.reading import checked
from pipelines.rundir import RunDirectory, standing_run
from pipelines.sinks import CsvSink, ParquetSink
from pipelines.sources import Source
from pipelines.tracking import RunLog, StoredModel, Tracking
from risk.model import PDModel
from risk.policy import Recommendation
from risk.scoring import Scorer

SCORES, REJECTS = "scores.parquet", "rejects.csv"


@dataclass(frozen=True)
class ScoreOptions:
    """Where the run goes, and whether another run there gives way."""

    output: Path
    replace: bool = False


def run(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: ScoreOptions,
    reporter: Reporter,
) -> JobResult:
    """Score a source into a directory; a run that already stands there is left as it is.

    Raises:
        ScorerError: Input, dictionary or model cannot be used; nothing is written then.
    """
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, config.reasons.rows, config.reasons.count)
        manifest = _manifest(config, dictionary, source, stored)
    done = standing_run(options.output, manifest.key(), replace=options.replace)
    if done is None:
        with RunDirectory(options.output, replace=options.replace) as stage:
            with reporter.step("step.score", source.rows or 0) as advance:
                also = [rule.field for rule in config.policy.rules]
                intakes = checked(source, dictionary, "score", advance, also)
                counts = _write(stage, _scored(scorer, intakes))
            done = stage.commit(manifest, counts).manifest
    metrics = _rates(done.counts)
    with reporter.step("step.track"):
        run_id = Tracking(config.tracking, config.name).record(
            RunLog(
                name="score",
                job="score",
                params={"model": f"{stored.name} version {stored.version}"},
                metrics={**{k: float(v) for k, v in done.counts.items()}, **metrics},
                texts={"manifest.json": done.to_json()},
                tags={"mingjian.run_key": manifest.key()},
            )
        )
    places = {"scores": SCORES, "rejects": REJECTS, "manifest": MANIFEST}
    files = {key: str(options.output / name) for key, name in places.items()}
    return JobResult("score", run_id, manifest.key(), done.counts, {"scored": metrics}, files)


def _manifest(
    config: RunConfig, dictionary: DataDictionary, source: Source, stored: StoredModel
) -> RunManifest:
    return RunManifest.of(
        "score",
        data={"applications": source.digest()},
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


def _rates(counts: Mapping[str, int]) -> dict[str, float]:
    """Shares of the scored rows; empty when there are none."""
    scored = counts["scored"]
    return {f"{d}_rate": counts[d] / scored for d in Recommendation} if scored else {}


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


def _scored(
    scorer: Scorer, intakes: Iterable[Intake]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    for intake in intakes:
        yield scorer.score(intake.accepted), intake.rejected


def _write(
    stage: RunDirectory, batches: Iterable[tuple[pd.DataFrame, pd.DataFrame]]
) -> dict[str, int]:
    """Write batch by batch; nothing that is kept grows with the number of rows."""
    counts = dict.fromkeys(("scored", "rejected", *Recommendation), 0)
    with ParquetSink(stage.path(SCORES)) as scores_file, CsvSink(stage.path(REJECTS)) as rejects:
        for scores, rejected in batches:
            scores_file.write(scores)
            rejects.write(rejected)
            counts["scored"] += len(scores)
            counts["rejected"] += int(rejected["row"].nunique())
            for decision, rows in scores["decision"].value_counts().items():
                counts[str(decision)] += int(rows)
    return {str(key): n for key, n in counts.items()}


def read_scores(folder: Path) -> pd.DataFrame:
    """The scores of a delivered run.

    Raises:
        ConfigError: The directory holds no scored run.
    """
    path = folder / SCORES
    if not path.exists():
        raise ConfigError(f"{folder} holds no {SCORES}; give the directory `risk score` wrote")
    scores = pd.read_parquet(path)
    return scores.astype({"pd": np.float64})
