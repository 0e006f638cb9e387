"""What comes to the ties, what they tell, and what waits for a later day."""

from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.associations.groups import KINDS, Seen
from features.associations.guarantees import Chains
from features.associations.keys import Kind
from features.associations.loans import CLOSED, DEFAULT_DAYS, Backed
from features.associations.names import Names

OUTCOMES = KINDS[1:]
"""What becomes known of applications later, in the order of `News`."""
_BEFORE_ALL = int(np.iinfo(np.int32).min)


class Key(NamedTuple):
    """A column whose values tie applications.

    Attributes:
        name: The column's.
        kind: What its values are; columns of one kind share their values.
        most: How many applications may share a value for it to tie them; 0 ties none.
        guarantor: Whether the values are the guarantor's and not the applicant's own.
    """

    name: str
    kind: Kind
    most: int
    guarantor: bool = False

    @property
    def kin(self) -> bool:
        """Whether a family shares its values."""
        return self.kind == "address"


class Alarms(NamedTuple):
    """When an application raises an alarm for its group.

    Attributes:
        suspicion: Earlier applications of the group and keys that tie to it, from which it does.
        again: How many times as large as at its last alarm a group has to be for another one.
    """

    suspicion: int = 2
    again: int = 10


class Arrivals(NamedTuple):
    """New applications, in any order.

    Attributes:
        ids: Digests of their ids, shape (n,).
        day: Day of each, in days since 1970-01-01, shape (n,).
        values: Digests of their values of each key, shape (n, k).
        names: Their ids.
    """

    ids: NDArray[np.uint64]
    day: NDArray[np.int32]
    values: NDArray[np.uint64]
    names: Names


class News(NamedTuple):
    """What became known of applications: that they were rejected, or that they defaulted.

    Attributes:
        ids: Digests of their ids, shape (e,).
        day: The day on which it became known, shape (e,).
    """

    ids: NDArray[np.uint64]
    day: NDArray[np.int32]

    @classmethod
    def none(cls) -> Self:
        """Nothing new."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int32))


class Reports(NamedTuple):
    """How loans stand, as far as more is known than that they were refused or defaulted.

    Attributes:
        ids: Digests of their applications' ids, shape (e,).
        day: The day on which it became known, shape (e,).
        days: Days by which each is late, 0 for none, or `CLOSED`, shape (e,).
    """

    ids: NDArray[np.uint64]
    day: NDArray[np.int32]
    days: NDArray[np.int16]

    @classmethod
    def none(cls) -> Self:
        """Nothing new."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.int16))

    def with_news(self, news: tuple[News, ...]) -> Self:
        """The same and what follows from rejections and defaults."""
        made = self
        for each, days in zip(news, (CLOSED, DEFAULT_DAYS), strict=False):
            made = made.joined(type(self)(*each, np.full(len(each.ids), days, np.int16)))
        return made

    def joined(self, more: Self) -> Self:
        """Both."""
        return self._replace(
            ids=np.append(self.ids, more.ids),
            day=np.append(self.day, more.day),
            days=np.append(self.days, more.days),
        )


class Found(NamedTuple):
    """What a batch is told, row by row as it came.

    Attributes:
        seen: Its groups.
        last: For each key the id of the last earlier application that it ties to; null without
            one, k arrays of shape (n,).
        chains: Its guarantors; zero without a key for the applicant and one for the guarantor.
        backed: The other loans of its guarantor; zero without a key for the guarantor.
        late: Whether a later day had been looked at already; what was known on that day is told
            then, shape (n,).
        repeated: Whether the id had come already; all else is zero then, shape (n,).
        strangers: Outcomes of applications that never came.
    """

    seen: Seen
    last: tuple[pa.LargeStringArray, ...]
    chains: Chains
    backed: Backed
    late: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    strangers: int

    def of_rows(self, which: slice) -> Self:
        """The same of some rows."""
        return self._replace(
            seen=Seen(*_of_rows(self.seen, which)),
            last=tuple(each[which] for each in self.last),
            chains=Chains(*_of_rows(self.chains, which)),
            backed=Backed(*_of_rows(self.backed, which)),
            late=self.late[which],
            repeated=self.repeated[which],
        )


def _of_rows(columns: tuple[NDArray[Any], ...], which: slice) -> list[NDArray[Any]]:
    return [each[which] for each in columns]


class Waiting(NamedTuple):
    """The applications of the last day, and outcomes of theirs.

    Attributes:
        day: The day.
        ids: Digests of the applications' ids, shape (w,).
        values: Numbers of their values, shape (w, k).
        names: Their ids.
        news: The outcomes, by kind.
        reports: How their loans stand.
    """

    day: int
    ids: NDArray[np.uint64]
    values: NDArray[np.int32]
    names: Names
    news: tuple[News, ...]
    reports: Reports

    @classmethod
    def nobody(cls, keys: int) -> Self:
        """No application waits, and any may come."""
        none = np.empty(0, np.uint64)
        news = (News.none(),) * len(OUTCOMES)
        values = np.empty((0, keys), np.int32)
        return cls(_BEFORE_ALL, none, values, Names.none(), news, Reports.none())
