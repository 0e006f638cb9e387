"""The inner loops, in numba: a row's codes, its place in each table, and the sums of the entries.

All of it lets go of the interpreter's lock and runs on the calling thread alone. Sums are taken
tree by tree in double precision, without fast-math, so that no bit of a row depends on the rows
beside it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiling import compiled
from risk.patterns.forest import ZERO

BLOCK = 20_480
"""Rows for which each table comes from memory once."""

_STRIP = 1024  # rows whose places and sums stay in the first cache of a core

_NONE, _ZERO = 0, 1  # as `forest.Missing`


class Cells(NamedTuple):
    """How values become codes; lists of lists lie end to end, with their ends beside them.

    Attributes:
        thresholds: Of all features, each list rising and padded with +inf to a power of two.
        threshold_starts: Where each feature's list begins, with the end of the last.
        features: The feature of each column.
        missing: What each column takes for missing, as `forest.Missing`.
        absent: The code of a missing value in each column.
        levels: Bit sets of the categories that go left, in words of 32.
        level_starts: Where each column's words begin; a column without any is of numbers.
    """

    thresholds: NDArray[np.float64]
    threshold_starts: NDArray[np.int64]
    features: NDArray[np.int64]
    missing: NDArray[np.int64]
    absent: NDArray[np.int64]
    levels: NDArray[np.uint32]
    level_starts: NDArray[np.int64]


class Lookups(NamedTuple):
    """The pieces of all trees, in order.

    Attributes:
        starts: Where a row's place in each piece's table begins.
        caps: The last entry of each table; a gated piece's stands for "not reached".
        step_starts: Where each piece's steps begin, with the end of the last.
        step_columns: A step takes a row's code in this column,
        step_offsets: less this, in unsigned arithmetic, compares it
        step_thresholds: with this, and adds
        step_weights: this to the row's place where it is above.
        slot_starts: Where each piece's slots begin, with the end of the last.
        slot_outputs: The output that each slot adds to
        slot_offsets: from the list of entries that begins here.
        entries: The tables.
    """

    starts: NDArray[np.uint16]
    caps: NDArray[np.uint16]
    step_starts: NDArray[np.int64]
    step_columns: NDArray[np.int64]
    step_offsets: NDArray[np.uint16]
    step_thresholds: NDArray[np.uint16]
    step_weights: NDArray[np.uint16]
    slot_starts: NDArray[np.int64]
    slot_outputs: NDArray[np.int64]
    slot_offsets: NDArray[np.int64]
    entries: NDArray[np.float64]


@compiled
def encode(x, cells, codes):  # type: ignore[no-untyped-def]
    """Write the codes of rows given feature by feature, shape (features, rows), from row 0."""
    rows = x.shape[1]
    values, known = np.empty(rows), np.empty(rows)
    places = np.empty(rows, np.uint32)
    done = -1
    for column in range(len(cells.features)):
        feature = cells.features[column]
        if cells.level_starts[column] < cells.level_starts[column + 1]:
            _encode_levels(x[feature], cells, column, codes[column][:rows])
            continue
        if feature != done:
            done = feature
            for i in range(rows):
                # LightGBM reads what is this close to zero as zero.
                value = 0.0 if abs(x[feature, i]) <= ZERO else x[feature, i]
                values[i] = value
                known[i] = 0.0 if np.isnan(value) else value
            start, end = cells.threshold_starts[feature], cells.threshold_starts[feature + 1]
            _places(known, cells.thresholds[start:end], places)
        _fill(values, places, cells, column, codes[column][:rows])


@compiled
def _places(values, thresholds, places):  # type: ignore[no-untyped-def]
    """How many thresholds lie below each value.

    Halves for all rows at once, and fetches apart from comparing: the one cannot be vectorised,
    and the other would be compiled to branches that no processor foretells.
    """
    fetched = np.empty(len(values))
    places[:] = 0
    width = len(thresholds) // 2
    while width > 0:
        _fetch(thresholds, places, np.uint32(width - 1), fetched)
        _advance(fetched, values, np.uint32(width), places)
        width //= 2
    _fetch(thresholds, places, np.uint32(0), fetched)
    _advance(fetched, values, np.uint32(1), places)


@compiled
def _fetch(thresholds, places, beyond, fetched):  # type: ignore[no-untyped-def]
    for i in range(len(places)):
        fetched[i] = thresholds[places[i] + beyond]


@compiled
def _advance(fetched, values, width, places):  # type: ignore[no-untyped-def]
    for i in range(len(places)):
        places[i] += width if fetched[i] < values[i] else np.uint32(0)


@compiled
def _fill(values, places, cells, column, codes):  # type: ignore[no-untyped-def]
    missing, absent = cells.missing[column], cells.absent[column]
    if missing == _NONE:
        for i in range(len(values)):
            codes[i] = places[i]
    elif missing == _ZERO:
        for i in range(len(values)):
            gone = values[i] == 0.0 or np.isnan(values[i])
            codes[i] = absent if gone else places[i]
    else:
        for i in range(len(values)):
            codes[i] = absent if np.isnan(values[i]) else places[i]


@compiled
def _encode_levels(values, cells, column, codes):  # type: ignore[no-untyped-def]
    start = cells.level_starts[column]
    most = 32 * (cells.level_starts[column + 1] - start)
    for i in range(len(values)):
        value = values[i]
        code = 1
        # -0.5 is cut to 0; NaN fails both comparisons.
        if value > -1.0 and value < most:
            level = np.int64(value)
            if cells.levels[start + level // 32] >> np.uint32(level % 32) & np.uint32(1):
                code = 0
        codes[i] = code


@compiled
def look_up(codes, lookups, outputs, start, end):  # type: ignore[no-untyped-def]
    """Add the entries of all pieces to rows `start` to `end` of `outputs`, shape (outputs, rows).

    `codes` hold those of these rows, from 0.
    """
    room = np.empty(_STRIP, np.uint16)
    for piece in range(len(lookups.starts)):
        for first in range(start, end, _STRIP):
            last = min(first + _STRIP, end)
            place = room[: last - first]
            place[:] = lookups.starts[piece]
            for step in range(lookups.step_starts[piece], lookups.step_starts[piece + 1]):
                _step(
                    codes[lookups.step_columns[step]][first - start : last - start],
                    lookups.step_offsets[step],
                    lookups.step_thresholds[step],
                    lookups.step_weights[step],
                    place,
                )
            _cap(place, lookups.caps[piece])
            for slot in range(lookups.slot_starts[piece], lookups.slot_starts[piece + 1]):
                entries = lookups.entries[lookups.slot_offsets[slot] :]
                _gather(entries, place, outputs[lookups.slot_outputs[slot]][first:last])


@compiled
def _step(codes, offset, threshold, weight, place):  # type: ignore[no-untyped-def]
    less, most = codes.dtype.type(offset), codes.dtype.type(threshold)
    for i in range(len(place)):
        place[i] += weight if codes.dtype.type(codes[i] - less) > most else np.uint16(0)


@compiled
def _cap(place, cap):  # type: ignore[no-untyped-def]
    for i in range(len(place)):
        place[i] = min(place[i], cap)


@compiled
def _gather(entries, place, output):  # type: ignore[no-untyped-def]
    for i in range(len(place)):
        output[i] += entries[place[i]]


@compiled
def evaluate(x, cells, lookups, codes, outputs):  # type: ignore[no-untyped-def]
    """Codes and sums of the rows of `x`, shape (features, rows), block by block.

    `codes` is room for those of one block, shape (columns, rows of a block), in the type that
    holds them; `outputs`, shape (outputs, rows), holds the values that sums begin with.
    """
    block = codes.shape[1]
    for start in range(0, x.shape[1], block):
        end = min(start + block, x.shape[1])
        encode(x[:, start:end], cells, codes)
        look_up(codes, lookups, outputs, start, end)
