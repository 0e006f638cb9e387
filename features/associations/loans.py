"""What else a guarantor stands for: loans still open, and how late they are paid.

Each loan stands as it was last told: open, so many days late, or closed, which is final. What is
looked at are the last loans of a guarantor, at most as many as may share a value: the time that an
application takes is bounded, and a guarantee company is a hub like any other.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.associations.arrays import NONE, longer
from features.compiling import compiled

CLOSED = -1
"""How a loan stands that was refused, or paid back."""
DEFAULT_DAYS = 90
"""Days by which a loan in default is late at least."""
MOST_DAYS = int(np.iinfo(np.int16).max)


class Standing(NamedTuple):
    """How loans stand from some day on, in the order of the days.

    Attributes:
        day: On which it became known, rising, shape (e,).
        entry: The applications, as places among all, shape (e,).
        days: Days by which each is late, 0 for none, or `CLOSED`, shape (e,).
    """

    day: NDArray[np.int32]
    entry: NDArray[np.int32]
    days: NDArray[np.int16]

    @classmethod
    def none(cls) -> Self:
        """Nothing is known."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int16))

    def joined(
        self, day: NDArray[np.int32], entry: NDArray[np.int32], days: NDArray[np.int16]
    ) -> Self:
        """With more, in order; of a loan told twice on a day the latest payment counts."""
        day, entry, days = (
            np.append(self.day, day), np.append(self.entry, entry), np.append(self.days, days)
        )  # fmt: skip
        order = np.lexsort((days, entry, day))
        return self._replace(day=day[order], entry=entry[order], days=days[order])

    def of_those(self, which: NDArray[np.bool_]) -> Self:
        """Some of them."""
        return self._replace(day=self.day[which], entry=self.entry[which], days=self.days[which])


class Loans(NamedTuple):
    """All that is remembered of loans.

    Attributes:
        last: The last loan that each person guarantees; `NONE` without one, shape (m,).
        before: The one before it of the same guarantor, shape (n,).
        days: How each stands, shape (n,).
    """

    last: NDArray[np.int32]
    before: NDArray[np.int32]
    days: NDArray[np.int16]

    @classmethod
    def empty(cls) -> Self:
        """Nothing remembered yet."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int16))

    def grown(self, entries: int, people: int) -> Self:
        """The same with room for so many; the arrays are new ones."""
        fresh, more = people - len(self.last), entries - len(self.before)
        return self._replace(
            last=longer(self.last, fresh, NONE),
            before=longer(self.before, more, NONE),
            days=longer(self.days, more),
        )

    def cut(self, entries: int) -> Self:
        """The same without the loans behind so many, which were never added."""
        return self._replace(before=self.before[:entries], days=self.days[:entries])


class Backed(NamedTuple):
    """What could be known on the day before each application of its guarantor's other loans.

    Attributes:
        open: Earlier ones neither refused nor paid back, shape (r,).
        late: Of them, those paid late, shape (r,).
        worst: Days by which the latest of them is late, shape (r,).
    """

    open: NDArray[np.int32]
    late: NDArray[np.int32]
    worst: NDArray[np.int32]

    @classmethod
    def none(cls, count: int) -> Self:
        """Nothing known of so many."""
        return cls(*(np.zeros(count, np.int32) for _ in cls._fields))


def look(
    day: NDArray[np.int32],
    guarantor: NDArray[np.int32],
    standing: Standing,
    most: int,
    loans: Loans,
) -> Backed:
    """Go on through time; the last day is looked at and not remembered.

    Args:
        day: Day of each application that is not remembered yet, rising, shape (r,).
        guarantor: Number of the guarantor of each, `NONE` without one, shape (r,).
        standing: What is not remembered yet of how loans stand.
        most: How many loans of a guarantor are looked at.
        loans: With room for all; changed in place.
    """
    found = Backed.none(len(day))
    _walk(day, guarantor, standing, most, loans, found)
    return found


@compiled
def _tell(standing, told, today, loans):  # type: ignore[no-untyped-def]
    """Bring loans to where they stood on the day before; how far that came."""
    while told < standing.day.size and standing.day[told] < today:
        at = standing.entry[told]
        if loans.days[at] != CLOSED:
            loans.days[at] = standing.days[told]
        told += 1
    return told


@compiled
def _look(guarantor, most, loans, found, at):  # type: ignore[no-untyped-def]
    if guarantor[at] < 0:
        return
    loan = loans.last[guarantor[at]]
    seen = 0
    while loan >= 0 and seen < most:
        days = loans.days[loan]
        if days != CLOSED:
            found.open[at] += 1
        if days > 0:
            found.late[at] += 1
            found.worst[at] = max(found.worst[at], days)
        loan = loans.before[loan]
        seen += 1


@compiled
def _walk(day, guarantor, standing, most, loans, found):  # type: ignore[no-untyped-def]
    first = loans.before.size - day.size
    begin = told = 0
    while begin < day.size:
        told = _tell(standing, told, day[begin], loans)
        end = begin
        while end < day.size and day[end] == day[begin]:
            _look(guarantor, most, loans, found, end)
            end += 1
        for at in range(begin, end if end < day.size else begin):
            if guarantor[at] >= 0:
                loans.before[first + at] = loans.last[guarantor[at]]
                loans.last[guarantor[at]] = first + at
        begin = end
