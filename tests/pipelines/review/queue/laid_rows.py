"""Rows that lie on a desk, put there past the cases that they would come from."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from pipelines.review.workbench import Workbench
from pipelines.store.tables import DESK
from risk.desk import State, priority

RUN = "b" * 64
NIGHT = date(2026, 11, 27)


def put(bench: Workbench, *ids: str, **columns: object) -> None:
    """Lay a case for each id, the first the most urgent; `columns` are those of all of them."""
    rows = [_row(bench, n, name, columns) for n, name in enumerate(ids)]
    with bench.database.writing() as connection:
        connection.execute(DESK.insert(), rows)


def many(bench: Workbench, count: int, **columns: object) -> list[str]:
    """Lay so many cases, the first the most urgent; gives back their ids."""
    ids = [f"A{n:05d}" for n in range(count)]
    put(bench, *ids, **columns)
    return ids


def _row(
    bench: Workbench, n: int, application_id: str, columns: dict[str, object]
) -> dict[str, object]:
    queued = datetime.fromisoformat("2026-11-28T06:00:00+00:00")
    row: dict[str, object] = {
        "run_key": RUN,
        "application_id": application_id,
        "portfolio": bench.config.name,
        "business_date": NIGHT,
        "product": "",
        "amount": 50_000.0,
        "expected_loss": 6_250.0,
        "queued_at": queued,
        "due_at": queued + timedelta(hours=24),
        "priority": priority(6_250.0, queued, bench.settings) - n / 1000,
        "state": "open",
        "holder": "",
        "proposer": "",
        "outcome": "",
        "recommendation": "refer",
        "model_recommendation": "refer",
        "grade": "B2",
        "pd": 0.125,
        "points": 601.5,
        "pending": False,
        "struck": 0,
        "suspected": False,
        "moved": False,
        "evidence_digest": "2" * 64,
        "case_at": queued,
        "updated_at": queued,
        **columns,
    }
    return row | {"decided": State(row["state"]).final}


def ids_in(page: str) -> list[str]:
    """The applications that a page lists, in its order."""
    return list(_ids(page))


def _ids(page: str) -> Iterator[str]:
    for part in page.split("data-row ")[1:]:
        yield part.split(">", 1)[1].split("</a>", 1)[0]
