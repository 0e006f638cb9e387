"""`risk reason`: narratives for the selected cases of a scored run, every claim checked.

Reads the same source again, keeps only the selected rows, and leaves one record a case. The score
is never changed here; the recommendation only by the ratchet of `risk.decision`.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from features.dictionary import DataDictionary
from features.intake import Intake
from features.language import Language
from pipelines.asking import Asking
from pipelines.cases import CASES, SELECTION, CaseRecord
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Advance, JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.reading import checked
from pipelines.rundir import RunDirectory, standing_run
from pipelines.score import decisive, fitting_dictionary, read_scores
from pipelines.sinks import ParquetSink
from pipelines.sources import Source
from pipelines.tracking import RunLog, StoredModel, Tracking
from risk.casefile import CaseFile, build
from risk.decision import Score, decide
from risk.model import PDModel
from risk.policy import Policy
from risk.reasoning.reasoner import select
from risk.scoring import Scorer


@dataclass(frozen=True)
class ReasonOptions:
    """What the command line says.

    Attributes:
        scores: Directory of the scored run.
        output: Directory of this run.
        language: Language of the narratives.
        replace: Whether another run in `output` gives way.
        asking: The back ends.
    """

    scores: Path
    output: Path
    language: Language
    replace: bool = False
    asking: Asking = field(default_factory=Asking.template)


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
    scored = _scored_run(config, options.scores, source, stored)
    chosen = select(read_scores(options.scores), config.rationale)
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, count=config.reasons.count)
    asking = options.asking
    manifest = RunManifest.of(
        "reason",
        data={"scores": scored.key(), **scored.data},
        dictionary=dictionary.digest(),
        model=stored.digest,
        prompt=asking.identity,
        config={
            "selection": config.rationale.model_dump(mode="json"),
            **decisive(config),
            "language": options.language,
        },
    )
    done = standing_run(options.output, manifest.key(), replace=options.replace)
    pending = done is not None and done.counts.get("pending", 0) > 0
    if done is None or pending:
        wanted = frozenset(chosen.loc[chosen["selected"], "application_id"])
        with RunDirectory(options.output, replace=options.replace, renew=pending) as stage:
            with reporter.step("step.reason", len(wanted)) as advance:
                also = [rule.field for rule in config.policy.rules]
                intakes = checked(source, dictionary, "score", _unheard, also)
                cases = _cases(scorer, dictionary, intakes, wanted)
                records = _records(cases, asking, options.language, config.policy)
                counts = _write(stage, records, len(wanted), advance)
            with ParquetSink(stage.path(SELECTION)) as selection:
                selection.write(chosen.reset_index(drop=True))
            done = stage.commit(manifest, counts).manifest
    with reporter.step("step.track"):
        run_id = Tracking(config.tracking, config.name).record(
            RunLog(
                name="reason",
                job="reason",
                params={"backend": asking.name, "language": options.language},
                metrics={key: float(n) for key, n in done.counts.items()},
                texts={"manifest.json": done.to_json()},
                tags={"mingjian.run_key": manifest.key()},
            )
        )
    return JobResult(
        "reason",
        run_id,
        manifest.key(),
        done.counts,
        files={"rationales": str(options.output), CASES: str(options.output / CASES)},
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


def _cases(
    scorer: Scorer, dictionary: DataDictionary, intakes: Iterable[Intake], wanted: frozenset[str]
) -> Iterator[tuple[Score, CaseFile]]:
    """The selected applications as case files, batch by batch."""
    for intake in intakes:
        chosen = intake.accepted[intake.accepted["application_id"].isin(wanted)]
        if chosen.empty:
            continue
        for (_, row), score in zip(chosen.iterrows(), scorer.cases(chosen), strict=True):
            yield score, build(row, score, scorer.model.quantiles, dictionary)


def _records(
    cases: Iterable[tuple[Score, CaseFile]], asking: Asking, language: Language, policy: Policy
) -> Iterator[CaseRecord]:
    waiting: deque[tuple[Score, CaseFile]] = deque()

    def asked() -> Iterator[CaseFile]:
        for score, case in cases:
            waiting.append((score, case))
            yield case

    for rationale in asking.reason(asked(), language):
        score, case = waiting.popleft()
        decision = decide(score, rationale.opinion, rationale.findings, policy)
        yield CaseRecord(score=score, case=case, rationale=rationale, decision=decision)


def _write(
    stage: RunDirectory, records: Iterable[CaseRecord], total: int, advance: Advance
) -> dict[str, int]:
    counts = Counter({"reasoned": 0, "pending": 0, "failed": 0, "struck": 0, "moved": 0})
    with stage.path(CASES).open("w", encoding="utf-8") as file:
        for done, record in enumerate(records, 1):
            file.write(record.model_dump_json() + "\n")
            status = record.rationale.status
            counts["reasoned" if status == "answered" else status] += 1
            counts["struck"] += sum(s.struck for s in record.rationale.narrative.sentences)
            counts["moved"] += record.moved
            advance(done, total)
    return dict(counts)


def _unheard(done: int, total: int) -> None:
    """Progress is told by case, not by row read."""
