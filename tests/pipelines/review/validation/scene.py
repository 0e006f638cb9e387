"""Reports in the folder of reports, and what people said of the cases of nights."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from pipelines.manifest import MANIFEST, RunManifest, described
from pipelines.night import CASE_RUN
from pipelines.review.shelf import REPORT
from pipelines.review.workbench import Workbench
from pipelines.store import Review
from risk.report.document import Report
from tests.pipelines.pages.made import report
from tests.pipelines.review.night.nights import DAY, MODEL

PROMPT = '{"model": "deepseek-r1", "prompt": "1461db02aa77ffee"}'
POLICY = {"approve": 0.08, "decline": 0.25, "scale": "pd", "rules": []}


def shelved(bench: Workbench, folder: Path) -> Workbench:
    """The workbench with its reports in a folder of the test's own."""
    web = bench.config.web.model_copy(update={"reports": folder})
    return replace(bench, config=bench.config.model_copy(update={"web": web}))


def file_report(
    folder: Path,
    made: Report | None = None,
    job: str = "validate",
    *,
    model: str = MODEL,
    runs: Mapping[str, str] | None = None,
) -> Report:
    """A report as a job leaves it in its folder."""
    made = made or report()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REPORT).write_text(made.to_json(), "utf-8")
    manifest = RunManifest.of(job, data=dict(runs or {}), config={}, model=model)
    done = manifest.with_outputs(described(folder, {}), {})
    (folder / MANIFEST).write_text(done.to_json(), "utf-8")
    return made


def reasoned(
    bench: Workbench, key: str, night: Path, day: date = DAY, prompt: str = PROMPT
) -> None:
    """The reasoned run of a night, as the store has it."""
    config = {"policy": POLICY}
    manifest = RunManifest.of("reason", data={"day": str(day)}, config=config, prompt=prompt,
                              model=MODEL)  # fmt: skip
    bench.runs.begin(key, "reason", str(night / CASE_RUN), day)
    bench.runs.finish(key, "done", {}, manifest)


def say(bench: Workbench, key: str, application: str, action: str, **more: object) -> int:
    """Something that a person did about a case."""
    given = {"run_key": key, "application_id": application, "reviewer": "officer",
             "action": action, "evidence_digest": "2" * 64}  # fmt: skip
    return bench.reviews.append(Review.model_validate({**given, **more})).id


def override(
    bench: Workbench, key: str, application: str, outcome: str, reason: str, **more: object
) -> int:
    """A decision against the model."""
    said = {"recommendation": outcome, "reason_code": reason, "comment": "why", **more}
    return say(bench, key, application, "override", **said)


def mark(bench: Workbench, key: str, application: str, verdict: str, claim: int = 0) -> int:
    """A mark on a sentence."""
    said = {"reason_code": verdict, "comment": f"claim {claim}"}
    return say(bench, key, application, "mark", **said)
