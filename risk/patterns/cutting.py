"""Each tree cut into pieces whose patterns are few enough to tabulate.

A piece is a connected part of a tree: a root, and some of the leaves below it. Its table has one
entry for each combination of outcomes of the comparisons on the way to its leaves. Large pieces
mean few look-ups and large tables; a dynamic program over the tree weighs the two.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from risk.patterns.forest import Column, Tree, UnsupportedForestError

Bounds = Mapping[int, tuple[int, int]]
"""By column, the codes a row must have: above the first, and at most the second."""

NO_LOW, NO_HIGH = -1, 1 << 30
_MOST_NODES = 12
_MOST_PATTERNS = 1 << 16


class Leaf(NamedTuple):
    """A leaf, and all that a row must fulfil to reach it."""

    value: float
    bounds: Bounds


@dataclass(frozen=True)
class Piece:
    """Leaves that share a table.

    Attributes:
        above: What a row must fulfil to reach the piece's root.
        leaves: Its leaves; those of a gated piece with what they ask beyond `above` alone.
    """

    above: Bounds
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Costs:
    """What looking a row up in a piece costs, in look-ups.

    Attributes:
        gated: Whether all conditions above a piece count as one: enough to predict, while
            Shapley values ask which of them hold.
        step: One comparison.
        entry: One entry of a table, which has to come from memory once for each block of rows.
        patterns: Most patterns of a piece of more than one node.
    """

    gated: bool
    step: float = 0.1
    entry: float = 1 / 4000
    patterns: int = 1 << 11


class _Open(NamedTuple):
    """A part of a tree that is still growing upwards; sets are bit masks of nodes or conditions."""

    cost: float  # of the pieces already cut off below
    features: int
    conditions: int
    leaves: int
    cuts: int


_LEAFLESS = _Open(0.0, 0, 0, 0, 0)


def cut(tree: Tree, columns: Sequence[Column], costs: Costs) -> list[Piece]:
    """The pieces of a tree; each of its leaves is in one of them.

    Raises:
        UnsupportedForestError: A leaf has more patterns than a table can hold.
    """
    if not tree.splits:
        return [Piece({}, (Leaf(tree.leaves[0], {}),))]
    return list(_Cutter(tree, columns, costs).pieces())


class _Cutter:
    def __init__(self, tree: Tree, columns: Sequence[Column], costs: Costs) -> None:
        self.tree, self.costs = tree, costs
        self.bounds = _bounds(tree)
        places = {split.column: columns[split.column].feature for split in tree.splits}
        feature_bits = {f: 1 << n for n, f in enumerate(dict.fromkeys(places.values()))}
        self.feature = {column: feature_bits[f] for column, f in places.items()}
        known = dict.fromkeys((split.column, split.threshold) for split in tree.splits)
        self.condition = {condition: 1 << n for n, condition in enumerate(known)}
        of_column = dict.fromkeys(places, 0)
        for (column, _), bit in self.condition.items():
            of_column[column] |= bit
        # Most columns have one condition in a tree; those multiply patterns by two.
        self.several = [mask for mask in of_column.values() if mask.bit_count() > 1]
        self.single = sum(mask for mask in of_column.values() if mask.bit_count() == 1)

    def pieces(self) -> Iterator[Piece]:
        closed = self._closed()
        roots = [0]
        while roots:
            root = roots.pop()
            best = closed[root][1]
            roots += [n for n in range(len(self.tree.splits)) if best.cuts >> n & 1]
            leaves = [n for n in range(len(self.tree.leaves)) if best.leaves >> n & 1]
            if leaves:
                yield self._piece(root, leaves)

    def _piece(self, root: int, leaves: Sequence[int]) -> Piece:
        above = self.bounds[root]
        open_to_leaves = above if self.costs.gated else {}
        found = (
            Leaf(self.tree.leaves[leaf], _beyond(open_to_leaves, self.bounds[~leaf]))
            for leaf in leaves
        )
        return Piece(above, tuple(found))

    def _closed(self) -> dict[int, tuple[float, _Open]]:
        """The cheapest way to end a piece at each node, from the leaves up."""
        growing: dict[int, list[_Open]] = {}
        closed: dict[int, tuple[float, _Open]] = {}
        for node in reversed(range(len(self.tree.splits))):
            growing[node] = self._grown(node, growing, closed)
            above = self._above(node)
            costs = [self._cost(each, *above) for each in growing[node]]
            least = min(costs)
            if least == float("inf"):
                raise UnsupportedForestError(
                    f"a leaf depends on more than {_MOST_PATTERNS} patterns of its features"
                )
            closed[node] = least, growing[node][costs.index(least)]
        return closed

    def _grown(
        self,
        node: int,
        growing: Mapping[int, list[_Open]],
        closed: Mapping[int, tuple[float, _Open]],
    ) -> list[_Open]:
        """The best open pieces with this node on top, one for each number of conditions."""
        split = self.tree.splits[node]
        own = self.condition[split.column, split.threshold]
        feature = self.feature[split.column]
        rights = self._below(split.right, growing, closed)
        best: dict[int, tuple[float, _Open]] = {}
        for left in self._below(split.left, growing, closed):
            for right in rights:
                conditions = left.conditions | right.conditions | own
                size = conditions.bit_count()
                if size > _MOST_NODES:
                    continue
                features = left.features | right.features | feature
                cost = left.cost + right.cost
                likely = cost + features.bit_count()
                if size not in best or likely < best[size][0]:
                    leaves, cuts = left.leaves | right.leaves, left.cuts | right.cuts
                    best[size] = likely, _Open(cost, features, conditions, leaves, cuts)
        return [each for _, each in best.values()]

    def _above(self, root: int) -> tuple[int, int, int]:
        """What every piece with this root asks: features, conditions, and comparisons."""
        features = conditions = 0
        for column, (low, high) in self.bounds[root].items():
            features |= self.feature[column]
            # Two bounds are one comparison; see `building`.
            conditions |= self.condition[column, low if high == NO_HIGH else high]
        return features, conditions, len(self.bounds[root])

    def _below(
        self,
        child: int,
        growing: Mapping[int, list[_Open]],
        closed: Mapping[int, tuple[float, _Open]],
    ) -> list[_Open]:
        if child < 0:
            return [_LEAFLESS._replace(leaves=1 << ~child)]
        return [_LEAFLESS._replace(cost=closed[child][0], cuts=1 << child), *growing[child]]

    def _cost(self, piece: _Open, features: int, conditions: int, comparisons: int) -> float:
        """Of a piece, and of all that is cut off below, with what holds above it."""
        if not piece.leaves:
            return piece.cost
        if self.costs.gated:
            asked, slots = piece.conditions, 1
            steps = piece.conditions.bit_count() + comparisons
        else:
            asked = piece.conditions | conditions
            slots = (piece.features | features).bit_count() + 1
            steps = asked.bit_count()
        patterns = 1 << (asked & self.single).bit_count()
        for mask in self.several:
            patterns *= (asked & mask).bit_count() + 1
        alone = piece.cuts.bit_count() + piece.leaves.bit_count() == 2
        if patterns >= (_MOST_PATTERNS if alone else self.costs.patterns):
            return float("inf")
        return piece.cost + slots + self.costs.step * steps + self.costs.entry * patterns * slots


def _beyond(above: Bounds, bounds: Bounds) -> Bounds:
    """Bounds without those that hold already."""
    beyond = {}
    for column, (low, high) in bounds.items():
        known = above.get(column, (NO_LOW, NO_HIGH))
        beyond[column] = (
            NO_LOW if low == known[0] else low,
            NO_HIGH if high == known[1] else high,
        )
    return {column: each for column, each in beyond.items() if each != (NO_LOW, NO_HIGH)}


def _bounds(tree: Tree) -> dict[int, Bounds]:
    """What a row must fulfil to reach each node, and each leaf as ~leaf; tightest bounds only."""
    bounds: dict[int, Bounds] = {0: {}}
    for node, split in enumerate(tree.splits):
        low, high = bounds[node].get(split.column, (NO_LOW, NO_HIGH))
        bounds[split.left] = {**bounds[node], split.column: (low, min(high, split.threshold))}
        bounds[split.right] = {**bounds[node], split.column: (max(low, split.threshold), high)}
    return bounds
