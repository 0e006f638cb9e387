"""`risk monitor`: what has changed from night to night, as a report, an exit code and a run."""

import hashlib
import math
from collections import Counter
from dataclasses import dataclass

from pipelines.config import RunConfig
from pipelines.job import JobResult, Reporter
from pipelines.manifest import RunManifest
from pipelines.monitoring.gathering import Asked, Gathered, gather
from pipelines.pages import summary
from pipelines.pages.page import html
from pipelines.tracking import OUTPUT_TAG, RunLog, Tracking
from pipelines.validation import delivering
from pipelines.validation.delivering import REPORT, Wanted
from risk.report.document import Report
from risk.report.monitoring import Nights, monitoring, series

_SERIES = "by_night"


@dataclass(frozen=True)
class MonitorOptions:
    """What the command line says.

    Attributes:
        asked: What is to be read.
        wanted: How the report is written down.
    """

    asked: Asked
    wanted: Wanted


def run(config: RunConfig, options: MonitorOptions, reporter: Reporter) -> JobResult:
    """Read nights, write the report, and log it as a run of its own.

    Raises:
        ScorerError: Nights, labels or store cannot be used, or the directory is taken.
    """
    options.wanted.require()
    dictionary = config.read_dictionary()
    gathered = gather(config, dictionary, options.asked, reporter)
    with reporter.step("step.judge"):
        report = monitoring(gathered.nights)
    manifest = _manifest(config, dictionary.digest(), gathered, report, options)
    with reporter.step("step.write"):
        if delivering.standing(options.wanted, manifest) is None:
            manifest = delivering.deliver(report, manifest, options.wanted)
    with reporter.step("step.track"):
        log = _log(gathered.nights, report, manifest, options.wanted)
        run_id = Tracking(config.tracking, config.name).record(log)
    return _result(gathered.nights, report, options.wanted, (run_id, manifest.key()))


def _manifest(
    config: RunConfig,
    dictionary: str,
    gathered: Gathered,
    report: Report,
    options: MonitorOptions,
) -> RunManifest:
    labels = options.asked.labels
    return RunManifest.of(
        "monitor",
        data={
            **{f"night.{day}": key for day, key in gathered.keys.items()},
            **({} if labels is None else {"outcomes": labels.digest()}),
            # Reviews come and go after a night: the report alone shows what was known of them.
            "figures": hashlib.sha256(report.to_json().encode()).hexdigest(),
        },
        dictionary=dictionary,
        config={
            "validation": config.validation.model_dump(mode="json"),
            "samples": config.samples.model_dump(mode="json"),
            "language": options.wanted.language,
            "pdf": options.wanted.pdf,
        },
    )


def _log(nights: Nights, report: Report, manifest: RunManifest, wanted: Wanted) -> RunLog:
    days = [night.day for night in nights.judged]
    return RunLog(
        name=f"monitor {days[-1]}" if days else "monitor",
        job="monitor",
        params={"first": days[0], "last": days[-1], "nights": len(days)} if days else {},
        metrics={**report.metrics(), **{k: float(n) for k, n in _lights(report).items()}},
        curves={f"{_SERIES}.{name}": values for name, values in series(nights).items()},
        texts={
            REPORT: report.to_json(),
            "manifest.json": manifest.to_json(),
            "report.zh.html": html(report, "zh"),
            "report.en.html": html(report, "en"),
        },
        tags={
            "mingjian.run_key": manifest.key(),
            "mingjian.monitoring": report.light,
            OUTPUT_TAG: str(wanted.output.resolve()),
        },
    )


def _lights(report: Report) -> dict[str, int]:
    """Red lights, which are alerts, and amber ones."""
    found = summary.lights(report)
    return {"alerts": found["red"], "warnings": found["amber"]}


def _result(nights: Nights, report: Report, wanted: Wanted, run: tuple[str, str]) -> JobResult:
    run_id, run_key = run
    absent = Counter(each.why for each in nights.unusable)
    last = {name: values[-1] for name, values in series(nights).items()}
    return JobResult(
        "monitor",
        run_id,
        run_key,
        {"nights": len(nights.judged), **dict(sorted(absent.items())), **_lights(report)},
        {"last_night": {k: v for k, v in last.items() if not math.isnan(v)}},
        wanted.files(),
        delivering.notes(report, wanted.language),
    )
