"""Cases that lie on the desk of a workbench."""

from collections.abc import Iterable
from datetime import date

from pipelines.cases import CaseRecord
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from tests.pipelines.store.conftest import case_record, stored

RUN, DAY = "a" * 64, date(2026, 3, 2)
EVIDENCE = "2" * 64


def lay(bench: Workbench, cases: Iterable[str | CaseRecord], run: str = RUN) -> tuple[CaseKey, ...]:
    """Deliver a run of cases, which the model approves and reasoning refers, and take it in."""
    records = [case_record(each) if isinstance(each, str) else each for each in cases]
    bench.runs.begin(run, "reason", "cases", DAY)
    made = (stored(each, DAY, run_key=run, place=n) for n, each in enumerate(records))
    bench.cases.put(made)
    bench.runs.finish(run, "done", {})
    bench.desk.take_in(bench.settings)
    return tuple(CaseKey(run, each.score.application_id) for each in records)


def to(key: CaseKey, did: str) -> str:
    """The address that a form about a case is sent to."""
    return f"{case_path(*key)}/{did}"
