"""The database of answers: what a reasoning model said, under the digest of what it was asked.

The one door to it. An answer that stands is never asked for again, so a repeated run gives the
same bytes. Thinking lies in a table of its own, with a retention of its own.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import TypeAdapter
from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pipelines.errors import StoreError
from risk.reasoning.backends.base import Answered, Backend, Failed, Outcome, Request

_TABLES = MetaData()
_ANSWERS = Table(
    "answers",
    _TABLES,
    Column("digest", String(64), primary_key=True),
    Column("application_id", Text, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("answered_at", DateTime(timezone=True), nullable=False),
)
_THINKING = Table(
    "thinking",
    _TABLES,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("thought_at", DateTime(timezone=True), nullable=False, index=True),
)
_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
_BUSY_S = 30.0


class AnswerStore:
    """Answers in a database, made where it is missing.

    Args:
        where: Path of a SQLite file, or a SQLAlchemy address.

    Raises:
        StoreError: The database cannot be opened, or its driver is missing.
    """

    def __init__(self, where: str) -> None:
        self.name = where if "://" not in where else where.split("://")[0]
        with self._explained():
            if "://" not in where:
                Path(where).parent.mkdir(parents=True, exist_ok=True)
                where = f"sqlite:///{where}"
            self._engine = create_engine(
                where, connect_args=_arguments(where), hide_parameters=True
            )
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _prepare)
            _TABLES.create_all(self._engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def find(self, digest: str) -> Outcome | None:
        """What came back for a request; None where nothing has yet."""
        with self._explained(), self._engine.connect() as connection:
            kept = connection.execute(
                select(_ANSWERS.c.outcome).where(_ANSWERS.c.digest == digest)
            ).scalar()
        return None if kept is None else _OUTCOME.validate_json(kept)

    def keep(self, request: Request, outcome: Outcome) -> None:
        """Put away what a model said; the first one stays. Other failures leave nothing.

        What stands is what the model itself said, well or badly: a failure of the way to it may
        be gone at the next asking.
        """
        if not isinstance(outcome, Answered) and not outcome.code.worth_another_try:
            return
        now = datetime.now(UTC)
        thinking = outcome.thinking if isinstance(outcome, Answered) else ""
        said = outcome.model_copy(update={"thinking": ""}) if thinking else outcome
        row = {
            "digest": request.digest,
            "application_id": request.application_id,
            "outcome": said.model_dump_json(),
            "answered_at": now,
        }
        with self._explained(), self._engine.begin() as connection:
            connection.execute(self._once(_ANSWERS), row)
            if thinking:
                thought = {"digest": request.digest, "text": thinking, "thought_at": now}
                connection.execute(self._once(_THINKING), thought)

    def forget(self, digest: str) -> None:
        """Remove what stands under a digest, so that it may be asked for again."""
        with self._explained(), self._engine.begin() as connection:
            for table in (_ANSWERS, _THINKING):
                connection.execute(delete(table).where(table.c.digest == digest))

    def thinking(self, digest: str) -> str:
        """What the model thought over a request, never a reason to show; empty where it is gone."""
        with self._explained(), self._engine.connect() as connection:
            wanted = select(_THINKING.c.text).where(_THINKING.c.digest == digest)
            return str(connection.execute(wanted).scalar() or "")

    def forget_thinking(self, days: int) -> int:
        """Remove thinking older than a number of days; returns how many pieces went."""
        before = datetime.now(UTC) - timedelta(days=days)
        with self._explained(), self._engine.begin() as connection:
            gone = connection.execute(delete(_THINKING).where(_THINKING.c.thought_at < before))
        return int(gone.rowcount)

    def _once(self, table: Table) -> Any:
        """An insert that leaves what stands under the same digest."""
        if self._engine.dialect.name == "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing()
        if self._engine.dialect.name == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return insert(table)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise StoreError(
                f"the store of answers ({self.name}) cannot be opened: {type(error).__name__}; "
                "give a file or a SQLAlchemy address as `store` in risk.toml, and for PostgreSQL "
                "`pip install mingjian[postgres]`"
            ) from error
        except (SQLAlchemyError, OSError) as error:
            # SQLAlchemy's own message repeats the statement with its values.
            cause = getattr(error, "orig", None) or error
            why = str(cause).splitlines()[0] if isinstance(error, OSError) else type(cause).__name__
            raise StoreError(
                f"the store of answers ({self.name}) cannot be used: {why}; check its address, "
                "its permissions and the space on its disk; answers kept so far stay"
            ) from error


def _arguments(where: str) -> dict[str, object]:
    return {"timeout": _BUSY_S} if where.startswith("sqlite") else {}


def _prepare(connection: Any, _: object) -> None:
    """Readers and the writer do not wait for each other; a killed process loses nothing."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


class Remembering:
    """A back end in front of which the store stands: what it holds is not asked for again.

    Args:
        backend: What answers.
        store: Where answers are kept.
        again: Whether replies that were no answer are asked for once more, as after the server
            was set right.

    Attributes:
        asked: Requests that went to the back end.
        replayed: Requests that the store answered.
    """

    def __init__(self, backend: Backend, store: AnswerStore, *, again: bool = False) -> None:
        self._backend, self._store, self._again = backend, store, again
        self.asked = self.replayed = 0

    @property
    def name(self) -> str:
        """As the back end's."""
        return self._backend.name

    @property
    def identity(self) -> str:
        """As the back end's: where an answer was kept does not change it."""
        return self._backend.identity

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Answers as they come, kept before they are handed over.

        Raises:
            BackendError: As the back end's.
            StoreError: The store cannot be read or written to.
        """
        source = iter(requests)
        known: deque[tuple[Request, Outcome]] = deque()
        for request in source:
            if request is None:
                continue
            kept = self._find(request)
            if kept is not None:
                yield request, kept
                continue
            yield from self._ask(request, source, known)
            yield from _drained(known)

    def _ask(
        self,
        first: Request,
        source: Iterator[Request | None],
        known: deque[tuple[Request, Outcome]],
    ) -> Iterator[tuple[Request, Outcome]]:
        """Hand requests on from the first unknown one, as long as any are under way."""
        flying = 0

        def unknown() -> Iterator[Request | None]:
            nonlocal flying
            flying, self.asked = 1, self.asked + 1
            yield first
            for request in source:
                if request is None:
                    if not flying:
                        # What is awaited lies in `known`, out of the back end's reach.
                        return
                    yield None
                elif (kept := self._find(request)) is not None:
                    known.append((request, kept))
                else:
                    flying, self.asked = flying + 1, self.asked + 1
                    yield request

        for request, outcome in self._backend.answer(unknown()):
            flying -= 1
            self._store.keep(request, outcome)
            yield request, outcome
            yield from _drained(known)

    def _find(self, request: Request) -> Outcome | None:
        kept = self._store.find(request.digest)
        if self._again and isinstance(kept, Failed):
            self._store.forget(request.digest)
            return None
        self.replayed += kept is not None
        return kept


def _drained(known: deque[tuple[Request, Outcome]]) -> Iterator[tuple[Request, Outcome]]:
    while known:
        yield known.popleft()
