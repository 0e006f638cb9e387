"""LightGBM's text format as trees of comparisons between small whole numbers.

Each feature's values fall into the cells that the model's thresholds part; which side a value
takes at any node depends on its cell alone. Where LightGBM sends a missing value, an exact zero or
a category is settled here, once, so that a node is nothing but `code <= threshold`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from risk.errors import ModelError

ZERO = 1.0000000180025095e-35
"""LightGBM's kZeroThreshold, 1e-35 in single precision: what is no farther from 0 counts as 0."""

_MOST_CELLS = 65_535
_CATEGORY, _DEFAULT_LEFT = 1, 2  # bits of decision_type; the missing type is in the two above


class UnsupportedForestError(ModelError):
    """A model that pattern tables do not hold."""


class Missing(IntEnum):
    """What a column takes for a missing value, by LightGBM's numbers."""

    NONE = 0
    ZERO = 1
    NAN = 2


class Column(NamedTuple):
    """How a feature's value becomes a code that nodes compare.

    Attributes:
        feature: Place of the feature in the matrix.
        missing: What counts as missing, and takes the code `absent`. NaN that is not missing is 0.
        absent: 0 where missing values go left, the number of thresholds where they go right.
        levels: For a category, those that go left: their code is 0, that of all others 1.
    """

    feature: int
    missing: Missing
    absent: int
    levels: frozenset[int] | None = None


class Split(NamedTuple):
    """An inner node: rows with `code <= threshold` in `column` go left; ~leaf or node below."""

    column: int
    threshold: int
    left: int
    right: int


@dataclass(frozen=True)
class Tree:
    """One tree; node 0 is the root, and one without nodes has a single leaf."""

    splits: tuple[Split, ...]
    leaves: tuple[float, ...]


@dataclass(frozen=True)
class Forest:
    """A tree ensemble whose raw score is the plain sum of its trees, in their order.

    Attributes:
        features: Columns of the matrix it reads.
        thresholds: Those of each feature, rising; a value's cell is how many lie below it.
        columns: What nodes compare.
        trees: The trees, in order of prediction.
    """

    features: int
    thresholds: tuple[NDArray[np.float64], ...]
    columns: tuple[Column, ...]
    trees: tuple[Tree, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a model's text, as `Booster.model_to_string` and `save_model` write it.

        Raises:
            UnsupportedForestError: The model has linear leaves or several classes, averages its
                trees, or has more than 65,535 thresholds on a feature.
            ModelError: The text is not a model's.
        """
        try:
            head, trees = _blocks(text)
            features = int(head["max_feature_idx"]) + 1
            _refuse_others(head, trees)
            raw = [_RawTree.of(tree) for tree in trees]
            for tree in raw:
                tree.check(features)
        except (KeyError, ValueError, IndexError) as error:
            raise ModelError(f"this is not a LightGBM model's text ({error})") from error
        known: list[set[float]] = [set() for _ in range(features)]
        for tree in raw:
            for node in range(len(tree.feature)):
                if not tree.kind[node] & _CATEGORY:
                    known[tree.feature[node]].add(tree.threshold[node])
        grids = tuple(np.array(sorted(values), dtype=np.float64) for values in known)
        if max(len(grid) for grid in grids) > _MOST_CELLS:
            raise UnsupportedForestError(f"more than {_MOST_CELLS} thresholds on one feature")
        columns: dict[Column, int] = {}
        made = tuple(_tree(tree, grids, columns) for tree in raw)
        return cls(features, grids, tuple(columns), made)


class _RawTree(NamedTuple):
    feature: list[int]
    threshold: list[float]
    kind: list[int]
    left: list[int]
    right: list[int]
    leaves: list[float]
    level_sets: list[frozenset[int]]

    @classmethod
    def of(cls, keys: Mapping[str, str]) -> Self:
        leaves = _floats(keys["leaf_value"])
        if len(leaves) != int(keys["num_leaves"]) or not np.isfinite(leaves).all():
            raise ValueError("a tree's leaves are not as many as it says, or not finite")
        if len(leaves) == 1:
            return cls([], [], [], [], [], leaves, [])
        names = ("split_feature", "decision_type", "left_child", "right_child")
        feature, kind, left, right = (_ints(keys[name]) for name in names)
        threshold = _floats(keys["threshold"])
        if any(len(each) != len(leaves) - 1 for each in (feature, kind, left, right, threshold)):
            raise ValueError("a tree's nodes are not as many as its leaves ask for")
        return cls(feature, threshold, kind, left, right, leaves, _level_sets(keys))

    def check(self, features: int) -> None:
        """Refuse what would lead a row in a circle, or to nowhere."""
        children = [*self.left, *self.right]
        known = [*range(-len(self.leaves), 0), *range(1, len(self.feature))]
        if self.feature and sorted(children) != known:
            raise ValueError("a tree has a node twice or not at all")
        nodes = range(len(self.feature))
        if any(0 <= c <= n for n, c in zip([*nodes, *nodes], children, strict=True)):
            raise ValueError("a node stands before the one above it")
        if any(not 0 <= feature < features for feature in self.feature):
            raise ValueError("a node names a feature that there is not")
        sets = zip(self.kind, self.threshold, strict=True)
        if any(k & _CATEGORY and not 0 <= t < len(self.level_sets) for k, t in sets):
            raise ValueError("a node names categories that there are not")
        if any(kind >> 2 & 3 == 3 for kind in self.kind):
            raise ValueError("a node has an unknown kind of missing value")
        if np.isnan(self.threshold).any():
            raise ValueError("a threshold is not a number")


def _blocks(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The lines of the head, and of each tree."""
    body, end, _ = text.partition("\nend of trees")
    head, *trees = re.split(r"^Tree=\d+\n", body, flags=re.MULTILINE)
    if not end or not head.startswith("tree\n"):
        raise ValueError("it is cut short")
    return _keys(head), [_keys(tree) for tree in trees]


def _keys(block: str) -> dict[str, str]:
    lines = [line.partition("=") for line in block.split("\n") if line]
    return {key: value for key, _, value in lines}


def _refuse_others(head: Mapping[str, str], trees: Iterable[Mapping[str, str]]) -> None:
    if head["num_class"] != "1" or head["num_tree_per_iteration"] != "1":
        raise UnsupportedForestError("a model of several classes has a score for each")
    if "average_output" in head:
        raise UnsupportedForestError("a random forest averages its trees")
    if any(tree.get("is_linear", "0") != "0" for tree in trees):
        raise UnsupportedForestError("a tree has linear models in its leaves")


def _tree(
    raw: _RawTree, grids: tuple[NDArray[np.float64], ...], columns: dict[Column, int]
) -> Tree:
    splits = []
    for node, feature in enumerate(raw.feature):
        grid, kind = grids[feature], raw.kind[node]
        if kind & _CATEGORY:
            # NaN and what is no category at all always go right.
            levels = raw.level_sets[int(raw.threshold[node])]
            column, place = Column(feature, Missing.NAN, 1, levels), 0
        else:
            missing = Missing(kind >> 2 & 3)
            to_left = missing == Missing.NONE or bool(kind & _DEFAULT_LEFT)
            column = Column(feature, missing, 0 if to_left else len(grid))
            place = int(np.searchsorted(grid, raw.threshold[node]))
        number = columns.setdefault(column, len(columns))
        splits.append(Split(number, place, raw.left[node], raw.right[node]))
    return Tree(tuple(splits), tuple(raw.leaves))


def _level_sets(keys: Mapping[str, str]) -> list[frozenset[int]]:
    if keys["num_cat"] == "0":
        return []
    bounds, words = _ints(keys["cat_boundaries"]), _ints(keys["cat_threshold"])
    return [
        frozenset(
            32 * place + bit
            for place, word in enumerate(words[low:high])
            for bit in range(32)
            if word >> bit & 1
        )
        for low, high in pairwise(bounds)
    ]


def _ints(line: str) -> list[int]:
    return [int(each) for each in line.split()]


def _floats(line: str) -> list[float]:
    return [float(each) for each in line.split()]
