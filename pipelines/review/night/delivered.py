"""What lies in the folder of a night, as far as its page tells of it; the folder may be gone."""

import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from features.errors import DataError
from pipelines.errors import ConfigError
from pipelines.manifest import RunManifest
from pipelines.night import SCORES, TIES, read_night
from pipelines.settling import REJECTS
from pipelines.sources import REJECT_COLUMNS
from pipelines.spreadsheet import original
from pipelines.stability import Stability, read_stability
from pipelines.store import Run

Trouble = Literal["", "gone", "other", "damaged"]
SHOWN = 50
"""Rejected rows that a page lists; the file has all."""
_LONGEST = 120


class Reject(NamedTuple):
    """A line of `rejects.csv`.

    Attributes:
        row: Number of the row in the source, from 1.
        application_id: Its application, where that could be read.
        field: What was wrong.
        rule: The rule that it broke.
        value: What stood there, cut short.
    """

    row: str
    application_id: str
    field: str
    rule: str
    value: str


@dataclass(frozen=True)
class Delivered:
    """A night's folder.

    Attributes:
        folder: Where it lies, or lay.
        trouble: Why it cannot be read: `gone`, `other` (another night lies there by now),
            `damaged`; empty where it can.
        model: Digest of the model that scored it; empty where that is not known.
        scores_key: Key of its scored run.
        stability: How far scores and fields have moved; None where the model cannot tell.
        rejects: The first of its rejected rows.
        ties: Whether its applications were tied.
    """

    folder: Path
    trouble: Trouble = ""
    model: str = ""
    scores_key: str = ""
    stability: Stability | None = None
    rejects: tuple[Reject, ...] = ()
    ties: bool = False

    @property
    def rejects_file(self) -> Path:
        """Where all rejected rows are listed."""
        return self.folder / SCORES / REJECTS


def read(night: Run) -> Delivered:
    """What was delivered as a night."""
    found = Delivered(Path(night.directory))
    scores = found.folder / SCORES
    if not scores.is_dir():
        return Delivered(found.folder, "gone")
    try:
        said = read_night(found.folder)
        if said.key != night.run_key:
            return Delivered(found.folder, "other")
        manifest = RunManifest.read(scores)
        rejects = _rejects(found.rejects_file)
        stability = read_stability(scores)
    except (ConfigError, DataError, OSError, ValueError, csv.Error):
        return Delivered(found.folder, "damaged")
    ties = TIES in said.runs
    return Delivered(found.folder, "", manifest.model, manifest.key(), stability, rejects, ties)


def _rejects(path: Path) -> tuple[Reject, ...]:
    """The first lines of a file of rejected rows.

    Raises:
        ValueError: It is not as it was written.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != REJECT_COLUMNS:
            raise ValueError("not the columns of rejected rows")
        return tuple(
            Reject(*(original(line[name] or "")[:_LONGEST] for name in REJECT_COLUMNS))
            for line in islice(reader, SHOWN)
        )
