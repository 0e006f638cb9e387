"""Who guarantees whom: chains of guarantors, and circles, as each application could know them.

A guarantor who has applied for a loan has a guarantor too, and so on. What counts for a person is
their last application on an earlier day than the one that asks.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.associations.arrays import NONE, longer
from features.compiling import compiled

STEPS = 16
"""How many guarantors are followed; whatever is longer counts as that long."""


class Parties(NamedTuple):
    """Who applied, and who guarantees, of applications in the order of their days.

    Attributes:
        day: Day of each, rising, shape (r,).
        person: Number of the applicant, shape (r,); `NONE` where it is unknown.
        guarantor: Number of the guarantor among the same people, shape (r,); `NONE` without one.
    """

    day: NDArray[np.int32]
    person: NDArray[np.int32]
    guarantor: NDArray[np.int32]


class Vouched(NamedTuple):
    """All that is remembered of people.

    Attributes:
        guarantor: Guarantor in the last application of each person, shape (m,).
        named: In how many applications each is the guarantor, shape (m,).
    """

    guarantor: NDArray[np.int32]
    named: NDArray[np.int32]

    @classmethod
    def empty(cls) -> Self:
        """Nobody is known yet."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32))

    def grown(self, people: int) -> Self:
        """The same with room for so many; the arrays are new ones."""
        fresh = people - len(self.named)
        return self._replace(
            guarantor=longer(self.guarantor, fresh, NONE),
            named=longer(self.named, fresh),
        )


class Chains(NamedTuple):
    """What could be known of the guarantors of applications on the day before each.

    Attributes:
        length: Guarantors one behind the other, from 0, at most `STEPS`, shape (r,).
        circle: Whether the chain comes back to the applicant, or to one of itself, shape (r,).
        guarantees: Earlier applications for which the applicant is the guarantor, shape (r,).
    """

    length: NDArray[np.int32]
    circle: NDArray[np.bool_]
    guarantees: NDArray[np.int32]

    @classmethod
    def none(cls, count: int) -> Self:
        """Nothing known of so many."""
        return cls(np.zeros(count, np.int32), np.zeros(count, np.bool_), np.zeros(count, np.int32))


def follow(parties: Parties, vouched: Vouched) -> Chains:
    """Go on through time; the last day is looked at and not remembered.

    Args:
        parties: Applications that are not remembered yet.
        vouched: With room for all people; changed in place.
    """
    found = Chains.none(len(parties.day))
    _walk(parties, vouched, found)
    return found


@compiled
def _look(parties, vouched, found, at):  # type: ignore[no-untyped-def]
    person = parties.person[at]
    if person >= 0:
        found.guarantees[at] = vouched.named[person]
    met = np.empty(STEPS, np.int32)
    following = parties.guarantor[at]
    while following >= 0 and found.length[at] < STEPS:
        found.circle[at] = following == person
        for place in range(found.length[at]):
            found.circle[at] = found.circle[at] or met[place] == following
        if found.circle[at]:
            return
        met[found.length[at]] = following
        found.length[at] += 1
        following = vouched.guarantor[following]


@compiled
def _walk(parties, vouched, found):  # type: ignore[no-untyped-def]
    begin, count = 0, parties.day.size
    while begin < count:
        end = begin
        while end < count and parties.day[end] == parties.day[begin]:
            _look(parties, vouched, found, end)
            end += 1
        for at in range(begin, end if end < count else begin):
            if parties.person[at] >= 0:
                vouched.guarantor[parties.person[at]] = parties.guarantor[at]
            if parties.guarantor[at] >= 0:
                vouched.named[parties.guarantor[at]] += 1
        begin = end
