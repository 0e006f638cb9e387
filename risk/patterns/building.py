"""From pieces to tables: steps, slots and leaves, laid end to end as the kernels read them."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.patterns.cutting import NO_HIGH, NO_LOW, Bounds, Costs, Leaf, Piece, cut
from risk.patterns.filling import Plan, fill
from risk.patterns.forest import Forest, UnsupportedForestError
from risk.patterns.kernels import Cells, Lookups, encode
from risk.patterns.leaves import MOST_FEATURES, weights

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
    layout = _Layout(forest, gated=True)
    return layout.filled(np.empty((len(forest.columns), 0), code_type(forest)))


def explanation(forest: Forest, reference: NDArray[np.float64]) -> Lookups:
    """Tables of Shapley values against all references, and of the raw score as the last output.

    Args:
        forest: The model, of p features.
        reference: Column by column, shape (p, m).
    """
    return _Layout(forest, gated=False).filled(codes_of(forest, reference))


class _Step(NamedTuple):
    column: int
    offset: int
    threshold: int
    weight: int


class _Asked(NamedTuple):
    """A condition of a leaf: a column's code above `low` and at most `high`, as a bit."""

    column: int
    low: int
    high: int
    bit: int


class _Layout:
    """Where everything lies, before the entries are known; lists lie end to end."""

    def __init__(self, forest: Forest, *, gated: bool) -> None:
        self.forest, self.gated = forest, gated
        self.starts: list[int] = []
        self.caps: list[int] = []
        self.values: list[float] = []
        self.steps, self.slots, self.digits = _Lists(4), _Lists(2), _Lists(1)
        self.leaves, self.targets = _Lists(1), _Lists(1)
        self.asked, self.ranges = _Lists(4), _Lists(3)
        self.size = 0
        for tree in forest.trees:
            for piece in cut(tree, forest.columns, Costs(gated=gated)):
                self._add(piece)

    def _add(self, piece: Piece) -> None:
        digits = _digits(piece.leaves, {} if self.gated else piece.above)
        patterns, steps = 1, []
        for column, digit in digits.items():
            steps += [_Step(column, digit.offset, at - digit.offset, patterns) for at in digit.at]
            patterns *= len(digit.at) + 1
        # Where a row does not reach a gated piece, its place is above all patterns.
        start, gate = _gate(piece.above, patterns) if self.gated else (0, [])
        self.starts.append(start)
        self.caps.append(patterns if self.gated else patterns - 1)
        self.steps.add(steps + gate)
        self.digits.add([len(digit.at) + 1] for digit in digits.values())
        self.leaves.add([n] for n in range(len(piece.leaves)))
        self.values += [leaf.value for leaf in piece.leaves]
        outputs = [self._outputs(leaf) for leaf in piece.leaves]
        known = sorted({output for each in outputs for output in each})
        slots = {output: n for n, output in enumerate(known)}
        size = self.caps[-1] + 1
        self.slots.add((output, self.size + size * n) for output, n in slots.items())
        for leaf, of in zip(piece.leaves, outputs, strict=True):
            self._add_leaf(leaf, digits)
            self.targets.add([slots[output]] for output in of)
        self.size += size * len(slots)
        if self.size > _MOST_ENTRIES:
            raise UnsupportedForestError("its tables would take more than 1 GB")

    def _outputs(self, leaf: Leaf) -> list[int]:
        if self.gated:
            return [0]
        features = dict.fromkeys(self.forest.columns[c].feature for c in leaf.bounds)
        return [*features, self.forest.features]

    def _add_leaf(self, leaf: Leaf, digits: Mapping[int, "_Digit"]) -> None:
        bits: dict[int, int] = {}
        asked = {}
        for column, (low, high) in leaf.bounds.items():
            feature = 0 if self.gated else self.forest.columns[column].feature
            bit = bits.setdefault(feature, len(bits))
            asked[column] = _Asked(column, low, high, bit)
        if len(bits) > MOST_FEATURES:
            raise UnsupportedForestError(f"a leaf depends on more than {MOST_FEATURES} features")
        self.asked.add(asked.values())
        self.ranges.add(
            (*digit.range(leaf.bounds.get(column)), asked[column].bit if column in asked else 0)
            for column, digit in digits.items()
        )

    def filled(self, codes: NDArray[np.unsignedinteger]) -> Lookups:
        """With the entries that follow from the references' codes; none give scores alone."""
        entries = np.zeros(self.size)
        plan = Plan(
            np.array(self.caps, np.int64),
            self.slots.starts(),
            self.slots.column(1),
            self.digits.starts(),
            self.digits.column(0),
            self.leaves.starts(),
            np.array(self.values, np.float64),
            self.asked.starts(),
            self.asked.table(),
            self.ranges.starts(),
            self.ranges.table(),
            self.targets.starts(),
            self.targets.column(0),
        )
        fill(plan, codes, *weights(), entries)
        return Lookups(
            np.array(self.starts, np.uint16),
            np.array(self.caps, np.uint16),
            self.steps.starts(),
            self.steps.column(0),
            self.steps.column(1).astype(np.uint16),
            self.steps.column(2).astype(np.uint16),
            (self.steps.column(3) % _MOST_PLACES).astype(np.uint16),
            self.slots.starts(),
            self.slots.column(0),
            self.slots.column(1),
            entries,
        )


class _Lists:
    """Many short lists of rows of whole numbers, end to end and without an object for each."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.numbers = array("q")
        self.ends = array("q", [0])

    def add(self, rows: Iterable[Iterable[int]]) -> None:
        for row in rows:
            self.numbers.extend(row)
        self.ends.append(len(self.numbers) // self.width)

    def starts(self) -> NDArray[np.int64]:
        return np.frombuffer(self.ends, np.int64)

    def table(self) -> NDArray[np.int64]:
        return np.frombuffer(self.numbers, np.int64).reshape(-1, self.width)

    def column(self, place: int) -> NDArray[np.int64]:
        return np.ascontiguousarray(self.table()[:, place])


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
