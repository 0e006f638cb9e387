"""What is known of a registered model: its files, its training run, its latest validation."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from features.dictionary import explain
from pipelines.config import RunConfig
from pipelines.errors import ConfigError
from pipelines.manifest import MANIFEST, RunManifest, file_digest
from pipelines.tracking import StoredModel, Told, Tracking
from risk.model import PDModel
from risk.report.document import Report

VALIDATION = "validation/report.json"
"""Where `risk validate` leaves its report among the artifacts of a training run."""


@dataclass(frozen=True)
class Known:
    """What is known of a registered model.

    Attributes:
        config: The portfolio as `risk.toml` describes it today.
        stored: Which model.
        model: The model itself.
        told: Params and metrics of its training run.
        manifest: What the training run was made from; None where that was not logged.
        rejected: Rows that training refused, by field and rule.
        report: The validation report; None where there is none.
    """

    config: RunConfig
    stored: StoredModel
    model: PDModel
    told: Told
    manifest: RunManifest | None
    rejected: Mapping[tuple[str, str], int]
    report: Report | None

    def trained_with(self, section: str) -> Mapping[str, object]:
        """A section of the config as it was in training; empty where that is not known."""
        found = self.manifest.config.get(section) if self.manifest else None
        return found if isinstance(found, dict) else {}


def know(config: RunConfig, reference: str, report: Path | None) -> Known:
    """Gather what is known of a model.

    Args:
        config: The portfolio.
        reference: Alias, version or training run of the model.
        report: A validation report as JSON; None takes the one that was logged last, if any.

    Raises:
        ConfigError: The report cannot be read, was edited, is no validation, or speaks of another
            model.
        TrackingError: There is no such model, or MLflow's store cannot be reached.
    """
    tracking = Tracking(config.tracking, config.name)
    stored = tracking.fetch(config.name, reference)
    text = tracking.text(stored.run_id, MANIFEST)
    return Known(
        config=config,
        stored=stored,
        model=PDModel.load(stored.path, stored.digest),
        told=tracking.told(stored.run_id),
        manifest=None
        if text is None
        else RunManifest.from_json(text, f"{MANIFEST} of run {stored.run_id}"),
        rejected=_rejected(tracking.text(stored.run_id, "rejects_by_rule.csv")),
        report=_report(tracking, stored, report),
    )


def _rejected(text: str | None) -> dict[tuple[str, str], int]:
    rows = csv.DictReader(io.StringIO(text or ""))
    return {(row["field"], row["rule"]): int(row["rows"]) for row in rows}


def _report(tracking: Tracking, stored: StoredModel, path: Path | None) -> Report | None:
    if path is None:
        text = tracking.text(stored.run_id, VALIDATION)
        return None if text is None else _parsed(text, stored, VALIDATION)
    try:
        _refuse_edited(path)
        return _parsed(path.read_text("utf-8"), stored, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}; give a report.json") from error


def _refuse_edited(path: Path) -> None:
    """A report that lies where it was written is as it was written; a copy cannot be checked."""
    if not (path.parent / MANIFEST).exists():
        return
    written = RunManifest.read(path.parent).outputs.get(path.name)
    if written is not None and written.sha256 != file_digest(path):
        raise ConfigError(f"{path} was changed after it was written; validate again")


def _parsed(text: str, stored: StoredModel, where: str) -> Report:
    try:
        report = Report.from_json(text)
    except ValidationError as error:
        raise ConfigError(f"no report: {explain(error, where)}") from error
    if report.kind != "validation":
        raise ConfigError(f"{where} is a {report.kind}; give the report of `risk validate`")
    if stored.digest not in _digests(report):
        raise ConfigError(
            f"{where} speaks of another model than {stored.name} version {stored.version}; "
            "validate this one"
        )
    return report


def _digests(report: Report) -> set[object]:
    """All that the report's identity section says, the digest of the model among it."""
    identity = [s for s in report.sections if s.key == "identity"]
    return {cell for s in identity for table in s.tables for row in table.rows for cell in row}
