"""Which values of a target mean default and which mean repaid: a guess for the draft."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from features.drafting.naming import suggests
from features.drafting.profile import MOST_LEVELS, Profile
from features.encoding import FloatArray
from features.errors import DataError


class Outcome(NamedTuple):
    """The guess.

    Attributes:
        values: 1 for bad, 0 for good, NaN for the rest, shape (n,).
        bad: Values that mean default.
        good: Values that mean repaid.
        rest: Values that were not told apart.
    """

    values: FloatArray
    bad: tuple[str, ...]
    good: tuple[str, ...]
    rest: tuple[str, ...]


def guess(target: Profile) -> Outcome:
    """Tell bad from good by the words of the values, and failing that by their frequency.

    Of two values without words the rarer is bad, as defaults are rare, unless the column's name
    speaks of good outcomes; of two about equally frequent ones, the larger. Of more, only those
    told by words are used, or the lowest and the highest number, or the two most frequent.

    Raises:
        DataError: The target has one value, or too many to be an outcome.
    """
    values = tuple(target.counts.index.astype(str))
    if not 2 <= len(values) <= MOST_LEVELS:
        raise DataError(
            f'the target "{target.name}" has {len(values)} different values; an outcome needs at '
            f"least 2 and at most {MOST_LEVELS}, so name another column or widen the sample"
        )
    bad, good = _by_words(target.name, values)
    if not bad or not good:
        bad, good = _by_elimination(values, bad, good) or _by_frequency(target)
    flags = target.text.map({**dict.fromkeys(bad, 1.0), **dict.fromkeys(good, 0.0)})
    rest = tuple(v for v in values if v not in bad and v not in good)
    outcome = np.asarray(flags.to_numpy(np.float64, na_value=np.nan), np.float64)
    return Outcome(outcome, bad, good, rest)


def _by_words(name: str, values: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # "yes" is good news under a name like "repaid".
    answers = {"yes", "no", "y", "n", "true", "false", "是", "否", "ja", "nein", "t", "f"}
    flipped = suggests(name, "good_name") and {v.lower() for v in values} <= answers
    # "Paid, does not meet the policy" is good: negated words are looked for before plain ones.
    bad = tuple(v for v in values if suggests(v, "bad_value") and not _negated(v))
    good = tuple(v for v in values if suggests(v, "good_value") and v not in bad)
    return (good, bad) if flipped else (bad, good)


def _negated(value: str) -> bool:
    return suggests(value, "negated_bad")


def _by_elimination(
    values: Sequence[str], bad: tuple[str, ...], good: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Of two values with one told by its words, the other is the opposite."""
    if len(values) != 2 or len(bad) + len(good) != 1:
        return None
    other = tuple(v for v in values if v not in bad and v not in good)
    return (bad or other), (good or other)


def _by_frequency(target: Profile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    values = list(target.counts.index.astype(str))
    if len(values) > 2 and target.number is not None:
        ordered = sorted(values, key=float)
        return (ordered[-1],), (ordered[0],)
    first, second = values[:2]
    share = float(target.counts.iloc[1] / target.counts.iloc[:2].sum())
    if share < 0.4:
        return (second,), (first,)
    larger, smaller = max(first, second), min(first, second)
    if suggests(target.name, "good_name"):
        larger, smaller = smaller, larger
    return (larger,), (smaller,)
