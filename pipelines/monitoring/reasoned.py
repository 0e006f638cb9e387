"""What became of the cases of each night, be it in a later one, and what people made of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from pipelines.cases import CASES, CaseRecord, read_cases
from pipelines.errors import ConfigError
from pipelines.manifest import RunManifest
from pipelines.monitoring.folders import Whole
from pipelines.night import CASE_RUN, LATE
from pipelines.nightly import ORIGINS
from pipelines.store import Database, ReviewLog
from pipelines.store.reviews import DECISIONS
from risk.report.monitoring import Rationales, Reviewed
from risk.validation.faithfulness import Faithfulness, FaithfulnessTally


@dataclass(frozen=True)
class Answers:
    """What one night's folder says of cases, its own and those of earlier nights.

    Attributes:
        run_key: The reasoned run of its own cases; empty where it has none.
        own: Its cases by status, and `moved` among them.
        late: The same of cases of earlier nights, by their run.
        replies: How good what was said in this night is.
    """

    run_key: str
    own: Counter[str]
    late: Mapping[str, Counter[str]]
    replies: Faithfulness


def read_answers(whole: Whole) -> Answers:
    """Read a night's cases one by one.

    Raises:
        ConfigError: A record is of another version.
    """
    tally, own = FaithfulnessTally(), Counter[str]()
    late: defaultdict[str, Counter[str]] = defaultdict(Counter)
    key = ""
    if CASE_RUN in whole.night.runs:
        folder = whole.folder / CASE_RUN
        key = RunManifest.read(folder).key()
        for record in _records(folder):
            _count(own, record, tally)
    if LATE in whole.night.runs:
        folder = whole.folder / LATE
        runs = pd.read_parquet(folder / ORIGINS)["run_key"].tolist()
        for run, record in zip(runs, _records(folder), strict=True):
            _count(late[run], record, tally)
    return Answers(key, own, late, tally.result())


def rationales(nights: Sequence[Answers]) -> list[Rationales]:
    """What became of each night's cases, with what other nights among them answered later."""
    later: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for night in nights:
        for run, counts in night.late.items():
            later[run].update(counts)
    return [_rationales(night, later[night.run_key]) for night in nights]


def reviewed(store: str, run_keys: Sequence[str]) -> list[Reviewed]:
    """What people decided about the cases of each run.

    Args:
        store: Path or address of the store; one that is not there is not made.
        run_keys: The runs; an empty key is of none.

    Raises:
        StoreError: The store cannot be read.
    """
    if "://" not in store and not Path(store).exists():
        return [Reviewed()] * len(run_keys)
    with Database.open(store) as database:
        log = ReviewLog(database)
        return [_reviewed(log, key) if key else Reviewed() for key in run_keys]


def _reviewed(log: ReviewLog, run_key: str) -> Reviewed:
    actions = Counter[str](review.action for review in log.latest(run_key))
    return Reviewed(sum(actions[each] for each in DECISIONS), actions["override"])


def _rationales(night: Answers, later: Counter[str]) -> Rationales:
    own, found = night.own, night.replies
    replied = found.answered + found.failed
    return Rationales(
        cases=own["answered"] + own["failed"] + own["pending"],
        answered=own["answered"] + later["answered"],
        late=later["answered"],
        failed=own["failed"] + later["failed"],
        moved=own["moved"] + later["moved"],
        replied=replied,
        verified=round((found.verified or 0.0) * replied),
        claims=found.claims,
        struck=found.struck,
        prompt_tokens=found.prompt_tokens.mean * replied,
        answer_tokens=found.answer_tokens.mean * replied,
    )


def _count(counts: Counter[str], record: CaseRecord, tally: FaithfulnessTally) -> None:
    counts[record.rationale.status] += 1
    counts["moved"] += record.moved
    tally.add(record.case, record.rationale, record.decision)


def _records(folder: Path) -> Iterator[CaseRecord]:
    try:
        yield from read_cases(folder)
    except ValidationError:
        # Its message quotes the case.
        raise ConfigError(
            f"{folder / CASES} holds what is no case record: another version of mingjian wrote "
            "it; read these nights with that version"
        ) from None
