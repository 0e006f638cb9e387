"""The answers that an evaluation rests on: one record for each chosen row, and a digest of all.

Asking is `pipelines.backends`; what the answers are worth is `pipelines.evaluation.findings`.
"""

import hashlib
from collections import deque
from collections.abc import Iterator

import pandas as pd

from features.dictionary import DataDictionary
from features.language import Language
from pipelines.backends import Backends
from pipelines.evaluation.sample import Drawn
from pipelines.job import Advance
from risk.casefile import CaseFile
from risk.filing import Filing
from risk.overlay import levels
from risk.reasoning.claims import Opinion
from risk.reasoning.reasoner import Rationale
from risk.scoring import Scorer

_BATCH = 500


class Asking:
    """Puts the chosen rows to the back ends.

    Args:
        scorer: Scores and explains them.
        dictionary: The run's own.
        backends: What answers.
        language: The language to answer in.
    """

    def __init__(
        self, scorer: Scorer, dictionary: DataDictionary, backends: Backends, language: Language
    ) -> None:
        self._scorer, self._dictionary = scorer, dictionary
        self._backends, self._language = backends, language
        self._waiting: deque[object] = deque()

    def answers(self, drawn: Drawn, advance: Advance) -> pd.DataFrame:
        """One record for each chosen row, under its index: what was answered, and its cost."""
        chosen = drawn.accepted[drawn.chosen]
        places, records = [], []
        for rationale in self._backends.reason(self._cases(chosen), self._language):
            places.append(self._waiting.popleft())
            records.append(_record(rationale))
            advance(len(records), len(chosen))
        return pd.DataFrame(records, index=pd.Index(places))

    def _cases(self, chosen: pd.DataFrame) -> Iterator[CaseFile]:
        quantiles = self._scorer.model.quantiles
        for at in range(0, len(chosen), _BATCH):
            batch = chosen.iloc[at : at + _BATCH]
            filing = Filing(batch, quantiles, self._dictionary)
            for row, score in enumerate(self._scorer.cases(batch)):
                self._waiting.append(batch.index[row])
                yield self._backends.fitted(filing.case(row, score), self._language)


def _record(rationale: Rationale) -> dict[str, object]:
    opinion = rationale.opinion
    return {
        "status": rationale.status,
        "code": rationale.code,
        "saying": _saying(rationale),
        "level": int(levels([opinion])[0]),
        "repaired": rationale.repaired,
        "answered_by": rationale.model,
        "prompt_tokens": rationale.prompt_tokens,
        "answer_tokens": rationale.answer_tokens,
        "seconds": rationale.seconds,
        "evidence_digest": rationale.evidence_digest,
    }


def _saying(rationale: Rationale) -> str:
    opinion = rationale.opinion
    if opinion is None:
        return "no-answer"
    if not isinstance(opinion, Opinion):
        return "no-opinion"
    if levels([opinion])[0]:
        return opinion.confidence
    return "agree" if opinion.stance == "agree" else "other-side"


def digest(answers: pd.DataFrame) -> str:
    """SHA-256 over all that was used and all that was answered, case by case."""
    return hashlib.sha256("\n".join(answers["evidence_digest"]).encode()).hexdigest()
