"""`risk nightly`: one night whole: score, publish, reason, publish, report.

The scores are delivered before anybody is asked for a reason, and everything before MLflow hears
of it. A night that was stopped goes on by the same command: what stands is left, what is half done
is taken up.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from features.language import Language
from pipelines import backends, disk, reason, score
from pipelines.cases import CASES, ENDED, SELECTION, read_cases
from pipelines.chosen import Chosen
from pipelines.config import RunConfig
from pipelines.deadline import Deadline
from pipelines.engines import Engine, LocalEngine
from pipelines.errors import TrackingError
from pipelines.job import JobResult, Reporter, Timed
from pipelines.locking import held
from pipelines.manifest import RunManifest
from pipelines.night import CASE_RUN, LATE, NIGHT, SCORES, Night, close
from pipelines.queue import CaseQueue, Days
from pipelines.reading import refuse_empty
from pipelines.rundir import RunDirectory, standing_run
from pipelines.settling import REJECTS
from pipelines.sinks import ParquetSink
from pipelines.sources import Source
from pipelines.store import CaseKey, CaseStore, Database, RunStore, StoredCase
from pipelines.telling import Told
from pipelines.ties.night import TyingOptions, tied
from pipelines.tracking import OUTPUT_TAG, RunLog, StoredModel, Tracking

WAITING, ORIGINS = "waiting.json", "origins.parquet"


@dataclass(frozen=True)
class NightOptions:
    """What the command line says.

    Attributes:
        day: The business date.
        output: Folder of all nights; this one lies in it under its date.
        language: Language of the narratives.
        documents: Folder or table of documents that are no columns of the source.
        replace: Whether another run of the same night gives way.
        engine: What scoring is shared out by.
        deadline: When to stop.
        allow_empty: Whether there may be no applications.
    """

    day: date
    output: Path
    language: Language
    documents: Path | None = None
    replace: bool = False
    engine: Engine = field(default_factory=LocalEngine)
    deadline: Deadline = field(default_factory=Deadline)
    allow_empty: bool = False

    @property
    def folder(self) -> Path:
        """The night's own folder."""
        return self.output / self.day.isoformat()


def run(
    config: RunConfig,
    source: Source,
    stored: StoredModel,
    options: NightOptions,
    reporter: Reporter,
) -> JobResult:
    """Make a night.

    Raises:
        DeadlineError: The deadline came while applications were tied or scored, or cases filed.
        LockedError: The night is being made already.
        TrackingError: The night is delivered, and MLflow could not be told.
        ScorerError: Input, config, model or store cannot be used; what was finished is kept.
    """
    folder, deadline, started = options.folder, options.deadline, datetime.now(UTC)
    timed = Timed(reporter)
    with held(folder):
        if not options.allow_empty:
            refuse_empty(source)
        deadline.check()
        tying = TyingOptions(folder, options.day, options.replace, deadline.check)
        source, ties, lists = tied(config, source, tying, timed)
        # Whether there may be no applications was asked above, before any were tied.
        asked = score.ScoreOptions(
            folder / SCORES, options.replace, options.engine, deadline, allow_empty=True
        )
        scored = score.deliver(config, source, stored, asked, timed)
        with backends.opened(config, left=lambda: deadline.left_s) as models:
            wanted = reason.ReasonOptions(
                folder / SCORES,
                folder / CASE_RUN,
                options.language,
                options.replace,
                models,
                options.documents,
            )
            with Database.open(config.store) as database:
                cases, runs = CaseStore(database, config.name), RunStore(database, config.name)
                runs.begin(scored.key(), "score", str(folder / SCORES), options.day, started)
                runs.finish(scored.key(), "done", scored.counts, scored)
                work = _Work(options, wanted, cases, runs, timed)
                told = _reasoned(config, source, stored, work)
                counts = {**ties, **scored.counts, **told.counts}
                night = close(folder, options.day, config.name, counts)
                runs.begin(night.key, "nightly", str(folder), options.day, started)
                runs.finish(night.key, _state(night.counts), night.counts)
        measured = score.measured(folder / SCORES, scored)
        speed = timed.rate("score")
        pace = {} if speed is None else {"rows_per_second": speed}
        metrics = {"scored": {**measured, **pace}, "asked": dict(told.asked)}
        with timed.step("step.track") as advance, _delivered(folder):
            score.track(config, stored, scored, folder / SCORES, measured)
            if told.told is not None:
                reason.track(config, wanted, told.manifest, told.told, advance)
            run_id = _track(config, options, night, _figures(metrics, timed))
    files = {**{name: str(folder / name) for name in night.runs}, **lists}
    files |= {"rejects": str(folder / SCORES / REJECTS), "night": str(folder / NIGHT)}
    notes = told.told.notes() if told.told else ()
    said = (counts, metrics, files, notes, told.stopped)
    return JobResult("nightly", run_id, night.key, *said)


@dataclass(frozen=True)
class _Work:
    """What the reasoning half of a night works with."""

    night: NightOptions
    reason: reason.ReasonOptions
    cases: CaseStore
    runs: RunStore
    reporter: Reporter


@dataclass(frozen=True)
class _Outcome:
    """What the reasoning half came to; `told` is None where there was no time to count it."""

    manifest: RunManifest
    counts: Mapping[str, int]
    asked: Mapping[str, float]
    told: Told | None
    stopped: bool


def _reasoned(config: RunConfig, source: Source, stored: StoredModel, work: _Work) -> _Outcome:
    """File tonight's cases, ask about all that wait, deliver."""
    night, deadline = work.night, work.night.deadline
    ready = reason.prepare(config, source, stored, work.reason, work.reporter)
    key = ready.manifest.key()
    queue = CaseQueue(work.cases, ready.teller, deadline)
    days = (night.day - timedelta(days=config.nightly.retry_days), night.day)
    with Chosen(ready.applications, work.reason.scores, config.rationale, work.reporter) as chosen:
        with work.reporter.step("step.file", chosen.total) as advance:
            standing_run(work.reason.output, key, replace=night.replace)
            work.runs.begin(key, "reason", str(work.reason.output), night.day)
            work.cases.supersede(night.day, key)
            queue.file(chosen, ready.scorer, key, night.day, advance)
        late = _waiting(night, work.cases, days)
        with work.reporter.step("step.queue", work.cases.waiting(days)) as advance:
            asked = queue.work(days, config.nightly, advance)
        with work.reporter.step("step.deliver"):
            done = _deliver_cases(ready.manifest, chosen, work)
            overdue = _deliver_late(ready.manifest, late, work)
    took = reason.spent(config, work.reason.backends, asked.seconds)
    told = None
    if not deadline.passed:
        told = Told(seconds=asked.seconds)
        for record in read_cases(work.reason.output):
            told.add(record)
    counts = {**done.counts, **{f"late_{name}": n for name, n in overdue.items()}}
    pending = work.cases.waiting(days)
    return _Outcome(
        done,
        {**counts, "pending": pending},
        {**took, "rounds": float(asked.rounds)},
        told,
        stopped=bool(pending) and deadline.passed,
    )


def _waiting(night: NightOptions, cases: CaseStore, days: Days) -> list[CaseKey]:
    """Cases of earlier nights that tonight takes up, as they were when it first began.

    Written down, so that a night that is killed and taken up again delivers the same ones.
    """
    place = night.folder / WAITING
    if place.exists():
        return [CaseKey(*each) for each in json.loads(place.read_text("utf-8"))]
    found: list[CaseKey] = []
    before = (days[0], night.day - timedelta(days=1))
    page: tuple[StoredCase, ...] = ()
    while page := cases.pending(before, after=page[-1] if page else None):
        found += [case.key for case in page]
    disk.write(place, json.dumps(found).encode())
    return found


def _deliver_cases(manifest: RunManifest, chosen: Chosen, work: _Work) -> RunManifest:
    key = manifest.key()
    counts = {**_ended(work.cases.of_run(key)), **chosen.left_over()}
    output, replace = work.reason.output, work.night.replace
    with RunDirectory(output, key, replace=replace, renew=True) as stage:
        _lines(stage.path(CASES), work.cases.lines(key))
        chosen.deliver(stage.path(SELECTION))
        done = stage.commit(manifest, counts).manifest
    work.runs.finish(key, _state(counts), counts, done)
    return done


def _state(counts: Mapping[str, int]) -> Literal["partial", "done"]:
    return "partial" if counts.get("pending") else "done"


def _deliver_late(manifest: RunManifest, keys: list[CaseKey], work: _Work) -> dict[str, int]:
    """The cases of earlier nights that were taken up tonight, with what came of them."""
    if not keys:
        return {}
    found = list(work.cases.lines_of(keys))
    digest = hashlib.sha256(json.dumps(keys).encode()).hexdigest()
    own = manifest.model_copy(update={"job": "late", "data": {**manifest.data, "waiting": digest}})
    output, replace = work.night.folder / LATE, work.night.replace
    with RunDirectory(output, own.key(), replace=replace, renew=True) as stage:
        _lines(stage.path(CASES), (line.record for line in found))
        origins = pd.DataFrame([line.key for line in found], columns=CaseKey._fields, dtype="str")
        with ParquetSink(stage.path(ORIGINS)) as sink:
            sink.write(origins)
        counts = _ended(Counter(line.status for line in found))
        done = stage.commit(own, counts).manifest
    work.runs.begin(own.key(), "late", str(output), work.night.day)
    work.runs.finish(own.key(), _state(counts), counts, done)
    return counts


def _ended(statuses: Mapping[Any, int]) -> dict[str, int]:
    """Counts of cases in the words of `risk reason`."""
    names = dict(zip(("answered", "pending", "failed"), ENDED, strict=True))
    return {name: int(statuses.get(status, 0)) for status, name in names.items()}


def _lines(path: Path, lines: Iterable[str]) -> None:
    with disk.named(path), path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


@contextmanager
def _delivered(folder: Path) -> Iterator[None]:
    """Say of errors of MLflow that the night stands all the same."""
    try:
        yield
    except TrackingError as error:
        raise TrackingError(
            f"the night is delivered to {folder}, but not recorded: {error}; the same command "
            "records it"
        ) from error


def _figures(metrics: Mapping[str, Mapping[str, float]], timed: Timed) -> dict[str, float]:
    """All that was measured of a night, by the names it has in MLflow."""
    return {
        **metrics["scored"],
        **{f"ask_{name}": value for name, value in metrics["asked"].items()},
        **{f"seconds.{step}": spent for step, spent in timed.seconds().items()},
    }


def _track(
    config: RunConfig, options: NightOptions, night: Night, measured: Mapping[str, float]
) -> str:
    """The night's own run in MLflow."""
    return Tracking(config.tracking, config.name).record(
        RunLog(
            name=f"nightly {options.day}",
            job="nightly",
            params={"date": options.day, "language": options.language},
            metrics={**{k: float(n) for k, n in night.counts.items()}, **measured},
            texts={NIGHT: night.text},
            tags={
                "mingjian.run_key": night.key,
                "mingjian.night": options.day.isoformat(),
                OUTPUT_TAG: str(options.folder.resolve()),
            },
        )
    )
