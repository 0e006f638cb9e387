"""`risk reason`: narratives for the selected cases of a scored run, every claim checked.

Reads the same source again, keeps only the selected rows, and leaves one record a case. The score
is never changed here; the recommendation only by the ratchet of `risk.decision`.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from features.dictionary import DataDictionary
from features.intake import Intake
from features.language import Language
from pipelines.alarms import alarmed
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Advance, JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.papers import Gathered, open_papers
from pipelines.reading import checked
from pipelines.rundir import RunDirectory, standing_run
from pipelines.score import decisive, fitting_dictionary, read_scores
from pipelines.sinks import ParquetSink
from pipelines.sources import Source
from pipelines.tracking import RunLog, StoredModel, Tracking
from risk.casefile import CaseFile, build
from risk.decision import Decision, Score, decide
from risk.model import PDModel
from risk.policy import Policy, Recommendation
from risk.reasoning.backends.template import TemplateBackend
from risk.reasoning.reasoner import Rationale, reason
from risk.reasoning.selection import select
from risk.scoring import Scorer

CASES, SELECTION = "cases.jsonl", "selection.parquet"


@dataclass(frozen=True)
class ReasonOptions:
    """What the command line says.

    Attributes:
        scores: Directory of the scored run.
        output: Directory of this run.
        language: Language of the narratives.
        replace: Whether another run in `output` gives way.
        documents: Folder or table of documents that are no columns of the source.
    """

    scores: Path
    output: Path
    language: Language
    replace: bool = False
    documents: Path | None = None


class CaseRecord(BaseModel):
    """One reasoned case, whole: what a reviewer needs and an auditor asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: Score
    case: CaseFile
    rationale: Rationale
    decision: Decision


def run(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: ReasonOptions,
    reporter: Reporter,
) -> JobResult:
    """Reason about the selected cases of a scored run.

    Raises:
        ScorerError: The scored run, the source or the model do not belong together.
    """
    scored = _scored_run(config, options.scores, source, stored)
    papers = open_papers(options.documents) if options.documents else None
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
        scorer = Scorer(model, config.policy, count=config.reasons.count)
    backend = TemplateBackend()
    manifest = RunManifest.of(
        "reason",
        data={
            "scores": scored.key(),
            **scored.data,
            **({"documents": papers.digest()} if papers else {}),
        },
        dictionary=dictionary.digest(),
        model=stored.digest,
        prompt=backend.identity,
        config={
            "selection": config.rationale.model_dump(mode="json"),
            **decisive(config),
            "language": options.language,
        },
    )
    done = standing_run(options.output, manifest.key(), replace=options.replace)
    if done is None:
        also = [rule.field for rule in config.policy.rules]
        flagged: frozenset[str] = frozenset()
        if config.rationale.document_alarms:
            with reporter.step("step.alarms", source.rows or 0) as advance:
                flagged = alarmed(source, dictionary, papers, advance, also)
        chosen = select(read_scores(options.scores), config.rationale, flagged)
        wanted = frozenset(chosen.loc[chosen["selected"], "application_id"])
        gathered = papers.gather(wanted, chosen["application_id"].tolist()) if papers else None
        with RunDirectory(options.output, replace=options.replace) as stage:
            with reporter.step("step.reason", len(wanted)) as advance:
                intakes = checked(source, dictionary, "score", _unheard, also)
                cases = _cases(scorer, dictionary, intakes, wanted, gathered)
                records = _records(cases, backend, options.language, config.policy)
                counts = _write(stage, records, len(wanted), advance)
            if gathered is not None:
                counts |= {"unmatched": gathered.unmatched, "broken": gathered.broken}
                gathered.close()
            with ParquetSink(stage.path(SELECTION)) as selection:
                selection.write(chosen.reset_index(drop=True))
            done = stage.commit(manifest, counts).manifest
    with reporter.step("step.track"):
        run_id = Tracking(config.tracking, config.name).record(
            RunLog(
                name="reason",
                job="reason",
                params={"backend": backend.name, "language": options.language},
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
    scorer: Scorer,
    dictionary: DataDictionary,
    intakes: Iterable[Intake],
    wanted: frozenset[str],
    papers: Gathered | None,
) -> Iterator[tuple[Score, CaseFile]]:
    """The selected applications as case files, batch by batch."""
    for intake in intakes:
        chosen = intake.accepted[intake.accepted["application_id"].isin(wanted)]
        if chosen.empty:
            continue
        for (_, row), score in zip(chosen.iterrows(), scorer.cases(chosen), strict=True):
            given = papers.of(score.application_id) if papers else ()
            yield score, build(row, score, scorer.model.quantiles, dictionary, papers=given)


def _records(
    cases: Iterable[tuple[Score, CaseFile]],
    backend: TemplateBackend,
    language: Language,
    policy: Policy,
) -> Iterator[CaseRecord]:
    waiting: deque[tuple[Score, CaseFile]] = deque()

    def asked() -> Iterator[CaseFile]:
        for score, case in cases:
            waiting.append((score, case))
            yield case

    for rationale in reason(asked(), backend, language):
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
            moved = record.decision.recommendation != record.score.recommendation
            counts["moved"] += int(moved)
            advance(done, total)
    return dict(counts)


def _unheard(done: int, total: int) -> None:
    """Progress is told by case, not by row read."""


def read_cases(folder: Path) -> Iterator[CaseRecord]:
    """The records of a reasoned run, in order.

    Raises:
        ConfigError: The directory holds no reasoned run.
    """
    path = folder / CASES
    if not path.exists():
        raise ConfigError(f"{folder} holds no {CASES}; give the directory `risk reason` wrote")
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield CaseRecord.model_validate_json(line)


def case(folder: Path, application_id: str) -> CaseRecord:
    """The record of one application.

    Raises:
        ConfigError: It was not reasoned about in this run.
    """
    for record in read_cases(folder):
        if record.score.application_id == application_id:
            return record
    raise ConfigError(
        f"{application_id} has no rationale in {folder}; {SELECTION} there says which have, and why"
    )


def count_cases(folder: Path) -> int:
    """How many cases a reasoned run holds."""
    return sum(1 for _ in read_cases(folder))


def examples(folder: Path) -> tuple[CaseRecord, ...]:
    """One case of each recommendation, the one with the most reasons and documents to show."""
    best: dict[Recommendation, CaseRecord] = {}
    for record in read_cases(folder):
        found = best.get(record.decision.recommendation)
        if found is None or _to_show(record) > _to_show(found):
            best[record.decision.recommendation] = record
    return tuple(best[each] for each in Recommendation if each in best)


def _to_show(record: CaseRecord) -> tuple[int, int]:
    told = record.rationale.narrative.told
    return len(record.case.documents), sum(len(sentence.evidence) for sentence in told)
