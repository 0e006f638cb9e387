"""Taking cases and giving them back, one or many; no decision is made for many at once."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, Self

from pipelines.review.workbench import Workbench
from pipelines.store import CaseKey
from risk.desk import DeskError, Person

Did = Literal["claim", "release", "assign", "take"]
_DID: dict[str, Did] = {
    "claim": "claim", "release": "release", "assign": "assign", "take": "take"
}  # fmt: skip
_MOST = 1_000


class Told(NamedTuple):
    """What came of it.

    Attributes:
        did: What was asked for.
        done: How many cases it was done with.
        missed: How many it could not be done with.
    """

    did: Did
    done: int
    missed: int

    @property
    def text(self) -> str:
        """For an address; `read` brings it back."""
        return f"{self.did}.{self.done}.{self.missed}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From an address; None where it says nothing of the kind."""
        did, *numbers = text.split(".")
        if did not in _DID or len(numbers) != 2:
            return None
        if not all(each.isascii() and each.isdecimal() and len(each) < 5 for each in numbers):
            return None
        return cls(_DID[did], int(numbers[0]), int(numbers[1]))


def each(did: Did, keys: Iterable[CaseKey], do: Callable[[CaseKey], object]) -> Told:
    """Do something with each of some cases; rules that forbid one leave the others alone."""
    done = missed = 0
    for key in list(dict.fromkeys(keys))[:_MOST]:
        try:
            do(key)
        except DeskError:
            missed += 1
        else:
            done += 1
    return Told(did, done, missed)


def take(bench: Workbench, person: Person, wanted: int) -> Told:
    """Give a person the most urgent cases that nobody holds, as many as one may hold.

    Raises:
        ForbiddenError: The person does not work on cases.
    """
    for done in range(wanted):
        if bench.desk.draw(person, bench.settings) is None:
            return Told("take", done, wanted - done)
    return Told("take", wanted, 0)
