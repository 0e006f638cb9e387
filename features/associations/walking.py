"""The pass through time, compiled.

A group is a tree of a disjoint-set forest (Tarjan, Journal of the ACM 22, 1975), whose root knows
where the group's counts are. What leaves a window of days leaves it by date, whatever group it is
in by then: a cursor for each window walks the same events a second time. So counts are exact, and a
pass costs the same for one group of a million as for a million groups of one. What is counted of an
application that is alone follows from where the cursors stand.

The arguments are the records of `features.associations.groups`.
"""

import numpy as np

from features.associations.arrays import NONE
from features.compiling import compiled

WINDOWS = (30, 90, 365)
"""Days that a window reaches back."""

_WINDOWS = np.array(WINDOWS, np.int64)


@compiled
def _root(above, at):  # type: ignore[no-untyped-def]
    while above[at] >= 0:
        if above[above[at]] >= 0:
            above[at] = above[above[at]]
        at = above[at]
    return at


@compiled
def _applied(memory, at, window):  # type: ignore[no-untyped-def]
    """Whether the application of one who is alone counts in a window."""
    cursors = memory.cursors[0]
    return cursors[window + 1] <= at < cursors[0]


@compiled
def _group(memory, root):  # type: ignore[no-untyped-def]
    """The place of a group's counts, which one who was alone is given now."""
    if memory.above[root] == NONE:
        place = memory.used[0]
        memory.used[0] += 1
        memory.above[root] = -2 - place
        for window in range(_WINDOWS.size):
            memory.recent[place, 0, window] = _applied(memory, root, window)
    return -2 - memory.above[root]


@compiled
def _join(memory, one, other):  # type: ignore[no-untyped-def]
    one, other = _root(memory.above, one), _root(memory.above, other)
    if one == other:
        return
    into, gone = _group(memory, one), _group(memory, other)
    if memory.size[into] < memory.size[gone]:
        one, other = other, one
        into, gone = gone, into
    memory.above[other] = one
    memory.size[into] += memory.size[gone]
    memory.alarmed[into] = max(memory.alarmed[into], memory.alarmed[gone])
    for kind in range(memory.recent.shape[1]):
        for window in range(memory.recent.shape[2]):
            memory.recent[into, kind, window] += memory.recent[gone, kind, window]


@compiled
def _counted(memory, kind, entry):  # type: ignore[no-untyped-def]
    """The place where an event counts; none for the application of one who is alone."""
    root = _root(memory.above, entry)
    return NONE if kind == 0 and memory.above[root] == NONE else _group(memory, root)


@compiled
def _count(memory, kind, day, entry, today):  # type: ignore[no-untyped-def]
    """Bring the windows of a kind to a day: what was known the day before, and reaches so far."""
    cursors = memory.cursors[kind]
    while cursors[0] < day.size and day[cursors[0]] < today:
        at = _counted(memory, kind, entry[cursors[0]])
        if at >= 0:
            for window in range(_WINDOWS.size):
                memory.recent[at, kind, window] += 1
        cursors[0] += 1
    for window in range(_WINDOWS.size):
        place = window + 1
        while cursors[place] < cursors[0] and day[cursors[place]] < today - _WINDOWS[window]:
            at = _counted(memory, kind, entry[cursors[place]])
            if at >= 0:
                memory.recent[at, kind, window] -= 1
            cursors[place] += 1


@compiled
def _look(values, rules, memory, seen, out):  # type: ignore[no-untyped-def]
    """Add up the groups that an application is tied to, each once."""
    keys = values.shape[1]
    met = np.empty(keys, np.int64)
    groups = links = alarmed = 0
    strange = False
    for key in range(keys):
        value = values[out, key]
        if value < 0 or memory.held[value] == 0:
            continue
        seen.shared[out, key] = memory.held[value]
        if memory.held[value] >= rules.most[key]:
            continue
        seen.last[out, key] = memory.last[value]
        links += 1
        strange = strange or not rules.kin[key]
        root = _root(memory.above, memory.last[value])
        known = False
        for place in range(groups):
            known = known or met[place] == root
        if known:
            continue
        met[groups] = root
        groups += 1
        if memory.above[root] == NONE:
            seen.size[out] += 1
            for window in range(memory.recent.shape[2]):
                seen.recent[out, 0, window] += _applied(memory, root, window)
            continue
        group = -2 - memory.above[root]
        alarmed = max(alarmed, memory.alarmed[group])
        seen.size[out] += memory.size[group]
        for kind in range(memory.recent.shape[1]):
            for window in range(memory.recent.shape[2]):
                seen.recent[out, kind, window] += memory.recent[group, kind, window]
    size = seen.size[out]
    if size > 1 or strange:
        seen.suspicion[out] = size + links
    high = size > 0 and seen.suspicion[out] >= rules.alarm_from
    seen.alarm[out] = high and (alarmed == 0 or size >= rules.again * alarmed)


@compiled
def _add(values, rules, memory, seen, row, at):  # type: ignore[no-untyped-def]
    for key in range(values.shape[1]):
        value = values[row, key]
        if value < 0 or memory.last[value] == at:
            continue
        if 0 < memory.held[value] < rules.most[key]:
            _join(memory, at, memory.last[value])
        memory.last[value] = at
        memory.held[value] += 1
    if seen.alarm[row]:
        group = _group(memory, _root(memory.above, at))
        memory.alarmed[group] = max(memory.alarmed[group], seen.size[row])


@compiled
def walk(entries, rejected, defaulted, rules, memory, seen):  # type: ignore[no-untyped-def]
    """Go on from the first application that is not remembered; the last day is not added."""
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
            _look(entries.values, rules, memory, seen, at - first)
        if end < count:
            for at in range(begin, end):
                _add(entries.values, rules, memory, seen, at - first, at)
        begin = end
