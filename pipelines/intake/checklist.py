"""What a product needs, what of it is there, and what is still missing."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from features.dictionary import DataDictionary
from pipelines.intake.fields import Reading, State
from pipelines.intake.kinds import Kind
from pipelines.intake.reading import Filed
from pipelines.intake.rules import ProductRule, readable, wanted

PaperState = Literal["there", "doubtful", "unread", "missing"]


class PaperNeeded(NamedTuple):
    """A paper that a product needs.

    Attributes:
        kinds: Kinds of which one is enough.
        state: `there`; `doubtful`, where no paper is of the kind for sure; `unread`, where those
            of the kind cannot be read; or `missing`.
        papers: Names of the papers of these kinds.
    """

    kinds: tuple[str, ...]
    state: PaperState
    papers: tuple[str, ...]


class FieldNeeded(NamedTuple):
    """A field that a product needs, and where it stands."""

    field: str
    state: State


class Checklist(NamedTuple):
    """Papers and fields that a product needs."""

    papers: tuple[PaperNeeded, ...]
    fields: tuple[FieldNeeded, ...]

    @property
    def open(self) -> int:
        """How many points are not settled."""
        papers = sum(1 for paper in self.papers if paper.state != "there")
        return papers + sum(1 for f in self.fields if f.state not in ("exact", "confirmed"))


def checklist(
    product: ProductRule,
    dictionary: DataDictionary,
    papers: Sequence[tuple[Filed, Kind]],
    readings: Sequence[Reading],
) -> Checklist:
    """Hold what is there against what a product needs."""
    states = {reading.field.name: reading.state for reading in readings}
    needed = product.fields
    if needed is None:
        scored = set(dictionary.columns_to_score())
        needed = tuple(f.name for f in readable(dictionary) if f.name in scored)
    return Checklist(
        tuple(_needed(kinds, papers) for kinds in wanted(product)),
        tuple(FieldNeeded(name, states[name]) for name in needed),
    )


def _needed(kinds: tuple[str, ...], papers: Sequence[tuple[Filed, Kind]]) -> PaperNeeded:
    mine = [(filed, kind) for filed, kind in papers if kind.name in kinds and not filed.same_as]
    vouched = [kind for filed, kind in mine if filed.paper.text or kind.confidence == "confirmed"]
    confidences = {kind.confidence for kind in vouched}
    state: PaperState = "unread" if mine else "missing"
    if confidences:
        state = "there" if confidences & {"confirmed", "sure", "likely"} else "doubtful"
    return PaperNeeded(kinds, state, tuple(filed.paper.name for filed, _ in mine))
