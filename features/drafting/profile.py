"""One column of a sample as it is: what its values are, without the outcome and without advice.

What to do with a column is `features.drafting.draft`. Only notations that `features.reading` reads
count as numbers and dates, so that a drafted dictionary accepts the sample it was drafted from.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.dictionary import Kind, Personal
from features.drafting.naming import suggests
from features.drafting.personal import personal_kind
from features.encoding import FloatArray
from features.reading import dates, numbers, texts

MOST_LEVELS = 50
MOST_STRAY_TOKENS = 5
LONGEST_COUNT = 1000
_SEEN = 2000  # distinct values looked at for notations and personal data

# Texts that stand for a missing value where they are all that keeps a column from being numeric.
_ABSENT = re.compile(
    r"[-–—./?*#\\]*|\\N|#?n\.?/?a\.?|nil|none|null|missing|unknown|unbekannt|未知|不详|无|缺失|空",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s*(?P<before>[¥￥$€£]?)\s*[+-]?\d[\d,]*(?:\.\d+)?\s*(?P<after>[^\d\s.,:/\-+][^\d]{0,11})?\s*"
)
_OTHER_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%b-%Y", "%b %Y", "%d-%b-%Y", "%d %b %Y",
    "%b %d, %Y", "%B %d, %Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%b-%y", "%d-%b-%y", "%y-%b",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
)  # fmt: skip
_REPEATED = frozenset(
    float(sign + digit * length)
    for sign, shortest in (("", 2), ("-", 1))
    for digit in "789"
    for length in range(shortest, 10)
)
_NINETIES = frozenset(float(base + i) for base in (990, 9990, 99990) for i in range(10))
_CODES = _REPEATED | _NINETIES | {-1.0, 96.0, 97.0, 98.0}


class Unit(NamedTuple):
    """Text around a number, as in "36 months" or "¥3,000"."""

    text: str
    example: str


@dataclass(frozen=True)
class Profile:
    """One column.

    Attributes:
        name: Its name.
        kind: How its values can be read.
        text: The values as text, NaN where missing, n rows.
        number: The values as numbers, NaN where missing; None unless `kind` is numeric.
        moment: The values as datetime64[s]; None unless `kind` is "date".
        special: Repeated sentinel values far outside the rest.
        stray: Texts that kept a column from being numeric, or a date, and stand for missing.
        unit: Set on text that is numbers with a unit.
        notation: Set on text that is dates in a notation that is not read: an example.
        stored_as_text: Whether numbers came as text.
    """

    name: str
    kind: Kind
    text: pd.Series
    number: FloatArray | None = None
    moment: npt.NDArray[np.datetime64] | None = None
    special: tuple[float, ...] = ()
    stray: tuple[str, ...] = ()
    unit: Unit | None = None
    notation: str = ""
    stored_as_text: bool = False

    @cached_property
    def counts(self) -> "pd.Series[int]":
        """Rows of each distinct text, most frequent first."""
        return self.text.value_counts()

    @property
    def rows(self) -> int:
        """Rows of the sample."""
        return len(self.text)

    @property
    def filled(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum())

    @cached_property
    def measured(self) -> FloatArray | None:
        """The numbers with special codes as NaN, or None."""
        if self.number is None:
            return None
        return np.where(np.isin(self.number, self.special), np.nan, self.number)

    @cached_property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.rows and len(self.counts) == self.rows

    @cached_property
    def counter(self) -> bool:
        """Whether whole numbers rise from row to row, as row numbers do."""
        if self.number is None or self.rows < 20 or np.isnan(self.number).any():
            return False
        whole = bool((self.number == np.floor(self.number)).all())
        return whole and bool((np.diff(self.number) > 0).all())

    @cached_property
    def personal(self) -> Personal:
        """What kind of personal data the values look like, whatever the column is called."""
        return personal_kind(self.counts.index[:_SEEN].astype(str).tolist())

    @cached_property
    def long_text(self) -> bool:
        """Whether the values are prose; a Chinese character counts as two letters."""
        seen = self.counts.index[:_SEEN].astype(str)
        widths = [len(s) + sum("\u4e00" <= c <= "\u9fff" for c in s) for s in seen]
        return bool(widths) and len(self.counts) > 20 and float(np.median(widths)) >= 40


def profile(values: pd.Series, name: str, missing: tuple[str, ...]) -> Profile:
    """Look at one column of any dtype; `missing` are the texts that mean a missing value."""
    text = texts(values)
    text = text.mask(text.isin(missing))
    typed = pd.api.types.is_numeric_dtype(values.dtype)
    as_date = _as_dates(values, text, missing) if _dated(text, name) else None
    if as_date is not None:
        moment, stray = as_date
        text = text.mask(text.isin(stray))
        return Profile(name, "date", text, moment=moment, stray=stray)
    found = _as_numbers(values, text, missing)
    if found is not None and found[0].size and not _codes_of_zeros(text):
        number, stray = found
        kind: Kind = "integer" if _counts(number) else "number"
        text = text.mask(text.isin(stray))
        special = special_codes(number)
        return Profile(name, kind, text, number, None, special, stray, stored_as_text=not typed)
    distinct = text.dropna().unique().astype(str)
    kind = "category" if 0 < len(distinct) <= MOST_LEVELS else "text"
    return Profile(name, kind, text, unit=_unit(distinct), notation=_other_dates(distinct))


def special_codes(number: FloatArray) -> tuple[float, ...]:
    """Repeated sentinel values, such as -9 or 98, that stand far outside all others.

    A code must repeat; one above the rest must stand off by more than half of their range, one
    below must be the only sort of negative value. -1 counts only beside much larger values.

    Example:
        >>> special_codes(np.array([0.0, 1, 2, 5, 96, 96, 98, 98, 98] * 3))
        (96.0, 98.0)
    """
    values, counts = np.unique(number[~np.isnan(number)], return_counts=True)
    coded = np.isin(values, list(_CODES))
    rest = values[~coded]
    if not coded.any() or len(rest) < 2:
        return ()
    low, high = float(rest[0]), float(rest[-1])
    reach = max(high - low, 1.0)
    above = (values > high + reach / 2) & (values - high > 3)
    below = (values < 0) & (low >= 0) & ((values <= -7) | (high >= 50))
    repeated = counts >= (3 if len(number) >= 100 else 2)
    return tuple(values[coded & (above | below) & repeated].tolist())


def level_order(level: str) -> tuple[str, float, bool, str]:
    """Sort key of a level: "A2" before "A10", "< 1 year" before "1 year"."""
    plain = level.strip().lower()
    found = re.match(r"([^\d]*?)(\d+(?:\.\d+)?)", plain.lstrip("<>≤≥=~+ "))
    if found is None:
        return (plain, -1.0, False, level)
    return (found[1].strip(), float(found[2]), not plain.startswith(("<", "≤")), level)


def _as_dates(
    values: pd.Series, text: pd.Series, missing: tuple[str, ...]
) -> tuple[npt.NDArray[np.datetime64], tuple[str, ...]] | None:
    if not text.notna().any():
        return None
    moment, broken = dates(values, missing)
    stray = _strays(text, broken)
    return None if stray is None or np.isnat(moment).all() else (moment, stray)


def _dated(text: pd.Series, name: str) -> bool:
    """Whether values can be dates; digits only as 20240131, or 202401 under such a name."""
    distinct = pd.Series(text.dropna().unique(), dtype="str")
    if not distinct.str.fullmatch(r"[+-]?[\d.,]+(e[+-]?\d+)?").all():
        return True
    if distinct.str.fullmatch(r"(19|20)\d{6}").all():
        return len(distinct) >= 5 or suggests(name, "date")
    return suggests(name, "date") and bool(distinct.str.fullmatch(r"(19|20)\d{4}").all())


def _as_numbers(
    values: pd.Series, text: pd.Series, missing: tuple[str, ...]
) -> tuple[FloatArray, tuple[str, ...]] | None:
    number, broken = numbers(values, missing)
    number = np.where(np.isinf(number), np.nan, number)
    stray = _strays(text, broken)
    return None if stray is None or np.isnan(number).all() else (number, stray)


def _strays(text: pd.Series, broken: npt.NDArray[np.bool_]) -> tuple[str, ...] | None:
    """The unreadable texts, where they are few and look like words for "missing"; else None."""
    if not broken.any():
        return ()
    stray = text[broken].unique().astype(str)
    meant = len(stray) <= MOST_STRAY_TOKENS and all(_ABSENT.fullmatch(s) for s in stray)
    return tuple(stray) if meant and broken.sum() < text.notna().sum() else None


def _codes_of_zeros(text: pd.Series) -> bool:
    """Whether text such as "007" would lose its zeros as a number."""
    distinct = pd.Series(text.dropna().unique(), dtype="str")
    return bool(distinct.str.match(r"0\d").mean() > 0.01)


def _counts(number: FloatArray) -> bool:
    """Whether values are whole and small: counts, months, years, codes, but not amounts."""
    rest = np.unique(number[~np.isnan(number)])
    rest = rest[~np.isin(rest, special_codes(number))]
    return bool((rest == np.floor(rest)).all()) and bool((np.abs(rest) <= LONGEST_COUNT).all())


def _unit(distinct: npt.NDArray[np.str_]) -> Unit | None:
    seen = distinct[:_SEEN]
    found = [m for s in seen if (m := _UNIT.fullmatch(s)) and (m["before"] or m["after"])]
    units = {(m["before"] + (m["after"] or "")).strip() for m in found}
    if any(re.fullmatch(r"[xX*]+", unit) for unit in units):
        return None  # digits masked on purpose
    # "month" and "months" are one unit; a different word for each value is none.
    if len(found) < 2 or len(found) < 0.8 * len(seen) or len(units) > 3:
        return None
    return Unit(max(units, key=len), found[0].group().strip())


def _other_dates(distinct: npt.NDArray[np.str_]) -> str:
    """An example of dates in a notation that is not read, or an empty text."""
    seen = pd.Series(distinct[:200])
    if len(seen) < 3 or not seen.str.contains(r"\d").all() or seen.str.len().max() > 25:
        return ""
    for notation in _OTHER_DATES:
        if pd.to_datetime(seen, format=notation, errors="coerce").notna().all():
            return str(seen.iloc[0])
    return ""
