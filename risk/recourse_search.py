"""Which moves, alone or together, change a decision: a search of bounded work.

First single moves are tried; where none is enough, pairs; then three at once. Trees are not
additive, but adding up what single moves did tells well enough which combinations to try.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.encoding import FloatArray, encode
from risk.moves import Moves
from risk.policy import RECOMMENDATIONS
from risk.scoring import Scorer

_SINGLES, _COMBINED, _STRONGEST, _KEPT, _BEAM = 1_000, 120, 40, 160, 20
_LARGEST = 3

Places = NDArray[np.intp]
Combination = tuple[tuple[int, int], ...]
"""Number of each field among the moves, and place of its new value there."""


class _Tried(NamedTuple):
    """Combinations of moves, and how the application scores with each.

    Attributes:
        sets: Places of moves among all, shape (n, s).
        raw: Raw log-odds, shape (n,).
        severity: Place in `RECOMMENDATIONS`, shape (n,).
        hits: Hard rules hit, as `risk.policy.Policy.assess`, shape (n,).
        cost: Costs of the moves, added up, shape (n,).
    """

    sets: Places
    raw: FloatArray
    severity: NDArray[np.int8]
    hits: NDArray[np.int64]
    cost: FloatArray

    def some(self, rows: NDArray[Any]) -> "_Tried":
        return _Tried(*(each[rows] for each in self))

    def and_(self, other: "_Tried") -> "_Tried":
        return _Tried(
            np.concatenate([self.sets, other.sets]),
            np.concatenate([self.raw, other.raw]),
            np.concatenate([self.severity, other.severity]),
            np.concatenate([self.hits, other.hits]),
            np.concatenate([self.cost, other.cost]),
        )


class Search:
    """The moves of one application.

    Args:
        scorer: Model and policy.
        accepted: Its row.
        moves: What its fields could be moved to, none of them empty.

    Attributes:
        moves: The same.
        start: Place of its recommendation in `RECOMMENDATIONS`.
    """

    def __init__(self, scorer: Scorer, accepted: pd.DataFrame, moves: Sequence[Moves]) -> None:
        self.moves = tuple(moves)
        self._scorer = scorer
        self._policy = scorer.policy
        read = {"application_id", *scorer.model.dictionary.columns_to_score()}
        read |= {rule.field for rule in self._policy.rules}
        row = accepted.iloc[:1]
        self._row = {str(name): row[name].array for name in row if name in read}
        sizes = [len(each.new) for each in moves]
        self._owner = np.repeat(np.arange(len(sizes)), sizes)
        self._place = np.concatenate([np.arange(n) for n in sizes] or [np.empty(0, np.intp)])
        self._cost = np.concatenate([each.cost for each in moves] or [np.empty(0)])
        rules = enumerate(self._policy.rules)
        looked_at = [(place, rule.field) for place, rule in rules]
        self._ruled = np.array(
            [sum(1 << n for n, name in looked_at if name == m.field.name) for m in moves], np.int64
        )
        self._now = self._try(np.empty((1, 0), np.intp))
        self.start = int(self._now.severity[0])
        self._alone = self._singles()

    def frame(self, found: Sequence[Combination]) -> pd.DataFrame:
        """The application with each of the combinations, one a row."""
        starts = np.searchsorted(self._owner, np.arange(len(self.moves)))
        return self._frame(np.array([[starts[f] + k for f, k in each] for each in found]))

    def stuck(self, wanted: int) -> tuple[str, ...]:
        """Names of the hard rules that stand against a severity and that no single move lifts."""
        against = int(self._now.hits[0]) & self._blocking(wanted)
        lifted = against & ~int(np.bitwise_and.reduce(self._alone.hits, initial=-1))
        return tuple(
            rule.name
            for place, rule in enumerate(self._policy.rules)
            if (against & ~lifted) >> place & 1
        )

    def cheapest(self, wanted: int, most: int) -> list[Combination]:
        """The cheapest combinations that reach a severity, as few moves as can be."""
        tried = self._alone
        useful = self._useful(wanted)
        for size in range(1, _LARGEST + 1):
            reached = tried.some(tried.severity <= wanted)
            if len(reached.sets):
                return self._best(self._closer(reached, wanted) if size == 1 else reached, most)
            if size < _LARGEST and len(useful.sets):
                tried = self._extended(tried if size > 1 else useful, useful, wanted)
        return []

    def _try(self, sets: Places) -> _Tried:
        """Score combinations; their moves belong to different fields."""
        model, frame = self._scorer.model, self._frame(sets)
        raw = model.raw(encode(frame, model.dictionary))
        pd_ = model.calibration.apply(raw)
        severity, hits = self._policy.assess(pd_, model.scaling.points(pd_), frame)
        return _Tried(sets, raw, severity, hits, self._cost[sets].sum(axis=1))

    def _frame(self, sets: Places) -> pd.DataFrame:
        same = np.zeros(len(sets), np.intp)
        columns = {name: values.take(same) for name, values in self._row.items()}
        owner, place = self._owner[sets], self._place[sets]
        for number, each in enumerate(self.moves):
            row, slot = np.nonzero(owner == number)
            if len(row):
                moved = columns[each.field.name]
                moved[row] = each.new[place[row, slot]]
        return pd.DataFrame(columns, copy=False)

    def _singles(self) -> _Tried:
        """Every move by itself; of more than can be tried, every so many-th of a field."""
        most = max(_SINGLES // max(len(self.moves), 1), 2)
        chosen = [
            np.unique(np.linspace(0, len(some) - 1, most).round().astype(np.intp)) + some[0]
            if len(some) > most
            else some
            for some in self._by_field(self._owner)
        ]
        return self._try(np.concatenate([*chosen, np.empty(0, np.intp)]).astype(np.intp)[:, None])

    def _by_field(self, owner: Places) -> Iterator[Places]:
        for number in range(len(self.moves)):
            yield np.flatnonzero(owner == number)

    def _closer(self, reached: _Tried, wanted: int) -> _Tried:
        """The same, with the nearer moves that were passed over until now."""
        known = np.sort(self._alone.sets[:, 0])
        between = []
        for rows in self._by_field(self._owner[reached.sets[:, 0]]):
            if len(rows):
                first = reached.sets[rows[np.argmin(reached.cost[rows])], 0]
                before = known[max(np.searchsorted(known, first) - 1, 0)]
                some = np.arange(before + 1, first)
                between.append(some[self._owner[some] == self._owner[first]])
        more = self._try(np.concatenate(between)[:, None])
        return reached.and_(more.some(more.severity <= wanted))

    def _useful(self, wanted: int) -> _Tried:
        """Single moves that lower the risk or lift a rule, and more than any cheaper one does."""
        alone, now = self._alone, self._now
        lifts = now.hits[0] & ~alone.hits & self._blocking(wanted) != 0
        gain = now.raw[0] - alone.raw + np.where(lifts, 1e3, 0.0)
        kept = []
        for rows in self._by_field(self._owner[alone.sets[:, 0]]):
            ordered = rows[np.argsort(alone.cost[rows], kind="stable")]
            before = np.maximum.accumulate(np.append(1e-9, gain[ordered]))[:-1]
            kept.append(ordered[gain[ordered] > before])
        most = max(_KEPT // max(sum(len(each) > 0 for each in kept), 1), 3)
        thinned = [each[_spread(len(each), most)] for each in kept if len(each)]
        rows = np.concatenate([*thinned, np.empty(0, np.intp)]).astype(np.intp)
        return alone.some(rows[np.argsort(-gain[rows], kind="stable")[:_KEPT]])

    def _extended(self, beam: _Tried, useful: _Tried, wanted: int) -> _Tried:
        """Combinations with one move more: those expected to do at least cost, or to do most."""
        if beam.sets.shape[1] > 1:
            beam = beam.some(np.argsort(self._standing(beam, wanted), kind="stable")[:_BEAM])
        one, other = np.divmod(np.arange(len(beam.sets) * len(useful.sets)), len(useful.sets))
        of = self._owner
        apart = (of[beam.sets[one]] != of[useful.sets[other]]).all(axis=1)
        if beam is useful:
            apart &= one < other
        expected = self._expected(beam.some(one[apart]), useful.some(other[apart]))
        reach = np.flatnonzero(expected.severity <= wanted)
        cheap = reach[np.argsort(expected.cost[reach], kind="stable")[:_COMBINED]]
        strong = np.argsort(self._standing(expected, wanted), kind="stable")[:_STRONGEST]
        chosen = np.sort(expected.sets[np.union1d(cheap, strong)], axis=1)
        return self._try(np.unique(chosen, axis=0))

    def _expected(self, one: _Tried, other: _Tried) -> _Tried:
        """What two moves or more should do together."""
        model, now = self._scorer.model, self._now
        raw = one.raw + other.raw - now.raw[0]
        # Each hard rule looks at one field, so what it says of a combination is known.
        first = np.bitwise_or.reduce(self._ruled[self._owner[one.sets]], axis=1)
        second = np.bitwise_or.reduce(self._ruled[self._owner[other.sets]], axis=1)
        hits = (one.hits & first) | (other.hits & second) | (now.hits[0] & ~(first | second))
        pd_ = model.calibration.apply(raw)
        alone = self._policy.model_copy(update={"rules": ()})
        severity, _ = alone.assess(pd_, model.scaling.points(pd_), pd.DataFrame())
        for place, rule in enumerate(self._policy.rules):
            least = np.int8(RECOMMENDATIONS.index(rule.decision))
            severity = np.where(hits >> place & 1, np.maximum(severity, least), severity)
        sets = np.hstack([one.sets, other.sets])
        return _Tried(sets, raw, severity, hits, one.cost + other.cost)

    def _standing(self, tried: _Tried, wanted: int) -> FloatArray:
        """Raw log-odds, those behind that still hit a hard rule against the goal."""
        blocked = np.bitwise_count(tried.hits & self._blocking(wanted))
        return np.asarray(tried.raw + 1e3 * blocked, dtype=np.float64)

    def _blocking(self, wanted: int) -> int:
        """Bits of the hard rules that stand against a severity where they are hit."""
        return sum(
            1 << place
            for place, rule in enumerate(self._policy.rules)
            if RECOMMENDATIONS.index(rule.decision) > wanted
        )

    def _best(self, reached: _Tried, most: int) -> list[Combination]:
        """The cheapest combination of each set of fields."""
        best: dict[tuple[int, ...], Combination] = {}
        for row in np.argsort(reached.cost, kind="stable"):
            moved = sorted((int(self._owner[m]), int(self._place[m])) for m in reached.sets[row])
            best.setdefault(tuple(field for field, _ in moved), tuple(moved))
            if len(best) == most:
                break
        return list(best.values())


def _spread(count: int, most: int) -> Places:
    """As many places of a range as are wanted, the ends among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))
