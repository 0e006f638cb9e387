"""`risk score`: every application of a source scored, in batches, delivered at once or not at all.

Exactly the rows that keep to the dictionary are in `scores.parquet`; every other row is in
`rejects.csv`, with field and rule. Restart and other engines plug in at `_score_batches`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.intake import Intake
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.reading import checked
from pipelines.rundir import RunDirectory
from pipelines.sinks import CsvSink, ParquetSink
from pipelines.sources import Source
from pipelines.tracking import RunLog, StoredModel, Tracking
from risk.model import PDModel
from risk.scoring import Scorer

SCORES, REJECTS = "scores.parquet", "rejects.csv"


@dataclass
class Tally:
    """Counts and sums over batches; nothing in it grows with the number of rows."""

    counts: dict[str, int] = field(default_factory=lambda: {"scored": 0, "rejected": 0})
    pd_sum: float = 0.0

    def add(self, scores: pd.DataFrame, rejected: pd.DataFrame) -> None:
        """Count one batch."""
        self.counts["scored"] += len(scores)
        self.counts["rejected"] += int(rejected["row"].nunique())
        for decision, rows in scores["decision"].value_counts().items():
            self.counts[str(decision)] = self.counts.get(str(decision), 0) + int(rows)
        self.pd_sum += float(scores["pd"].sum())

    def metrics(self) -> dict[str, float]:
        """Rates over all scored rows; empty when there are none."""
        scored = self.counts["scored"]
        if not scored:
            return {}
        rate = self.counts.get("approve", 0) / scored
        return {"mean_pd": self.pd_sum / scored, "approval_rate": rate}


def run(
    config: RunConfig, source: Source, stored: StoredModel, output: Path, reporter: Reporter
) -> JobResult:
    """Score a source into the directory `output`.

    Raises:
        ScorerError: Input, dictionary or model cannot be used; nothing is written then.
    """
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, config.reasons.rows, config.reasons.count)
    manifest = RunManifest.of(
        "score",
        data={"applications": source.digest()},
        dictionary=dictionary.digest(),
        model=stored.digest,
        config={"policy": config.policy.model_dump(mode="json"), **_reasons(config)},
    )
    tally = Tally()
    with RunDirectory(output) as stage:
        with reporter.step("step.score", source.rows or 0) as advance:
            intakes = checked(source, dictionary, "score", advance)
            _write(stage, _score_batches(scorer, intakes), tally)
        stage.commit(manifest, tally.counts)
    metrics = {"scored": tally.metrics()}
    with reporter.step("step.track"):
        run_id = Tracking(config.tracking, config.name).record(
            RunLog(
                name="score",
                job="score",
                params={"model": f"{stored.name} version {stored.version}"},
                metrics={**{k: float(v) for k, v in tally.counts.items()}, **tally.metrics()},
                texts={"manifest.json": manifest.to_json()},
                tags={"mingjian.run_key": manifest.key()},
            )
        )
    files = {name: str(output / name) for name in (SCORES, REJECTS, "manifest.json")}
    return JobResult("score", run_id, manifest.key(), tally.counts, metrics, files)


def fitting_dictionary(config: RunConfig, model: PDModel) -> DataDictionary:
    """The config's dictionary, provided that it encodes rows as the model learnt them.

    Raises:
        ConfigError: A feature was added, removed, re-typed or re-levelled since training.
    """
    dictionary = config.read_dictionary()
    for now, then in zip(dictionary.features, model.dictionary.features, strict=False):
        if any(getattr(now, key) != getattr(then, key) for key in _ENCODES):
            raise ConfigError(
                f'{config.dictionary}: field "{now.name}" is not encoded as when the model was '
                f'trained ("{then.name}"); train again, or restore name, type, levels, special, '
                "direction and formula"
            )
    if len(dictionary.features) != len(model.dictionary.features):
        raise ConfigError(
            f"{config.dictionary} has {len(dictionary.features)} features and the model "
            f"{len(model.dictionary.features)}; train again or restore them"
        )
    return dictionary


_ENCODES = ("name", "type", "levels", "special", "direction", "formula")


def _reasons(config: RunConfig) -> dict[str, object]:
    return {"reasons": config.reasons.model_dump(mode="json")}


def _score_batches(
    scorer: Scorer, intakes: Iterable[Intake]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    for intake in intakes:
        yield scorer.score(intake.accepted), intake.rejected


def _write(
    stage: RunDirectory, batches: Iterable[tuple[pd.DataFrame, pd.DataFrame]], tally: Tally
) -> None:
    with ParquetSink(stage.path(SCORES)) as scores_file, CsvSink(stage.path(REJECTS)) as rejects:
        for scores, rejected in batches:
            scores_file.write(scores)
            rejects.write(rejected)
            tally.add(scores, rejected)


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
