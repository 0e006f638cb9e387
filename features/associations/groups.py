"""Who is tied to whom, as it could be known when each application came: one pass through time.

Applications that share a value of a key are tied, and ties join into groups. Everything is counted
as of the moment before an application: those of the same day do not see each other, nor what became
known on that day, so nothing depends on the order of rows and nothing on what came later.

A group is a tree of a disjoint-set forest (Tarjan, Journal of the ACM 22, 1975), whose root holds
the group's counts. What leaves a window of days leaves it by date, whatever group it is in by then:
a cursor for each window walks the same events a second time. So counts are exact, and a pass costs
the same for one group of a million as for a million groups of one.
"""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from features.compiling import compiled

WINDOWS = (30, 90, 365)
"""Days that a window reaches back."""
KINDS = ("applications", "rejections", "defaults")
"""What is counted in each window, in the order of the counts."""
NONE = -1
"""No value of a key, or nobody before."""

_WINDOWS = np.array(WINDOWS, np.int64)


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

    Attributes:
        parent: Who stands above each application in its tree; itself at the root, shape (n,).
        size: Applications of the group, at its root, shape (n,).
        recent: Of the group, by kind and window, at its root, shape (3, 3, n).
        last: Last application with each value, shape (m,).
        held: How many applications have each value, shape (m,).
        cursors: How far each kind has come in, and gone out of each window, shape (3, 4).
    """

    parent: NDArray[np.int32]
    size: NDArray[np.int32]
    recent: NDArray[np.int32]
    last: NDArray[np.int32]
    held: NDArray[np.int32]
    cursors: NDArray[np.int64]

    @classmethod
    def empty(cls) -> Self:
        """Nothing remembered yet."""
        none = np.empty(0, np.int32)
        recent = np.empty((len(KINDS), len(WINDOWS), 0), np.int32)
        return cls(
            none, none, recent, none, none, np.zeros((len(KINDS), len(WINDOWS) + 1), np.int64)
        )

    def grown(self, entries: int, values: int) -> Self:
        """The same with room for so many; the arrays are new ones."""
        more, fresh = entries - len(self.parent), values - len(self.last)
        wider = ((0, 0), (0, 0), (0, more))
        return self._replace(
            parent=np.append(self.parent, np.arange(len(self.parent), entries, dtype=np.int32)),
            size=np.append(self.size, np.ones(more, np.int32)),
            recent=np.pad(self.recent, wider),
            last=np.append(self.last, np.full(fresh, NONE, np.int32)),
            held=np.append(self.held, np.zeros(fresh, np.int32)),
            cursors=self.cursors.copy(),
        )

    def cut(self, entries: int) -> Self:
        """The same without the entries behind so many, which were never added."""
        return self._replace(
            parent=self.parent[:entries],
            size=self.size[:entries],
            recent=np.ascontiguousarray(self.recent[:, :, :entries]),
        )


class Seen(NamedTuple):
    """What could be known of applications on the day before each.

    The groups of an application are those that a value of its own ties it to, each counted once.

    Attributes:
        size: Earlier applications of its groups, shape (r,).
        recent: Of them, by kind and window, shape (r, 3, 3).
        shared: Earlier applications with the same value of each key, shape (r, k).
    """

    size: NDArray[np.int32]
    recent: NDArray[np.int32]
    shared: NDArray[np.int32]


def advance(
    entries: Entries, known: tuple[Events, Events], most: NDArray[np.int32], memory: Memory
) -> Seen:
    """Go on through time, from the first application that is not remembered yet.

    The last day is looked at and not remembered: more of it may come, and none sees another.

    Args:
        entries: All n applications, of which the last r are not remembered.
        known: Rejections and defaults; none of a day before the last one looked at that was not
            there then.
        most: How many applications may share a value of each key for it to tie them; 0 where the
            key ties nobody, shape (k,).
        memory: With room for all; changed in place.

    Returns:
        What could be known of the last r applications.
    """
    count, keys = entries.values.shape
    seen = Seen(
        np.zeros(count, np.int32),
        np.zeros((count, len(KINDS), len(WINDOWS)), np.int32),
        np.zeros((count, keys), np.int32),
    )
    _walk(entries, known[0], known[1], most.astype(np.int32), memory, seen)
    return seen


def roots(memory: Memory) -> NDArray[np.int32]:
    """The root of each application's group, shape (n,)."""
    found = np.empty(len(memory.parent), np.int32)
    _all_roots(memory.parent, found)
    return found


@compiled
def _root(parent, at):  # type: ignore[no-untyped-def]
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


@compiled
def _all_roots(parent, found):  # type: ignore[no-untyped-def]
    for at in range(parent.size):
        found[at] = _root(parent, at)


@compiled
def _join(memory, one, other):  # type: ignore[no-untyped-def]
    one, other = _root(memory.parent, one), _root(memory.parent, other)
    if one == other:
        return
    if memory.size[one] < memory.size[other]:
        one, other = other, one
    memory.parent[other] = one
    memory.size[one] += memory.size[other]
    for kind in range(memory.recent.shape[0]):
        for window in range(memory.recent.shape[1]):
            memory.recent[kind, window, one] += memory.recent[kind, window, other]


@compiled
def _count(memory, kind, day, entry, today):  # type: ignore[no-untyped-def]
    """Bring the windows of a kind to a day: what was known the day before, and reaches so far."""
    cursors = memory.cursors[kind]
    while cursors[0] < day.size and day[cursors[0]] < today:
        at = _root(memory.parent, entry[cursors[0]])
        for window in range(_WINDOWS.size):
            memory.recent[kind, window, at] += 1
        cursors[0] += 1
    for window in range(_WINDOWS.size):
        place = window + 1
        while cursors[place] < cursors[0] and day[cursors[place]] < today - _WINDOWS[window]:
            at = _root(memory.parent, entry[cursors[place]])
            memory.recent[kind, window, at] -= 1
            cursors[place] += 1


@compiled
def _look(values, most, memory, seen, out):  # type: ignore[no-untyped-def]
    """Add up the groups that an application is tied to, each once."""
    keys = values.shape[1]
    met = np.empty(keys, np.int64)
    groups = 0
    for key in range(keys):
        value = values[out, key]
        if value < 0 or memory.held[value] == 0:
            continue
        seen.shared[out, key] = memory.held[value]
        if memory.held[value] >= most[key]:
            continue
        group = _root(memory.parent, memory.last[value])
        known = False
        for place in range(groups):
            known = known or met[place] == group
        if known:
            continue
        met[groups] = group
        groups += 1
        seen.size[out] += memory.size[group]
        for kind in range(memory.recent.shape[0]):
            for window in range(memory.recent.shape[1]):
                seen.recent[out, kind, window] += memory.recent[kind, window, group]


@compiled
def _add(values, most, memory, row, at):  # type: ignore[no-untyped-def]
    for key in range(values.shape[1]):
        value = values[row, key]
        if value < 0 or memory.last[value] == at:
            continue
        if 0 < memory.held[value] < most[key]:
            _join(memory, at, memory.last[value])
        memory.last[value] = at
        memory.held[value] += 1


@compiled
def _walk(entries, rejected, defaulted, most, memory, seen):  # type: ignore[no-untyped-def]
    count = entries.day.size
    first = count - entries.values.shape[0]
    own = np.arange(count)
    begin = first
    while begin < count:
        today = entries.day[begin]
        end = begin
        while end < count and entries.day[end] == today:
            end += 1
        _count(memory, 0, entries.day[:begin], own, today)
        _count(memory, 1, rejected.day, rejected.entry, today)
        _count(memory, 2, defaulted.day, defaulted.entry, today)
        for at in range(begin, end):
            _look(entries.values, most, memory, seen, at - first)
        if end < count:
            for at in range(begin, end):
                _add(entries.values, most, memory, at - first, at)
        begin = end
