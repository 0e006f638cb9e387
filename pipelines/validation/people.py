"""What people said of a reasoned run, by the store: of its cases, and of single sentences."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipelines.cases import CaseRecord
from pipelines.store import Database, ReviewLog, StoredReview
from pipelines.store.marks import LoggedMark, marks_of

ELSEWHERE = "elsewhere"
"""What a sentence is about that a run's files do not hold, such as one of a late answer."""


class SentenceKey(NamedTuple):
    """What a sentence is found by: its case, the rationale it is part of, and its claim."""

    application_id: str
    evidence_digest: str
    claim: int


Kinds = Mapping[SentenceKey, str]
"""What sentences are about."""


class People(NamedTuple):
    """What people said of a run.

    Attributes:
        reviews: The last word on each case, as `risk.report.evidence.Reasoned` has it; None where
            nobody was asked.
        marks: What they said of sentences.
    """

    reviews: pd.DataFrame | None
    marks: tuple[LoggedMark, ...]

    @property
    def marked(self) -> frozenset[str]:
        """Applications of which sentences have been marked."""
        return frozenset(each.application_id for each in self.marks)

    def marks_on(self, kinds: Kinds) -> pd.DataFrame | None:
        """The marks as `risk.report.evidence.Reasoned` has them; None where there are none."""
        if not self.marks:
            return None
        keys = (
            SentenceKey(each.application_id, each.evidence_digest, each.mark.claim)
            for each in self.marks
        )
        return pd.DataFrame(
            {
                "claim_kind": [kinds.get(key, ELSEWHERE) for key in keys],
                "verdict": [each.mark.verdict for each in self.marks],
            }
        )


def people_said(store: str | None, run_key: str) -> People:
    """What people said of a run.

    Args:
        store: Path or address of the store; None for none.
        run_key: Of the reasoned run.

    Raises:
        StoreError: The store cannot be read.
    """
    # Opening a store that is not there would make one.
    if store is None or ("://" not in store and not Path(store).exists()):
        return People(None, ())
    with Database.open(store) as database:
        return People(_frame(ReviewLog(database).latest(run_key)), marks_of(database, run_key))


def kinds_in(record: CaseRecord) -> dict[SentenceKey, str]:
    """What the sentences of a case are about."""
    said = record.rationale
    return {
        SentenceKey(said.application_id, said.evidence_digest, each.claim): str(each.kind)
        for each in said.narrative.sentences
    }


def _frame(said: tuple[StoredReview, ...]) -> pd.DataFrame | None:
    if not said:
        return None
    return pd.DataFrame(
        {
            "application_id": [each.application_id for each in said],
            "action": [each.action for each in said],
            "recommendation": [
                None if each.recommendation is None else str(each.recommendation) for each in said
            ],
            "reason_code": [each.reason_code for each in said],
        }
    )
