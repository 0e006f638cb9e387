"""Which applications of a scored run are reasoned about, and their case files, in order."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from features.dictionary import DataDictionary
from pipelines.alarms import alarmed
from pipelines.intake.kinds import with_kind
from pipelines.intake.rules import PaperRules
from pipelines.job import Reporter
from pipelines.papers import Gathered, Papers
from pipelines.reading import checked
from pipelines.score import score_parts
from pipelines.sinks import ParquetSink
from pipelines.sources import Source
from risk.casefile import CaseFile
from risk.decision import Score
from risk.filing import Filing
from risk.papers import Paper
from risk.policy import Policy
from risk.reasoning.selection import Selection, last_kept, select
from risk.scoring import Scorer

_READ = ["row", "application_id", "pd", "decision", "rules"]


@dataclass(frozen=True)
class Applications:
    """The applications behind a scored run.

    Attributes:
        source: Where they come from.
        dictionary: The run's dictionary.
        policy: Its hard rules look at fields of their own.
        papers: Papers outside the table.
        rules: By which the kind of each paper is told; None where no cross-check asks for it.
    """

    source: Source
    dictionary: DataDictionary
    policy: Policy
    papers: Papers | None = None
    rules: PaperRules | None = None

    @property
    def also(self) -> list[str]:
        """Fields that hard rules look at."""
        return [rule.field for rule in self.policy.rules]


class Chosen:
    """The selected cases of a scored run; a context manager, since papers lie on disk.

    Attributes:
        total: How many are selected.
    """

    def __init__(self, of: Applications, scores: Path, how: Selection, reporter: Reporter) -> None:
        self._of, self._scores, self._how = of, scores, how
        self._flagged = self._alarmed(how, reporter)
        self._last = last_kept(score_parts(scores, _READ), how, self._flagged)
        self._rows = np.concatenate(
            [np.empty(0, np.int64), *(each["row"][each["selected"]] for each in self.selection())]
        )
        self.total = len(self._rows)
        self._held = ExitStack()
        self._papers: Gathered | None = None

    def __enter__(self) -> Self:
        if self._of.papers is not None:
            chosen = pd.concat(self.selection())
            ids = chosen["application_id"]
            wanted = frozenset(ids[chosen["selected"]])
            self._papers = self._of.papers.gather(wanted, ids.tolist())
            self._held.callback(self._papers.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def selection(self) -> Iterator[pd.DataFrame]:
        """What `risk.reasoning.selection.select` says of every scored application, with its row."""
        for part in score_parts(self._scores, _READ):
            chosen = select(part, self._how, self._flagged, self._last)
            yield chosen.assign(row=part["row"])

    def deliver(self, path: Path) -> None:
        """Write down what was chosen and what was not, and why."""
        with ParquetSink(path) as sink:
            for part in self.selection():
                sink.write(part.drop(columns="row"))

    def cases(
        self, scorer: Scorer, fitted: Callable[[CaseFile], CaseFile]
    ) -> Iterator[tuple[Score, CaseFile]]:
        """Scores and case files, in the order of the source.

        Args:
            scorer: As the run was scored.
            fitted: Cuts a case to what a model has room for.
        """
        for batch in self._batches():
            filing = Filing(batch, scorer.model.quantiles, self._of.dictionary)
            for row, score in enumerate(scorer.cases(batch)):
                given = self._papers_of(score.application_id)
                yield score, fitted(filing.case(row, score, papers=given))

    def _papers_of(self, application_id: str) -> tuple[Paper, ...]:
        given = self._papers.of(application_id) if self._papers else ()
        rules = self._of.rules
        return given if rules is None else tuple(with_kind(paper, rules) for paper in given)

    def left_over(self) -> dict[str, int]:
        """Papers that are nobody's, and those without an id."""
        if self._papers is None:
            return {}
        return {"unmatched": self._papers.unmatched, "broken": self._papers.broken}

    def _batches(self) -> Iterator[pd.DataFrame]:
        """The selected applications by their rows: an id may come again in a rejected one."""
        of = self._of
        for intake in checked(of.source, of.dictionary, "score", _unheard, of.also, once=False):
            batch = intake.accepted[intake.accepted.index.isin(self._rows)]
            if not batch.empty:
                yield batch

    def _alarmed(self, how: Selection, reporter: Reporter) -> frozenset[str]:
        """Applications whose documents seem to give orders."""
        if not how.document_alarms:
            return frozenset()
        of = self._of
        with reporter.step("step.alarms", of.source.rows or 0) as advance:
            return alarmed(of.source, of.dictionary, of.papers, advance, of.also)


def _unheard(done: int, total: int) -> None:
    """Progress is told by case, not by row read."""
