"""Application ids that stand in several rows of a run, found on disk in bounded memory.

The first row of an id is scored. Every later one is withdrawn, so that no application gets two
results; what becomes of it is the job's part.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines import disk

_ENTRY = np.dtype([("hash", "<u8"), ("row", "<i8")])
Entries: TypeAlias = npt.NDArray[np.void]
"""Hashes of ids and the rows they stand in."""

# Ids are looked through one stretch of hashes after another, each held in memory once.
_HELD = 1_000_000


class Twice(NamedTuple):
    """Rows that may bear an id once more.

    Attributes:
        row: Row numbers, rising, shape (n,).
        first: The lowest row with the same hash, shape (n,).
    """

    row: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]


def hashed(ids: pd.Series, rows: npt.ArrayLike) -> Entries:
    """Application ids, as text, by their hashes, each with its row; shape (n,)."""
    entries = np.empty(len(ids), _ENTRY)
    entries["hash"] = pd.util.hash_array(ids.astype("str").array, categorize=False)
    entries["row"] = np.asarray(rows, np.int64)
    return entries


def keep_ids(path: Path, ids: Sequence[Entries]) -> None:
    """Write a part's ids in the order of their hashes, 16 bytes each.

    Args:
        path: File to write.
        ids: As `hashed` gives them.
    """
    entries = np.concatenate([np.empty(0, _ENTRY), *ids])
    content = entries[np.argsort(entries["hash"], kind="stable")].tobytes()
    # numpy writes past Python's file, where a full disk is told late, without its number, or never.
    with disk.named(path):
        path.write_bytes(content)


def find_twice(paths: Sequence[Path]) -> Twice:
    """Rows whose hash an earlier row has too.

    Two different ids share one of the 64-bit hashes about once in 10^19 pairs; whether the ids
    are the same is for the caller to see.
    """
    found = [_repeated(held) for held in _stretches(paths)]
    rows = np.concatenate([np.empty(0, np.int64), *(each.row for each in found)])
    firsts = np.concatenate([np.empty(0, np.int64), *(each.first for each in found)])
    order = np.argsort(rows, kind="stable")
    return Twice(rows[order], firsts[order])


def _stretches(paths: Sequence[Path]) -> Iterator[Entries]:
    """All entries, one stretch of hashes at a time."""
    sizes = [path.stat().st_size // _ENTRY.itemsize for path in paths]
    pieces = max(1, -(-sum(sizes) // _HELD))
    edges = [int(2**64 * piece / pieces) for piece in range(1, pieces)]
    cuts = [
        [0, *(bisect_left(range(size), e, key=partial(_hash_at, path)) for e in edges), size]
        for path, size in zip(paths, sizes, strict=True)
    ]
    for piece in range(pieces):
        yield np.concatenate(
            [np.empty(0, _ENTRY)]
            + [_entries(p, cut[piece], cut[piece + 1]) for p, cut in zip(paths, cuts, strict=True)]
        )


def _entries(path: Path, start: int, stop: int) -> Entries:
    """Some of a file's entries; mapped instead, the file would come into memory whole."""
    return np.fromfile(path, _ENTRY, stop - start, offset=start * _ENTRY.itemsize)


def _hash_at(path: Path, place: int) -> int:
    return int(_entries(path, place, place + 1)["hash"][0])


def _repeated(held: Entries) -> Twice:
    # Hardly ever is an id repeated, and finding that out takes the least.
    hashes = np.sort(held["hash"])
    again = hashes[1:][hashes[1:] == hashes[:-1]]
    held = held[np.isin(held["hash"], again)] if again.size else held[:0]
    held = held[np.lexsort((held["row"], held["hash"]))]
    fresh = np.r_[True, held["hash"][1:] != held["hash"][:-1]][: len(held)]
    first = held["row"][np.maximum.accumulate(np.where(fresh, np.arange(len(held)), 0))]
    return Twice(held["row"][~fresh], first[~fresh])
