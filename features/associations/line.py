"""The applications that go through time next: those that wait, and those that are new."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.associations.arrays import NONE
from features.associations.batch import Arrivals, News, Reports, Waiting
from features.associations.names import Names
from features.associations.numbering import Numbers


class Line(NamedTuple):
    """Who waits and who is new, by day, and within a day by id.

    Attributes:
        ids: Digests of their ids, shape (r,).
        day: Their days, shape (r,).
        values: Numbers of their values, shape (r, k).
        row: The row of the batch that each came in; `NONE` for those that waited, shape (r,).
        names: Their ids.
    """

    ids: NDArray[np.uint64]
    day: NDArray[np.int32]
    values: NDArray[np.int32]
    row: NDArray[np.int64]
    names: Names

    @classmethod
    def up(
        cls, waiting: Waiting, arrivals: Arrivals, numbers: NDArray[np.int32], rows: NDArray[Any]
    ) -> Self:
        """Those that wait, and rows of a batch with the numbers of their values, by day."""
        waited = len(waiting.ids)
        ids = np.concatenate([waiting.ids, arrivals.ids[rows]])
        own = np.maximum(arrivals.day[rows], np.int32(waiting.day))
        day = np.concatenate([np.full(waited, waiting.day, np.int32), own])
        row = np.concatenate([np.full(waited, NONE), rows])
        order = np.lexsort((ids, day))
        values = np.vstack([waiting.values, numbers])
        names = waiting.names.joined(arrivals.names.at(rows)).at(order)
        return cls(ids[order], day[order], values[order], row[order], names)

    @property
    def closed(self) -> int:
        """How many are of a day that is over."""
        return int(np.searchsorted(self.day, self.day[-1])) if len(self.day) else 0

    def into(self, ids: Numbers, first: int, count: int) -> Numbers:
        """The first of them entered among places, which begin at `first`."""
        order = np.argsort(self.ids[:count])
        places = np.arange(first, first + count, dtype=np.int32)
        return ids.with_numbers(self.ids[:count][order], places[order])

    def waiting(self, before: Waiting, news: tuple[News, ...], reports: Reports) -> Waiting:
        """Those of the last day."""
        if not len(self.day):
            return before
        first = self.closed
        ids, values = self.ids[first:], self.values[first:]
        names = self.names.at(np.arange(first, len(self.ids)))
        return Waiting(int(self.day[-1]), ids, values, names, news, reports)

    def back(self, found: NDArray[Any], rows: int) -> NDArray[Any]:
        """What was found, in the rows of the batch."""
        placed = np.zeros((rows, *found.shape[1:]), found.dtype)
        placed[self.row[self.row >= 0]] = found[self.row >= 0]
        return placed
