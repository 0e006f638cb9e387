"""How long the workbench takes to answer with a page of the queue, on SQLite and PostgreSQL.

`python -m tests.benchmarks.queue_speed [--rows 1000000] [--postgresql]` lays so many cases on a
desk, logs an officer in, and asks for every tab, for filters common and rare, for ids and for pages
far behind. The time is the app's own, from the request's arrival to the last byte of its answer.
Before each page a fixed piece of work of the interpreter is timed: machines differ, and one machine
from minute to minute, so a line tells how long that took, and how many times as long pages took.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.config import RunConfig
from pipelines.review.app import create_app
from pipelines.review.workbench import Workbench
from pipelines.store import Database
from pipelines.store.desk import Desk
from tests.benchmarks.desk_speed import deep, filled, told
from tests.pipelines.review.conftest import CHEAP, HOST, Browser, person, write_portfolio

_TABS = (
    "all", "mine", "unassigned", "second", "pending", "asked", "held", "escalated", "decided"
)  # fmt: skip
_QUERIES = (
    *(f"q={tab}" for tab in _TABS),
    "product=product 3",
    "product=boat",
    "grade=A1&q=unassigned",
    "grade=B2&recommendation=decline",
    "product=product 3&flag=pending",
    "night=2026-03-07&recommendation=refer",
    "id=A105",
    "id=Z",
)


class Timed:
    """An app that remembers how long its last answer took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.took_s = app, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note the time."""
        start = time.perf_counter()
        await self._app(scope, receive, send)
        self.took_s = time.perf_counter() - start


def main() -> None:
    """Measure and print, one line of JSON an address, all of them last."""
    with filled(__doc__, 20) as (folder, database, given):
        for line in _measured(_workbench(folder, database), given.times):
            print(json.dumps({"on": given.kind, **line}), flush=True)


def _workbench(folder: Path, database: Database) -> Workbench:
    write_portfolio(folder)
    config = RunConfig.read(folder / "risk.toml").model_copy(update={"name": "loans"})
    bench = Workbench(config, config.read_dictionary(), database, CHEAP)
    bench.people.add(person("officer 7"))
    return bench


def _measured(bench: Workbench, times: int) -> Iterator[dict[str, object]]:
    timed = Timed(create_app(bench))
    browser = Browser(timed, HOST, follow_redirects=False).log_in("officer 7")
    after = deep(Desk(bench.database, "loans"), 100).after
    assert after is not None
    every: list[tuple[float, float]] = []
    for query in (*_QUERIES, f"after={after.text}"):
        taken = [(_fixed_work(), _asked(browser, timed, query)) for _ in range(times)]
        every += taken
        yield {"query": query, **_beside(taken)}
    yield {"query": "every one of them", **_beside(every)}


def _beside(taken: list[tuple[float, float]]) -> dict[str, float]:
    """Pages, the fixed work before each, and the 95th percentile of their ratio."""
    work, pages = np.array(taken).T
    beside = {"work_ms": round(float(np.median(work)), 2)}
    return (
        told(list(pages))
        | beside
        | {"p95_of_work": round(float(np.percentile(pages / work, 95)), 1)}
    )


def _fixed_work() -> float:
    """Milliseconds of twenty thousand squares."""
    start = time.perf_counter()
    sum(number * number for number in range(20_000))
    return 1_000 * (time.perf_counter() - start)


def _asked(browser: Browser, timed: Timed, query: str) -> float:
    """Milliseconds of one page."""
    answer = browser.get(f"/queue?{query}")
    assert answer.status_code == 200, answer.text
    return 1_000 * timed.took_s


if __name__ == "__main__":
    main()
