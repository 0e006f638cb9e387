"""LightGBM's text format: what a scoring model may contain, checked before LightGBM reads it.

LightGBM trusts its text files, and a damaged one ends the process. What passes here is a plain
binary model: whole trees of numeric splits that send missing values the way they say.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from features.encoding import FloatArray
from risk.errors import ModelError

_END = "end of trees\n\npandas_categorical:null\n"
_WHOLE = re.compile(r"-?\d{1,10}")
_NUMBER = re.compile(r"-?\d{1,25}(?:\.\d{1,25})?(?:e[+-]?\d{1,3})?")
_INNER = {"split_feature": _WHOLE, "threshold": _NUMBER, "decision_type": _WHOLE} | {
    "left_child": _WHOLE, "right_child": _WHOLE, "internal_count": _WHOLE,
    "split_gain": _NUMBER, "internal_value": _NUMBER, "internal_weight": _NUMBER,
}  # fmt: skip
_LEAF = {"leaf_value": _NUMBER, "leaf_weight": _NUMBER, "leaf_count": _WHOLE}
_SINGLE = ("num_leaves", "num_cat", "is_linear", "shrinkage")
_MISSING_TO_THE_LEFT, _MISSING_TO_THE_RIGHT = "10", "8"  # decision_type: numeric, missing is NaN
_LARGEST = 1e300  # LightGBM's own stand-in for infinity wherever it writes JSON, as for shap


class BoosterText(NamedTuple):
    """The parts of a model text: the lines of its head, and of each tree, in order."""

    head: dict[str, str]
    trees: tuple[dict[str, str], ...]

    def render(self) -> str:
        """The text LightGBM reads; tree sizes follow from the trees."""
        blocks = [f"Tree={number}\n{_lines(tree)}\n\n\n" for number, tree in enumerate(self.trees)]
        sizes = " ".join(str(len(block)) for block in blocks)
        return f"tree\n{_lines({**self.head, 'tree_sizes': sizes})}\n\n{''.join(blocks)}{_END}"


def prepare(text: str) -> str:
    """A freshly trained model's text, ready to be kept.

    Training parameters are left out, since they name threads and not the model. Where a split
    saw no missing value in training, LightGBM would read one as 0; here it goes the way of most
    rows instead, which is also how shap reads it.

    Raises:
        ModelError: A tree has no split, so the features separate nothing.
    """
    trees, _, _ = text.partition("end of trees\n")
    parsed = _parse(trees + _END)
    if not parsed.trees or any(tree["num_leaves"] == "1" for tree in parsed.trees):
        raise ModelError(
            "no feature separates defaulted from repaid applications; check the target column, "
            "or give training more rows"
        )
    return BoosterText(
        parsed.head, tuple(_finite_thresholds(_route_missing(tree)) for tree in parsed.trees)
    ).render()


def check(text: str, directions: Sequence[int]) -> int:
    """Check a stored model's text; `directions` are the monotone constraints it must carry.

    Returns:
        The number of its trees.

    Raises:
        ModelError: The text is not one that `prepare` could have written for these features.
    """
    try:
        parsed = _parse(text)
        _check_head(parsed.head, directions)
        for tree in parsed.trees:
            _check_tree(tree, len(directions))
            _check_monotone(tree, directions)
    except (KeyError, ValueError, OverflowError) as error:
        raise ModelError(f"booster.txt is not a model this version writes ({error})") from error
    if not parsed.trees or parsed.render() != text:
        raise ModelError("booster.txt is not a model this version writes (its trees do not add up)")
    return len(parsed.trees)


def ranked(text: str) -> tuple[str, tuple[FloatArray, ...]]:
    """The same trees over ranks, for code that compares in less than double precision.

    Returns:
        The text with each threshold replaced by its place among its feature's thresholds, and
        those thresholds, rising, by feature. A row goes the same way through both trees once
        each of its values is replaced by the number of thresholds below it.
    """
    parsed = _parse(text)
    splits = [(tree["split_feature"].split(), tree["threshold"].split()) for tree in parsed.trees]
    known = _thresholds(parsed)
    places = [{value: place for place, value in enumerate(each)} for each in known]
    trees = tuple(
        {
            **tree,
            "threshold": " ".join(
                str(places[int(column)][float(value)])
                for column, value in zip(columns, values, strict=True)
            ),
        }
        for tree, (columns, values) in zip(parsed.trees, splits, strict=True)
    )
    return BoosterText(parsed.head, trees).render(), tuple(map(np.array, known))


def thresholds(text: str) -> tuple[FloatArray, ...]:
    """Thresholds of each feature, rising, of a text that `prepare` wrote."""
    return tuple(np.array(each, dtype=np.float64) for each in _thresholds(_parse(text)))


def _thresholds(parsed: BoosterText) -> list[list[float]]:
    known: list[set[float]] = [set() for _ in parsed.head["feature_names"].split()]
    for tree in parsed.trees:
        for column, value in zip(
            tree["split_feature"].split(), tree["threshold"].split(), strict=True
        ):
            known[int(column)].add(float(value))
    return [sorted(each) for each in known]


def feature_names(count: int) -> list[str]:
    """Names inside the booster: LightGBM refuses or changes many characters a column may have."""
    return [f"f{number}" for number in range(count)]


def _parse(text: str) -> BoosterText:
    opening, *blocks = re.split(r"^Tree=\d+\n", text.removesuffix(_END), flags=re.MULTILINE)
    if not text.endswith(_END) or not opening.startswith("tree\n"):
        raise ModelError("booster.txt is cut short; copy the model again from where it was saved")
    head = _keys(opening.removeprefix("tree\n"))
    return BoosterText(head, tuple(_keys(block) for block in blocks))


def _keys(block: str) -> dict[str, str]:
    lines = [line.partition("=") for line in block.split("\n") if line]
    return {key: value for key, _, value in lines}


def _lines(keys: Mapping[str, str]) -> str:
    return "\n".join(f"{key}={value}" for key, value in keys.items())


def _route_missing(tree: dict[str, str]) -> dict[str, str]:
    inner = [int(count) for count in tree["internal_count"].split()]
    leaf = [int(count) for count in tree["leaf_count"].split()]

    def rows(child: str) -> int:
        return inner[int(child)] if int(child) >= 0 else leaf[~int(child)]

    splits = zip(
        tree["decision_type"].split(),
        tree["left_child"].split(),
        tree["right_child"].split(),
        strict=True,
    )
    routed = [
        kind
        if kind in (_MISSING_TO_THE_LEFT, _MISSING_TO_THE_RIGHT)
        else (_MISSING_TO_THE_LEFT if rows(left) >= rows(right) else _MISSING_TO_THE_RIGHT)
        for kind, left, right in splits
    ]
    return {**tree, "decision_type": " ".join(routed)}


def _finite_thresholds(tree: dict[str, str]) -> dict[str, str]:
    """A split that parts only missing values from all others has an infinite threshold."""
    finite = (f"{_LARGEST:g}" if each == "inf" else each for each in tree["threshold"].split())
    return {**tree, "threshold": " ".join(finite)}


def _check_head(head: Mapping[str, str], directions: Sequence[int]) -> None:
    count = len(directions)
    wanted = {
        "version": "v4",
        "num_class": "1",
        "num_tree_per_iteration": "1",
        "label_index": "0",
        "max_feature_idx": str(count - 1),
        "objective": "binary sigmoid:1",
        "feature_names": " ".join(feature_names(count)),
    }
    if any(directions):
        wanted["monotone_constraints"] = " ".join(str(each) for each in directions)
    for key, value in wanted.items():
        if head[key] != value:
            raise ValueError(f"{key} is not what the dictionary's features need")
    if set(head) != {*wanted, "feature_infos", "tree_sizes"}:
        raise ValueError("it has lines of another kind of model")
    if len(head["feature_infos"].split(" ")) != count:
        raise ValueError("feature_infos has another number of features")


def _check_tree(tree: Mapping[str, str], features: int) -> None:
    if set(tree) != {*_INNER, *_LEAF, *_SINGLE}:
        raise ValueError("a tree has other lines than it should")
    leaves = int(tree["num_leaves"])
    if leaves < 2 or (tree["num_cat"], tree["is_linear"]) != ("0", "0"):
        raise ValueError("a tree is of another kind")
    for keys, size in ((_INNER, leaves - 1), (_LEAF, leaves)):
        for key, pattern in keys.items():
            _check_numbers(key, tree[key], pattern, size)
    _check_numbers("shrinkage", tree["shrinkage"], _NUMBER, 1)
    if any(not 0 <= int(each) < features for each in tree["split_feature"].split(" ")):
        raise ValueError("split_feature names no feature")
    if not set(tree["decision_type"].split(" ")) <= {_MISSING_TO_THE_LEFT, _MISSING_TO_THE_RIGHT}:
        raise ValueError("decision_type is of another kind of split")
    _check_shape(tree, leaves)


def _check_numbers(key: str, line: str, pattern: re.Pattern[str], size: int) -> None:
    values = line.split(" ")
    if len(values) != size or not all(pattern.fullmatch(value) for value in values):
        raise ValueError(f"{key} does not hold {size} numbers")
    if any(abs(float(value)) > _LARGEST for value in values):
        raise ValueError(f"{key} holds a number out of range")


def _check_shape(tree: Mapping[str, str], leaves: int) -> None:
    """Every inner node but the root, and every leaf, is the child of exactly one earlier node."""
    children = [
        (node, int(child))
        for side in ("left_child", "right_child")
        for node, child in enumerate(tree[side].split(" "))
    ]
    if sorted(child for _, child in children) != [*range(-leaves, 0), *range(1, leaves - 1)]:
        raise ValueError("a tree has a node twice or not at all")
    if any(0 <= child <= node for node, child in children):
        raise ValueError("a tree runs in a circle")


def _check_monotone(tree: Mapping[str, str], directions: Sequence[int]) -> None:
    """At each split on a constrained feature no leaf of the safer side is above the riskier one's.

    This proves the tree monotone for every row, missing values in other features included.
    """
    leaves = [(float(value),) * 2 for value in tree["leaf_value"].split(" ")]
    sides = [
        [int(child) for child in tree[key].split(" ")] for key in ("left_child", "right_child")
    ]
    features = [int(column) for column in tree["split_feature"].split(" ")]
    ranges: dict[int, tuple[float, float]] = {~place: leaf for place, leaf in enumerate(leaves)}
    # Children stand after their parent, so each subtree is known when its parent is reached.
    for node in reversed(range(len(features))):
        left, right = ranges[sides[0][node]], ranges[sides[1][node]]
        safer, riskier = (left, right) if directions[features[node]] > 0 else (right, left)
        if directions[features[node]] and safer[1] > riskier[0]:
            raise ValueError("a tree is not monotone where the dictionary says it is")
        ranges[node] = (min(left[0], right[0]), max(left[1], right[1]))
