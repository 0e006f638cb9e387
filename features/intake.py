"""A batch as it was read, checked against the data dictionary: typed rows, and refused ones.

Knows neither files nor models. The rules themselves are `features.rules`; a row that breaks one
becomes a record and never an exception.
"""

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.dictionary import DataDictionary, Field, Role
from features.errors import DataError
from features.reading import Mask, texts
from features.rules import Rule, read

__all__ = ["IdLedger", "Intake", "Purpose", "Rule", "check"]

Purpose = Literal["score", "train"]

VALUE_LENGTH = 200
_BINDING = (Role.ID, Role.DATE, Role.FEATURE)


class Intake(NamedTuple):
    """One checked batch; every row of it is in exactly one of the two frames.

    Attributes:
        accepted: One line a row. The index is the source row number (int64, named "row"); then
            `application_id` and the dictionary's columns that were in the batch, in dictionary
            order: numbers float64 with their special codes, dates datetime64[s], all else `str`,
            the target 1.0 for bad and 0.0 for good.
        rejected: One line a broken rule: row, application_id, field, rule and value, the last as
            text of at most 200 characters.
    """

    accepted: pd.DataFrame
    rejected: pd.DataFrame


def check(
    frame: pd.DataFrame,
    dictionary: DataDictionary,
    *,
    first_row: int = 1,
    rows: npt.ArrayLike | None = None,
    purpose: Purpose = "score",
    binding: Collection[str] = (),
) -> Intake:
    """Type one batch by its dictionary and part the rows that break a rule.

    Only values that a score or an outcome rests on can break a row: those of the id, the
    application date, features, parts of formulas and required fields, and to train those of the
    target. An unreadable value of any other field, a protected one above all, counts as missing.
    To train, a row also needs its application date where the dictionary has one.

    Args:
        frame: Rows with any index, dtypes and further columns; further columns are left out.
        dictionary: What the columns are and may hold.
        first_row: Source row number of the first row.
        rows: Source row number of each row, where they do not follow each other.
        purpose: `train` needs a determined outcome in every row; `score` needs none, and leaves
            an undetermined outcome missing.

        binding: Names of further fields whose unreadable values break a row, such as those that
            hard rules look at.

    Returns:
        The accepted rows and the broken rules.

    Raises:
        DataError: Columns are missing or stand twice, or ids were read as floating-point numbers
            too long to have kept their digits.
    """
    _require(frame, dictionary, purpose)
    frame = frame.reset_index(drop=True)
    if rows is None:
        rows = np.arange(first_row, first_row + len(frame))
    rows = np.asarray(rows, np.int64)
    unnamed = pd.Series("row-" + pd.Series(rows, dtype="int64").astype("str"), dtype="str")
    data: dict[str, pd.Series] = {"application_id": unnamed}
    broken: list[pd.DataFrame] = []
    accept = np.ones(len(frame), bool)
    for field in dictionary.fields:
        if field.formula or field.name not in frame.columns:
            continue
        column = read(frame[field.name], field, dictionary)
        name = "application_id" if field.role == Role.ID else field.name
        data[name] = column.values
        if field.role == Role.ID:
            data[name] = column.values.fillna(unnamed)
        for rule, mask in column.broken.items():
            binds = field.name in binding and rule is not Rule.MISSING_VALUE
            if mask.any() and (binds or _binds(rule, field, dictionary, purpose)):
                accept &= ~mask
                broken.append(_lines(frame[field.name], mask, field.name, rule))
    ids = data["application_id"]
    accepted = pd.DataFrame(data, copy=False).set_axis(pd.Index(rows, name="row"))
    return Intake(accepted if accept.all() else accepted[accept], _rejected(broken, rows, ids))


class IdLedger:
    """Every application id seen so far, in 16 bytes each, to refuse one that comes again.

    Ids are kept as 64-bit hashes: of a hundred million different ids, two are taken for the same
    with a chance of 1 in 3,700.
    """

    def __init__(self) -> None:
        """An empty ledger."""
        # Sorted runs, each more than twice as long as the next, so that an id is moved rarely.
        self._runs: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]] = []

    def __len__(self) -> int:
        """How many ids have been entered."""
        return sum(len(hashes) for hashes, _ in self._runs)

    def add(self, ids: pd.Series, rows: Sequence[int] | npt.NDArray[np.int64] | pd.Index) -> None:
        """Enter the ids of one batch and the row numbers they stand in, or none of them.

        Raises:
            DataError: An id stands twice in the batch or stood in an earlier one.
        """
        numbers_ = np.asarray(rows, np.int64)
        hashes = np.asarray(pd.util.hash_array(ids.astype("str").array, categorize=False))
        order = np.argsort(hashes, kind="stable")
        hashes, numbers_ = hashes[order], numbers_[order]
        again = np.flatnonzero(hashes[1:] == hashes[:-1])
        if again.size:
            self._refuse(ids, order, again[0] + 1, int(numbers_[again[0]]), numbers_)
        for seen, where in self._runs:
            place = np.minimum(np.searchsorted(seen, hashes), len(seen) - 1)
            again = np.flatnonzero(seen[place] == hashes)
            if again.size:
                self._refuse(ids, order, again[0], int(where[place[again[0]]]), numbers_)
        if len(hashes):
            self._enter(hashes, numbers_)

    def _enter(self, hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64]) -> None:
        while self._runs and len(self._runs[-1][0]) <= 2 * len(hashes):
            older = self._runs.pop()
            hashes, rows = np.concatenate([older[0], hashes]), np.concatenate([older[1], rows])
            order = np.argsort(hashes, kind="stable")
            hashes, rows = hashes[order], rows[order]
        self._runs.append((hashes, rows))

    @staticmethod
    def _refuse(
        ids: pd.Series,
        order: npt.NDArray[np.intp],
        place: np.intp,
        first: int,
        rows: npt.NDArray[np.int64],
    ) -> None:
        raise DataError(
            f'application id "{ids.iloc[order[place]]}" of row {rows[place]} already stands in '
            f"row {first}; every application needs an id of its own"
        )


def _require(frame: pd.DataFrame, dictionary: DataDictionary, purpose: Purpose) -> None:
    train = purpose == "train"
    needed = dictionary.columns_to_train() if train else dictionary.columns_to_score()
    if train and dictionary.target is None:
        raise DataError('no field has role "target"; name the outcome in dictionary.toml')
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise DataError(
            f"missing column(s): {', '.join(absent)}; add them, or change their role in "
            "dictionary.toml"
        )
    known = {field.name for field in dictionary.fields}
    twice = [str(name) for name in frame.columns[frame.columns.duplicated()] if name in known]
    if twice:
        raise DataError(f"column(s) {', '.join(dict.fromkeys(twice))} stand twice; rename or drop")


def _binds(rule: Rule, field: Field, dictionary: DataDictionary, purpose: Purpose) -> bool:
    """Whether the broken rule costs the row its place."""
    if field.role == Role.TARGET:
        return purpose == "train"
    if rule is Rule.MISSING_VALUE:
        return field.required or (field.role == Role.DATE and purpose == "train")
    if field.role in _BINDING or field.required:
        return True
    return any(f.formula and field.name in f.formula.of for f in dictionary.features)


def _lines(raw: pd.Series, mask: Mask, field: str, rule: Rule) -> pd.DataFrame:
    places = np.flatnonzero(mask)
    value = texts(raw.iloc[places], strip=False).fillna("").str.slice(0, VALUE_LENGTH)
    lines = {"place": places, "field": field, "rule": str(rule), "value": value.array}
    return pd.DataFrame(lines)


def _rejected(
    broken: list[pd.DataFrame], rows: npt.NDArray[np.int64], ids: pd.Series
) -> pd.DataFrame:
    nothing = {"place": np.empty(0, np.intp), "field": [], "rule": [], "value": []}
    lines = pd.concat(broken) if broken else pd.DataFrame(nothing)
    lines = lines.sort_values("place", kind="stable", ignore_index=True)
    places = lines.pop("place").to_numpy(np.intp)
    lines.insert(0, "row", rows[places])
    lines.insert(1, "application_id", ids.iloc[places].array)
    text = dict.fromkeys(("application_id", "field", "rule", "value"), "str")
    return lines.astype(text)
