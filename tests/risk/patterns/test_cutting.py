from typing import Any

import pytest
from hypothesis import given, settings

from risk.patterns import Forest
from risk.patterns.cutting import NO_HIGH, NO_LOW, Costs, cut
from tests.risk.patterns.conftest import KINDS, trained


@settings(max_examples=30)
@given(KINDS)
@pytest.mark.parametrize(
    "costs", [Costs(gated=True), Costs(gated=False), Costs(gated=False, patterns=4)]
)
def test_each_leaf_is_in_one_piece(costs: Costs, kind: dict[str, Any]) -> None:
    forest = Forest.of(trained(**kind).text)
    for tree in forest.trees:
        pieces = cut(tree, forest.columns, costs)
        leaves = [leaf.value for piece in pieces for leaf in piece.leaves]
        assert sorted(leaves) == sorted(tree.leaves)


@settings(max_examples=30)
@given(KINDS)
def test_bounds_are_never_empty_and_gated_leaves_ask_no_more_than_others(
    kind: dict[str, Any],
) -> None:
    forest = Forest.of(trained(**kind).text)
    for tree in forest.trees:
        for gated in (True, False):
            for piece in cut(tree, forest.columns, Costs(gated=gated)):
                for leaf in piece.leaves:
                    for column, (low, high) in leaf.bounds.items():
                        assert NO_LOW <= low < high <= NO_HIGH
                        above = piece.above.get(column, (NO_LOW, NO_HIGH))
                        assert not gated or low != above[0] or low == NO_LOW


def test_larger_pieces_are_fewer() -> None:
    forest = Forest.of(trained(leaves=31, features=6, rows=3000).text)
    small, large = (
        sum(len(cut(tree, forest.columns, Costs(gated=False, patterns=n))) for tree in forest.trees)
        for n in (8, 512)
    )
    assert large < small
