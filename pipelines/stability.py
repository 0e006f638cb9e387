"""How far a run's scores and fields have moved since development, as it lies in its directory.

Fields are counted while the rows are at hand, so a row that is withdrawn later, since its id stands
in an earlier one, is among them.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from features.binning import IntArray
from features.encoding import FloatArray
from features.errors import DataError
from risk.model import PDModel
from risk.validation.stability import Baseline

STABILITY = "stability.json"
WHOLE, EVERY = 65_536, 16
"""Rows of a source up to which fields are counted on all of them; of a longer one, every 16th row
is counted. By the row's number in the source, so that no batch or restart changes what is counted.
"""


class FieldStability(BaseModel):
    """What `stability.json` says of one input of the model.

    Attributes:
        field: Its name.
        edges: Rising inner bounds of its bins, encoded values; a value equal to one is on its left.
        development: Rows of the development sample in each bin, the missing ones last.
        scored: Counted rows of the run in each bin.
        csi: Characteristic stability index in nats; None where no row was counted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    edges: tuple[float, ...]
    development: tuple[int, ...]
    scored: tuple[int, ...]
    csi: float | None

    @classmethod
    def of(cls, baseline: Baseline, rows: IntArray) -> Self:
        """A field by the counted rows in each bin of its baseline."""
        return cls(
            field=baseline.bins.field,
            edges=baseline.bins.edges,
            development=baseline.rows,
            scored=tuple(rows.tolist()),
            csi=baseline.psi(rows),
        )


class Stability(BaseModel):
    """What `stability.json` says.

    Attributes:
        edges: Rising inner bounds of the bins, raw log-odds; a score equal to one is on its left.
        development: Rows of the development sample in each bin, the missing ones last.
        scored: Rows of the run in each bin.
        psi: Population stability index in nats; None where the run has no rows.
        every: Which rows the fields are counted on: 1 for all, 16 for each 16th of the source.
        fields: The model's inputs, in matrix order; none in runs of models and versions that did
            not keep how they were spread.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    edges: tuple[float, ...]
    development: tuple[int, ...]
    scored: tuple[int, ...]
    psi: float | None
    every: int = 1
    fields: tuple[FieldStability, ...] = ()

    @classmethod
    def of(cls, baseline: Baseline, rows: IntArray) -> Self:
        """A run by its scored rows in each bin of the model's baseline."""
        return cls(
            edges=baseline.bins.edges,
            development=baseline.rows,
            scored=tuple(rows.tolist()),
            psi=baseline.psi(rows),
        )

    def with_fields(self, known: Sequence[Baseline], counted: IntArray, rows: int) -> Self:
        """The same with the fields.

        Args:
            known: Baselines of the fields.
            counted: As `count_fields` gives them, those of all parts added up.
            rows: Rows of the source, broken ones included.
        """
        long = rows > WHOLE
        fields = tuple(map(FieldStability.of, known, _by_field(known, counted[int(long)])))
        return self.model_copy(update={"every": EVERY if long else 1, "fields": fields})

    def to_json(self) -> str:
        """The text of `stability.json`: the same run, the same bytes."""
        return self.model_dump_json(indent=1) + "\n"


def count_fields(x: FloatArray, rows: IntArray, model: PDModel) -> IntArray:
    """Rows in each bin of each input of a model, one input after the other; shape (2, k).

    Args:
        x: The rows as the model reads them, shape (n, p).
        rows: Their numbers in the source, from 1, shape (n,).
        model: Its characteristics give the bins; k is 0 where it keeps none.

    Returns:
        First of the rows up to number `WHOLE`, then of every `EVERY`th row: which of the two is
        wanted is known when the source has ended.
    """
    known, found = model.characteristics, no_fields(model)
    if known is None:
        return found
    for line, chosen in zip(found, (rows <= WHOLE, rows % EVERY == 0), strict=True):
        some = x[chosen]
        if len(some):
            line[:] = np.concatenate([each.count(some[:, n]) for n, each in enumerate(known)])
    return found


def no_fields(model: PDModel) -> IntArray:
    """As `count_fields` of no rows."""
    return np.zeros((2, sum(each.bins.count for each in model.characteristics or ())), np.int64)


def _by_field(known: Sequence[Baseline], counted: IntArray) -> Iterator[IntArray]:
    ends = np.cumsum([0, *(each.bins.count for each in known)])
    return (counted[start:end] for start, end in pairwise(ends))


def read_stability(folder: Path) -> Stability | None:
    """What a delivered run says; None where its model kept no baseline.

    Raises:
        DataError: The file was edited or damaged.
    """
    place = folder / STABILITY
    try:
        return Stability.model_validate_json(place.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise DataError(f"{place} is not as it was written; run again with --replace") from error


def read_psi(folder: Path) -> float | None:
    """The PSI of a delivered run; None where it has no rows or its model kept no baseline.

    Raises:
        DataError: As `read_stability`.
    """
    said = read_stability(folder)
    return None if said is None else said.psi
