"""Every operation of a night made to fail once: by EIO, by ENOSPC, and by a kill at that moment.

Nothing half done is ever seen, the job says what is wrong and ends with exit code 40, and the
same command ends the night as if nothing had been. One night bears several faults, one start
after the other, and each operation meets one of the three; with `MINGJIAN_FAULTS=each` it meets
all of them, and with `all` each of its turns has a night of its own.
"""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from tests.pipelines.conftest import Bank
from tests.pipelines.faults import KINDS, Fault
from tests.pipelines.forked import Forks
from tests.pipelines.whole_nights import Laid, Nights, nights

ALL = os.environ.get("MINGJIAN_FAULTS") == "all"
EACH = ALL or os.environ.get("MINGJIAN_FAULTS") == "each"
LINKS = 1 if ALL else 12
"""Faults that one night has to bear."""


def test_whatever_fails_once_the_same_command_ends_the_night(
    bank: Bank, forks: Forks, tmp_path: Path, postgresql: Callable[..., str]
) -> None:
    def on(half: int, kind: str, database: Callable[..., str] | None) -> dict[str, str]:
        with nights(bank, tmp_path / kind, forks, database) as made:
            return survived(made, half)

    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(on, (0, 1), ("sqlite", "postgresql"), (None, postgresql)))
    assert halves[0] == halves[1]


def survived(made: Nights, half: int) -> dict[str, str]:
    """Break one half of all operations on one database; what a calm night delivers."""
    calm = made.lay()
    counted = made.run(calm, count=True)
    assert counted.code == 10, counted.said
    night = Broken(made, calm.content())
    for fault in chosen(counted.seen, half):
        night.bear(fault)
    night.end()
    return night.delivered


def chosen(seen: dict[str, int], half: int) -> Iterator[Fault]:
    """Faults for one of the two databases, in the order in which a night comes to them."""
    chance = random.Random(half)  # noqa: S311 - a sample for a test
    for number, (operation, kind) in enumerate(product(seen, KINDS)):
        commit = operation.startswith("commit")
        place, of = divmod(number, len(KINDS))
        if not EACH and not commit and place % len(KINDS) != of:
            continue
        if ALL or commit or (number if EACH else place) % 2 == half:
            turns = range(1, seen[operation] + 1) if ALL else [1]
            yield from (Fault(kind, operation, turn) for turn in turns)
        if commit and not ALL:
            yield Fault(kind, operation, chance.randint(2, seen[operation]))


class Broken:
    """A night that bears faults until it is delivered, and then the next one."""

    def __init__(self, made: Nights, delivered: dict[str, str]) -> None:
        self.delivered, self._made = delivered, made
        self._night: Laid | None = None
        self._borne = 0

    def bear(self, fault: Fault) -> None:
        """Have a fault met by the night that is being made, or by a new one where it is past it."""
        if not (self._night and self._met(fault)):
            self.end()
            assert self._met(fault), fault
        if self._borne >= LINKS:
            self.end()

    def end(self) -> None:
        """End the night by the same command, and compare it with a calm one."""
        if self._night is None:
            return
        ended = self._made.run(self._night)
        assert ended.code == 10, ended.said
        assert self._night.content() == self.delivered
        self._made.clear(self._night)
        self._night, self._borne = None, 0

    def _met(self, fault: Fault) -> bool:
        self._night = self._night or self._made.lay()
        before, asked = self._night.answered(), self._made.server.counts.asked.copy()
        ended = self._made.run(self._night, fault=fault)
        self._borne += ended.hit
        said = f"{fault}: {ended.said}"
        assert self._night.half_visible() == [], said
        assert not before & (self._made.server.counts.asked - asked).keys(), said
        # What is only tidied up, or only said, may fail without harm.
        assert ended.code in ((-9,) if fault.kind == "KILL" and ended.hit else (10, 40)), said
        assert "Traceback" not in ended.said, said
        where = (str(self._night.folder), "nights/", "the store (")
        assert ended.code != 40 or any(each in ended.said for each in where), said
        return ended.hit
