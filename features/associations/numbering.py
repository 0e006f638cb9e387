"""Small numbers for digests, given once and for all."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.associations.groups import NONE
from features.associations.keys import NOBODY


class Numbers(NamedTuple):
    """The numbers of all digests met so far.

    Attributes:
        digests: Rising, shape (m,).
        numbers: The number of each, shape (m,).
    """

    digests: NDArray[np.uint64]
    numbers: NDArray[np.int32]

    @classmethod
    def empty(cls) -> Self:
        """None met yet."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int32))

    def find(self, digests: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The number of each digest; `NONE` where it has none, shape (n,)."""
        if not len(self.digests):
            return np.full(len(digests), NONE, np.int32)
        place = np.searchsorted(self.digests, digests).clip(max=len(self.digests) - 1)
        return np.where(self.digests[place] == digests, self.numbers[place], np.int32(NONE))

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
        place = np.searchsorted(self.digests, digests)
        return self._replace(
            digests=np.insert(self.digests, place, digests),
            numbers=np.insert(self.numbers, place, numbers),
        )
