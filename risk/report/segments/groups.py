"""Rows parted by a field: the segments of what a model sees, and the groups of what it must not.

Levels of a category stay as they are; numbers are cut into bins of about one size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from features.binning import Bins, IntArray, quantile_bins
from features.dictionary import DataDictionary, Field
from features.encoding import FloatArray, encode
from features.language import Text, catalogue
from risk.display import shown
from risk.report.evidence import Mask, Part
from risk.report.limits import ValidationLimits

ONE_GROUP, NOT_IN_ROWS = "one-group", "not-in-rows"
"""Why a field has no groups to compare: keys `because.<key>` of the catalogue."""
_BINS, _BANDS = 5, 4
_NAMED = 3  # of the groups that are too small
_MISSING, _POOLED = "", "*"


@dataclass(frozen=True)
class Cut:
    """Rows parted by one field, into k parts.

    Attributes:
        field: By which.
        keys: Each part as a bank writes it into its configuration, k of them.
        place: Part of each row, shape (n,); -1 where it belongs to none.
    """

    field: Field
    keys: tuple[str, ...]
    place: IntArray

    @property
    def rows(self) -> IntArray:
        """Rows of each part, shape (k,)."""
        return np.bincount(self.place[self.place >= 0], minlength=len(self.keys))

    def name(self, part: int) -> Text:
        """A part as people call it."""
        key = self.keys[part]
        if key == _POOLED:
            return catalogue("risk.report").texts["word.small_groups"]
        if key == _MISSING or not _banded(self.field):
            return shown(self.field, key or None)
        return Text(zh=key, en=key)

    def whole_name(self, part: int) -> Text:
        """A part with its field in front."""
        field, name = self.field.label, self.name(part)
        return Text(zh=f"{field.zh}：{name.zh}", en=f"{field.en}: {name.en}")

    def only(self, kept: Mask) -> "Cut":
        """Some of the parts, shape (k,); rows of the others belong to none."""
        places = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        keys = tuple(key for key, keep in zip(self.keys, kept, strict=True) if keep)
        return Cut(self.field, keys, places[self.place])

    def pooled(self, kept: Mask) -> "Cut":
        """Some of the parts, and the others as one more, the last."""
        only = self.only(kept)
        others = (only.place < 0) & (self.place >= 0)
        return Cut(self.field, (*only.keys, _POOLED), np.where(others, len(only.keys), only.place))


@dataclass(frozen=True)
class Groups:
    """The groups of a protected field that are large enough to compare.

    Attributes:
        cut: The groups.
        reference: Part of it that the others are held against.
        small: Groups that were too small to stand alone.
        called: The largest of them by name.
        left_out: Rows of no group: all small ones together are still too few.
        absent: The reference that was asked for, where no group large enough is called so.
    """

    cut: Cut
    reference: int
    small: int = 0
    called: tuple[Text, ...] = ()
    left_out: int = 0
    absent: str = ""


def segments(part: Part, dictionary: DataDictionary) -> dict[str, Cut]:
    """The rows parted by each of the model's fields that parts them at all."""
    x = encode(part.rows, dictionary) if part.x is None else part.x
    cuts = (_segmented(field, x[:, n]) for n, field in enumerate(dictionary.features))
    return {cut.field.name: cut for cut in cuts if len(cut.keys) > 1}


def grouped(field: Field, rows: pd.DataFrame, limits: ValidationLimits) -> Groups | str:
    """The rows parted by a protected field, or why there is nothing to compare."""
    if field.name not in rows:
        return NOT_IN_ROWS
    cut = _protected(field, rows[field.name], limits.bands.get(field.name, ()))
    kept = cut.rows >= limits.least_rows
    small, few = int((~kept).sum()), int(cut.rows[~kept].sum())
    called = _largest(cut.only(~kept))
    pooled = small > 1 and few >= limits.least_rows
    cut = cut.pooled(kept) if pooled else cut.only(kept)
    if len(cut.keys) < 2:
        return ONE_GROUP
    asked = limits.references.get(field.name, "")
    absent = "" if asked in cut.keys else asked
    return Groups(cut, _reference(cut, asked), small, called, 0 if pooled else few, absent)


def _largest(cut: Cut) -> tuple[Text, ...]:
    """Names of the largest parts."""
    order = np.argsort(-cut.rows, kind="stable")
    return tuple(cut.name(part) for part in order[:_NAMED])


def _reference(cut: Cut, asked: str) -> int:
    """The group that is asked for, or else the largest of those that have a name of their own."""
    if asked and asked in cut.keys:
        return cut.keys.index(asked)
    own = np.array([key not in (_MISSING, _POOLED) for key in cut.keys])
    return int(np.argmax(cut.rows * own if own.any() else cut.rows))


def _segmented(field: Field, values: FloatArray) -> Cut:
    if field.type != "category":
        return _in_bins(field, values, ())
    place = np.where(np.isnan(values), len(field.levels), values)
    return _occurring(Cut(field, (*field.levels, _MISSING), place.astype(np.int64)))


def _protected(field: Field, column: pd.Series, bands: Sequence[float]) -> Cut:
    if _banded(field):
        return _in_bins(field, _measured(field, column), bands, _BANDS)
    place, levels = pd.factorize(column.astype(object))
    keys = (*(str(level) for level in levels), _MISSING)
    return _occurring(Cut(field, keys, np.where(place < 0, len(levels), place).astype(np.int64)))


def _banded(field: Field) -> bool:
    return field.numeric or field.type == "date"


def _measured(field: Field, column: pd.Series) -> FloatArray:
    """A protected number, or the year of a protected date; NaN where it is no measurement."""
    if field.type == "date":
        dates = pd.to_datetime(column, errors="coerce")
        return np.asarray(dates.dt.year, np.float64)
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isin(values, [float(code) for code in field.special]), np.nan, values)


def _in_bins(field: Field, values: FloatArray, bounds: Sequence[float], count: int = _BINS) -> Cut:
    """Numbers by the bounds given, or else by quantiles."""
    if np.isnan(values).all():
        return Cut(field, (_MISSING,), np.zeros(len(values), np.int64))
    bins = Bins(edges=tuple(bounds)) if bounds else quantile_bins(values, count)
    edges = _written(bins.edges)
    inner = [f"({low}, {high}]" for low, high in pairwise(edges)]
    keys = (f"≤ {edges[0]}", *inner, f"> {edges[-1]}") if edges else ("-",)
    return _occurring(Cut(field, (*keys, _MISSING), bins.assign(values)))


def _written(edges: Sequence[float]) -> list[str]:
    """Bounds with four decimals at most, or with all that they need to differ."""
    short = [np.format_float_positional(edge, precision=4, trim="-") for edge in edges]
    if len(set(short)) == len(short):
        return short
    return [np.format_float_positional(edge, trim="-") for edge in edges]


def _occurring(cut: Cut) -> Cut:
    return cut.only(cut.rows > 0)


def listed(names: Sequence[Text], *, more: bool = False) -> Text:
    """Names one after the other; `more` says that these are not all.

    Example:
        >>> listed([Text(zh="甲", en="a"), Text(zh="乙", en="b")], more=True)
        Text(zh='甲、乙…', en='a, b ...')
    """
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    return Text(zh=f"{zh}…", en=f"{en} ...") if more else Text(zh=zh, en=en)
