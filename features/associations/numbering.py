"""Small numbers for digests, given once and for all.

Millions are known and a night brings few: what came since is kept apart, so that the many stay as
they are, in memory and on disk, until the few have become an eighth of them.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.associations.arrays import NONE, are_few
from features.associations.keys import NOBODY


class Numbers(NamedTuple):
    """The numbers of all digests met so far.

    Attributes:
        digests: Rising, shape (m,).
        numbers: The number of each, shape (m,).
        late_digests: Those that came since, rising, shape (l,).
        late_numbers: The number of each, shape (l,).
    """

    digests: NDArray[np.uint64]
    numbers: NDArray[np.int32]
    late_digests: NDArray[np.uint64]
    late_numbers: NDArray[np.int32]

    @classmethod
    def empty(cls) -> Self:
        """None met yet."""
        digests, numbers = np.empty(0, np.uint64), np.empty(0, np.int32)
        return cls(digests, numbers, digests, numbers)

    @property
    def met(self) -> int:
        """How many digests were met."""
        return len(self.digests) + len(self.late_digests)

    def parts(self) -> tuple[tuple[NDArray[np.uint64], NDArray[np.int32]], ...]:
        """Digests and their numbers: the many, and those that came since."""
        return (self.digests, self.numbers), (self.late_digests, self.late_numbers)

    def find(self, digests: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The number of each digest; `NONE` where it has none, shape (n,)."""
        found = _find(self.digests, self.numbers, digests)
        if not len(self.late_digests):
            return found
        late = _find(self.late_digests, self.late_numbers, digests)
        return np.where(found == NONE, late, found)

    def given(self, digests: NDArray[np.uint64], first: int) -> tuple[Self, NDArray[np.int32]]:
        """The same with a number for every digest, new ones from `first` on by their size.

        Args:
            digests: In any order, repeated or not; `NOBODY` gets none, shape (n,).
            first: The next number that is free.

        Returns:
            The numbers of all, and those of `digests`.
        """
        found = self.find(digests)
        new = (found == NONE) & (digests != NOBODY)
        fresh, which = np.unique(digests[new], return_inverse=True)
        numbers = np.arange(first, first + len(fresh), dtype=np.int32)
        found[new] = numbers[which]
        return self.with_numbers(fresh, numbers), found

    def with_numbers(self, digests: NDArray[np.uint64], numbers: NDArray[np.int32]) -> Self:
        """The same with more digests, rising and none of them met before."""
        late = _merged(self.late_digests, self.late_numbers, digests, numbers)
        if are_few(late[0], self.digests):
            return self._replace(late_digests=late[0], late_numbers=late[1])
        whole = _merged(self.digests, self.numbers, *late)
        none = self.empty()
        return none._replace(digests=whole[0], numbers=whole[1])


def _find(
    digests: NDArray[np.uint64], numbers: NDArray[np.int32], wanted: NDArray[np.uint64]
) -> NDArray[np.int32]:
    if not len(digests):
        return np.full(len(wanted), NONE, np.int32)
    place = np.searchsorted(digests, wanted).clip(max=len(digests) - 1)
    return np.where(digests[place] == wanted, numbers[place], np.int32(NONE))


def _merged(
    digests: NDArray[np.uint64],
    numbers: NDArray[np.int32],
    more: NDArray[np.uint64],
    their: NDArray[np.int32],
) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    place = np.searchsorted(digests, more)
    return np.insert(digests, place, more), np.insert(numbers, place, their)
