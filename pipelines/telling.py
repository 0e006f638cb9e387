"""Records of cases: what the back ends say, the ratchet decides, and how it all ended."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from features.language import Language
from pipelines.backends import Backends
from pipelines.cases import CaseRecord
from pipelines.job import Advance
from risk.casefile import CaseFile
from risk.decision import Score, decide
from risk.overlay import Overlay
from risk.policy import Policy
from risk.reasoning.reasoner import Rationale
from risk.validation.faithfulness import FaithfulnessTally


@dataclass(frozen=True)
class Teller:
    """What turns cases into records.

    Attributes:
        backends: Who is asked.
        language: Language of the narratives.
        policy: Of the ratchet.
        overlay: Proven effect of opinions on the PD.
    """

    backends: Backends
    language: Language
    policy: Policy
    overlay: Overlay

    def fitted(self, case: CaseFile) -> CaseFile:
        """The case as far as the models have room for it."""
        return self.backends.fitted(case, self.language)

    def records(self, cases: Iterable[tuple[Score, CaseFile]]) -> Iterator[CaseRecord]:
        """One record for each case, in their order."""
        waiting: deque[tuple[Score, CaseFile]] = deque()

        def asked() -> Iterator[CaseFile]:
            for score, case in cases:
                waiting.append((score, case))
                yield case

        for rationale in self.backends.reason(asked(), self.language):
            yield self.record(*waiting.popleft(), rationale)

    def record(self, score: Score, case: CaseFile, rationale: Rationale) -> CaseRecord:
        """The record of a case with what was said of it."""
        decision = decide(score, rationale.opinion, rationale.findings, self.policy)
        raised = self.overlay.apply(np.array([score.pd_model]), [rationale.opinion])
        return CaseRecord(
            score=score,
            case=case,
            rationale=rationale,
            decision=decision,
            pd_final=float(raised[0]),
        )


@dataclass
class Told:
    """What became of a pass.

    Attributes:
        counts: Cases by what became of them, and sentences struck.
        tally: Of all checks.
        seconds: What the pass took.
    """

    counts: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys(("reasoned", "pending", "failed"), 0))
    )
    tally: FaithfulnessTally = field(default_factory=FaithfulnessTally)
    seconds: float = 0.0
    _unanswered: Counter[tuple[str, str]] = field(default_factory=Counter)
    _details: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, record: CaseRecord) -> None:
        """Count a record."""
        rationale = record.rationale
        status = rationale.status
        self.counts["reasoned" if status == "answered" else status] += 1
        if status != "answered":
            self._unanswered[status, rationale.code] += 1
            self._details.setdefault((status, rationale.code), rationale.detail)
        self.counts["struck"] += sum(s.struck for s in rationale.narrative.sentences)
        self.counts["moved"] += record.moved
        self.tally.add(record.case, rationale, record.decision)

    def notes(self) -> tuple[str, ...]:
        """Why cases have no answer, in the words of the records."""
        return tuple(
            f"{status}, {code}: {n:,} ({self._details[status, code]})"
            for (status, code), n in self._unanswered.most_common()
        )


def tell(path: Path, records: Iterable[CaseRecord], total: int, advance: Advance) -> Told:
    """Write records as JSON lines, each when it is made."""
    told, start = Told(), time.monotonic()
    with path.open("w", encoding="utf-8") as file:
        for done, record in enumerate(records, 1):
            file.write(record.model_dump_json() + "\n")
            told.add(record)
            advance(done, total)
    told.seconds = time.monotonic() - start
    return told
