"""What officers said of the sentences that they were shown, in total and by what wrote them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.review.validation.delivered import Versions, versions_of
from pipelines.store import Run
from pipelines.store.marks import VERDICTS, Verdict
from risk.report.reasoning.marked import Bounded, bounded

Counts = Mapping[Verdict, int]


@dataclass(frozen=True)
class Verdicts:
    """Marks on the sentences of some runs.

    Attributes:
        counts: How many there are of each verdict.
        versions: What wrote the sentences; None for all runs together.
        runs: How many runs they are from.
    """

    counts: Counts
    versions: Versions | None
    runs: int

    @property
    def marks(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def wrong(self) -> Bounded | None:
        """Share of the wrong ones, with its interval; None of too few marks."""
        return bounded(self.counts["wrong"], self.marks)


def in_total(by_run: Mapping[str, Counts]) -> Verdicts:
    """The marks on all runs together."""
    return _together(by_run.values(), None)


def by_versions(by_run: Mapping[str, Counts], runs: Iterable[Run]) -> tuple[Verdicts, ...]:
    """The marks by what wrote the sentences, the most marked first.

    Args:
        by_run: How many there are of each verdict, by run.
        runs: The runs; one that is not among them was made by nobody knows what.
    """
    made = {run.run_key: versions_of(run) for run in runs if run.run_key in by_run}
    groups: dict[Versions, list[Counts]] = {}
    for key, counts in by_run.items():
        versions = made.get(key, Versions())._replace(policy=None)
        groups.setdefault(versions, []).append(counts)
    found = [_together(counts, versions) for versions, counts in groups.items()]
    return tuple(sorted(found, key=lambda each: -each.marks))


def _together(counted: Iterable[Counts], versions: Versions | None) -> Verdicts:
    runs = list(counted)
    total = {verdict: sum(run[verdict] for run in runs) for verdict in VERDICTS}
    return Verdicts(total, versions, len(runs))
