"""Reason codes: which fields raise an application's risk over that of approved applicants.

Contributions come from `risk.attribution`. Fields of one group speak with one voice.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from risk.attribution import TOLERANCE
from risk.errors import ModelError
from risk.ranking import NONE, Ranked, rank

Side = Literal["adverse", "protective"]


class Reasons(NamedTuple):
    """The largest contributions of each row, the largest first; shape (n, count) each.

    Attributes:
        codes: Key of a group, or name of a field; empty where a row has fewer reasons.
        fields: The member that contributes most to the code.
        values: Log-odds of the whole code, NaN where there is none.
        missing: Whether the leading field has no value in that row.
    """

    codes: NDArray[np.object_]
    fields: NDArray[np.object_]
    values: FloatArray
    missing: NDArray[np.bool_]


def ranked(
    contributions: FloatArray, dictionary: DataDictionary, count: int, side: Side = "adverse"
) -> Ranked:
    """Reason codes as places in `groups`; only contributions on the asked side of zero count.

    Args:
        contributions: Log-odds by feature, shape (n, p).
        dictionary: Names, groups and order of the p features.
        count: Most reasons a row can have.
        side: `adverse` ranks what raises the risk, `protective` what lowers it.

    Returns:
        Contributions below `TOLERANCE` are dropped; ties keep the order of the dictionary.
    """
    sign = 1.0 if side == "adverse" else -1.0
    members = [*groups(dictionary).values()]
    return rank(contributions, members, count, sign=sign, least=TOLERANCE)


def reasons(
    contributions: FloatArray,
    x: FloatArray,
    dictionary: DataDictionary,
    count: int,
    side: Side = "adverse",
) -> Reasons:
    """As `ranked`, with names in place of places, for a few rows.

    Args:
        contributions: Log-odds by feature, shape (n, p).
        x: The rows they belong to, same shape.
        dictionary: Names, groups and order of the p features.
        count: Most reasons a row can have.
        side: As in `ranked`.
    """
    found = ranked(contributions, dictionary, count, side)
    leads, rows = found.leads.T, np.arange(len(x))[:, None]
    return Reasons(
        _named(found.groups.T, [*groups(dictionary)]),
        _named(leads, [feature.name for feature in dictionary.features]),
        found.values.T,
        np.isnan(x[rows, leads]) & (leads != NONE),
    )


def _named(places: NDArray[np.int32], names: Sequence[str]) -> NDArray[np.object_]:
    """Names by place, empty where there is none."""
    return np.array([*names, ""], dtype=object)[places]


def groups(dictionary: DataDictionary) -> dict[str, list[int]]:
    """Matrix columns behind each reason code, codes in the order of their first field.

    Raises:
        ModelError: A group's key is also the name of a feature outside it.
    """
    members: dict[str, list[int]] = {}
    for column, feature in enumerate(dictionary.features):
        members.setdefault(feature.group or feature.name, []).append(column)
    for feature in dictionary.features:
        if feature.name in dictionary.groups and feature.group != feature.name:
            raise ModelError(
                f'"{feature.name}" is both a field and a group; rename the group in dictionary.toml'
            )
    return members
