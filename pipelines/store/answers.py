"""What a reasoning model said, under the digest of what it was asked.

An answer that stands is never asked for again, so a repeated run gives the same bytes. Thinking
lies in a table of its own, with a retention of its own.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Self

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, select

from pipelines.errors import StoreError
from pipelines.store.database import Database
from pipelines.store.tables import ANSWERS, THINKING
from risk.reasoning.backends.base import Answered, Backend, Failed, Outcome, Request

_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)


class AnswerStore:
    """Answers in the store.

    Args:
        where: Path or address of the store, which is then opened and, with this, closed; or the
            open store, which stays open.

    Raises:
        StoreError: The store cannot be opened.
    """

    def __init__(self, where: str | Database) -> None:
        self._owned = not isinstance(where, Database)
        self._database = where if isinstance(where, Database) else Database.open(where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._owned:
            self._database.close()

    @property
    def name(self) -> str:
        """What the store is called in messages."""
        return self._database.name

    def find(self, digest: str) -> Outcome | None:
        """What came back for a request; None where nothing has yet."""
        wanted = select(ANSWERS.c.outcome).where(ANSWERS.c.digest == digest)
        with self._database.reading() as connection:
            kept = connection.execute(wanted).scalar()
        try:
            return None if kept is None else _OUTCOME.validate_json(kept)
        except ValidationError:
            # Its message quotes what the model said.
            raise StoreError(
                f"the answer {digest} in the store ({self.name}) cannot be read; another version "
                "of mingjian wrote it, or it was edited; use that version, or another store"
            ) from None

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
        with self._database.writing() as connection:
            connection.execute(self._database.insert(ANSWERS).on_conflict_do_nothing(), row)
            if thinking:
                thought = {"digest": request.digest, "text": thinking, "thought_at": now}
                once = self._database.insert(THINKING).on_conflict_do_nothing()
                connection.execute(once, thought)

    def forget(self, digest: str) -> None:
        """Remove what stands under a digest, so that it may be asked for again."""
        with self._database.writing() as connection:
            for table in (ANSWERS, THINKING):
                connection.execute(delete(table).where(table.c.digest == digest))

    def thinking(self, digest: str) -> str:
        """What the model thought over a request, never a reason to show; empty where it is gone."""
        with self._database.reading() as connection:
            wanted = select(THINKING.c.text).where(THINKING.c.digest == digest)
            return str(connection.execute(wanted).scalar() or "")

    def forget_thinking(self, days: int) -> int:
        """Remove thinking older than a number of days; returns how many pieces went."""
        before = datetime.now(UTC) - timedelta(days=days)
        with self._database.writing() as connection:
            gone = connection.execute(delete(THINKING).where(THINKING.c.thought_at < before))
        return int(gone.rowcount)


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
        tokens_read: Tokens that the back end read for those it was asked.
        tokens_written: Tokens that it wrote, thinking included.
    """

    def __init__(self, backend: Backend, store: AnswerStore, *, again: bool = False) -> None:
        self._backend, self._store, self._again = backend, store, again
        self.asked = self.replayed = self.tokens_read = self.tokens_written = 0

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
            self.tokens_read += outcome.prompt_tokens
            self.tokens_written += outcome.answer_tokens
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
