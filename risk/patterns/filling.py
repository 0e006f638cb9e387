"""The entries of all tables, from what each leaf gives to each pattern of its own features."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiling import compiled
from risk.patterns.leaves import count_patterns, leaf_values


class Plan(NamedTuple):
    """Where the leaves' values go; lists lie end to end, with where each begins beside them.

    Attributes:
        caps: The last entry of each piece's tables.
        slot_starts: By piece, its slots:
        slot_offsets: where the entries of each begin.
        digit_starts: By piece, its digits:
        digit_sizes: how many cells each has; the first runs fastest.
        leaf_starts: By piece, its leaves:
        leaf_values: the value of each.
        asked_starts: By leaf, what it asks of a row:
        asked: column, code that is too low, highest code, and which bit that is.
        range_starts: By leaf, the digits of its piece:
        ranges: cell that is too low, highest cell, and the bit that falls elsewhere.
        target_starts: By leaf, the slots that it adds to:
        targets: one for each bit, and the one of the score.
    """

    caps: NDArray[np.int64]
    slot_starts: NDArray[np.int64]
    slot_offsets: NDArray[np.int64]
    digit_starts: NDArray[np.int64]
    digit_sizes: NDArray[np.int64]
    leaf_starts: NDArray[np.int64]
    leaf_values: NDArray[np.float64]
    asked_starts: NDArray[np.int64]
    asked: NDArray[np.int64]
    range_starts: NDArray[np.int64]
    ranges: NDArray[np.int64]
    target_starts: NDArray[np.int64]
    targets: NDArray[np.int64]


@compiled
def fill(plan, codes, gain, loss, entries):  # type: ignore[no-untyped-def]
    """Add up the entries of all pieces.

    Args:
        plan: Where they go.
        codes: The references', shape (columns, references). Without any, a leaf gives its value
            to rows that fulfil all it asks, and nothing to single features.
        gain: As `risk.patterns.leaves.weights`.
        loss: Likewise.
        entries: All zero; added to.
    """
    for piece in range(len(plan.caps)):
        size = plan.caps[piece] + 1
        sizes = plan.digit_sizes[plan.digit_starts[piece] : plan.digit_starts[piece + 1]]
        first = plan.slot_offsets[plan.slot_starts[piece]]
        for leaf in range(plan.leaf_starts[piece], plan.leaf_starts[piece + 1]):
            targets = plan.targets[plan.target_starts[leaf] : plan.target_starts[leaf + 1]]
            ranges = plan.ranges[plan.range_starts[leaf] : plan.range_starts[leaf + 1]]
            value = plan.leaf_values[leaf]
            if codes.shape[1] > 0:
                asked = plan.asked[plan.asked_starts[leaf] : plan.asked_starts[leaf + 1]]
                features = len(targets) - 1
                counts = count_patterns(codes, asked, features)
                given = leaf_values(value, counts, features, gain, loss)
            else:
                given = np.zeros((1, 2))
                given[0, 1] = value
            _spread(given, targets, sizes, ranges, entries, first, size)


@compiled
def _spread(given, targets, sizes, ranges, entries, first, size):  # type: ignore[no-untyped-def]
    """Add what a leaf gives by its own bits to each pattern of its piece."""
    held = np.empty(size, np.int32)
    held[0] = given.shape[1] - 1
    known = 1
    for c in range(len(sizes)):
        # The highest cell first: what is known so far is overwritten last.
        for cell in range(sizes[c] - 1, -1, -1):
            outside = cell <= ranges[c, 0] or cell > ranges[c, 1]
            mask = np.int32(~(1 << ranges[c, 2]) if outside else -1)
            for i in range(known):
                held[cell * known + i] = held[i] & mask
        known *= sizes[c]
    for n in range(len(targets)):
        values = given[n]
        start = first + targets[n] * size
        row = entries[start : start + known]
        for i in range(known):
            row[i] += values[held[i]]
