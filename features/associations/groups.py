"""Who is tied to whom, as it could be known when each application came: one pass through time.

Applications that share a value of a key are tied, and ties join into groups. Everything is counted
as of the moment before an application: those of the same day do not see each other, nor what became
known on that day, so nothing depends on the order of rows and nothing on what came later.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.associations.arrays import NONE, longer
from features.associations.walking import WINDOWS, walk

KINDS = ("applications", "rejections", "defaults")
"""What is counted in each window, in the order of the counts."""


class Rules(NamedTuple):
    """What ties, and when a group is worth a look.

    Attributes:
        most: How many applications may share a value of each key for it to tie them; 0 where the
            key ties nobody, shape (k,).
        kin: Whether a family shares the values of each key, shape (k,). One other application at
            the same address, with nothing else in common, is no sign of a ring.
        alarm_from: Suspicion from which an application raises an alarm for its groups.
        again: How many times as large as at its last alarm a group has to be for another one.
    """

    most: NDArray[np.int32]
    kin: NDArray[np.bool_]
    alarm_from: int
    again: int


class Entries(NamedTuple):
    """Applications in the order of their days.

    Attributes:
        day: Day of each, rising, in days since any day; first those that are remembered, shape
            (n,).
        values: Number of the value of each key, from 0, `NONE` where there is none, of those that
            are not remembered yet, shape (r, k).
    """

    day: NDArray[np.int32]
    values: NDArray[np.int32]


class Events(NamedTuple):
    """What became known of applications, in the order of the days on which it did.

    Attributes:
        day: The days, rising, shape (e,).
        entry: The applications, as places in `Entries`, shape (e,).
    """

    day: NDArray[np.int32]
    entry: NDArray[np.int32]

    @classmethod
    def none(cls) -> Self:
        """Nothing became known."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int32))

    def joined(self, more: Self) -> Self:
        """With more, of each application the first that came alone."""
        new = more._by_day(~np.isin(more.entry, self.entry))
        first = np.sort(np.unique(new.entry, return_index=True)[1])
        place = np.searchsorted(self.day, new.day[first], "right")
        return self._replace(
            day=np.insert(self.day, place, new.day[first]),
            entry=np.insert(self.entry, place, new.entry[first]),
        )

    def _by_day(self, which: NDArray[np.bool_]) -> Self:
        day, entry = self.day[which], self.entry[which]
        order = np.argsort(day, kind="stable")
        return self._replace(day=day[order], entry=entry[order])


class Memory(NamedTuple):
    """All that the pass remembers; what comes next needs nothing else.

    Most applications are tied to nobody: what is counted of a group lies in a list of its own, and
    whoever is alone, with no outcome and no alarm, has no place in it.

    Attributes:
        above: Who stands above each application in its tree; at the root `NONE` for one who is
            alone, else `-2 - place` of the group, shape (n,).
        used: How many places of groups are taken, shape (1,).
        size: Applications of each group, shape (g,).
        recent: Of each group, by kind and window, shape (g, 3, 3).
        alarmed: Size of each group at its last alarm; 0 before any, shape (g,).
        last: Last application with each value, shape (m,).
        held: How many applications have each value, shape (m,).
        cursors: How far each kind has come in, and gone out of each window, shape (3, 4).
    """

    above: NDArray[np.int32]
    used: NDArray[np.int64]
    size: NDArray[np.int32]
    recent: NDArray[np.int32]
    alarmed: NDArray[np.int32]
    last: NDArray[np.int32]
    held: NDArray[np.int32]
    cursors: NDArray[np.int64]

    @classmethod
    def empty(cls) -> Self:
        """Nothing remembered yet."""
        none = np.empty(0, np.int32)
        recent = np.empty((0, len(KINDS), len(WINDOWS)), np.int32)
        cursors = np.zeros((len(KINDS), len(WINDOWS) + 1), np.int64)
        return cls(none, np.zeros(1, np.int64), none, recent, none, none, none, cursors)

    def grown(self, entries: int, values: int, outcomes: int) -> Self:
        """The same with room for so many; the arrays are new ones.

        Args:
            entries: Applications.
            values: Values of keys.
            outcomes: Rejections and defaults.
        """
        more, fresh = entries - len(self.above), values - len(self.last)
        # Each application that is added founds one group at most, and so does each outcome.
        groups = more + outcomes - int(self.cursors[1:, 0].sum())
        return self._replace(
            above=longer(self.above, more, NONE),
            used=self.used.copy(),
            size=longer(self.size, groups, 1),
            recent=longer(self.recent, groups),
            alarmed=longer(self.alarmed, groups),
            last=longer(self.last, fresh, NONE),
            held=longer(self.held, fresh),
            cursors=self.cursors.copy(),
        )

    def cut(self, entries: int) -> Self:
        """The same without the entries behind so many, which were never added, nor spare room."""
        used = int(self.used[0])
        return self._replace(
            above=self.above[:entries],
            size=self.size[:used],
            recent=self.recent[:used],
            alarmed=self.alarmed[:used],
        )


class Seen(NamedTuple):
    """What could be known of applications on the day before each.

    The groups of an application are those that a value of its own ties it to, each counted once.

    Attributes:
        size: Earlier applications of its groups, shape (r,).
        recent: Of them, by kind and window, shape (r, 3, 3).
        shared: Earlier applications with the same value of each key, shape (r, k).
        last: The last of them, as its place in `Entries`; `NONE` without one, and where the key
            does not tie, shape (r, k).
        suspicion: Earlier applications of its groups, and keys that tie it to them; 0 where it
            might be a family, shape (r,).
        alarm: Whether its suspicion is high, and its groups had no alarm yet on an earlier day, or
            have grown by far since, shape (r,).
    """

    size: NDArray[np.int32]
    recent: NDArray[np.int32]
    shared: NDArray[np.int32]
    last: NDArray[np.int32]
    suspicion: NDArray[np.int32]
    alarm: NDArray[np.bool_]


def advance(entries: Entries, known: tuple[Events, Events], rules: Rules, memory: Memory) -> Seen:
    """Go on through time, from the first application that is not remembered yet.

    The last day is looked at and not remembered: more of it may come, and none sees another.

    Args:
        entries: All n applications, of which the last r are not remembered.
        known: Rejections and defaults; none of a day before the last one looked at that was not
            there then.
        rules: What ties, and what raises an alarm.
        memory: With room for all; changed in place.

    Returns:
        What could be known of the last r applications.
    """
    count, keys = entries.values.shape
    seen = Seen(
        np.zeros(count, np.int32),
        np.zeros((count, len(KINDS), len(WINDOWS)), np.int32),
        np.zeros((count, keys), np.int32),
        np.full((count, keys), NONE, np.int32),
        np.zeros(count, np.int32),
        np.zeros(count, np.bool_),
    )
    walk(entries, known[0], known[1], rules, memory, seen)
    return seen
