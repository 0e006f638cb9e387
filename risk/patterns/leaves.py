"""The Shapley values that one leaf gives to each pattern of its features.

A leaf of value v counts for a coalition when every feature on its path is satisfied, by the row x
where the coalition holds it and by the reference r elsewhere. With `a` the features that x alone
satisfies, and `b` those that r alone does, and every feature satisfied by one of them, each of
the first kind gets v (a-1)! b! / (a+b)! and each of the second -v a! (b-1)! / (a+b)!.

Which features r satisfies is a pattern q of bits, which x does a pattern s. For a given s only
those q count that hold all that s lacks; for them a and b are d - |q| and d - |s|. So the mean over
**all** references needs no more than how many of them have each |q| and hold a given set of bits,
which sums over supersets give at once. Counts are whole numbers below 2^53: nothing is rounded
before the last multiplication.
"""

import math

import numpy as np

from features.compiling import compiled

MOST_FEATURES = 16


def weights() -> tuple[np.ndarray, np.ndarray]:
    """(a-1)! b! / (a+b)! and a! (b-1)! / (a+b)! by a and b, 0 where there is no such feature."""
    size = MOST_FEATURES + 1
    gain, loss = np.zeros((size, size)), np.zeros((size, size))
    for a in range(size):
        for b in range(size - a):
            whole = math.factorial(a + b)
            if a:
                gain[a, b] = math.factorial(a - 1) * math.factorial(b) / whole
            if b:
                loss[a, b] = math.factorial(a) * math.factorial(b - 1) / whole
    return gain, loss


@compiled
def count_patterns(codes, asked, features):  # type: ignore[no-untyped-def]
    """How many references have each pattern of satisfied features, shape (2^features,).

    Args:
        codes: The references', shape (columns, references).
        asked: By condition: column, code that is too low, highest code, and bit of the feature.
        features: How many there are.
    """
    full = (1 << features) - 1
    patterns = np.full(codes.shape[1], full, np.int32)
    for c in range(len(asked)):
        mask = np.int32(~(1 << asked[c, 3]))
        _narrow(codes[asked[c, 0]], asked[c, 1], asked[c, 2], mask, patterns)
    counts = np.zeros(full + 1)
    for pattern in patterns:
        counts[pattern] += 1.0
    return counts


@compiled
def _narrow(codes, low, high, mask, patterns):  # type: ignore[no-untyped-def]
    for i in range(len(codes)):
        code = np.int64(codes[i])
        patterns[i] &= mask if code <= low or code > high else np.int32(-1)


@compiled
def _supersets(counts, features):  # type: ignore[no-untyped-def]
    """By size p and set of bits: how many references hold the set and p bits in all."""
    sets = len(counts)
    sums = np.zeros((features + 1, sets))
    for pattern in range(sets):
        size = 0
        for bit in range(features):
            size += pattern >> bit & 1
        sums[size, pattern] = counts[pattern]
    for size in range(features + 1):
        for bit in range(features):
            for pattern in range(sets):
                if not pattern >> bit & 1:
                    sums[size, pattern] += sums[size, pattern | 1 << bit]
    return sums


@compiled
def leaf_values(value, counts, features, gain, loss):  # type: ignore[no-untyped-def]
    """What a leaf gives to each pattern s: each feature's mean Shapley value, and the score.

    Args:
        value: Of the leaf.
        counts: References by pattern, shape (2^features,).
        features: How many features are on the path.
        gain: Weights of a feature that x alone satisfies, from `weights`.
        loss: Weights of one that the reference alone satisfies.

    Returns:
        Shape (features + 1, 2^features); in the last row the leaf's value where s is full.
    """
    sets = len(counts)
    sums = _supersets(counts, features)
    scale = value / counts.sum()
    own, other, lost = np.zeros(sets), np.zeros(sets), np.zeros(sets)
    for lacking in range(sets):
        b = 0
        for bit in range(features):
            b += lacking >> bit & 1
        for size in range(features + 1):
            a, count = features - size, sums[size, lacking]
            own[lacking] += count * gain[a, b]
            lost[lacking] += count * loss[a, b]
            if b > 0:
                # For a set of one less that this one is an addition to.
                other[lacking] += count * gain[a, b - 1]
    given = np.zeros((features + 1, sets))
    for s in range(sets):
        lacking = sets - 1 & ~s
        for bit in range(features):
            if s >> bit & 1:
                given[bit, s] = scale * (own[lacking] - other[lacking | 1 << bit])
            else:
                # What a feature loses is the same for all that x lacks.
                given[bit, s] = -scale * lost[lacking]
    given[features, sets - 1] = value
    return given
