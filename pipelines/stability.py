"""How far a run's scores have moved since development, as it lies in the run's directory."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from features.binning import IntArray
from features.errors import DataError
from risk.validation.stability import Baseline

STABILITY = "stability.json"


class Stability(BaseModel):
    """What `stability.json` says.

    Attributes:
        edges: Rising inner bounds of the bins, raw log-odds; a score equal to one is on its left.
        development: Rows of the development sample in each bin, the missing ones last.
        scored: Rows of the run in each bin.
        psi: Population stability index in nats; None where the run has no rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edges: tuple[float, ...]
    development: tuple[int, ...]
    scored: tuple[int, ...]
    psi: float | None

    @classmethod
    def of(cls, baseline: Baseline, rows: IntArray) -> Self:
        """A run by its scored rows in each bin of the model's baseline."""
        return cls(
            edges=baseline.bins.edges,
            development=baseline.rows,
            scored=tuple(rows.tolist()),
            psi=baseline.psi(rows),
        )

    def to_json(self) -> str:
        """The text of `stability.json`: the same run, the same bytes."""
        return self.model_dump_json(indent=1) + "\n"


def read_psi(folder: Path) -> float | None:
    """The PSI of a delivered run; None where it has no rows or its model kept no baseline.

    Raises:
        DataError: The file was edited or damaged.
    """
    place = folder / STABILITY
    try:
        return Stability.model_validate_json(place.read_bytes()).psi
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise DataError(f"{place} is not as it was written; run again with --replace") from error
