"""Stores to test on, each empty and of its own: a SQLite file, a database of a real PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from pipelines.audit.chain import examine
from pipelines.cases import CaseRecord
from pipelines.store import Database, StoredCase
from pipelines.store.trail import Trail
from risk.casefile import CaseFile
from risk.decision import Decision, Score
from risk.policy import Recommendation
from risk.reasoning.backends.template import compose
from risk.reasoning.narrative import narrate
from risk.reasoning.reasoner import Rationale

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Path or address of a store that nobody has opened yet."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    return str(request.getfixturevalue("postgresql")())


@pytest.fixture
def database(where: str) -> Iterator[Database]:
    with Database.open(where) as opened:
        yield opened


@pytest.fixture
def raw(where: str) -> Callable[..., list[tuple[object, ...]]]:
    """Runs statements in the database past the store, as an administrator would."""

    def run(*statements: str) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        with closed(where) as engine, engine.begin() as connection:
            for statement in statements:
                result = connection.exec_driver_sql(statement)
                rows = [tuple(row) for row in result] if result.returns_rows else []
        return rows

    return run


@contextmanager
def closed(where: str) -> Iterator[Engine]:
    """An engine of SQLAlchemy's own making on a path or an address, without the store."""
    engine = create_engine(where if "://" in where else f"sqlite:///{where}")
    try:
        yield engine
    finally:
        engine.dispose()


def whole(database: Database) -> tuple[int, str]:
    """Length and last hash of the log of reviews, which is as it was appended."""
    verdict = examine(Trail(database), "portfolio", (), lambda *_: None)
    assert verdict.found == ()
    return verdict.place.length, verdict.place.hash


def case_record(application_id: str, status: str = "answered", text: str = "") -> CaseRecord:
    """A case as a reasoned run leaves it, with a document of a given text."""
    case = CaseFile(application_id=application_id, facts=(), documents={})
    score = Score(
        application_id=application_id,
        pd_model=0.125,
        points=601.5,
        grade="B2",
        recommendation=Recommendation.APPROVE,
    )
    rationale = Rationale.model_validate(
        {
            "application_id": application_id,
            "status": status,
            "code": "" if status == "answered" else "timeout",
            "detail": text,
            "language": "en",
            "narrative": narrate(compose(case, "en"), case, (), "en"),
            "narrative_by": "template",
            "backend": "template",
            "request_digest": "1" * 64,
            "case_digest": case.digest,
            "evidence_digest": "2" * 64,
        }
    )
    decision = Decision(
        recommendation=Recommendation.REFER,
        model_recommendation=Recommendation.APPROVE,
        causes=("score", "opinion"),
    )
    return CaseRecord(score=score, case=case, rationale=rationale, decision=decision, pd_final=0.25)


def stored(record: CaseRecord, day: date = date(2026, 3, 2), **more: object) -> StoredCase:
    """The case in a run of a day, in the place that its id tells."""
    place = int("".join(c for c in record.score.application_id if c.isdigit()) or 0)
    given = {"run_key": "a" * 64, "business_date": day, "place": place, "record": record}
    return StoredCase(**{**given, **more})  # type: ignore[arg-type]
