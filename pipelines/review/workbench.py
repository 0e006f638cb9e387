"""What all rooms work with: the open store, its parts, and the portfolio's settings."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from fastapi import Depends, Request

from features.dictionary import DataDictionary
from pipelines.config import RunConfig
from pipelines.review.passwords import Passwords
from pipelines.review.sessions import Sessions, Spans
from pipelines.store import CaseStore, Database, ReviewLog, RunStore
from pipelines.store.desk import Desk
from pipelines.store.logins import Attempts, Limits, Logins
from pipelines.store.people import People
from risk.desk import DeskSettings


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workbench:
    """The open store and what belongs to it; close it, or use it as a context manager.

    Attributes:
        config: The portfolio's config.
        dictionary: The portfolio's fields.
        database: The open store; all others are parts of it.
        clock: What time it is.
    """

    config: RunConfig
    dictionary: DataDictionary
    database: Database
    passwords: Passwords
    clock: Callable[[], datetime] = now

    @classmethod
    def open(cls, config: RunConfig) -> Self:
        """Open the store of a portfolio.

        Raises:
            StoreError: It cannot be used.
            DataError: The portfolio's dictionary cannot.
        """
        dictionary = config.read_dictionary()
        return cls(config, dictionary, Database.open(config.store), Passwords())

    def close(self) -> None:
        """Let go of the store."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> DeskSettings:
        """The rules of the desk."""
        return self.config.review

    @property
    def desk(self) -> Desk:
        """The queue."""
        return Desk(self.database, self.config.name)

    @property
    def cases(self) -> CaseStore:
        """The cases."""
        return CaseStore(self.database, self.config.name)

    @property
    def runs(self) -> RunStore:
        """The runs."""
        return RunStore(self.database, self.config.name)

    @property
    def reviews(self) -> ReviewLog:
        """What people decided."""
        return ReviewLog(self.database)

    @property
    def people(self) -> People:
        """Those who may log in."""
        return People(self.database)

    @property
    def attempts(self) -> Attempts:
        """Failed log-ins."""
        return Attempts(self.database, Limits())

    @property
    def sessions(self) -> Sessions:
        """Those who have logged in."""
        web = self.config.web
        spans = Spans(timedelta(minutes=web.idle_minutes), timedelta(hours=web.session_hours))
        return Sessions(Logins(self.database), spans, self.clock)


def bench_of(request: Request) -> Workbench:
    """The workbench of a request's app."""
    bench = request.app.state.workbench
    assert isinstance(bench, Workbench)  # noqa: S101 - `create_app` put it there
    return bench


Bench = Annotated[Workbench, Depends(bench_of)]
"""The workbench, as the argument of whatever answers a request."""
