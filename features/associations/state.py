"""Ties from night to night: what is remembered of all applications, and what a new batch is told.

What an application is told follows from applications of earlier days alone, however the batches
were cut. The last day is never closed: its applications wait, and are remembered with the first
batch that holds a later one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.associations.arrays import NONE
from features.associations.batch import (
    OUTCOMES,
    Alarms,
    Arrivals,
    Found,
    Key,
    News,
    Reports,
    Waiting,
)
from features.associations.groups import Entries, Events, Memory, Rules, Seen, advance
from features.associations.guarantees import Chains, Parties, Vouched, follow
from features.associations.line import Line
from features.associations.loans import Backed, Loans, Standing, look
from features.associations.names import Names
from features.associations.numbering import Numbers

_USUAL = Alarms()


@dataclass(frozen=True)
class Ties:
    """All that is remembered; it never changes, each batch makes the next one.

    Attributes:
        keys: The columns that tie, k of them.
        waiting: What waits for a later day.
        day: Day of each remembered application, rising, shape (n,).
        ids: Their places in `day`, by the digests of their ids.
        names: Their ids.
        values: Numbers of all values met, by kind.
        groups: What is remembered of groups.
        known: Outcomes of remembered applications, by kind.
        vouched: What is remembered of guarantors.
        loans: What is remembered of the loans that they guarantee.
        standing: How loans stand from a day on that was not looked at yet.
    """

    keys: tuple[Key, ...]
    waiting: Waiting
    day: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    ids: Numbers = field(default_factory=Numbers.empty)
    names: Names = field(default_factory=Names.none)
    values: Mapping[str, Numbers] = field(default_factory=dict)
    groups: Memory = field(default_factory=Memory.empty)
    known: tuple[Events, ...] = (Events.none(),) * len(OUTCOMES)
    vouched: Vouched = field(default_factory=Vouched.empty)
    loans: Loans = field(default_factory=Loans.empty)
    standing: Standing = field(default_factory=Standing.none)

    @classmethod
    def none(cls, keys: tuple[Key, ...]) -> Self:
        """Nothing is remembered yet."""
        return cls(keys, Waiting.nobody(len(keys)))

    def knows(self, ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which applications came already, by the digests of their ids, shape (n,)."""
        return np.asarray((self.ids.find(ids) != NONE) | np.isin(ids, self.waiting.ids))

    def after(
        self,
        arrivals: Arrivals,
        news: tuple[News, ...] = (),
        reports: Reports | None = None,
        alarms: Alarms = _USUAL,
    ) -> tuple[Self, Found]:
        """What is remembered after a batch, and what the batch is told.

        Args:
            arrivals: New applications.
            news: What became known since of these or earlier ones: rejections, then defaults.
            reports: How loans of these or earlier ones stand by now.
            alarms: When an alarm is raised.
        """
        repeated = _repeated(self, arrivals.ids)
        values, numbers = _numbered(self, arrivals.values[~repeated])
        line = Line.up(self.waiting, arrivals, numbers, np.flatnonzero(~repeated))
        day = np.concatenate([self.day, line.day])
        places = _Places(self.ids, line.into(Numbers.empty(), len(self.day), len(line.ids)))
        known, strangers = _told(self, places, day, news)
        standing, unknown = _standing(self, places, day, reports or Reports.none(), news)
        count = sum(each.met for each in values.values())
        people = _People.of(self.keys, values, line)
        groups = self.groups.grown(len(day), count, sum(len(each.day) for each in known))
        most = np.array([key.most for key in self.keys], np.int32)
        rules = Rules(most, np.array([key.kin for key in self.keys], np.bool_), *alarms)
        seen = advance(Entries(day, line.values), (known[0], known[1]), rules, groups)
        vouched, chains = _followed(self, line, people)
        loans, backed = _backed(self, line, people, standing)
        closed = len(self.day) + line.closed
        after = replace(
            self,
            waiting=line.waiting(
                self.waiting,
                tuple(_waits(each, line, closed) for each in known),
                _reported(standing, line, closed),
            ),
            day=day[:closed],
            ids=line.into(self.ids, len(self.day), line.closed),
            names=self.names.joined(line.names.at(np.arange(line.closed))),
            values=values,
            groups=groups.cut(closed),
            known=tuple(_of(each, each.entry < closed) for each in known),
            vouched=vouched,
            loans=loans.cut(closed),
            standing=_unseen(standing, line, closed),
        )
        rows = len(arrivals.ids)
        late = arrivals.day < self.waiting.day
        told = Seen(*(line.back(each, rows) for each in seen))
        last = _last(self.names.joined(line.names), line, seen, rows)
        followed = Chains(*(line.back(each, rows) for each in chains))
        others = Backed(*(line.back(each, rows) for each in backed))
        return after, Found(told, last, followed, others, late, repeated, strangers + unknown)


class _People(NamedTuple):
    """Applicants and guarantors under numbers of their own, far fewer than values there are.

    A person's number is the place of their value among those of people. New values have larger
    numbers than all before, so that a place once given stays.

    Attributes:
        known: How many there are.
        applicant: Of each application of the line; None without a key, shape (r,).
        guarantor: The same.
        most: How many loans of a guarantor are looked at.
    """

    known: int
    applicant: NDArray[np.int32] | None
    guarantor: NDArray[np.int32] | None
    most: int

    @classmethod
    def of(cls, keys: tuple[Key, ...], values: Mapping[str, Numbers], line: Line) -> Self:
        people = values.get("person", Numbers.empty())
        own = np.sort(np.concatenate([part[1] for part in people.parts()]))
        found: dict[bool, NDArray[np.int32]] = {}
        most = 0
        for place, key in enumerate(keys):
            if key.kind != "person" or key.guarantor in found:
                continue
            column = line.values[:, place]
            number = np.searchsorted(own, column).astype(np.int32)
            found[key.guarantor] = np.where(column == NONE, np.int32(NONE), number)
            most = key.most if key.guarantor else most
        return cls(len(own), found.get(False), found.get(True), most)


def _last(every: Names, line: Line, seen: Seen, rows: int) -> tuple[pa.LargeStringArray, ...]:
    """Ids of the applications that each row of the batch is tied to last."""
    places = line.back(seen.last + 1, rows) - 1
    return tuple(every.taken(pa.array(column, mask=column < 0)) for column in places.T)


class _Places(NamedTuple):
    """Places of applications by the digests of their ids.

    Attributes:
        remembered: Of those that are remembered.
        line: Of those in the line.
    """

    remembered: Numbers
    line: Numbers

    def find(self, ids: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The place of each; `NONE` where it never came, shape (n,)."""
        known = self.remembered.find(ids)
        return np.where(known == NONE, self.line.find(ids), known)


def _repeated(ties: Ties, ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Ids that came before, in an earlier batch or in this one."""
    first = np.zeros(len(ids), np.bool_)
    first[np.unique(ids, return_index=True)[1]] = True
    return np.asarray(ties.knows(ids) | ~first)


def _numbered(
    ties: Ties, values: NDArray[np.uint64]
) -> tuple[dict[str, Numbers], NDArray[np.int32]]:
    """Numbers for the values, those of each kind from the same store."""
    known = dict(ties.values)
    count = sum(each.met for each in known.values())
    numbers = np.empty(values.shape, np.int32)
    for kind in dict.fromkeys(key.kind for key in ties.keys):
        columns = [place for place, key in enumerate(ties.keys) if key.kind == kind]
        before = known.get(kind, Numbers.empty())
        known[kind], found = before.given(values[:, columns].ravel(), count)
        numbers[:, columns] = found.reshape(-1, len(columns))
        count += known[kind].met - before.met
    return known, numbers


def _told(
    ties: Ties, places: _Places, day: NDArray[np.int32], news: tuple[News, ...]
) -> tuple[tuple[Events, ...], int]:
    """All outcomes by the places of their applications, and how many belong to none.

    What is told late counts from the day on which the ties stand; what is told twice, once.
    """
    events, strangers = [], 0
    for before, waited, new in zip(
        ties.known, ties.waiting.news, news or (News.none(),) * len(OUTCOMES), strict=True
    ):
        entry = places.find(np.concatenate([waited.ids, new.ids]))
        at = np.concatenate([waited.day, new.day])[entry != NONE]
        strangers += int((entry == NONE).sum())
        entry = entry[entry != NONE]
        at = np.maximum(np.maximum(at, day[entry]), np.int32(ties.waiting.day))
        events.append(before.joined(Events(at, entry)))
    return tuple(events), strangers


def _waits(events: Events, line: Line, closed: int) -> News:
    """The outcomes of those who wait."""
    waits = _of(events, events.entry >= closed)
    return News(line.ids[waits.entry - closed + line.closed], waits.day)


def _of(events: Events, which: NDArray[np.bool_]) -> Events:
    return Events(events.day[which], events.entry[which])


def _standing(
    ties: Ties, places: _Places, day: NDArray[np.int32], new: Reports, news: tuple[News, ...]
) -> tuple[Standing, int]:
    """How loans stand, as far as no day looked at it, and how many reports belong to none."""
    waited = ties.waiting.reports
    said = waited.joined(new).with_news(news)
    entry = places.find(said.ids)
    here = entry != NONE
    at = np.maximum(np.maximum(said.day[here], day[entry[here]]), np.int32(ties.waiting.day))
    # What follows from news is counted there.
    strangers = int((~here[len(waited.ids) : len(waited.ids) + len(new.ids)]).sum())
    return ties.standing.joined(at, entry[here], said.days[here]), strangers


def _reported(standing: Standing, line: Line, closed: int) -> Reports:
    """How the loans of those who wait stand."""
    waits = standing.of_those(standing.entry >= closed)
    return Reports(line.ids[waits.entry - closed + line.closed], waits.day, waits.days)


def _unseen(standing: Standing, line: Line, closed: int) -> Standing:
    """What no day that came has looked at yet, of those who wait no longer."""
    today = line.day[-1] if len(line.day) else np.iinfo(np.int32).min
    return standing.of_those((standing.entry < closed) & (standing.day >= today))


def _followed(ties: Ties, line: Line, people: _People) -> tuple[Vouched, Chains]:
    """The chains of guarantors, where keys name both sides."""
    if people.applicant is None or people.guarantor is None:
        return ties.vouched, Chains.none(len(line.day))
    vouched = ties.vouched.grown(people.known)
    return vouched, follow(Parties(line.day, people.applicant, people.guarantor), vouched)


def _backed(ties: Ties, line: Line, people: _People, standing: Standing) -> tuple[Loans, Backed]:
    """The other loans of guarantors, where a key names them."""
    if people.guarantor is None:
        return ties.loans, Backed.none(len(line.day))
    loans = ties.loans.grown(len(ties.day) + len(line.day), people.known)
    return loans, look(line.day, people.guarantor, standing, people.most, loans)
