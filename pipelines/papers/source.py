"""What every source of papers hands over; reading one belongs to the modules beside this."""

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

from risk.papers import Paper

BATCH = 2_000


class Held(NamedTuple):
    """A paper and the application that it belongs to."""

    application_id: str
    paper: Paper


class Gathered(Protocol):
    """The papers of some applications, read one application at a time; close it after use.

    Attributes:
        unmatched: Applications that have papers here and are not among the known ones.
        broken: Entries so broken that they belong to no application.
    """

    unmatched: int
    broken: int

    def of(self, application_id: str) -> tuple[Paper, ...]:
        """The application's papers, ordered by name, unreadable ones included."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


class Papers(Protocol):
    """A source of papers that can be read any number of times."""

    @property
    def name(self) -> str:
        """What to call it in messages."""
        ...

    def digest(self) -> str:
        """SHA-256 over all that is in it."""
        ...

    def batches(self) -> Iterator[list[Held]]:
        """All papers, some at a time."""
        ...

    def gather(self, wanted: Collection[str], known: Collection[str]) -> Gathered:
        """Make ready the papers of the wanted applications.

        Args:
            wanted: Ids of the applications whose papers will be asked for.
            known: Ids of all applications, to tell which papers belong to none.
        """
        ...
