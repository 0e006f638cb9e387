"""`risk reason`: narratives for the selected cases of a scored run, every claim checked.

Reads the same source again, keeps only the selected rows, and leaves one record a case. The score
is never changed here; the recommendation only by the ratchet of `risk.decision`.
"""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from features.intake import Intake
from features.language import Language
from pipelines.alarms import alarmed
from pipelines.backends import Backends
from pipelines.cases import CASES, ENDED, SELECTION, CaseRecord, read_cases
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.job import Advance, JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.papers import Gathered, Papers, open_papers
from pipelines.reading import checked
from pipelines.rundir import RunDirectory, standing_run
from pipelines.score import decisive, fitting_dictionary, read_scores
from pipelines.sinks import ParquetSink
from pipelines.sources import Source
from pipelines.tracking import RunLog, StoredModel, TracePlan, Tracking
from risk.casefile import CaseFile
from risk.decision import Score, decide
from risk.filing import Filing
from risk.model import PDModel
from risk.overlay import Overlay
from risk.policy import Policy
from risk.reasoning.selection import select
from risk.scoring import Scorer
from risk.validation.faithfulness import FaithfulnessTally, Running

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
    scored = _scored_run(config, options.scores, source, stored)
    papers = open_papers(options.documents) if options.documents else None
    with reporter.step("step.load"):
        model = PDModel.load(stored.path, stored.digest)
        dictionary = fitting_dictionary(config, model)
    overlay = _overlay(config, stored, options.backends)
    given = {"documents": papers.digest()} if papers else {}
    manifest = RunManifest.of(
        "reason",
        data={"scores": scored.key(), **scored.data, **given},
        dictionary=dictionary.digest(),
        model=stored.digest,
        prompt=options.backends.identity,
        config={
            "selection": config.rationale.model_dump(mode="json"),
            **decisive(config),
            "language": options.language,
            **({"overlay": overlay.model_dump(mode="json")} if config.reasoning.overlay else {}),
        },
    )
    done, told = standing_run(options.output, manifest.key(), replace=options.replace), None
    unended = ("pending", "failed") if options.again else ("pending",)
    open_ = done is not None and any(done.counts.get(each) for each in unended)
    if done is None or open_:
        night = _Night(config, source, dictionary, papers, overlay, reporter)
        scorer = Scorer(model, config.policy, count=config.reasons.count)
        with RunDirectory(
            options.output, manifest.key(), replace=options.replace, renew=open_
        ) as stage:
            told = night.reason(stage, scorer, options)
            done = stage.commit(manifest, told.counts).manifest
    with reporter.step("step.track") as advance:
        run_id = _track(config, options, done, told, advance)
    return JobResult(
        "reason",
        run_id,
        manifest.key(),
        done.counts,
        files={"rationales": str(options.output), CASES: str(options.output / CASES)},
        notes=told.notes() if told else (),
    )


@dataclass(frozen=True)
class _Night:
    """The applications of one night: which are chosen, and what is told of them."""

    config: RunConfig
    source: Source
    dictionary: DataDictionary
    papers: Papers | None
    overlay: Overlay
    reporter: Reporter

    def reason(self, stage: RunDirectory, scorer: Scorer, options: ReasonOptions) -> "_Told":
        """Choose, ask, and write records and selection into the run's directory."""
        chosen = select(read_scores(options.scores), self.config.rationale, self._alarmed())
        wanted = frozenset(chosen.loc[chosen["selected"], "application_id"])
        with ExitStack() as held, self.reporter.step("step.reason", len(wanted)) as advance:
            gathered = None
            if self.papers is not None:
                gathered = self.papers.gather(wanted, chosen["application_id"].tolist())
                held.callback(gathered.close)
            intakes = checked(self.source, self.dictionary, "score", _unheard, self._also)
            batches = _chosen(intakes, wanted)
            cases = self._cases(batches, scorer, gathered, options)
            records = _records(cases, options, self.config.policy, self.overlay)
            told = _write(stage, records, len(wanted), advance)
            if gathered is not None:
                told.counts.update(unmatched=gathered.unmatched, broken=gathered.broken)
        with ParquetSink(stage.path(SELECTION)) as selection:
            selection.write(chosen.reset_index(drop=True))
        return told

    @property
    def _also(self) -> list[str]:
        return [rule.field for rule in self.config.policy.rules]

    def _alarmed(self) -> frozenset[str]:
        """Applications whose documents seem to give orders."""
        if not self.config.rationale.document_alarms:
            return frozenset()
        with self.reporter.step("step.alarms", self.source.rows or 0) as advance:
            return alarmed(self.source, self.dictionary, self.papers, advance, self._also)

    def _cases(
        self,
        batches: Iterable[pd.DataFrame],
        scorer: Scorer,
        papers: Gathered | None,
        options: ReasonOptions,
    ) -> Iterator[tuple[Score, CaseFile]]:
        """Scores and case files of the selected applications."""
        for batch in batches:
            filing = Filing(batch, scorer.model.quantiles, self.dictionary)
            for row, score in enumerate(scorer.cases(batch)):
                given = papers.of(score.application_id) if papers else ()
                case = filing.case(row, score, papers=given)
                yield score, options.backends.fitted(case, options.language)


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


def _chosen(intakes: Iterable[Intake], wanted: frozenset[str]) -> Iterator[pd.DataFrame]:
    """The selected applications, batch by batch."""
    for intake in intakes:
        chosen = intake.accepted[intake.accepted["application_id"].isin(wanted)]
        if not chosen.empty:
            yield chosen


def _records(
    cases: Iterable[tuple[Score, CaseFile]],
    options: ReasonOptions,
    policy: Policy,
    overlay: Overlay,
) -> Iterator[CaseRecord]:
    waiting: deque[tuple[Score, CaseFile]] = deque()

    def asked() -> Iterator[CaseFile]:
        for score, case in cases:
            waiting.append((score, case))
            yield case

    for rationale in options.backends.reason(asked(), options.language):
        score, case = waiting.popleft()
        decision = decide(score, rationale.opinion, rationale.findings, policy)
        raised = overlay.apply(np.array([score.pd_model]), [rationale.opinion])
        yield CaseRecord(
            score=score, case=case, rationale=rationale, decision=decision,
            pd_final=float(raised[0]),
        )  # fmt: skip


@dataclass
class _Told:
    """What became of a pass."""

    counts: dict[str, int]
    tally: FaithfulnessTally
    seconds: float
    unanswered: Counter[tuple[str, str]]
    details: dict[tuple[str, str], str]

    def notes(self) -> tuple[str, ...]:
        """Why cases have no answer, in the words of the records."""
        return tuple(
            f"{status}, {code}: {n:,} ({self.details[status, code]})"
            for (status, code), n in self.unanswered.most_common()
        )


def _write(
    stage: RunDirectory, records: Iterable[CaseRecord], total: int, advance: Advance
) -> _Told:
    counts = Counter({"reasoned": 0, "pending": 0, "failed": 0, "struck": 0, "moved": 0})
    tally, start = FaithfulnessTally(), time.monotonic()
    unanswered: Counter[tuple[str, str]] = Counter()
    details: dict[tuple[str, str], str] = {}
    with stage.path(CASES).open("w", encoding="utf-8") as file:
        for done, record in enumerate(records, 1):
            file.write(record.model_dump_json() + "\n")
            rationale = record.rationale
            status = rationale.status
            counts["reasoned" if status == "answered" else status] += 1
            if status != "answered":
                unanswered[status, rationale.code] += 1
                details.setdefault((status, rationale.code), rationale.detail)
            counts["struck"] += sum(s.struck for s in rationale.narrative.sentences)
            counts["moved"] += record.moved
            tally.add(record.case, rationale, record.decision)
            advance(done, total)
    return _Told(dict(counts), tally, time.monotonic() - start, unanswered, details)


def _track(
    config: RunConfig,
    options: ReasonOptions,
    done: RunManifest,
    told: _Told | None,
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
            tags={"mingjian.run_key": done.key()},
        )
    )
    prompt = tracking.prompt(options.language, run_id) if backends.profiles else None
    total = sum(done.counts[key] for key in ENDED)
    # The template's words follow from the case: a few traces show what they look like.
    limit = config.reasoning.traces if backends.profiles else _TEMPLATE_TRACES
    plan = TracePlan(run_id, done.key(), total, prompt, limit)
    tracking.reasoned(lambda: read_cases(options.output), plan, advance)
    return run_id


def _unheard(done: int, total: int) -> None:
    """Progress is told by case, not by row read."""
