"""Pattern tables proven on the model at hand, against LightGBM and against the plain formula.

Run when a model is first scored with: a mistake here would be in every reason a bank gives.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from risk.errors import ModelError
from risk.patterns.forest import ZERO, Column, Forest, Missing, Tree
from risk.patterns.leaves import weights
from risk.patterns.tables import PatternTables

FloatArray = NDArray[np.float64]
Predict = Callable[[FloatArray], FloatArray]

ROWS = 200
"""Reference rows that scores and sums are checked on, as they are and again with holes."""

TOLERANCE = 1e-9
_TREES, _EXPLAINED, _REFERENCES = 4, 3, 50


def check_scores(tables: PatternTables, predict: Predict) -> None:
    """Compare raw scores bit by bit.

    Args:
        tables: What to prove.
        predict: The model's own raw score.

    Raises:
        ModelError: A score differs, or the model needs too large tables.
    """
    rows = provoking(tables.forest, tables.reference[:ROWS])
    if not np.array_equal(tables.raw(rows), predict(rows)):
        raise ModelError("pattern tables do not score as LightGBM does")


def check_values(tables: PatternTables, predict: Predict) -> None:
    """Compare Shapley values' sums with scores, and those of some trees with the formula.

    Args:
        tables: What to prove.
        predict: The model's own raw score.

    Raises:
        ModelError: Something differs, or the model needs too large tables.
    """
    rows = provoking(tables.forest, tables.reference[:ROWS])
    wanted, found = predict(rows), tables.explain(rows)
    if not np.array_equal(found.raw, wanted):
        raise ModelError("pattern tables do not score as LightGBM does")
    mean = predict(tables.reference).mean()
    # Written so that a NaN counts as a gap.
    if not np.abs(mean + found.contributions.sum(axis=1) - wanted).max() <= TOLERANCE:
        raise ModelError("Shapley values of pattern tables do not add up to the score")
    reference, x = tables.reference[:_REFERENCES], rows[:: max(1, len(rows) // _EXPLAINED)]
    step = max(1, len(tables.forest.trees) // _TREES)
    part = replace(tables.forest, trees=tables.forest.trees[::step])
    values = PatternTables(part, reference).contributions(x)
    if not np.abs(values - direct(part, x, reference)).max() <= TOLERANCE:
        raise ModelError("Shapley values of pattern tables are not those of the formula")


def provoking(forest: Forest, rows: FloatArray) -> FloatArray:
    """The rows, and again with values on thresholds, missing, infinite and nearly zero."""
    chance = np.random.default_rng(0)
    provoked = rows.copy()
    special = np.array([np.nan, np.inf, -np.inf, 0.0, ZERO, -ZERO, 2 * ZERO, -0.5])
    for feature, grid in enumerate(forest.thresholds):
        choice = np.concatenate([special, grid, np.nextafter(grid, np.inf)])
        chosen = chance.random(len(rows)) < 0.5
        provoked[chosen, feature] = chance.choice(choice, int(chosen.sum()))
    return np.concatenate([rows, provoked])


def direct(forest: Forest, x: FloatArray, reference: FloatArray) -> FloatArray:
    """Shapley values by the formula of `risk.patterns.leaves`, reference by reference.

    Slow: rows x references x leaves x features.
    """
    values = np.zeros(x.shape)
    for tree in forest.trees:
        ours, theirs = _outcomes(forest, tree, x), _outcomes(forest, tree, reference)
        for leaf, path in _paths(tree).items():
            columns = [forest.columns[tree.splits[node].column] for node, _ in path]
            features = list(dict.fromkeys(column.feature for column in columns))
            shape = (len(features),)
            s = np.ones((len(x), *shape), dtype=bool)
            q = np.ones((len(reference), *shape), dtype=bool)
            for (node, left), column in zip(path, columns, strict=True):
                place = features.index(column.feature)
                s[:, place] &= ours[:, node] == left
                q[:, place] &= theirs[:, node] == left
            values[:, features] += tree.leaves[leaf] * _mean_shares(s, q)
    return values


def _mean_shares(s: NDArray[np.bool_], q: NDArray[np.bool_]) -> FloatArray:
    """Each feature's share of a leaf of value 1, shape (rows, features)."""
    gain, loss = weights()
    alone, lacking = s[:, None] & ~q[None], q[None] & ~s[:, None]
    a, b = alone.sum(axis=2, keepdims=True), lacking.sum(axis=2, keepdims=True)
    covered = (s[:, None] | q[None]).all(axis=2, keepdims=True)
    shares = covered * (alone * gain[a, b] - lacking * loss[a, b])
    return np.asarray(shares.mean(axis=1))


def _outcomes(forest: Forest, tree: Tree, x: FloatArray) -> NDArray[np.bool_]:
    """Whether each row goes left at each node, shape (rows, nodes)."""
    left = np.empty((len(x), len(tree.splits)), dtype=bool)
    for node, split in enumerate(tree.splits):
        column = forest.columns[split.column]
        grid = forest.thresholds[column.feature]
        left[:, node] = _goes_left(x[:, column.feature], column, grid, split.threshold)
    return left


def _goes_left(
    values: FloatArray, column: Column, grid: FloatArray, threshold: int
) -> NDArray[np.bool_]:
    if column.levels is not None:
        kept = np.where(np.isfinite(values), values, -1.0)
        return np.isin(np.trunc(kept), list(column.levels)) & (kept > -1)
    values = np.where(np.abs(values) <= ZERO, 0.0, values)
    known = np.where(np.isnan(values), 0.0, values)
    missing = np.zeros(len(values), dtype=bool)
    if column.missing == Missing.NAN:
        missing = np.isnan(values)
    elif column.missing == Missing.ZERO:
        missing = known == 0.0
    return np.where(missing, column.absent == 0, known <= grid[threshold])


def _paths(tree: Tree) -> dict[int, list[tuple[int, bool]]]:
    """By leaf, the nodes on its path and whether it lies to their left."""
    paths: dict[int, list[tuple[int, bool]]] = {0: []} if tree.splits else {~0: []}
    for node, split in enumerate(tree.splits):
        paths[split.left] = [*paths[node], (node, True)]
        paths[split.right] = [*paths[node], (node, False)]
    return {~child: path for child, path in paths.items() if child < 0}
