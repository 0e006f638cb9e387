"""The record of a night: which runs it consists of, written when they all stand.

Making a night is `pipelines.nightly`.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from pipelines import disk
from pipelines.errors import ConfigError
from pipelines.manifest import MANIFEST, file_digest

NIGHT = "night.json"
SCORES, CASE_RUN, LATE, TIES = "scores", "cases", "late", "ties"


class Night(BaseModel):
    """What `night.json` says: which runs a night consists of.

    Attributes:
        day: The business date.
        portfolio: Whose night it is.
        runs: SHA-256 of each run's manifest, by its folder.
        counts: Rows and cases by what became of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    portfolio: str
    runs: dict[str, str]
    counts: dict[str, int]

    @property
    def key(self) -> str:
        """Digest of day and runs."""
        said = [self.day.isoformat(), self.portfolio, sorted(self.runs.items())]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    @property
    def text(self) -> str:
        """The night as its file holds it."""
        return self.model_dump_json(indent=1) + "\n"


def close(folder: Path, day: date, portfolio: str, counts: Mapping[str, int]) -> Night:
    """Write down which runs a night consists of, once they all stand."""
    manifests = {name: folder / name / MANIFEST for name in (TIES, SCORES, CASE_RUN, LATE)}
    night = Night(
        day=day,
        portfolio=portfolio,
        runs={name: file_digest(path) for name, path in manifests.items() if path.exists()},
        counts=dict(sorted(counts.items())),
    )
    disk.write(folder / NIGHT, night.text.encode())
    return night


def read_night(folder: Path) -> Night:
    """What a night's folder consists of.

    Raises:
        ConfigError: It holds no finished night.
    """
    try:
        return Night.model_validate_json((folder / NIGHT).read_bytes())
    except FileNotFoundError as error:
        raise ConfigError(f"{folder} holds no {NIGHT}, so no finished night is in it") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder / NIGHT} cannot be read; run the night again") from error
