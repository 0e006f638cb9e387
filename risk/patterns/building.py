"""From pieces to tables: steps, slots and entries, laid end to end as the kernels read them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.patterns.compiling import compiled
from risk.patterns.cutting import NO_HIGH, NO_LOW, Bounds, Costs, Leaf, Piece, cut
from risk.patterns.forest import Forest, UnsupportedForestError
from risk.patterns.kernels import Cells, Lookups, encode
from risk.patterns.leaves import MOST_FEATURES, count_patterns, leaf_values, weights

_MOST_PLACES = 1 << 16
_MOST_ENTRIES = 1 << 27  # 1 GB
_SMALL = 255


def cells(forest: Forest) -> Cells:
    """How values become codes, for the kernels."""
    padded = [
        np.append(grid, np.full(_room(len(grid)) - len(grid), np.inf)) for grid in forest.thresholds
    ]
    words = [_words(column.levels) for column in forest.columns]
    return Cells(
        np.concatenate([*padded, np.empty(0)]),
        _starts([len(each) for each in padded]),
        np.array([column.feature for column in forest.columns], np.int64),
        np.array([column.missing for column in forest.columns], np.int64),
        np.array([column.absent for column in forest.columns], np.int64),
        np.concatenate([*words, np.empty(0, np.uint32)]),
        _starts([len(each) for each in words]),
    )


def code_type(forest: Forest) -> type[np.uint8] | type[np.uint16]:
    """The smallest type that holds every code."""
    most = max((len(grid) for grid in forest.thresholds), default=0)
    return np.uint8 if most <= _SMALL else np.uint16


def codes_of(forest: Forest, columns: NDArray[np.float64]) -> NDArray[np.unsignedinteger]:
    """The codes of rows given column by column, shape (columns, rows)."""
    codes = np.empty((len(forest.columns), columns.shape[1]), code_type(forest))
    encode(columns, cells(forest), codes)
    return codes


def prediction(forest: Forest) -> Lookups:
    """Tables of the raw score alone, output 0."""

    def values(leaf: Leaf, columns: Sequence[int]) -> _Given:
        return _Given([0] * len(columns), np.array([[0.0, leaf.value]]), [0])

    return _Layout(forest, Costs(gated=True), values).made()


def explanation(forest: Forest, reference: NDArray[np.float64]) -> Lookups:
    """Tables of Shapley values against all references, and of the raw score as the last output.

    Args:
        forest: The model, of p features.
        reference: Column by column, shape (p, m).
    """
    codes = codes_of(forest, reference)
    gain, loss = weights()

    def values(leaf: Leaf, columns: Sequence[int]) -> _Given:
        bounds = np.array([leaf.bounds[c] for c in columns], np.int64).reshape(-1, 2)
        of = [forest.columns[c].feature for c in columns]
        features = list(dict.fromkeys(of))
        if len(features) > MOST_FEATURES:
            raise UnsupportedForestError(f"a leaf depends on more than {MOST_FEATURES} features")
        bits = [features.index(f) for f in of]
        counts = count_patterns(
            codes,
            np.array(columns, np.int64),
            bounds[:, 0],
            bounds[:, 1],
            np.array(bits, np.int64),
            len(features),
        )
        given = leaf_values(leaf.value, counts, len(features), gain, loss)
        return _Given(bits, given, [*features, forest.features])

    return _Layout(forest, Costs(gated=False), values).made()


class _Given(NamedTuple):
    """What a leaf adds: the bit of each of its columns, values by output and bits, its outputs."""

    bits: list[int]
    values: NDArray[np.float64]
    outputs: list[int]


class _Step(NamedTuple):
    column: int
    offset: int
    threshold: int
    weight: int


@dataclass
class _Layout:
    forest: Forest
    costs: Costs
    values: Callable[[Leaf, Sequence[int]], _Given]
    starts: list[int] = field(default_factory=list)
    caps: list[int] = field(default_factory=list)
    steps: list[list[_Step]] = field(default_factory=list)
    slots: list[list[tuple[int, int]]] = field(default_factory=list)
    entries: list[NDArray[np.float64]] = field(default_factory=list)
    filled: int = 0

    def made(self) -> Lookups:
        for tree in self.forest.trees:
            for piece in cut(tree, self.forest.columns, self.costs):
                self._add(piece)
        steps = np.array([s for piece in self.steps for s in piece], np.int64).reshape(-1, 4)
        slots = np.array([s for piece in self.slots for s in piece], np.int64).reshape(-1, 2)
        return Lookups(
            np.array(self.starts, np.uint16),
            np.array(self.caps, np.uint16),
            _starts([len(each) for each in self.steps]),
            steps[:, 0].copy(),
            steps[:, 1].astype(np.uint16),
            steps[:, 2].astype(np.uint16),
            (steps[:, 3] % _MOST_PLACES).astype(np.uint16),
            _starts([len(each) for each in self.slots]),
            slots[:, 0].copy(),
            slots[:, 1].copy(),
            np.concatenate([*self.entries, np.empty(0)]),
        )

    def _add(self, piece: Piece) -> None:
        gated = self.costs.gated
        digits = _digits(piece.leaves, {} if gated else piece.above)
        patterns, steps = 1, []
        for column, digit in digits.items():
            steps += [_Step(column, digit.offset, at - digit.offset, patterns) for at in digit.at]
            patterns *= len(digit.at) + 1
        # Where a row does not reach a gated piece, its place is above all patterns.
        start, gate = _gate(piece.above, patterns) if gated else (0, [])
        self.starts.append(start)
        self.caps.append(patterns if gated else patterns - 1)
        self.steps.append(steps + gate)
        self._fill(piece.leaves, digits, patterns)

    def _fill(self, leaves: Sequence[Leaf], digits: "dict[int, _Digit]", patterns: int) -> None:
        given = [self.values(leaf, list(leaf.bounds)) for leaf in leaves]
        size = self.caps[-1] + 1
        outputs = sorted({output for each in given for output in each.outputs})
        self.slots.append([(o, self.filled + size * n) for n, o in enumerate(outputs)])
        self.filled += size * len(outputs)
        if self.filled > _MOST_ENTRIES:
            raise UnsupportedForestError("its tables would take more than 1 GB")
        table = np.zeros((len(outputs), size))
        sizes = np.array([len(digit.at) + 1 for digit in digits.values()], np.int64)
        for leaf, each in zip(leaves, given, strict=True):
            ranges = np.array([d.range(leaf.bounds.get(c)) for c, d in digits.items()], np.int64)
            bits = dict(zip(leaf.bounds, each.bits, strict=True))
            spread(
                each.values,
                np.array([outputs.index(o) for o in each.outputs], np.int64),
                sizes,
                ranges.reshape(-1, 2),
                np.array([bits.get(c, 0) for c in digits], np.int64),
                table[:, :patterns],
            )
        self.entries.append(table.ravel())


@compiled
def spread(values, slots, sizes, ranges, bits, table):  # type: ignore[no-untyped-def]
    """Add what a leaf gives by its own bits to each pattern of its piece.

    Args:
        values: By the leaf's outputs and bits.
        slots: The table's row of each of the leaf's outputs.
        sizes: How many cells each column of the piece has; the first runs fastest.
        ranges: Above which and up to which cell the leaf holds, by column.
        bits: Which bit falls where it does not.
        table: Shape (slots, patterns); added to.
    """
    held = np.empty(table.shape[1], np.int32)
    held[0] = values.shape[1] - 1
    known = 1
    for c in range(len(sizes)):
        # The highest cell first: what is known so far is overwritten last.
        for digit in range(sizes[c] - 1, -1, -1):
            outside = digit <= ranges[c, 0] or digit > ranges[c, 1]
            mask = np.int32(~(1 << bits[c]) if outside else -1)
            for i in range(known):
                held[digit * known + i] = held[i] & mask
        known *= sizes[c]
    for n in range(len(slots)):
        given, row = values[n], table[slots[n]]
        for i in range(known):
            row[i] += given[held[i]]


class _Digit(NamedTuple):
    """A column's part of a row's place: how many of these thresholds its code is above.

    Codes are taken less `offset`, which is one more than a bound that all leaves share; what lies
    below that bound wraps around to above all thresholds, so that two bounds have one cell for
    "outside".
    """

    offset: int
    at: list[int]

    def range(self, bounds: tuple[int, int] | None) -> tuple[int, int]:
        """Bounds on a code as bounds on the digit: above the first, at most the second."""
        low, high = bounds or (NO_LOW, NO_HIGH)
        below = -1 if low in (NO_LOW, self.offset - 1) else self.at.index(low)
        return below, len(self.at) if high == NO_HIGH else self.at.index(high)


def _digits(leaves: Sequence[Leaf], shared: Bounds) -> dict[int, _Digit]:
    """The digits of a piece, by column; `shared` is what all its leaves ask."""
    at: dict[int, set[int]] = {}
    for leaf in leaves:
        for column, bounds in leaf.bounds.items():
            at.setdefault(column, set()).update(set(bounds) - {NO_LOW, NO_HIGH})
    digits = {}
    for column, thresholds in at.items():
        low, high = shared.get(column, (NO_LOW, NO_HIGH))
        offset = low + 1 if low != NO_LOW and high != NO_HIGH else 0
        digits[column] = _Digit(offset, sorted(t for t in thresholds if t >= offset))
    return digits


def _gate(above: Bounds, patterns: int) -> tuple[int, list[_Step]]:
    """Steps that lift a row's place above all patterns where it misses the piece's root."""
    start, steps = 0, []
    for column, (low, high) in above.items():
        if high != NO_HIGH:
            offset = low + 1 if low != NO_LOW else 0
            steps.append(_Step(column, offset, high - offset, patterns))
        else:
            start += patterns
            steps.append(_Step(column, 0, low, -patterns))
    if patterns * (len(steps) + 1) >= _MOST_PLACES:
        raise UnsupportedForestError("a tree is too deep")
    return start, steps


def _words(levels: frozenset[int] | None) -> NDArray[np.uint32]:
    if levels is None:
        return np.empty(0, np.uint32)
    words = np.zeros(max(levels, default=0) // 32 + 1, np.uint32)
    for level in levels:
        words[level // 32] |= np.uint32(1 << level % 32)
    return words


def _room(count: int) -> int:
    """The next power of two that holds `count` and one more."""
    return 1 << count.bit_length()


def _starts(sizes: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
