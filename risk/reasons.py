"""Reason codes: which fields raise an application's risk over that of approved applicants.

Contributions are interventional Shapley values in raw log-odds against a frozen reference set
(Nair et al. 2022, arXiv 2204.12365). Fields of one group speak with one voice.
"""

import warnings
from typing import Literal, NamedTuple, Protocol

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from features.dictionary import DataDictionary
from features.encoding import FloatArray
from features.language import Language, catalogue
from risk import booster_text
from risk.errors import ModelError

TOLERANCE = 1e-6
"""Log-odds within which contributions must add up; a smaller one has no meaningful sign."""

BLOCK = 2_000_000
"""Rows x references x trees that shap works through in one call."""


class Attribution(Protocol):
    """Where contributions come from."""

    def contributions(self, x: FloatArray) -> FloatArray:
        """Log-odds each column adds over the mean of the reference, shape (n, p)."""


class ShapAttribution:
    """shap's exact interventional values; its cost is rows x references x trees.

    Args:
        booster: LightGBM's text, as `risk.booster_text` checks it.
        reference: The frozen reference set, shape (m, p).
    """

    def __init__(self, booster: str, reference: FloatArray) -> None:
        """Read the trees once; this is where shap is imported."""
        # shap compares in single precision, which sends values close to a threshold the wrong
        # way and confuses amounts above 16,777,216; ranks are small whole numbers.
        text, self._thresholds = booster_text.ranked(booster)
        with warnings.catch_warnings():
            # shap's own imports still use names that its dependencies have deprecated.
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
            import shap

        ranks = self._ranks(reference)
        # Without the masker shap silently keeps 100 rows of the reference.
        masker = shap.maskers.Independent(ranks, max_samples=len(ranks))
        self._explainer = shap.TreeExplainer(
            lgb.Booster(model_str=text),
            masker,
            feature_perturbation="interventional",
            model_output="raw",
        )
        # shap draws a progress bar on stderr in any call of over 10 s; a block takes about one.
        self._rows = max(1, BLOCK // (len(reference) * len(self._explainer.model.values)))

    def contributions(self, x: FloatArray) -> FloatArray:
        """Log-odds each column adds over the mean of the reference, shape (n, p)."""
        blocks = range(0, len(x), self._rows)
        parts = [self._block(x[start : start + self._rows]) for start in blocks]
        return np.concatenate([np.empty((0, x.shape[1])), *parts])

    def _block(self, x: FloatArray) -> FloatArray:
        # The caller checks additivity against the booster itself, and more strictly than shap.
        values = self._explainer.shap_values(self._ranks(x), check_additivity=False)
        return np.asarray(values, dtype=np.float64)

    def _ranks(self, x: FloatArray) -> FloatArray:
        """Each value as the number of thresholds below it; NaN stays NaN."""
        ranks = np.empty(x.shape)
        for column, thresholds in enumerate(self._thresholds):
            values = x[:, column]
            ranks[:, column] = np.searchsorted(thresholds, values, side="left")
            ranks[np.isnan(values), column] = np.nan
        return ranks


def check_additivity(contributions: FloatArray, base: float, raw: FloatArray) -> None:
    """Refuse contributions that do not add up to the raw log-odds of their rows.

    Raises:
        ModelError: A row is off by more than `TOLERANCE`.
    """
    gap = np.abs(base + contributions.sum(axis=1) - raw)
    # Written so that a NaN counts as a gap.
    if not (gap <= TOLERANCE).all():
        raise ModelError(
            f"contributions miss the score by up to {gap.max():.2g} log-odds (limit {TOLERANCE:g});"
            " no reason can be trusted: load the model again from where it was saved"
        )


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


def reasons(
    contributions: FloatArray,
    x: FloatArray,
    dictionary: DataDictionary,
    count: int,
    side: Literal["adverse", "protective"] = "adverse",
) -> Reasons:
    """Rank contributions by code; only those on the asked side of zero count.

    Args:
        contributions: Log-odds by feature, shape (n, p).
        x: The rows they belong to, same shape.
        dictionary: Names, groups and order of the p features.
        count: Most reasons a row can have.
        side: `adverse` ranks what raises the risk, `protective` what lowers it.

    Returns:
        Contributions below `TOLERANCE` are dropped; ties keep the order of the dictionary.
    """
    members = groups(dictionary)
    sign = 1.0 if side == "adverse" else -1.0
    signed = sign * contributions
    # Summed column by column: a matrix product may round differently for other batch sizes.
    sums = [
        sum((signed[:, j] for j in columns[1:]), signed[:, columns[0]])
        for columns in members.values()
    ]
    leads = [np.array(columns)[signed[:, columns].argmax(axis=1)] for columns in members.values()]
    values, lead = np.column_stack(sums), np.column_stack(leads)
    order = np.argsort(-values, axis=1, kind="stable")[:, :count]
    top = np.take_along_axis(values, order, axis=1)
    field = np.take_along_axis(lead, order, axis=1)
    named = top > TOLERANCE
    codes = np.array([*members], dtype=object)[order]
    names = np.array([feature.name for feature in dictionary.features], dtype=object)[field]
    missing = np.isnan(np.take_along_axis(x, field, axis=1)) & named
    found = Reasons(
        np.where(named, codes, ""), np.where(named, names, ""),
        np.where(named, sign * top, np.nan), missing,
    )  # fmt: skip
    return _widened(found, count)


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


def wording(
    code: str, field: str, dictionary: DataDictionary, language: Language, *, missing: bool
) -> str:
    """An adverse reason in words: the dictionary's own, or one that names field and direction.

    A missing value is always said to be missing, since a wording such as "income too low" would
    be wrong about it.
    """
    if missing:
        label = dictionary[field].label.in_(language)
        return catalogue("risk").text(language, "reason.missing", label=label)
    entry = dictionary.groups[code] if code in dictionary.groups else dictionary[code]
    if entry.reason is not None:
        return entry.reason.in_(language)
    label = entry.label.in_(language)
    return catalogue("risk").text(language, "reason.raises", label=label)


def _widened(found: Reasons, count: int) -> Reasons:
    """Pad to `count` columns where the dictionary has fewer codes than that."""
    rows, width = found.codes.shape
    if width == count:
        return found
    texts = np.full((rows, count - width), "", dtype=object)
    numbers = np.full((rows, count - width), np.nan)
    return Reasons(
        np.hstack([found.codes, texts]),
        np.hstack([found.fields, texts]),
        np.hstack([found.values, numbers]),
        np.hstack([found.missing, np.zeros(texts.shape, dtype=bool)]),
    )
